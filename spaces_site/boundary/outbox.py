"""The way out of one websocket: never blocks the sender, never holds more than a bound.

The ASGI specification says neither how much a server still holds for a slow reader, nor does every
server carry out every close code. Both are here, for Daphne, for uvicorn, and for any other server
by the specification alone.
"""

import asyncio
import functools
import struct
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, MutableMapping
from typing import Any

from prometheus_client import Counter

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

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


class UvicornOutbox(Outbox):
    """uvicorn frames each message anew and waits at a high-water mark; written straight it does neither.

    A text frame changes no state of the connection, as long as nothing is compressed.
    """

    def __init__(self, send: Send, *, limit: int, protocol: Any) -> None:
        super().__init__(send, limit=limit)
        self._protocol = protocol
        self._transport: asyncio.Transport = protocol.transport

    def push(self, frame: Frame) -> bool:
        if self._sending is not None or self._protocol.close_sent or self._transport.is_closing():
            return super().push(frame)
        if self._close_code is not None or self._is_too_slow(frame):
            return False
        self._transport.write(frame.wire)
        return True

    def _held_by_server(self) -> int:
        return self._transport.get_write_buffer_size()

    def _cut_off(self) -> None:
        self._transport.abort()


class DaphneOutbox(Outbox):
    """Daphne takes everything at once and buffers without end, so nothing queues here.

    Its way out registers every write with the selector and takes it off again; a frame that fits
    into the kernel's buffer goes there at once instead. Nor does autobahn's limit on message size
    apply, which is meant for what comes in but would refuse a large snapshot going out.
    """

    def __init__(self, send: Send, *, limit: int, protocol: Any) -> None:
        super().__init__(send, limit=limit)
        self._protocol = protocol
        self._open = protocol.STATE_OPEN
        self._transport = protocol.transport
        self._is_plain = hasattr(self._transport, "writeSomeData") and not getattr(self._transport, "TLS", False)

    def push(self, frame: Frame) -> bool:
        if self._close_code is not None or self._protocol.state != self._open:
            return False
        held = self._held_by_server()
        if held:
            if self._is_too_slow(frame):
                return False
            self._transport.write(frame.wire)
        elif self._is_plain:
            sent = self._transport.writeSomeData(frame.wire)
            # An exception object says that the connection is lost; writing shows it to Twisted.
            rest = frame.wire[sent:] if isinstance(sent, int) else frame.wire
            if rest:
                self._transport.write(rest)
        else:
            self._transport.write(frame.wire)
        return True

    def close(self, code: int) -> None:
        if self._close_code is None:
            self._close_code = code
            # Not `sendClose`: autobahn keeps 1002, 1009, 1011 and 1013 for itself. After this call
            # it waits a second for the peer's answer and then aborts the connection.
            self._protocol.sendCloseFrame(code=code)

    def _held_by_server(self) -> int:
        transport = self._transport
        return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)


def outbox_for(send: Send, *, limit: int) -> Outbox:
    """The outbox that fits the server behind `send`; call it after accepting."""
    daphne = sys.modules.get("daphne.server")
    if daphne and isinstance(send, functools.partial) and isinstance(_owner(send.func), daphne.Server):
        protocol = send.args[0]
        # Daphne behind TLS of its own wraps the transport; it then writes as it always does.
        if hasattr(protocol.transport, "dataBuffer"):
            return DaphneOutbox(send, limit=limit, protocol=protocol)
    owner = _owner(send)
    if type(owner).__name__ == "WebSocketsSansIOProtocol" and not owner.conn.extensions:  # type: ignore[attr-defined]
        return UvicornOutbox(send, limit=limit, protocol=owner)
    return Outbox(send, limit=limit)


def _owner(function: Callable[..., Awaitable[Any] | Coroutine[Any, Any, Any]]) -> object:
    return getattr(function, "__self__", None)
