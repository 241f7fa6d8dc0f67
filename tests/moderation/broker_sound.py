"""Sound in the broker, as a node leaves it there, without a node."""

from uuid import UUID

import redis
from django.conf import settings

from media_worker.engine.frames import FRAME_SAMPLES
from media_worker.engine.packager import Packager
from rooms.protocol import parts_key
from tests.fakes.legs import Parts, tone


def leave_sound(room_id: UUID, *, frames: int = 500, first: int = 400_000) -> float:
    """A tone of so many frames, from somewhere along the room's time; how many seconds of it are whole parts."""
    sink = Parts()
    packager = Packager(sink, lambda: 1_800_000_000.0)
    for frame in range(first, first + frames):
        packager.put(tone(440, start=frame * FRAME_SAMPLES), frame * FRAME_SAMPLES)
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.xadd(parts_key(str(room_id)), {"epoch": 1, "run": 1, "init": sink.inits[0]})
        for part in sink.parts:
            place = {"epoch": 1, "run": 1, "segment": part.segment, "index": part.index, "samples": part.samples}
            broker.xadd(parts_key(str(room_id)), {**place, "start": part.start, "data": part.data})
    return sum(part.samples for part in sink.parts) / 48_000
