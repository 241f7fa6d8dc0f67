"""The loader: listeners of one room by HTTP, in a process of its own. Prints what it received as JSON.

`python -m tests.bench.playback_load stream|hls PORT SECONDS` reads a path a listener, one a line; says
`ready` when all listen, then measures for SECONDS. Each listener keeps one connection and sends what
Chromium sends, with cookies of its own. A `hls` listener does as hls.js does: for every part of the room
a blocking reload, and then the part.
"""

import asyncio
import gzip
import json
import re
import secrets
import sys
from typing import cast

import uvloop

#: As hls.js in Chromium asks, on a page of the site with somebody signed in.
HEADERS = (
    "Host: 127.0.0.1:8000\r\n"
    "Connection: keep-alive\r\n"
    'sec-ch-ua-platform: "Linux"\r\n'
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36\r\n"
    'sec-ch-ua: "Chromium";v="156", "Not_A Brand";v="99"\r\n'
    "sec-ch-ua-mobile: ?0\r\n"
    "Accept: */*\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Dest: empty\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n"
    "Cookie: csrftoken={0}; sessionid={0}\r\n"
    "\r\n"
)
GZIP = b"\x1f\x8b"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HINT = re.compile(rb'PRELOAD-HINT:TYPE=PART,URI="part-(\d+)-(\d+)')


class Listener(asyncio.Protocol):
    """A connection that counts the parts that came."""

    def __init__(self, path: str) -> None:
        self.parts = 0
        self._folder, _, self._name = path.encode().rpartition(b"/")
        self._headers = HEADERS.format(secrets.token_hex(16)).encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask(self._name)

    def _ask(self, name: bytes) -> None:
        self._transport.write(b"GET %b/%b HTTP/1.1\r\n%b" % (self._folder, name, self._headers))


class Stream(Listener):
    """Reads one long response; each of its parts begins with a `moof`."""

    def data_received(self, data: bytes) -> None:
        self.parts += data.count(b"moof")


class Player(Listener):
    """One HLS player. It parses as little as it can, so that many fit beside the server that is measured."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._buffer = b""
        self._next = (0, 0)
        self._in_playlist = True

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._buffer, 0, head)
        assert length, self._buffer[:head]
        assert b" 200 " in self._buffer[:20], self._buffer[:head]
        if len(self._buffer) < head + 4 + int(length[1]):
            return
        whole, self._buffer = self._buffer, b""
        self._take_playlist(whole) if self._in_playlist else self._take_part()

    def _take_playlist(self, text: bytes) -> None:
        text = text[text.find(b"\r\n\r\n") + 4 :]
        if text.startswith(GZIP):
            text = gzip.decompress(text)
        first, part = self._next == (0, 0), b"part-%d-%d.m4s" % self._next
        hint = _HINT.search(text, text.rfind(b"#EXT-X-PRELOAD"))
        assert hint, text
        self._next = int(hint[1]), int(hint[2])
        if first:
            self._reload()
        else:
            self._in_playlist = False
            self._ask(part)

    def _take_part(self) -> None:
        self.parts += 1
        self._reload()

    def _reload(self) -> None:
        self._in_playlist = True
        self._ask(b"%b?_HLS_msn=%d&_HLS_part=%d" % (self._name, *self._next))


async def listen(kind: type[Listener], port: int, seconds: float, paths: list[str]) -> dict[str, float]:
    """Parts that all listeners together received in `seconds`."""
    loop = asyncio.get_running_loop()
    crowd = []
    for path in paths:
        _, listener = await loop.create_connection(lambda: kind(path), "127.0.0.1", port)  # noqa: B023
        crowd.append(listener)
    while any(listener.parts < 2 for listener in crowd):
        await asyncio.sleep(0.1)
    print("ready", flush=True)
    before = sum(listener.parts for listener in crowd)
    await asyncio.sleep(seconds)
    return {"parts": sum(listener.parts for listener in crowd) - before}


if __name__ == "__main__":
    kind = {"stream": Stream, "hls": Player}[sys.argv[1]]
    told = uvloop.run(listen(kind, int(sys.argv[2]), float(sys.argv[3]), sys.stdin.read().split()))
    print(json.dumps(told), flush=True)
