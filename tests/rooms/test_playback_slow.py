"""A reader of the long stream that stops reading is bounded and let go; nobody else notices."""

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import redis.asyncio
from django.conf import settings
from django.utils import timezone

from media_worker.engine.ports import Part
from media_worker.storage import LiveWindow
from rooms.models import Participant, Room
from rooms.playback.answers import Piece
from rooms.playback.listener import HELD_BYTES, StreamListener
from rooms.services import playback
from tests.media_worker.node.cast import enter, open_room, person
from tests.media_worker.node.processes import web
from tests.media_worker.transport.clients import until

#: Large parts, so that the kernel's own buffers are full within seconds.
PART_BYTES = 60_000


@pytest.fixture(params=["daphne", "uvicorn"])
def site(request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """Address of a live web process."""
    process, address = web(tmp_path, request.param)
    yield address
    process.end()


def let_go(site: str) -> float:
    """How many slow readers that process has cut off, as its metrics say."""
    with urlopen(f"{site}/metrics", timeout=10) as response:
        told = re.search(r"^spaces_live_listeners_let_go_total ([\d.]+)$", response.read().decode(), re.M)
    return float(told[1]) if told else 0.0


class Reader:
    """One client of a long response, on a socket of its own."""

    def __init__(self, site: str, path: str, window_bytes: int) -> None:
        host, _, port = site.removeprefix("http://").partition(":")
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window_bytes)
        self._socket.connect((host, int(port)))
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        self._socket.setblocking(False)
        self._received = 0

    @property
    def parts(self) -> int:
        """Whole parts that came."""
        return self._received // PART_BYTES

    async def read(self) -> None:
        """Read for ever, or until the server hangs up."""
        with suppress(ConnectionError):
            while data := await asyncio.get_running_loop().sock_recv(self._socket, 1 << 16):
                self._received += len(data)

    def close(self) -> None:
        self._socket.close()


async def test_a_reader_that_stops_is_let_go_and_others_hear_every_part(site: str) -> None:
    room = open_room(person("host"))
    slow = Reader(site, stream_of("slow", room), window_bytes=8_192)
    quick = Reader(site, stream_of("quick", room), window_bytes=1 << 20)
    reading = asyncio.ensure_future(quick.read())
    broker: Any = redis.asyncio.Redis.from_url(settings.REDIS_URL)
    window = LiveWindow(client=broker, room_id=str(room.pk), epoch=1, may_write=lambda: True, on_fenced=lambda: None)
    writing = asyncio.ensure_future(window.run())
    window.start(b"init")
    put(window, 0)
    await until(lambda: quick.parts == 1)
    deadline, count = time.monotonic() + 30, 1
    while await asyncio.to_thread(let_go, site) < 1:
        assert time.monotonic() < deadline, "the slow reader was never let go"
        put(window, count)
        count += 1
        await until(lambda: quick.parts == count)  # noqa: B023
    assert not reading.done()
    await asyncio.wait_for(slow.read(), 10)
    assert slow.parts < count - 1
    window.close()
    reading.cancel()
    await asyncio.gather(writing, reading, return_exceptions=True)
    await broker.aclose()
    slow.close()
    quick.close()


def stream_of(handle: str, room: Room) -> str:
    """The stream's address for somebody who joins now."""
    someone = person(handle)
    enter(someone, room)
    place = Participant.objects.get(person=someone, room=room)
    return playback.media_info(participant=place, room=room, now=timezone.now()).stream


def put(window: LiveWindow, number: int) -> None:
    """One large part."""
    window.put(Part(number // 10, number % 10, bytes(PART_BYTES), 9_216, number * 9_216, 1.8e9))


async def test_no_more_than_the_bound_is_held_for_a_reader_that_makes_the_server_wait() -> None:
    sent, blocked = [], asyncio.Event()

    async def send(message: Any) -> None:
        await blocked.wait()
        sent.append(message["body"])

    listener = StreamListener(send)
    piece = Piece(bytes(1_000))
    for _ in range(2 * HELD_BYTES // 1_000):
        listener.offer(piece)
    assert not listener.closed.is_set()
    blocked.set()
    listener.offer(Piece(b"newest"))
    await until(lambda: b"newest" in sent)
    # One was in flight; the rest is at most what may be held.
    assert sum(map(len, sent)) <= HELD_BYTES + 1_000
    blocked.clear()
    for _ in range(4 * HELD_BYTES // 1_000):
        listener.offer(piece)
    assert listener.closed.is_set()
    listener.stop()
