"""How many listeners by HTTP one core carries: CPU of the server process alone, extrapolated to a whole core.

A room's parts are made by the product's own packager and come through a broker at their own pace; the
listeners, each with a grant and cookies of their own, are in another process. What is measured is the CPU
of one part for one listener, and a core's second of it is divided by the parts that a listener needs in a
second: so many listeners that a part is a burst of work as it is in a full house, so few that even a busy
machine serves them all in time. Playing this module prints the same figures for a bare application that
answers the same bytes, as the floor of each server.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from uuid import UUID, uuid4

import django
import numpy as np
import redis.asyncio
from django.utils import timezone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")
django.setup()

from media_worker.engine.encoder import AAC_FRAME  # noqa: E402
from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE  # noqa: E402
from media_worker.engine.packager import PART_FRAMES, Packager  # noqa: E402
from media_worker.storage import LiveWindow  # noqa: E402
from rooms import grants  # noqa: E402
from rooms.grants import GrantKind  # noqa: E402
from tests.bench.catalogue import CannotMeasure  # noqa: E402
from tests.bench.web import web_server  # noqa: E402

APPLICATION = "tests.bench.playback_app:application"
STREAMS, PLAYERS = 1000, 500
SECONDS = 5.0
#: Parts that one listener takes in a second of sound.
PARTS_A_SECOND = SAMPLE_RATE / (PART_FRAMES * AAC_FRAME)


def stream_listeners_per_core() -> dict[str, float]:
    """Listeners of the long response that would take one whole core."""
    return {server: _listeners(server, "stream", STREAMS) for server in ("daphne", "uvicorn")}


def hls_listeners_per_core() -> dict[str, float]:
    """Low-latency HLS players, each with a blocking reload and a part for every 0.192 s, for one whole core."""
    return {"uvicorn": _listeners("uvicorn", "hls", PLAYERS)}


def floors() -> dict[str, float]:
    """The same listeners, served by an application that does nothing but send."""
    floor = "tests.bench.playback_floor:application"
    return {
        f"{kind} {server}": _listeners(server, kind, count, floor)
        for kind, count in (("stream", STREAMS), ("hls", PLAYERS))
        for server in ("daphne", "uvicorn")
    }


def _listeners(server: str, kind: str, count: int, application: str = APPLICATION) -> float:
    with web_server(server, application, open_files=count * 2 + 500) as web:
        room_id = str(uuid4())
        stop = threading.Event()
        room = threading.Thread(target=lambda: asyncio.run(_sound(web.broker, room_id, stop)), daemon=True)
        room.start()
        name = "stream.mp4" if kind == "stream" else "index.m3u8"
        command = [sys.executable, "-m", "tests.bench.playback_load", kind, str(web.port), str(SECONDS)]
        try:
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as loader:
                assert loader.stdin is not None
                assert loader.stdout is not None
                loader.stdin.write("\n".join(_address(room_id, name) for _ in range(count)))
                loader.stdin.close()
                if loader.stdout.readline().strip() != "ready":
                    raise CannotMeasure("the listeners could not connect")
                before = web.cpu
                told = loader.stdout.readline()
                used = web.cpu - before
        finally:
            stop.set()
            room.join()
    parts = json.loads(told)["parts"]
    if parts < 0.5 * count * SECONDS * PARTS_A_SECOND:
        raise CannotMeasure(f"the server did not keep up: {parts:.0f} parts for {count} listeners")
    return round(parts / used / PARTS_A_SECOND)


async def _sound(url: str, room_id: str, stop: threading.Event) -> None:
    """A room's parts, in time, until told to stop."""
    broker = redis.asyncio.Redis.from_url(url)
    window = LiveWindow(client=broker, room_id=room_id, epoch=1, may_write=lambda: True, on_fenced=stop.set)
    writing = asyncio.ensure_future(window.run())
    packager = Packager(window, time.time)
    noise = np.random.default_rng(7).normal(0, 0.1, FRAME_SAMPLES).astype(np.float32)
    began, frame = time.monotonic(), 0
    while not stop.is_set():
        packager.put(noise, frame * FRAME_SAMPLES)
        frame += 1
        await asyncio.sleep(max(0.0, began + frame * FRAME_SECONDS - time.monotonic()))
    window.close()
    await writing
    await broker.aclose()


def _address(room_id: str, name: str) -> str:
    grant = grants.sign(
        room_id=UUID(room_id),
        participant_id=uuid4(),
        person_id=uuid4(),
        device="bench",
        kind=GrantKind.LISTEN,
        now=timezone.now(),
    )
    return f"/live/{room_id}/{grant}/{name}"


if __name__ == "__main__":
    print(json.dumps(floors()))
