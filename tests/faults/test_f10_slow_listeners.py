"""F10: fifty listeners stop reading. Each is held for with a bound and let go; nobody else notices."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest
import redis.asyncio
from asgiref.sync import sync_to_async
from django.conf import settings

from media_worker.storage import LiveWindow
from rooms import events
from rooms.protocol import MAX_QUEUED_BYTES, room_channel
from tests.media_worker.transport.clients import until
from tests.patience import busy
from tests.rooms.sockets.clients import OverTcp
from tests.rooms.sockets.conftest import Cast
from tests.rooms.sockets.people import make_person, sign_in
from tests.rooms.sockets.servers import WebServer, running
from tests.rooms.test_playback_slow import PART_BYTES, Reader, let_go, put, stream_of

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]

SLOW = 50
FRAME_BYTES = 16_000
#: Milliseconds by which others may wait longer.
MORE = 50


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return Cast()


@pytest.fixture(params=["daphne", "uvicorn"])
def web(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[WebServer]:
    with running(server=request.param) as server:
        yield server


def p99(waits: list[float]) -> float:
    """In milliseconds."""
    return float(np.percentile(waits, 99)) * 1000


def resident(web: WebServer) -> int:
    """Bytes of memory of the web process."""
    with open(f"/proc/{web.process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * 4096


def small_socket(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
    made.connect(("127.0.0.1", port))
    made.setblocking(False)
    return made


async def stuck(web: WebServer, cast: Cast, session: str) -> OverTcp:
    """Somebody in the room who reads the snapshot and nothing more."""
    client = OverTcp(web.port, cast.room.pk, session=session, device="phone")
    await client.connect(sock=small_socket(web.port), ping_interval=None, max_queue=1)
    await client.event("snapshot")
    client.socket.transport.pause_reading()
    return client


async def tell(cast: Cast, quick: OverTcp, seq: int) -> float:
    """Tell everybody in the room something large; seconds until the quick one has read it."""
    text = json.dumps({"type": "speaker.unmuted", "seq": seq, "at": "", "data": {"filler": "x" * FRAME_BYTES}})
    began = time.monotonic()
    await sync_to_async(events.broker().publish)(room_channel(str(cast.room.pk)), text)
    await quick.take(lambda frame: frame.get("seq") == seq)
    return time.monotonic() - began


async def test_f10_sockets_that_stop_reading_cost_the_others_nothing(web: WebServer, cast: Cast) -> None:
    sessions = await sync_to_async(lambda: [sign_in(make_person(f"slow_{n}")) for n in range(SLOW)])()
    quick = await OverTcp(web.port, cast.room.pk, session=cast.sessions["host"], device="desk").connect()
    first = (await quick.event("snapshot"))["data"]["seq"] + 1
    alone = [await tell(cast, quick, first + number) for number in range(100)]
    slow = [await stuck(web, cast, session) for session in sessions]
    memory, most = resident(web), 0
    beside: list[float] = []
    while await asyncio.to_thread(cut_off, web) < SLOW:
        assert len(beside) < 2_000, "the slow ones were never let go"
        for _ in range(20):
            beside.append(await tell(cast, quick, first + 100 + len(beside)))
            most = max(most, resident(web) - memory)
    print(
        f"f10 {web.server}: p99 {p99(alone):.0f} ms alone, {p99(beside):.0f} ms beside {SLOW} slow sockets; "
        f"all let go within {len(beside)} frames of {FRAME_BYTES // 1000} kB, +{most / SLOW / 1024:.0f} KiB for each"
    )
    assert p99(beside) - p99(alone) < busy(MORE)
    # What is held for them, and again as much for what Python and the server make of it.
    assert most < 2 * SLOW * MAX_QUEUED_BYTES
    for client in slow:
        client.socket.transport.abort()
    await quick.leave()


def cut_off(web: WebServer) -> int:
    """How many slow sockets that process has closed."""
    with urlopen(f"http://127.0.0.1:{web.port}/metrics", timeout=20) as response:
        lines = response.read().decode().splitlines()
    return int(sum(float(line.split()[1]) for line in lines if line.startswith("spaces_socket_slow_readers_total")))


async def test_f10_readers_that_stop_reading_cost_the_others_nothing(web: WebServer, cast: Cast) -> None:
    site = f"http://127.0.0.1:{web.port}"
    paths = await sync_to_async(lambda: [stream_of(f"slow_{n}", cast.room) for n in range(SLOW + 1)])()
    quick = Reader(site, paths.pop(), window_bytes=1 << 20)
    reading = asyncio.ensure_future(quick.read())
    broker: Any = redis.asyncio.Redis.from_url(settings.REDIS_URL)
    window = LiveWindow(
        client=broker, room_id=str(cast.room.pk), epoch=1, may_write=lambda: True, on_fenced=lambda: None
    )
    writing = asyncio.ensure_future(window.run())
    window.start(b"init")
    count = 0

    async def part() -> float:
        nonlocal count
        began = time.monotonic()
        put(window, count)
        count += 1
        await until(lambda: quick.parts >= count)
        return time.monotonic() - began

    alone = [await part() for _ in range(100)]
    slow = [Reader(site, path, window_bytes=8_192) for path in paths]
    beside: list[float] = []
    while await asyncio.to_thread(let_go, site) < SLOW:
        assert len(beside) < 1_000, "the slow readers were never let go"
        beside += [await part() for _ in range(10)]
    print(
        f"f10 {web.server}: part of {PART_BYTES // 1000} kB p99 {p99(alone):.0f} ms alone, "
        f"{p99(beside):.0f} ms beside {SLOW} slow readers; all let go"
    )
    assert p99(beside) - p99(alone) < busy(MORE)
    assert not reading.done()
    window.close()
    reading.cancel()
    await asyncio.gather(writing, reading, return_exceptions=True)
    await broker.aclose()
    for reader in (*slow, quick):
        reader.close()
