"""One long response: parts as they come, bounded for a reader that is slow."""

import asyncio
import functools
import sys
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from prometheus_client import Counter

from spaces_site.boundary.outbox import Begun

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

#: Bytes that may wait here for one slow reader, besides what its server holds (64 KiB).
HELD_BYTES = 192 * 1024
#: A reader that had to be skipped forward so often in a row is let go.
SKIPS = 3

SKIPPED = Counter("spaces_live_parts_skipped_total", "Parts that slow readers of the live stream missed")

LET_GO = Counter("spaces_live_listeners_let_go_total", "Readers of the live stream that were cut off for not reading")


class StreamListener:
    """Hands prepared ASGI messages to one client's `send`.

    Mostly `send` is done at once: then it costs no task. When the server makes it wait, the reader
    is slow: messages are held here up to `HELD_BYTES`, then skipped to the live edge, then it ends.
    """

    __slots__ = ("_cut_off", "_held", "_held_by_server", "_held_bytes", "_send", "_sending", "_skips", "closed")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held_by_server, self._cut_off = server_side(send)
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
        if self._held_by_server() > HELD_BYTES:
            # A server that never makes us wait, such as Daphne, would hold without end.
            self._skip(1)
            return
        step: Any = self._send(message).__await__()
        try:
            waits_for = step.send(None)
        except StopIteration:
            self._skips = 0
            return
        except Exception:
            self.closed.set()
            return
        self._sending = asyncio.ensure_future(self._catch_up(Begun(step, waits_for)))

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
            self._skip(len(self._held) - 1)
            self._held = deque([message])
            self._held_bytes = len(message["body"])

    def _skip(self, parts: int) -> None:
        SKIPPED.inc(parts)
        self._skips += 1
        if self._skips >= SKIPS:
            LET_GO.inc()
            self.closed.set()
            self._cut_off()

    async def _catch_up(self, begun: Begun) -> None:
        try:
            await begun
            while self._held:
                message = self._held.popleft()
                self._held_bytes -= len(message["body"])
                await self._send(message)
            self._skips = 0
        except Exception:
            self.closed.set()
        finally:
            self._sending = None


def server_side(send: Send) -> tuple[Callable[[], int], Callable[[], None]]:
    """Two things that the ASGI specification has no words for, where the server behind `send` offers them.

    How many bytes it holds beyond making `send` wait: Daphne takes everything at once, so its
    transport is asked. And how to cut off a client that takes nothing.
    """
    daphne = sys.modules.get("daphne.server")
    owner: Any = getattr(getattr(send, "func", send), "__self__", None)
    if daphne and isinstance(send, functools.partial) and isinstance(owner, daphne.Server):
        channel = send.args[0].channel
        if channel is None:
            # Daphne has forgotten the client already: it went away before the first byte.
            return _nothing, _leave
        transport = channel.transport
        return lambda: len(transport.dataBuffer) - transport.offset + transport._tempDataLen, transport.abortConnection
    if type(owner).__module__.startswith("uvicorn.") and hasattr(owner, "transport"):
        return _nothing, owner.transport.abort
    return _nothing, _leave


def _nothing() -> int:
    return 0


def _leave() -> None:
    """The response just ends; the server sees to the rest."""
