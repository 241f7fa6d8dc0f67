"""One long response: parts as they come, bounded for a reader that is slow."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, MutableMapping
from typing import Any

from prometheus_client import Counter

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

#: Bytes that may wait here for one slow reader, besides what its server holds (64 KiB).
HELD_BYTES = 192 * 1024
#: A reader that had to be skipped forward so often in a row is let go.
SKIPS = 3

SKIPPED = Counter("spaces_live_parts_skipped_total", "Parts that slow readers of the live stream missed")


class StreamListener:
    """Hands prepared ASGI messages to one client's `send`.

    Mostly `send` is done at once: then it costs no task. When the server makes it wait, the reader
    is slow: messages are held here up to `HELD_BYTES`, then skipped to the live edge, then it ends.
    """

    __slots__ = ("_held", "_held_bytes", "_send", "_sending", "_skips", "closed")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._sending: asyncio.Task[None] | None = None
        self._held: deque[Message] = deque()
        self._held_bytes = 0
        self._skips = 0
        self.closed = asyncio.Event()

    def offer(self, message: Message) -> None:
        """Send or hold one message. Never blocks, never raises."""
        if self._sending is not None:
            self._hold(message)
            return
        coroutine: Coroutine[Any, Any, None] = self._send(message)  # type: ignore[assignment]
        try:
            waits_for = coroutine.send(None)
        except StopIteration:
            return
        except Exception:
            self.closed.set()
            return
        self._sending = asyncio.ensure_future(self._catch_up(coroutine, waits_for))

    def close(self) -> None:
        """End this response."""
        self.closed.set()

    def stop(self) -> None:
        """The client is gone, or the response is over: nothing waits any more."""
        self._held.clear()
        if self._sending is not None:
            self._sending.cancel()

    def _hold(self, message: Message) -> None:
        self._held.append(message)
        self._held_bytes += len(message["body"])
        if self._held_bytes > HELD_BYTES:
            SKIPPED.inc(len(self._held) - 1)
            self._held = deque([message])
            self._held_bytes = len(message["body"])
            self._skips += 1
            if self._skips >= SKIPS:
                self.closed.set()

    async def _catch_up(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        try:
            await _Rest(coroutine, waits_for)
            while self._held:
                message = self._held.popleft()
                self._held_bytes -= len(message["body"])
                await self._send(message)
            self._skips = 0
        except Exception:
            self.closed.set()
        finally:
            self._sending = None


class _Rest:
    """Awaits the rest of a coroutine that was begun by hand and now waits for a future."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._coroutine, self._waits_for = coroutine, waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        while True:
            try:
                sent = yield self._waits_for
                step: Callable[[Any], Any] = self._coroutine.send
            except BaseException as error:
                sent, step = error, self._coroutine.throw
            try:
                self._waits_for = step(sent)
            except StopIteration:
                return
