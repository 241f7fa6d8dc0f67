"""Thousands of websocket readers in one event loop: no library, so that reading costs next to nothing."""

import asyncio
import base64
import os


class Reader(asyncio.Protocol):
    """Shakes hands, then counts whole text frames (RFC 6455 section 5.2, unmasked), by kind.

    `headers` are further lines of the handshake, each with its line break.
    """

    def __init__(self, host: str, path: str, headers: str = "") -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.numbered = 0
        self.batches = 0
        self.late: list[float] = []
        self._buffer = b""
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
            f"{headers}\r\n"
        ).encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.done():
            head, found, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if not found:
                self._buffer = head
                return
            self.opened.set_result(None)
        while self._take_frame():
            pass

    def _take_frame(self) -> bool:
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, start = buffer[1] & 127, 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + size:
            return False
        if buffer[0] & 15 == 1:
            self.take(buffer[start : start + size])
        elif buffer[0] & 15 == 9:
            # A pong with a mask of zeros: the ping's own bytes.
            pong = bytes([0x8A, 0x80 | size]) + bytes(4) + buffer[start : start + size]
            self.transport.write(pong)  # type: ignore[attr-defined]
        self._buffer = buffer[start + size :]
        return True

    def take(self, text: bytes) -> None:
        """A whole text frame came."""
        if b'"seq":' in text[:60]:
            self.numbered += 1
        else:
            self.batches += 1

    def say(self, text: bytes) -> None:
        """Send a text frame with a mask of zeros."""
        size = bytes([0x80 | len(text)]) if len(text) < 126 else bytes([0xFE]) + len(text).to_bytes(2)
        self.transport.write(bytes([0x81]) + size + bytes(4) + text)  # type: ignore[attr-defined]


async def gather_crowd(port: int, path: str, size: int, at_once: int = 50, sources: int = 1) -> list[Reader]:
    """`size` open sockets from so many addresses. Raises `OSError` when the server refuses.

    In `path` a `{}` becomes the number of the socket's source, from 0.
    """
    loop = asyncio.get_running_loop()
    slots = asyncio.Semaphore(at_once)

    async def one(number: int) -> Reader:
        source = number % sources
        reader = Reader(f"127.0.0.1:{port}", path.format(source))
        async with slots:
            own = (f"127.0.0.{source + 1}", 0)
            await loop.create_connection(lambda: reader, "127.0.0.1", port, local_addr=own)
            await asyncio.wait_for(reader.opened, 20)
            return reader

    return list(await asyncio.gather(*(one(number) for number in range(size))))


def disperse(crowd: list[Reader]) -> None:
    """Cut every connection."""
    for reader in crowd:
        reader.transport.abort()  # type: ignore[attr-defined]
