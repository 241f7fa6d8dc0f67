"""The floor under the playback doors: the same number of bytes and waits, and nothing else.

A clock makes a part of the room's size every 0.192 s; the long response sends it on, a blocking reload
waits for it, everything else is answered at once.
"""

import asyncio
import gzip
import re
from typing import Any

from media_worker.engine.encoder import AAC_FRAME
from media_worker.engine.frames import SAMPLE_RATE
from media_worker.engine.packager import PART_FRAMES

PART_SECONDS = PART_FRAMES * AAC_FRAME / SAMPLE_RATE
#: As long as a part of 64 kbit/s, and like a playlist with the parts of four segments, packed.
PART: dict[str, Any] = {"type": "http.response.body", "body": b"moof" + bytes(1_700), "more_body": True}
PIECE: dict[str, Any] = {"type": "http.response.body", "body": PART["body"]}
PLAYLIST = b"".join(
    b'#EXT-X-PART:DURATION=0.192000,URI="part-%d-%d.m4s",INDEPENDENT=YES\n' % (95_774_753 + number // 10, number % 10)
    for number in range(40)
)
START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"audio/mp4")]}


class Clock:
    """Ticks once a part, wakes whoever waits."""

    def __init__(self) -> None:
        self.number = 0
        self.streams: set[Any] = set()
        self.waiting: set[asyncio.Future[None]] = set()
        self.playlist = b""
        self.ticking = asyncio.ensure_future(self._tick())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(PART_SECONDS)
            self.number += 1
            hint = b'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-%d-0.m4s"' % (self.number + 1)
            self.playlist = gzip.compress(PLAYLIST + hint, compresslevel=5)
            waiting, self.waiting = self.waiting, set()
            for future in waiting:
                future.set_result(None)
            for send in list(self.streams):
                await send(PART)

    async def after(self, number: int) -> None:
        """Wait until this part is there."""
        while self.number < number:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiting.add(future)
            await future


_clocks: list[Clock] = []


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Plain ASGI."""
    if scope["type"] != "http":
        return
    clock = _clocks[0] if _clocks else Clock()
    _clocks[:] = [clock]
    name = scope["path"].rpartition("/")[2]
    if name == "stream.mp4":
        await send(START)
        clock.streams.add(send)
        while (await receive())["type"] != "http.disconnect":
            pass
        clock.streams.discard(send)
        return
    if name == "index.m3u8":
        wanted = re.search(rb"_HLS_msn=(\d+)", scope["query_string"])
        await clock.after(int(wanted[1]) if wanted else 1)
        answer = {"type": "http.response.body", "body": clock.playlist}
    else:
        answer = PIECE
    length = (b"content-length", b"%d" % len(answer["body"]))
    await send({**START, "headers": [*START["headers"], length]})
    await send(answer)
