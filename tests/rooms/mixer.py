"""What the media node would write, for tests of the doors that need no node."""

import asyncio
import time
from typing import Any

import numpy as np
import redis.asyncio
from django.conf import settings

from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE
from media_worker.engine.packager import Packager
from media_worker.engine.ports import Part
from media_worker.storage import LiveWindow
from rooms.models import Room
from rooms.protocol import live_run_key
from tests.media_worker.transport.clients import until


class Mixer:
    """Writes into the broker; `window` is a node's own way there."""

    def __init__(self, room: Room) -> None:
        self._room_id = str(room.pk)
        self._broker: Any = redis.asyncio.Redis.from_url(settings.REDIS_URL)
        self.window = LiveWindow(
            client=self._broker, room_id=self._room_id, epoch=1, may_write=lambda: True, on_fenced=lambda: None
        )
        self._writing = asyncio.ensure_future(self.window.run())

    async def put(self, *numbers: int) -> None:
        """These parts, ten in a segment, with nothing in them; returns when the broker has them."""
        for number in numbers:
            segment, index = divmod(number, 10)
            start = number * 9_216
            self.window.put(Part(segment, index, b"%d" % number, 9_216, start, 1.8e9 + start / 48_000, index == 9))
            await self.written()

    async def written(self) -> None:
        """Until the broker has all: a node drops parts when it has none for some seconds."""
        await until(lambda: not self.window._waiting)

    async def hum(self, hertz: int, ahead: float = 8.0) -> None:
        """A tone for ever: some seconds of it at once, then as fast as it sounds. Cancel it to end it."""
        packager = Packager(self.window, time.time)
        began, frame = time.monotonic() - ahead, 0
        while True:
            samples = np.arange(FRAME_SAMPLES) + frame * FRAME_SAMPLES
            packager.put((0.2 * np.sin(2 * np.pi * hertz * samples / SAMPLE_RATE)).astype(np.float32), int(samples[0]))
            frame += 1
            await self.written()
            await asyncio.sleep(max(0.0, began + frame * FRAME_SECONDS - time.monotonic()))

    async def number(self, segment: int) -> int:
        """How listeners know a segment of ours."""
        return int(await self._broker.hget(live_run_key(self._room_id), "base")) + segment

    async def end(self) -> None:
        self.window.close()
        await asyncio.gather(self._writing, return_exceptions=True)
        await self._broker.aclose()
