"""How a playlist begins, and what it says of sound that never came: parts of our own, the doors as they are."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urljoin

import m3u8
import pytest
import pytest_asyncio

from rooms.models import Room
from rooms.playback import application as doors
from spaces_site.asgi import application
from tests.media_worker.node.cast import enter, get, open_room, person
from tests.rooms.mixer import Mixer
from tests.rooms.test_playback import addresses


@pytest.fixture
def room(transactional_db: None) -> Room:
    """A live room that no node carries."""
    return open_room(person("host"))


@pytest_asyncio.fixture
async def mixer(room: Room) -> AsyncIterator[Mixer]:
    mixer = Mixer(room)
    mixer.window.start(b"init")
    yield mixer
    await mixer.end()


@pytest.fixture
def hls(room: Room) -> str:
    """The playlist's address for somebody in the audience."""
    listener = person("listener")
    enter(listener, room)
    return addresses(listener, room)[1]


async def test_the_first_playlist_has_three_whole_segments(hls: str, mixer: Mixer) -> None:
    asked = asyncio.ensure_future(get(application, hls))
    await mixer.put(*range(29))
    blocking = await get(application, f"{hls}?_HLS_msn={await mixer.number(2)}&_HLS_part=8")
    assert blocking.status == 200
    assert not asked.done()
    await mixer.put(29)
    answer = await asyncio.wait_for(asked, 5)
    assert len([segment for segment in m3u8.loads(answer.body.decode()).segments if segment.uri]) == 3


async def test_a_slow_start_is_answered_with_what_there_is(
    hls: str, mixer: Mixer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "BEGIN_SECONDS", 0.5)
    assert (await get(application, hls)).status == 503
    await mixer.put(*range(13))
    answer = await get(application, hls)
    assert len([segment for segment in m3u8.loads(answer.body.decode()).segments if segment.uri]) == 1


async def test_what_never_came_is_a_gap_and_not_there(hls: str, mixer: Mixer) -> None:
    await mixer.put(*range(26), *range(41, 52))
    told = m3u8.loads((await get(application, hls)).body.decode())
    first = await mixer.number(0)
    assert [segment.uri for segment in told.segments if segment.uri] == [f"seg-{first + n}.m4s" for n in range(5)]
    assert [n for n, segment in enumerate(told.segments) if segment.gap_tag] == [3]
    parts = {part.uri: part.gap for segment in told.segments for part in segment.parts}
    for number in range(20, 52):
        name = f"part-{first + number // 10}-{number % 10}.m4s"
        answer = await get(application, urljoin(hls, name))
        is_there = number < 26 or number > 40
        assert (parts[name] is None) is is_there
        assert (answer.status, answer.body) == (200, b"%d" % number) if is_there else answer.status == 404
    assert (await get(application, urljoin(hls, f"seg-{first + 2}.m4s"))).body == b"202122232425"
    assert (await get(application, urljoin(hls, f"seg-{first + 3}.m4s"))).status == 404
