"""The one place that knows what is inside Daphne and uvicorn: a connection's way to the kernel.

ASGI has no words for how much a server still holds for a slow reader, and a server's own way out frames
each message anew for each reader. What is the same for thousands of readers is framed once here and
written to each connection. For any other server, and for what these two wrap (TLS by Daphne, HTTP/2),
there is no wire, and callers follow the specification. The versions are pinned;
tests/house/test_wires.py fails when what is used here changes.
"""

import functools
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import Any, Protocol

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Wire(Protocol):
    """One connection whose response, or handshake, has begun. No call waits, none raises."""

    @property
    def is_open(self) -> bool:
        """Whether what is written may still arrive."""

    def held(self) -> int:
        """Bytes that the server holds because the kernel did not take them yet."""

    def write(self, data: bytes) -> None:
        """To the kernel at once when nothing is held, otherwise behind what is held."""

    def cut_off(self) -> None:
        """End the connection without ceremony."""


class UvicornWire:
    """uvicorn's transport writes at once by itself."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.held: Callable[[], int] = transport.get_write_buffer_size
        self.write: Callable[[bytes], None] = transport.write
        self.cut_off: Callable[[], None] = transport.abort

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()


class DaphneWire:
    """Twisted registers every write with the selector and takes it off again; what fits goes out at once instead."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.cut_off: Callable[[], None] = transport.abortConnection

    @property
    def is_open(self) -> bool:
        return bool(self._transport.connected and not self._transport.disconnecting)

    def held(self) -> int:
        transport = self._transport
        return len(transport.dataBuffer) - transport.offset + transport._tempDataLen  # type: ignore[no-any-return]

    def write(self, data: bytes) -> None:
        if self.held():
            self._transport.write(data)
            return
        sent = self._transport.writeSomeData(data)
        # An exception object says that the connection is lost; writing shows it to Twisted.
        rest = data[sent:] if isinstance(sent, int) else data
        if rest:
            self._transport.write(rest)


class UvicornSocket(UvicornWire):
    """A websocket of uvicorn. A text frame changes no state of it, as long as nothing is compressed."""

    def __init__(self, protocol: Any) -> None:
        super().__init__(protocol.transport)
        self._protocol = protocol

    @property
    def is_open(self) -> bool:
        return not self._protocol.close_sent and not self._transport.is_closing()

    def close(self, _code: int) -> bool:
        """False: uvicorn closes with every code when asked by the specification."""
        return False


class DaphneSocket(DaphneWire):
    """A websocket of Daphne. Autobahn's limit on size, which is meant for what comes in, is not asked."""

    def __init__(self, protocol: Any) -> None:
        super().__init__(protocol.transport)
        self._protocol = protocol
        self._open = protocol.STATE_OPEN

    @property
    def is_open(self) -> bool:
        return bool(self._protocol.state == self._open)

    def close(self, code: int) -> bool:
        """True: the close frame is out, and a peer that does not answer is cut off after a second.

        Not `sendClose`: autobahn keeps 1002, 1009, 1011 and 1013 for itself.
        """
        self._protocol.sendCloseFrame(code=code)
        return True


def socket_wire(send: Send) -> UvicornSocket | DaphneSocket | None:
    """The wire of an accepted websocket."""
    if (protocol := _behind_daphne(send)) is not None:
        return DaphneSocket(protocol) if _is_plain(protocol.transport) else None
    owner: Any = getattr(send, "__self__", None)
    if type(owner).__name__ == "WebSocketsSansIOProtocol" and not owner.conn.extensions:
        return UvicornSocket(owner)
    return None


def response_wire(send: Send) -> tuple[Wire, bool] | None:
    """The wire of a response whose first piece of body was sent, and whether pieces must be framed as chunks."""
    if (request := _behind_daphne(send)) is not None:
        # Without a channel the client went away meanwhile.
        if request.channel is None or not request.clientproto.startswith(b"HTTP/1"):
            return None
        transport = request.channel.transport
        return (DaphneWire(transport), bool(request.chunked)) if _is_plain(transport) else None
    cycle: Any = getattr(send, "__self__", None)
    if type(cycle).__module__ == "uvicorn.protocols.http.httptools_impl" and cycle.response_started:
        return UvicornWire(cycle.transport), bool(cycle.chunked_encoding)
    return None


def chunk(data: bytes) -> bytes:
    """A piece of a response of unknown length, as it is on the wire (RFC 9112 section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def whole(headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    """A whole response of status 200, as it is on the wire; `headers` name the content's length."""
    lines = [b"HTTP/1.1 200 OK", b"date: " + formatdate(usegmt=True).encode()]
    lines += [b"%b: %b" % header for header in headers]
    return b"\r\n".join((*lines, b"", body))


def _behind_daphne(send: Send) -> Any:
    """Daphne's request or websocket behind `send`; None behind another server."""
    daphne = sys.modules.get("daphne.server")
    if (
        daphne
        and isinstance(send, functools.partial)
        and isinstance(getattr(send.func, "__self__", None), daphne.Server)
    ):
        return send.args[0]
    return None


def _is_plain(transport: Any) -> bool:
    """Whether this is the TCP connection itself, not something wrapped around it."""
    return hasattr(transport, "dataBuffer") and hasattr(transport, "writeSomeData") and not transport.TLS
