"""Players on kept connections of uvicorn: the short way gives what the application gives, and only to whom it would."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from typing import Any

import m3u8
import pytest
import pytest_asyncio
from django.utils import timezone

from accounts.models import User
from media_worker.node import MediaNode
from rooms.models import Room
from rooms.playback import quick
from rooms.playback.answers import PIECE, Way, Whole
from rooms.playback.quick import Quick
from rooms.services import entry, lifecycle
from spaces_site.asgi import application
from spaces_site.boundary.shortcuts import Later, accepts_gzip
from tests.house.lane_server import HEAD, LaneClient, LaneServer, lane_server, until
from tests.media_worker.node.cast import carry, enter, get, open_room, person
from tests.media_worker.node.conftest import node as node
from tests.rooms.test_playback import addresses
from tests.rooms.test_playback import one_segment as one_segment


class Counted:
    """The site, and how many requests came to it the ordinary way."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await application(scope, receive, send)


class Player:
    """Follows a playlist's live edge on one connection, as hls.js does."""

    def __init__(self, client: LaneClient, address: str) -> None:
        self.client = client
        self.folder = address.removesuffix("index.m3u8")
        self.hinted = (0, 0)

    async def begin(self) -> "Player":
        self._read(await self.client.get(f"{self.folder}index.m3u8"))
        return self

    def _read(self, text: str) -> None:
        number, index = re.findall(r"\d+", m3u8.loads(text).preload_hint.uri)[:2]
        self.hinted = int(number), int(index)

    @property
    def reload(self) -> str:
        """The address of a playlist that has the hinted part."""
        return f"{self.folder}index.m3u8?_HLS_msn={self.hinted[0]}&_HLS_part={self.hinted[1]}"

    @property
    def part(self) -> str:
        """The address of the hinted part."""
        return f"{self.folder}part-{self.hinted[0]}-{self.hinted[1]}.m4s"

    async def go_on(self) -> str:
        """A blocking reload; returns the address of the part that it was for."""
        part = self.part
        text = await self.client.get(self.reload)
        assert f'URI="{part.rpartition("/")[2]}",INDEPENDENT' in text
        self._read(text)
        return part


@pytest.fixture
def room(node: MediaNode) -> Room:
    """A live room with its host, carried by a node."""
    room = open_room(person("host"))
    carry(node, room.pk)
    return room


@pytest.fixture
def listener(room: Room) -> User:
    """Somebody in the audience."""
    listener = person("listener")
    enter(listener, room)
    return listener


@pytest_asyncio.fixture
async def site() -> AsyncIterator[LaneServer]:
    site = Counted()
    async with lane_server(site) as server:
        server.asked = lambda: site.asked  # type: ignore[attr-defined]
        yield server


async def ready(site: LaneServer, address: str) -> Player:
    """A player whose requests take the short way from now on."""
    player = await Player(await site.connect(), address).begin()
    await player.go_on()
    await player.go_on()
    return player


async def test_after_its_first_requests_a_player_never_meets_the_application(
    site: LaneServer, room: Room, listener: User
) -> None:
    player = await ready(site, addresses(listener, room)[1])
    asked = site.asked()  # type: ignore[attr-defined]
    for _ in range(8):
        part = await player.go_on()
        assert "moof" in await player.client.get(part)
        # The next one does not exist yet: its answer begins when it is there.
        assert "moof" in await player.client.get(player.part)
    assert site.asked() == asked  # type: ignore[attr-defined]


async def test_answers_are_those_of_the_application(site: LaneServer, room: Room, listener: User) -> None:
    address = addresses(listener, room)[1]
    player = await ready(site, address)
    for target in (await player.go_on(), player.reload):
        head, body = await player.client.exchange(target)
        asked = await get(application, target)
        lines = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
        assert lines.pop("date").endswith(" GMT")
        assert lines == asked.headers
        assert body == asked.body


async def test_a_playlist_is_packed_for_whoever_unpacks_it(site: LaneServer, room: Room, listener: User) -> None:
    player = await ready(site, addresses(listener, room)[1])
    packing = "Accept-Encoding: gzip, br\r\n" + HEAD
    packed = []
    # The ordinary way the first time, and once more; then the short one.
    for _ in range(3):
        await player.go_on()
        head, body = await player.client.exchange(player.reload, packing)
        assert "content-encoding: gzip" in head
        packed.append(head)
        text = gzip.decompress(body).decode()
        assert player.part.rpartition("/")[2] in text
        assert len(body) < len(text) / 3
    assert "date: " in packed[-1]
    head, body = await player.client.exchange(await player.go_on(), packing)
    assert "content-encoding" not in head
    assert b"moof" in body


