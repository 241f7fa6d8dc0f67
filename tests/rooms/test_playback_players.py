"""Players that we did not write, against live web processes: ffmpeg plays the stream and the playlist."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.utils import timezone

from media_worker.node import MediaNode
from rooms.models import Participant, Room
from rooms.services import entry, playback
from tests.media_worker.node.cast import carry, open_room, person
from tests.media_worker.node.conftest import node as node
from tests.media_worker.node.processes import web
from tests.patience import busy


@pytest.fixture
def room(node: MediaNode) -> Room:
    """A live room with its host, carried by a node."""
    room = open_room(person("host"))
    carry(node, room.pk)
    return room


@pytest.fixture(params=["daphne", "uvicorn"])
def site(request: pytest.FixtureRequest, room: Room, tmp_path: Path) -> Iterator[str]:
    """Address of a live web process."""
    process, address = web(tmp_path, request.param)
    yield address
    process.end()


def seconds_played(address: str, seconds: float, folder: Path) -> float:
    """How much sound ffmpeg got within `seconds` of media."""
    sound = folder / "sound.raw"
    limits = ["-t", str(seconds), "-f", "s16le", "-ar", "48000", "-ac", "1"]
    result = subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", address, *limits, str(sound)], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    return sound.stat().st_size / 2 / 48_000


@pytest.mark.parametrize("name", ["stream.mp4", "index.m3u8"])
def test_ffmpeg_plays_it(name: str, room: Room, site: str, tmp_path: Path) -> None:
    place = Participant.objects.get(room=room)
    info = playback.media_info(participant=place, room=room, now=timezone.now())
    address = site + info.stream.replace("stream.mp4", name)
    assert seconds_played(address, 4, tmp_path) == pytest.approx(4, abs=0.1)


def test_ffmpeg_plays_an_open_room_by_its_plain_address(room: Room, site: str, tmp_path: Path) -> None:
    assert seconds_played(f"{site}/live/{room.pk}/open/index.m3u8", 2, tmp_path) == pytest.approx(2, abs=0.1)


def test_a_live_response_ends_within_a_second_of_leaving(room: Room, site: str) -> None:
    place = Participant.objects.get(room=room)
    info = playback.media_info(participant=place, room=room, now=timezone.now())
    with urlopen(site + info.stream, timeout=15) as response:
        assert response.read(4096)
        entry.leave_room(actor=place.person, room_id=room.pk, device=place.device, now=timezone.now())
        left = time.monotonic()
        while response.read(4096):
            assert time.monotonic() - left < busy(2)
    assert time.monotonic() - left < busy(1.2)
