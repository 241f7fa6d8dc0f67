"""The way out of one websocket: never blocks the sender, never holds more than a bound.

The ASGI specification says neither how much a server still holds for a slow reader, nor does every
server carry out every close code. Both are here: by the connection's wire where the server has one
(wire.py), and for any other server by the specification alone.
"""

import asyncio
import struct
from collections import deque
from collections.abc import Awaitable, Generator
from typing import Any

from prometheus_client import Counter

from spaces_site.boundary.wire import DaphneSocket, Send, UvicornSocket, socket_wire

TOO_SLOW = 4408
#: Seconds that a peer has to take our close frame before the connection is cut.
CLOSE_SECONDS = 1.0

SLOW_READERS = Counter("spaces_socket_slow_readers_total", "Sockets closed because the peer did not read")


class Frame:
    """One text message for any number of sockets, encoded once."""

    __slots__ = ("message", "size", "wire")

    def __init__(self, text: str) -> None:
        body = text.encode()
        self.message = {"type": "websocket.send", "text": text}
        #: The bytes as a server sends them: one unmasked text frame (RFC 6455 section 5.2).
        self.wire = _header(len(body)) + body
        self.size = len(self.wire)


def _header(size: int) -> bytes:
    if size < 126:
        return struct.pack("!BB", 0x81, size)
    if size < 1 << 16:
        return struct.pack("!BBH", 0x81, 126, size)
    return struct.pack("!BBQ", 0x81, 127, size)


class Outbox:
    """Sends frames in order without ever waiting; closes with 4408 beyond `limit` bytes held.

    This class follows the specification: `send` may wait while the server's buffer is full, and
    then frames queue here. `_held_by_server` is 0 unless a subclass knows better.
    """

    def __init__(self, send: Send, *, limit: int) -> None:
        self._send = send
        self._limit = limit
        self._queue: deque[Frame] = deque()
        self._queued = 0
        self._sending: asyncio.Task[None] | None = None
        self._close_code: int | None = None

    @property
    def closed(self) -> bool:
        """True once a close was asked for, or the peer is gone."""
        return self._close_code is not None

    @property
    def held(self) -> int:
        """Bytes that the peer has not taken yet, here and in the server's own buffer."""
        return self._queued + self._held_by_server()

    def push(self, frame: Frame) -> bool:
        """Send now or as soon as the peer reads. False when the socket is closed or now closing."""
        if self._close_code is not None or self._is_too_slow(frame):
            return False
        if self._sending is None:
            self._start(self._send(frame.message))
        else:
            self._queue.append(frame)
            self._queued += frame.size
        return True

    def _is_too_slow(self, frame: Frame) -> bool:
        if self.held + frame.size <= self._limit:
            return False
        SLOW_READERS.inc()
        self._queue.clear()
        self.close(TOO_SLOW)
        return True

    def close(self, code: int) -> None:
        """Close with `code` after what is queued; a peer that takes nothing is cut off. First call wins."""
        if self._close_code is not None:
            return
        self._close_code = code
        if self._sending is None:
            self._start(self._send({"type": "websocket.close", "code": code}))
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._cut_off)

    def forget(self) -> None:
        """The peer is gone: drop what is queued and send nothing more."""
        self._close_code = self._close_code or 1006
        self._queue.clear()
        if self._sending is not None:
            self._sending.cancel()

    def _held_by_server(self) -> int:
        return 0

    def _cut_off(self) -> None:
        """End the connection without ceremony, where the server offers a way."""

    def _start(self, sending: Awaitable[None]) -> None:
        # Nearly every send ends without waiting: run it here and make a task only of one that waits.
        step: Any = sending.__await__()
        try:
            waits_for = step.send(None)
        except StopIteration:
            return
        except Exception:
            # The server refuses because the peer is gone; its disconnect message is on the way.
            self.forget()
            return
        self._sending = asyncio.get_running_loop().create_task(self._carry_on(Begun(step, waits_for)))

    async def _carry_on(self, begun: "Begun") -> None:
        try:
            await begun
            while self._queue:
                frame = self._queue.popleft()
                self._queued -= frame.size
                await self._send(frame.message)
            if self._close_code is not None:
                await self._send({"type": "websocket.close", "code": self._close_code})
        except Exception:
            self.forget()
        finally:
            self._queued = 0
            self._sending = None


class Begun:
    """An awaitable whose first step was taken already and waits for `waits_for`."""

    def __init__(self, step: Generator[Any, Any, None], waits_for: Any) -> None:
        self._step = step
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            try:
                value = yield waits_for
            except BaseException as error:
                waits_for = self._throw(error)
            else:
                try:
                    waits_for = self._step.send(value)
                except StopIteration:
                    return

    def _throw(self, error: BaseException) -> Any:
        try:
            return self._step.throw(error)
        except StopIteration:
            raise asyncio.CancelledError from None


class WiredOutbox(Outbox):
    """For servers whose wire is known: a frame is written as it is, nothing queues here, and every code works."""

    def __init__(self, send: Send, *, limit: int, wire: UvicornSocket | DaphneSocket) -> None:
        super().__init__(send, limit=limit)
        self._wire = wire

    def push(self, frame: Frame) -> bool:
        if self._close_code is not None or not self._wire.is_open or self._is_too_slow(frame):
            return False
        self._wire.write(frame.wire)
        return True

    def close(self, code: int) -> None:
        if self._close_code is None and self._wire.close(code):
            self._close_code = code
            return
        super().close(code)

    def _held_by_server(self) -> int:
        return self._wire.held()

    def _cut_off(self) -> None:
        self._wire.cut_off()


def outbox_for(send: Send, *, limit: int) -> Outbox:
    """The outbox that fits the server behind `send`; call it after accepting."""
    wire = socket_wire(send)
    return Outbox(send, limit=limit) if wire is None else WiredOutbox(send, limit=limit, wire=wire)
