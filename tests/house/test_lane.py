"""The short way through uvicorn answers only what its parser would take for the same request, and keeps the order."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from spaces_site.boundary.lane import HEADS, LaneProtocol
from spaces_site.boundary.shortcuts import EXTENSION, Later, folder_of
from spaces_site.boundary.wire import whole
from tests.house.lane_server import HEAD, LaneClient, LaneServer, lane_server, until

KEPT_SECONDS = 0.4


def short(text: str) -> bytes:
    """An answer of the shortcut."""
    return whole([(b"content-length", b"%d" % len(text))], text.encode())


BIG = short("b" * 200_000)


class Folder:
    """A shortcut that knows `now` and `soon`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.soon = Later()

    def quick(self, name: bytes, *, packed: bool) -> bytes | Later | None:
        self.asked.append(name)
        if name == b"soon":
            return self.soon
        return {b"now?a=1": short("short"), b"big": BIG}.get(name)


class Site:
    """An application that leaves a shortcut for `/folder/`."""

    server: LaneServer

    def __init__(self) -> None:
        self.folder = Folder()
        self.asked: list[str] = []
        self.blocked = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Everything the ordinary way."""
        self.asked.append(f"{scope['method']} {scope['path']}")
        if scope["path"].startswith("/folder/"):
            scope["extensions"][EXTENSION][folder_of(scope["raw_path"])] = self.folder
        if scope["path"].endswith("blocked"):
            await self.blocked.wait()
        if scope["path"].endswith("early"):
            await say(send, b"early")
            return
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        body += message.get("body", b"")
        await say(send, b"long " + body)


async def say(send: Any, answer: bytes) -> None:
    """A whole response."""
    length = (b"content-length", b"%d" % len(answer))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": answer})


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    async with lane_server(site, kept_seconds=KEPT_SECONDS) as site.server:
        yield site


@pytest_asyncio.fixture
async def client(site: Site) -> AsyncIterator[LaneClient]:
    """A connection whose headers the parser has taken, with a shortcut for `/folder/`."""
    client = await site.server.connect()
    assert [await client.get("/folder/begin"), await client.get("/folder/begin")] == ["long ", "long "]
    site.asked.clear()
    yield client
    client.writer.close()


async def test_known_headers_and_a_known_name_are_answered_at_once(site: Site, client: LaneClient) -> None:
    assert [await client.get("/folder/now?a=1") for _ in range(3)] == ["short"] * 3
    assert site.asked == []
    other = await site.server.connect()
    assert await other.get("/folder/now?a=1") == "short"
    assert site.server.state.total_requests == 6


async def test_the_first_requests_and_what_the_shortcut_does_not_know_go_the_ordinary_way(
    site: Site, client: LaneClient
) -> None:
    for target in ("/folder/other", "/folder/now?a=2", "/folder/now", "/elsewhere/now?a=1", "/folder/x/now?a=1"):
        assert await client.get(target) == "long "
    assert await client.get("/folder/now?a=1", HEAD.replace("a=b", "a=c")) == "long "
    assert len(site.asked) == 6
    assert await client.get("/folder/now?a=1", HEAD.replace("a=b", "a=c")) == "short"


@pytest.mark.parametrize(
    "head",
    [
        HEAD.replace("\r\n\r\n", "\r\nContent-Length: 2\r\n\r\n") + "hi",
        HEAD.replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n") + "2\r\nhi\r\n0\r\n\r\n",
    ],
    ids=["length", "chunked"],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_body_is_never_taken_for_the_next_request(
    head: str, at_once: bool, site: Site, client: LaneClient
) -> None:
    for _ in range(3):
        head_only, _, body = head.partition("\r\n\r\n")
        if at_once:
            client.ask("/folder/now?a=1", head)
        else:
            client.ask("/folder/now?a=1", head_only + "\r\n\r\n")
            await until(lambda: len(site.asked) % 2 == 1)
            client.send(body)
        assert await client.answer() == "long hi"
        assert await client.get("/folder/other") == "long "


async def test_a_body_that_looks_like_a_request_is_not_answered(site: Site, client: LaneClient) -> None:
    body = f"GET /folder/now?a=1 HTTP/1.1\r\n{HEAD}"
    client.ask("/folder/early", HEAD.replace("\r\n\r\n", f"\r\nContent-Length: {len(body)}\r\n\r\n"))
    assert await client.answer() == "early"
    client.send(body)
    await until(lambda: all(each._is_between for each in site.server.made))
    assert await client.get("/folder/other") == "long "


async def test_an_answer_does_not_overtake_the_one_before(site: Site, client: LaneClient) -> None:
    client.ask("/folder/blocked")
    await until(lambda: site.asked)
    client.ask("/folder/now?a=1")
    await until(lambda: any(each.pipeline for each in site.server.made))
    site.blocked.set()
    assert [await client.answer(), await client.answer()] == ["long ", "long "]


@pytest.mark.parametrize(
    "head", ["Connection: close\r\n", "Expect: 100-continue\r\n", "Connection: Upgrade\r\nUpgrade: x\r\n"]
)
async def test_headers_that_ask_for_more_than_an_answer_are_not_remembered(head: str, site: Site) -> None:
    for _ in range(3):
        client = await site.server.connect()
        client.ask("/folder/now?a=1", head + HEAD)
        assert b"200 OK" in await asyncio.wait_for(client.reader.readuntil(b"200 OK"), 5)
        client.writer.close()
    assert len(site.asked) == 3
    assert site.folder.asked == []


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
async def test_other_methods_and_versions_go_the_ordinary_way(method: str, site: Site, client: LaneClient) -> None:
    client.ask("/folder/now?a=1", method=method)
    await until(lambda: site.asked == [f"{method} /folder/now"])
    old = await site.server.connect()
    old.ask("/folder/now?a=1", version="1.0")
    await until(lambda: len(site.asked) == 2)
    assert site.folder.asked == []


async def test_a_request_in_pieces_or_two_at_once_go_the_ordinary_way_in_order(site: Site, client: LaneClient) -> None:
    request = f"GET /folder/now?a=1 HTTP/1.1\r\n{HEAD}"
    for cut in (3, 20, 30, len(request) - 2):
        client.send(request[:cut])
        await until(lambda: not all(each._is_between for each in site.server.made))
        client.send(request[cut:])
        assert await client.answer() == "long "
    client.send(request.replace("now?a=1", "blocked") + request)
    await until(lambda: site.asked[-1] == "GET /folder/blocked")
    client.send(request)
    site.blocked.set()
    assert [await client.answer(), await client.answer()] == ["long ", "long "]
    # Read when the others were answered, or while they were.
    assert await client.answer() in {"long ", "short"}


async def test_those_who_wait_are_answered_later(site: Site, client: LaneClient) -> None:
    other = await site.server.connect()
    for each in (client, other):
        each.ask("/folder/soon")
    await until(lambda: len(site.folder.soon.connections) == 2)
    soon, site.folder.soon = site.folder.soon, Later()
    await soon.answer(short("soon"))
    assert [await client.answer(), await other.answer()] == ["soon", "soon"]
    assert site.asked == []
    assert await client.get("/folder/now?a=1") == "short"


async def test_more_that_comes_meanwhile_and_a_dismissal_bring_the_application_in(
    site: Site, client: LaneClient
) -> None:
    client.ask("/folder/soon")
    await until(lambda: site.folder.soon.connections)
    client.ask("/folder/now?a=1")
    assert [await client.answer(), await client.answer()] == ["long ", "long "]
    assert not site.folder.soon.connections
    client.ask("/folder/soon")
    await until(lambda: site.folder.soon.connections)
    site.folder.soon.dismiss()
    assert await client.answer() == "long "
    assert site.asked == ["GET /folder/soon", "GET /folder/now", "GET /folder/soon"]


async def test_whoever_goes_away_waits_no_more(site: Site, client: LaneClient) -> None:
    client.ask("/folder/soon")
    await until(lambda: site.folder.soon.connections)
    client.writer.transport.abort()
    await until(lambda: not site.folder.soon.connections)


async def test_a_silent_connection_is_closed_and_one_that_waits_is_not(site: Site, client: LaneClient) -> None:
    waiting = await site.server.connect()
    assert await waiting.get("/folder/now?a=1") == "short"
    waiting.ask("/folder/soon")
    loop = asyncio.get_running_loop()
    asked_at = loop.time()
    while loop.time() < asked_at + 2 * KEPT_SECONDS:
        assert await client.get("/folder/now?a=1") == "short"
        await asyncio.sleep(KEPT_SECONDS / 8)
    silent_at = loop.time()
    assert await client.ended()
    assert loop.time() - silent_at > KEPT_SECONDS / 2
    await site.folder.soon.answer(short("soon"))
    assert await waiting.answer() == "soon"
    assert await waiting.ended()


async def test_a_server_that_stops_answers_who_waits_and_closes(site: Site, client: LaneClient) -> None:
    client.ask("/folder/soon")
    await until(lambda: site.folder.soon.connections)
    for connection in list(site.server.state.connections):
        connection.shutdown()
    assert await client.answer() == "long "
    assert await client.ended()


async def test_what_is_remembered_is_bounded(site: Site, client: LaneClient) -> None:
    long = HEAD.replace("a=b", "a=" + "b" * 3_000)
    assert [await client.get("/folder/now?a=1", long) for _ in range(3)] == ["long "] * 3
    LaneProtocol._heads.update({b"%d" % number: False for number in range(HEADS - len(LaneProtocol._heads))})
    oldest = next(iter(LaneProtocol._heads))
    assert await client.get("/folder/now?a=1", HEAD.replace("a=b", "a=c")) == "long "
    assert len(LaneProtocol._heads) == HEADS
    assert oldest not in LaneProtocol._heads


async def test_a_reader_that_takes_nothing_is_not_answered_beyond_the_high_water_mark(
    site: Site, client: LaneClient
) -> None:
    (connection,) = site.server.state.connections
    assert isinstance(connection, LaneProtocol)
    while not connection.flow.write_paused:
        before = site.server.state.total_requests
        client.ask("/folder/big")
        await until(lambda: site.server.state.total_requests > before)  # noqa: B023
    before = site.server.state.total_requests
    client.ask("/folder/big")
    await until(lambda: site.asked)
    assert site.server.state.total_requests == before
    assert connection.transport.get_write_buffer_size() <= HIGH_WATER_LIMIT + len(BIG)
