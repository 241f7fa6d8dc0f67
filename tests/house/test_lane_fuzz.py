"""Whatever bytes come, in whatever pieces: the short way says, byte for byte, what uvicorn alone says."""

import asyncio
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from spaces_site.boundary.lane import LaneProtocol
from spaces_site.boundary.shortcuts import Later, folder_of
from spaces_site.boundary.wire import whole

CASES = 4_000
NAMES = ("now", "now?a=1", "part-1-2.m4s", "index.m3u8?_HLS_msn=1&_HLS_part=2")
#: Among them what smugglers write: a length or an encoding with something like a request behind it.
HEADERS = (
    "Host: a\r\n",
    "Accept: */*\r\nHost: b\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 43\r\n",
    "content-length : 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: xchunked\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Connection: Upgrade\r\nUpgrade: h2c\r\n",
    "X: a\n",
    "X: folded\r\n more\r\n",
    "X\r\n",
    ": \r\n",
    "X: \x00\r\n",
)
BODIES = (
    "",
    "",
    "",
    "GET /folder/now HTTP/1.1\r\nHost: a\r\n\r\n",
    "5\r\nhello\r\n0\r\n\r\n",
    "0\r\n\r\n",
    "hello",
    "\r\n",
)
LINES = ("GET {} HTTP/1.1\r\n",) * 12 + (
    "HEAD {} HTTP/1.1\r\n",
    "POST {} HTTP/1.1\r\n",
    "GET {} HTTP/1.0\r\n",
    "GET {}  HTTP/1.1\r\n",
    "get {} HTTP/1.1\r\n",
    "GET {} HTTP/1.1\n",
    "GET {}\r\n",
    "\r\nGET {} HTTP/1.1\r\n",
    "GET {} HTTP/1.1\r\nHost: x /folder/now HTTP/1.1\r\n",
)


def request(shaper: random.Random) -> str:
    """Mostly a plain one, so that the short way is taken often; else one with anything."""
    if shaper.random() < 0.85:
        return f"GET /folder/{shaper.choice(NAMES)} HTTP/1.1\r\n{shaper.choice(HEADERS[:2])}\r\n"
    folder = shaper.choice(("/folder/",) * 8 + ("/other/", "/folder//", "/folder/%2e/"))
    line = shaper.choice(LINES).format(folder + shaper.choice(NAMES))
    return line + "".join(shaper.choices(HEADERS, k=shaper.randint(0, 3))) + "\r\n" + shaper.choice(BODIES)


def pieces(shaper: random.Random) -> Iterator[bytes]:
    """A conversation as it might arrive: whole requests one by one, run together, or cut anywhere."""
    for _ in range(shaper.randint(5, 25)):
        text = "".join(request(shaper) for _ in range(shaper.choice((1, 1, 1, 2)))).encode()
        cut = shaper.randint(1, len(text)) if shaper.random() < 0.3 else len(text)
        yield text[:cut]
        if text[cut:]:
            yield text[cut:]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Says what it was asked."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    answer = said(scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")) + body
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(answer))]})
    await send({"type": "http.response.body", "body": answer})


def said(target: bytes) -> bytes:
    return b"[" + target + b"]"


class Folder:
    """Says the same; sometimes a little later."""

    def __init__(self, shaper: random.Random) -> None:
        self.shaper = shaper
        self.later: list[tuple[Later, bytes]] = []
        self.answered = 0

    def quick(self, name: bytes, *, packed: bool) -> bytes | Later | None:
        if name.decode("latin-1") not in NAMES:
            return None
        body = said(b"/folder/" + name)
        answer = whole([(b"content-length", b"%d" % len(body))], body)
        self.answered += 1
        if self.shaper.random() < 0.7:
            return answer
        self.later.append((Later(), answer))
        return self.later[-1][0]

    async def end_waits(self) -> None:
        """Answer, or send the ordinary way."""
        waits, self.later = self.later, []
        for later, answer in waits:
            if self.shaper.random() < 0.5:
                await later.answer(answer)
            else:
                later.dismiss()


class Tape(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += b"" if self.closed else bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        """Nothing comes meanwhile."""

    def resume_reading(self) -> None:
        """Nothing came meanwhile."""


async def converse(kind: type[HttpToolsProtocol], heard: list[bytes], folder: Folder) -> tuple[bytes, bool]:
    """What a connection of this kind says, without dates, and whether it closed."""
    config = Config(application, interface="asgi3", lifespan="off", ws="none", access_log=False, log_config=None)
    config.load()
    state, tape = ServerState(), Tape()
    connection = kind(config=config, server_state=state, app_state={})
    connection.connection_made(tape)
    for piece in heard:
        if tape.closed:
            break
        connection.data_received(piece)
        await folder.end_waits()
        # Until the application has said all that it can say to this.
        for _ in range(6):
            await asyncio.sleep(0)
    connection.connection_lost(None)
    while state.tasks:
        await asyncio.sleep(0)
    return re.sub(rb"date: [^\r]*\r\n", b"", tape.written), tape.closed


@pytest.mark.parametrize("quarter", range(4))
async def test_the_same_bytes_as_without_the_short_way(quarter: int) -> None:
    short = 0
    LaneProtocol._heads.clear()
    for seed in range(quarter * CASES // 4, (quarter + 1) * CASES // 4):
        shaper = random.Random(seed)
        heard = list(pieces(shaper))
        folder = Folder(shaper)
        LaneProtocol.shortcuts[folder_of(b"/folder/x")] = folder
        assert await converse(LaneProtocol, heard, folder) == await converse(HttpToolsProtocol, heard, folder), heard
        short += folder.answered
    LaneProtocol.shortcuts.clear()
    assert short > CASES // 4
