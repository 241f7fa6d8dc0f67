"""Listeners' parts on their way out: a live window in the broker that an older epoch can't write to.

Each room has one Redis stream with the last two minutes of CMAF parts, about 1 MiB, and one hash that describes the
encoder's present *run* (epoch, init segment, numbering). Listeners are served from its last half minute; the
rest is there for a report, which freezes it as evidence. The fence is a script inside the broker: it
compares epochs in the same step in which it writes, so that no pause between check and write matters.
Media sequence numbers go on growing over runs and owners; a new run is a discontinuity.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import redis.asyncio
import structlog
from prometheus_client import Counter

from media_worker.engine.ports import Part
from rooms.protocol import live_epoch_key, live_refused_key, live_run_key, parts_key

log = structlog.get_logger(__name__)

#: Entries in the live window: two minutes of parts of 192 ms, and a few beginnings of runs.
WINDOW_PARTS = 640
#: Parts that wait for a slow broker: 4 s. Older ones are dropped.
QUEUE_PARTS = 20

DROPPED_PARTS = Counter("spaces_media_parts_dropped_total", "Parts that the broker was too slow to take")
REFUSED_WRITES = Counter("spaces_media_writes_refused_total", "Writes of an older epoch that the fence refused")

REFUSED, NO_RUN = -1, 0

_FENCE = """
local epoch = tonumber(ARGV[1])
if epoch < tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('INCR', KEYS[2])
  redis.call('EXPIRE', KEYS[2], 86400)
  return -1
end
"""

#: KEYS epoch, refused, run, stream; ARGV epoch, init, window. A run is named by the broker's clock,
#: numbers of segments begin there too: they never go back, even when the broker was restarted empty.
START = (
    _FENCE
    + """
local old = redis.call('HMGET', KEYS[3], 'run', 'last', 'breaks')
local now = tonumber(redis.call('TIME')[1]) - 1700000000
local run = math.max(now, tonumber(old[1] or '0') + 1)
local last = tonumber(old[2] or now)
local breaks = tonumber(old[3] or '-1') + 1
redis.call('SET', KEYS[1], epoch, 'EX', 86400)
redis.call('HSET', KEYS[3], 'epoch', epoch, 'run', run, 'last', last, 'breaks', breaks, 'init', ARGV[2])
redis.call('HDEL', KEYS[3], 'base')
redis.call('EXPIRE', KEYS[3], 86400)
redis.call('XADD', KEYS[4], 'MAXLEN', '=', ARGV[3], '*', 'epoch', epoch, 'run', run, 'init', ARGV[2])
redis.call('EXPIRE', KEYS[4], 150)
return 1
"""
)

#: KEYS epoch, refused, run, stream; ARGV epoch, segment, index, samples, start, wall, last, data, window.
#: The first part of a run decides how its segments are numbered: right after those of the run before.
PUT = (
    _FENCE
    + """
local run = redis.call('HMGET', KEYS[3], 'epoch', 'run', 'breaks', 'base', 'last')
if tonumber(run[1] or '-1') ~= epoch then return 0 end
local base = tonumber(run[4] or (tonumber(run[5]) + 1 - tonumber(ARGV[2])))
local number = base + tonumber(ARGV[2])
redis.call('HSET', KEYS[3], 'base', base, 'last', number)
redis.call('XADD', KEYS[4], 'MAXLEN', '=', ARGV[9], '*',
  'epoch', epoch, 'run', run[2], 'breaks', run[3], 'segment', number,
  'index', ARGV[3], 'samples', ARGV[4], 'start', ARGV[5], 'wall', ARGV[6], 'last', ARGV[7], 'data', ARGV[8])
redis.call('EXPIRE', KEYS[4], 150)
return 1
"""
)

#: KEYS epoch, refused, levels; ARGV epoch, channel, frame, levels, milliseconds. Levels go out to everybody in
#: the room, and stay for a moment for whoever looks in from outside.
PUBLISH = (
    _FENCE
    + """
redis.call('PUBLISH', ARGV[2], ARGV[3])
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5])
return 1
"""
)

#: KEYS epoch, refused, owner; ARGV epoch, owner, milliseconds. Also raises the fence to this epoch.
OWN = (
    _FENCE
    + """
redis.call('SET', KEYS[1], epoch, 'EX', 86400)
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
return 1
"""
)


class LiveWindow:
    """A `PartSink`: takes parts from the session at once, writes them in order by one task.

    `may_write` is asked right before each write (the lease by monotonic time); `on_fenced` is called
    when the broker knows a newer epoch.
    """

    def __init__(
        self,
        *,
        client: redis.asyncio.Redis,
        room_id: str,
        epoch: int,
        may_write: Callable[[], bool],
        on_fenced: Callable[[], None],
    ) -> None:
        self.epoch = epoch
        self._room_id = room_id
        self._keys = [live_epoch_key(room_id), live_refused_key(room_id), live_run_key(room_id), parts_key(room_id)]
        self._start, self._put = client.register_script(START), client.register_script(PUT)
        self._may_write, self._on_fenced = may_write, on_fenced
        self._init: bytes | None = None
        self._waiting: deque[bytes | Part] = deque()
        self._awake = asyncio.Event()
        self._closed = False

    def start(self, init: bytes) -> None:
        """Begin a run: parts that follow need this init segment."""
        self._init = init
        self._push(init)

    def put(self, part: Part) -> None:
        """Take one part; the oldest waiting one is dropped when the broker is too slow."""
        self._push(part)

    def close(self) -> None:
        """Write nothing more; `run` returns."""
        self._closed = True
        self._waiting.clear()
        self._awake.set()

    async def run(self) -> None:
        """Write until closed or fenced. The broker's failures are waited out."""
        while not self._closed:
            await self._awake.wait()
            self._awake.clear()
            while self._waiting and not self._closed:
                await self._write(self._waiting.popleft())

    def _push(self, item: bytes | Part) -> None:
        if self._closed:
            return
        if len(self._waiting) >= QUEUE_PARTS:
            self._waiting.popleft()
            DROPPED_PARTS.inc()
        self._waiting.append(item)
        self._awake.set()

    async def _write(self, item: bytes | Part) -> None:
        try:
            outcome = await self._begin(item) if isinstance(item, bytes) else await self._append(item)
        except redis.RedisError as error:
            DROPPED_PARTS.inc()
            log.warning("part_lost", room_id=self._room_id, error=str(error))
            await asyncio.sleep(0.2)
            return
        if outcome == REFUSED:
            REFUSED_WRITES.inc()
            self.close()
            self._on_fenced()

    async def _append(self, part: Part) -> int:
        arguments = [part.segment, part.index, part.samples, part.start, part.wall, int(part.last_of_segment)]
        outcome = await self._call(self._put, [*arguments, part.data, WINDOW_PARTS])
        if outcome == NO_RUN and self._init is not None:
            # The broker was restarted empty: tell it the run again.
            await self._begin(self._init)
            outcome = await self._call(self._put, [*arguments, part.data, WINDOW_PARTS])
        return outcome

    async def _begin(self, init: bytes) -> int:
        return await self._call(self._start, [init, WINDOW_PARTS])

    async def _call(self, script: Any, arguments: list[Any]) -> int:
        if not self._may_write():
            return NO_RUN
        return int(await script(keys=self._keys, args=[self.epoch, *arguments]))