@pytest.mark.parametrize(
    ("value", "accepted"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.0", False), ("identity", False)],
)
def test_gzip_is_accepted_by_those_who_say_so(value: str, *, accepted: bool) -> None:
    assert accepts_gzip([(b"host", b"gzip"), (b"accept-encoding", value.encode())]) is accepted


async def test_an_open_address_is_for_every_page(site: LaneServer, room: Room) -> None:
    address = (await get(application, f"/live/{room.pk}/open/index.m3u8")).headers["location"]
    player = await ready(site, address)
    asked = site.asked()  # type: ignore[attr-defined]
    head, _ = await player.client.exchange(player.reload)
    assert "access-control-allow-origin: *" in head
    assert site.asked() == asked  # type: ignore[attr-defined]


async def test_whoever_leaves_is_refused_within_a_second(site: LaneServer, room: Room, listener: User) -> None:
    player = await ready(site, addresses(listener, room)[1])
    entry.leave_room(actor=listener, room_id=room.pk, device="listener-1", now=timezone.now())
    left_at = asyncio.get_running_loop().time()
    while "200 OK" in (await player.client.exchange(player.reload))[0]:
        assert asyncio.get_running_loop().time() - left_at < 1.5
        player.hinted = player.hinted[0], player.hinted[1] + 1
    head, body = await player.client.exchange(player.part)
    assert "403 Forbidden" in head
    assert b"not in this room" in body


async def test_a_player_that_waits_when_the_room_ends_gets_the_end(
    site: LaneServer, room: Room, listener: User
) -> None:
    player = await ready(site, addresses(listener, room)[1])
    lifecycle.end_room(actor=User.objects.get(handle="host"), room_id=room.pk, now=timezone.now())
    text = ""
    async with asyncio.timeout(5):
        while "#EXT-X-ENDLIST" not in text:
            text = await player.client.get(player.reload)
            player.hinted = player.hinted[0], player.hinted[1] + 1


async def test_listening_by_the_short_way_keeps_a_grant_in_use(
    site: LaneServer, room: Room, listener: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = await ready(site, addresses(listener, room)[1])
    monkeypatch.setattr("rooms.playback.feed.SLIDING_SECONDS", 1.0)
    asked = site.asked()  # type: ignore[attr-defined]
    began = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() - began < 2.5:
        await player.go_on()
    assert site.asked() == asked  # type: ignore[attr-defined]


class Waiting:
    """A connection that waits."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def answer(self, response: bytes) -> None:
        self.told.append(response)

    def go_the_ordinary_way(self) -> None:
        self.told.append("ordinary")


async def test_a_part_that_is_late_is_left_to_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "PATIENCE_SECONDS", 0.05)
    answers, waiting = Quick(lambda _: "next", Way(is_open=False)), Waiting()
    later = answers.answer(b"part-1-2.m4s")
    assert isinstance(later, Later)
    later.connections.add(waiting)
    await until(lambda: waiting.told)
    assert waiting.told == ["ordinary"]
    assert answers.answer(b"part-1-2.m4s") is not later


async def test_words_are_bounded_and_only_plain_ones_are_kept() -> None:
    looked_up = []

    def look_up(name: bytes) -> Whole:
        looked_up.append(name)
        return Whole(PIECE, b"part")

    answers = Quick(look_up, Way(is_open=True))
    for spoilt in (b"part-1-1.m4s ", b"part-1-1.m4s\t", b"part-1-1.m4s\x00", b"", b"a/b", b"%70art-1-1.m4s"):
        assert answers.answer(spoilt) is None
    assert looked_up == []
    for number in range(3 * quick.WORDS):
        assert answers.answer(b"part-%d-1.m4s" % number)
    assert len(answers._answers) <= quick.WORDS
    waits = Quick(lambda _: "next", Way(is_open=True))
    for number in range(3 * quick.WORDS):
        waits.answer(b"part-%d-1.m4s" % number)
    assert len(waits._later) == quick.WORDS
    waits.dismiss()
