"""One room's sound in one web process: one reader of the broker, many listeners.

The reader hands every new part to all open streams, wakes whoever waits for a playlist, and keeps the
room's mixer awake. Twice a second it is checked who may not listen any more.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product, starmap
from typing import Any

import redis
import redis.asyncio
import structlog
from asgiref.sync import sync_to_async

from rooms.playback import answers, names, playlist
from rooms.playback.answers import Headers, Piece, Way, Whole
from rooms.playback.door import Door
from rooms.playback.listener import StreamListener
from rooms.playback.quick import Found, Quick
from rooms.playback.window import LivePart, Window, read_part
from rooms.protocol import (
    live_listeners_key,
    live_revoked_key,
    live_run_key,
    live_wanted_key,
    parts_key,
)
from rooms.services import playback
from rooms.services.playback import Standing
from spaces_site.errors import DomainError

log = structlog.get_logger(__name__)

#: A grant that was used so lately is still good, whatever its age.
SLIDING_SECONDS = 60.0
#: How often the tokens of listeners are written to the broker.
TOKENS_SECONDS = 15.0
#: How far back a room's sound is read by whoever begins to listen.
WINDOW_SECONDS = 31
#: The mixer stays awake so long after the last sign of a listener.
WANTED_MILLISECONDS = 5000
#: How often it is looked who has waited too long.
SWEEP_SECONDS = 0.25
#: Listeners served before other work of the process gets its turn.
TURN = 200


class Feed:
    """See the module. `start` before use; `stop` when `idle`."""

    def __init__(self, *, room_id: str, broker: redis.asyncio.Redis, reading: redis.asyncio.Redis) -> None:
        self.room_id = room_id
        self.window = Window()
        self.doors: dict[str, Door] = {}
        self.standing: Standing | None = None
        self.revoked: dict[str, datetime] = {}
        self.ended = False
        #: What the server's short way is told.
        self.quick = {way: Quick(self._look_up, way) for way in starmap(Way, product((True, False), repeat=2))}
        self._broker, self._reading = broker, reading
        #: Responses that were asked for since the newest part came, by their names.
        self.answers: dict[str, Whole] = {}
        #: Who waits for the next part, and until when.
        self._waiting: dict[asyncio.Future[bool], float] = {}
        self._sweeping = False
        self._reader: asyncio.Task[None] | None = None
        self._used_at = time.monotonic()
        self._told_at = -TOKENS_SECONDS

    # --- for the doors --------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to read the broker."""
        self._reader = asyncio.ensure_future(self._read())

    def stop(self) -> None:
        """Stop reading, end every response."""
        if self._reader is not None:
            self._reader.cancel()
        self._end()

    @property
    def idle(self) -> bool:
        """Nobody has listened here for a while."""
        return not self.doors and time.monotonic() - self._used_at > SLIDING_SECONDS

    def playlist(self) -> Whole:
        """The playlist now; rendered once per part."""
        answer = self.answers.get("index.m3u8")
        if answer is None:
            answer = self.keep("index.m3u8", answers.PLAYLIST, playlist.render(self.window, ended=self.ended))
        return answer

    def part(self, number: int, index: int) -> Whole | None:
        """A part's answer, if it is there."""
        name = f"part-{number}-{index}.m4s"
        answer = self.answers.get(name)
        if answer is None:
            segment = self.window.segment(number)
            part = segment.part(index) if segment is not None else None
            answer = self.keep(name, answers.PIECE, part.data) if part is not None else None
        return answer

    def keep(self, name: str, kind: Headers, data: bytes) -> Whole:
        """Make an answer for everybody who asks for `name` until the next part comes."""
        answer = self.answers[name] = Whole(kind, data)
        return answer

    async def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Wait until `ready()` or the room's end; False when it took longer than about `seconds`."""
        if ready() or self.ended:
            return True
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not ready() and not self.ended:
            future: asyncio.Future[bool] = loop.create_future()
            self._waiting[future] = deadline
            if not self._sweeping:
                # One timer for all who wait, while anybody does.
                self._sweeping = True
                loop.call_later(SWEEP_SECONDS, self._sweep)
            try:
                if not await future:
                    return False
            finally:
                self._waiting.pop(future, None)
        return True

    def _look_up(self, name: bytes) -> Found:
        """Blocking reloads and parts; all else, and all that is refused, is for the ordinary way."""
        if self.ended:
            return None
        try:
            if name.startswith(b"index.m3u8?"):
                number, index = names.position(name.removeprefix(b"index.m3u8?"))
                answer = self.playlist() if self.window.has(number, index) else None
            else:
                number, index = names.numbers(name.decode("ascii"), "part-", ".m4s", 2)
                answer = self.part(number, index)
        except (DomainError, UnicodeDecodeError):
            return None
        return answer or ("next" if self.window.is_next(number, index) else None)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for future in [future for future, deadline in self._waiting.items() if deadline <= now]:
            if not future.done():
                future.set_result(False)
        self._sweeping = bool(self._waiting)
        if self._sweeping:
            loop.call_later(SWEEP_SECONDS, self._sweep)

    def attach(self, door: Door, listener: StreamListener) -> None:
        """Begin a stream: the init segment and the newest part, then every part that comes."""
        newest = self.window.newest_part
        if newest is not None:
            listener.offer(Piece(self.window.inits[newest.run] + newest.data))
        door.streams.add(listener)

    # --- reading --------------------------------------------------------------------------------

    async def _read(self) -> None:
        last = b""
        task = asyncio.current_task()
        # The client may turn a cancellation into an error of its own: ask, do not rely on the exception.
        while task is not None and not task.cancelling():
            try:
                last = last or await self._half_a_minute_ago()
                if not self.window.inits:
                    await self._learn_run()
                answer: Any = await self._reading.xread({parts_key(self.room_id): last}, count=200, block=1000)
            except redis.RedisError as error:
                log.warning("live_feed_interrupted", room_id=self.room_id, error=str(error))
                await asyncio.sleep(0.5)
                continue
            for _, entries in answer:
                for entry_id, entry in entries:
                    last = entry_id
                    await self._take(entry)

    async def _half_a_minute_ago(self) -> bytes:
        """Where to begin: the broker keeps two minutes, for evidence. Its ids are its own clock's milliseconds."""
        seconds, micros = await self._broker.time()
        return b"%d-0" % ((seconds - WINDOW_SECONDS) * 1000 + micros // 1000)

    async def _learn_run(self) -> None:
        told: Any = await self._broker.hmget(live_run_key(self.room_id), ["run", "init"])
        run, init = told
        if run and init:
            self.window.add_init(int(run), init)

    async def _take(self, entry: dict[bytes, bytes]) -> None:
        if b"init" in entry:
            self.window.add_init(int(entry[b"run"]), entry[b"init"])
            return
        part = read_part(entry)
        before = self.window.newest_part
        if not self.window.add(part):
            return
        self.answers.clear()
        self._wake()
        for quick in self.quick.values():
            await quick.part_came()
        if before is not None and before.run != part.run:
            # Another encoder, another timeline: players of the long stream begin anew.
            self._close_streams()
        else:
            await self._fan_out(part)

    async def _fan_out(self, part: LivePart) -> None:
        piece = Piece(part.data)
        served = 0
        for door in list(self.doors.values()):
            for listener in list(door.streams):
                listener.offer(piece)
                served += 1
                if served % TURN == 0:
                    await asyncio.sleep(0)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for future in waiting:
            if not future.done():
                future.set_result(True)

    # --- rights ---------------------------------------------------------------------------------

    def may_listen(self, participant: str, token: str, issued_at: datetime) -> bool:
        """Whether this grant's holder is still welcome."""
        standing = self.standing
        if standing is None:
            return True
        if not participant:
            return standing.open
        gone_at = standing.gone.get(participant)
        revoked_at = self.revoked.get(token)
        return not (gone_at and issued_at <= gone_at) and not (revoked_at and issued_at <= revoked_at)

    def take_standing(self, standing: Standing | None) -> None:
        """What the database says now: end, or let those go who lost the right."""
        self.standing = standing
        if standing is None or not standing.live:
            # Whoever was in until now may still fetch the end of the playlist.
            self._end()
            return
        for text, door in list(self.doors.items()):
            if not self.may_listen(door.participant, door.token, door.issued_at):
                for listener in door.streams:
                    listener.close()
                self._forget(text)

    def _end(self) -> None:
        self.ended = True
        self.answers.clear()
        self._wake()
        for quick in self.quick.values():
            quick.dismiss()
        self._close_streams()

    def _close_streams(self) -> None:
        for door in self.doors.values():
            for listener in door.streams:
                listener.close()

    # --- the broker's side ----------------------------------------------------------------------

    async def tell_broker(self) -> None:
        """Keep the mixer awake, remember who listens, learn whose right was taken. Raises RedisError."""
        now = time.monotonic()
        self._forget_doors(now)
        async with self._broker.pipeline(transaction=False) as pipe:
            pipe.zrange(live_revoked_key(self.room_id), 0, -1, withscores=True)
            if self.doors:
                self._used_at = now
                pipe.set(live_wanted_key(self.room_id), 1, px=WANTED_MILLISECONDS)
            if self.doors and now - self._told_at > TOKENS_SECONDS:
                self._told_at = now
                key = live_listeners_key(self.room_id)
                stamp = time.time()
                pipe.zadd(key, {door.member: stamp for door in self.doors.values()})
                pipe.zremrangebyscore(key, "-inf", stamp - SLIDING_SECONDS)
                pipe.expire(key, int(2 * SLIDING_SECONDS))
            revoked = (await pipe.execute())[0]
        self.revoked = {token.decode(): datetime.fromtimestamp(at, UTC) for token, at in revoked}

    async def was_used_lately(self, member: str) -> bool:
        """Whether any process served this grant in the last minute. Raises RedisError."""
        used_at = await self._broker.zscore(live_listeners_key(self.room_id), member)
        return used_at is not None and time.time() - used_at < SLIDING_SECONDS

    def _forget_doors(self, now: float) -> None:
        for text, door in list(self.doors.items()):
            if not door.streams and now - door.used_at > SLIDING_SECONDS:
                self._forget(text)

    def _forget(self, text: str) -> None:
        self.doors.pop(text).leave()


async def read_standings(room_ids: list[str], now: datetime) -> dict[str, Standing]:
    """What the database says about these rooms. Raises what the database raises."""
    read: Any = sync_to_async(playback.standing_of, thread_sensitive=False)
    standings: dict[str, Standing] = await read(room_ids=room_ids, since=playback.gone_since(now=now))
    return standings
