"""All feeds of this process: opened on the first listener, watched twice a second, closed when idle."""

import asyncio
import time
from uuid import UUID

import redis
import redis.asyncio
import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import timezone

from rooms.playback.answers import Way
from rooms.playback.door import Door
from rooms.playback.feed import Feed, read_standings
from rooms.services import playback

log = structlog.get_logger(__name__)

#: How often rights are read again: a lost right is noticed within a second.
WATCH_SECONDS = 0.5
#: The database's answer is waited for so long; then the last one holds.
DATABASE_SECONDS = 2.0
#: Rooms listened to at one time in one process.
FEEDS_LIMIT = 2000


class Feeds:
    """One per event loop."""

    def __init__(self) -> None:
        self._feeds: dict[str, Feed] = {}
        # Readers hold a connection each while they wait; everything else shares a few.
        self._reading = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, max_connections=FEEDS_LIMIT, socket_connect_timeout=1.0, socket_timeout=5.0
        )
        self._broker = redis.asyncio.Redis(
            connection_pool=redis.asyncio.BlockingConnectionPool.from_url(
                settings.REDIS_URL, max_connections=8, timeout=2, socket_connect_timeout=1.0, socket_timeout=2.0
            )
        )
        self._watch: asyncio.Task[None] | None = None

    async def feed(self, room_id: str) -> Feed:
        """The room's feed. Raises `NoOpenDoor` when there is no such room."""
        feed = self._feeds.get(room_id)
        if feed is None:
            standing = await self._first_standing(room_id)
            # Somebody else may have opened it meanwhile.
            feed = self._feeds.get(room_id) or self._begin(room_id, standing)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.ensure_future(self._watch_feeds())
        return feed

    async def door(self, feed: Feed, text: str) -> Door:
        """The door that a grant opens. Raises `GrantRefused`, `GrantExpired`."""
        door = feed.doors.get(text)
        now = time.monotonic()
        if door is None:
            # Somebody else may have opened it meanwhile.
            door = feed.doors.setdefault(text, await self._open(feed, text))
            if len(feed.doors) == 1:
                await self._call_for_sound(feed)
        door.used_at = now
        return door

    async def _first_standing(self, room_id: str) -> playback.Standing:
        try:
            UUID(room_id)
        except ValueError:
            raise playback.NoOpenDoor from None
        standings = await self._standings([room_id])
        if standings is None or len(self._feeds) >= FEEDS_LIMIT:
            raise playback.SoundNotReady(retry_after=2)
        if room_id not in standings:
            raise playback.NoOpenDoor
        if not standings[room_id].live:
            raise playback.RoomSilent
        return standings[room_id]

    def _begin(self, room_id: str, standing: playback.Standing) -> Feed:
        feed = self._feeds[room_id] = Feed(room_id=room_id, broker=self._broker, reading=self._reading)
        feed.take_standing(standing)
        feed.start()
        return feed

    async def _open(self, feed: Feed, text: str) -> Door:
        now = timezone.now()
        grant = playback.read_grant(text=text, room_id=feed.room_id, now=now)
        if feed.ended:
            raise playback.RoomSilent
        way = Way(is_open=not grant.participant)
        answers = (feed.quick[way], feed.quick[way._replace(packed=True)])
        door = Door(grant.participant, grant.token, grant.issued_at, time.monotonic(), answers)
        if not feed.may_listen(grant.participant, grant.token, grant.issued_at):
            raise playback.ListeningOver
        if not await self._was_used_lately(feed, door):
            playback.check_fresh(grant=grant, now=now)
        return door

    async def _was_used_lately(self, feed: Feed, door: Door) -> bool:
        """Whether this or another process served the grant in the last minute; asked for old grants only."""
        if timezone.now() - door.issued_at <= playback.GRANT_LIFETIME:
            return False
        try:
            return await feed.was_used_lately(door.member)
        except redis.RedisError as error:
            log.warning("listeners_not_read", room_id=feed.room_id, error=str(error))
            return False

    async def _call_for_sound(self, feed: Feed) -> None:
        """The first listener here: wake the mixer now, not with the next look of its node."""
        await self._tell(feed)
        await asyncio.to_thread(playback.ensure_sound, room_id=feed.room_id)

    async def _tell(self, feed: Feed) -> None:
        try:
            await feed.tell_broker()
        except redis.RedisError as error:
            log.warning("live_feed_not_told", room_id=feed.room_id, error=str(error))

    async def _watch_feeds(self) -> None:
        while self._feeds:
            await asyncio.sleep(WATCH_SECONDS)
            # Those that begin during the look were not asked about, and are looked at the next time.
            watched = list(self._feeds.items())
            standings = await self._standings([room_id for room_id, _feed in watched])
            for room_id, feed in watched:
                await self._tell(feed)
                if standings is not None and not feed.ended:
                    feed.take_standing(standings.get(room_id))
                if feed.idle:
                    feed.stop()
                    del self._feeds[room_id]

    async def _standings(self, room_ids: list[str]) -> dict[str, playback.Standing] | None:
        """None when the database is away: what is known goes on to hold."""
        reading = asyncio.ensure_future(read_standings(room_ids, timezone.now()))
        # Not wait_for: on Python 3.11 it may swallow its caller's cancellation.
        done, _ = await asyncio.wait((reading,), timeout=DATABASE_SECONDS)
        if not done:
            reading.cancel()
            log.warning("standings_not_read", error=f"no answer in {DATABASE_SECONDS} s")
            return None
        try:
            return reading.result()
        except DatabaseError as error:
            log.warning("standings_not_read", error=str(error))
            return None
