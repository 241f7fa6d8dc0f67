"""ffmpeg and ffprobe, against live web processes: the sound is whole, and its time goes on sample by sample."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from rooms.models import Room
from tests.media_worker.node.cast import enter, open_room, person
from tests.media_worker.node.processes import web
from tests.rooms.mixer import Mixer
from tests.rooms.test_playback import addresses

TONE, RATE, FRAME = 440, 48_000, 960


@pytest.fixture
def room(transactional_db: None) -> Room:
    """A live room that no node carries."""
    return open_room(person("host"))


@pytest.fixture(params=["daphne", "uvicorn"])
def site(request: pytest.FixtureRequest, room: Room, tmp_path: Path) -> Iterator[str]:
    """Address of a live web process."""
    process, address = web(tmp_path, request.param)
    yield address
    process.end()


@pytest_asyncio.fixture
async def folder(site: str, room: Room) -> AsyncIterator[str]:
    """Where a listener hears a tone."""
    listener = person("listener")
    enter(listener, room)
    address = addresses(listener, room)[1].removesuffix("index.m3u8")
    mixer = Mixer(room)
    humming = asyncio.ensure_future(mixer.hum(TONE))
    yield site + address
    humming.cancel()
    with suppress(asyncio.CancelledError):
        await humming
    await mixer.end()


async def output_of(*command: str) -> bytes:
    """What a program writes; it must not complain."""
    told = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60, check=False)
    assert (told.returncode, told.stderr) == (0, b""), told.stderr
    return bytes(told.stdout)


@pytest.mark.parametrize("name", ["index.m3u8", "stream.mp4"])
async def test_ffmpeg_hears_the_tone_without_a_gap(name: str, folder: str) -> None:
    form = ("-t", "6", "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-")
    sound = np.frombuffer(await output_of("ffmpeg", "-v", "error", "-i", folder + name, *form), dtype=np.float32)
    assert len(sound) == pytest.approx(6 * RATE, abs=RATE / 10)
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    near = slice(6 * (TONE - 2), 6 * (TONE + 2) + 1)
    assert power[near].sum() > 0.99 * power.sum()
    # A decoder fades in where it begins in the middle.
    loudness = np.sqrt((sound[RATE // 10 : 5 * RATE].reshape(-1, FRAME // 2) ** 2).mean(axis=1))
    assert loudness.min() > 0.8 * loudness.max()


@pytest.mark.parametrize("name", ["index.m3u8", "stream.mp4"])
async def test_ffprobe_sees_one_packet_after_the_other(name: str, folder: str) -> None:
    asked = ("-show_entries", "packet=pts", "-of", "csv=p=0", "-read_intervals", "%+#200")
    told = await output_of("ffprobe", "-v", "error", *asked, folder + name)
    stamps = [int(line.strip(b",")) for line in told.split()]
    assert len(stamps) == 200
    assert {later - earlier for earlier, later in pairwise(stamps)} == {1024}
