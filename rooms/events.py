"""Telling a room what happened: numbered events after commit, and those that may be lost.

The database is the truth. A frame that the broker loses is healed by its number: a client that sees
a gap asks again (`events_after`), or takes a new snapshot. So no failure of the broker ever reaches
the caller; it is logged and counted.
"""

import json
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, cast
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from prometheus_client import Counter

from rooms.models import Room
from rooms.protocol import (
    BellsChanged,
    Event,
    PinsChanged,
    SessionEnded,
    TiesChanged,
    bells_channel,
    person_channel,
    recent_events_key,
    room_channel,
    sessions_channel,
    ties_channel,
)
from spaces_site.boundary.silence import Silence

log = structlog.get_logger(__name__)

#: Events of which people see their own part.
PERSONAL_VIEWS = frozenset({PinsChanged.type})
#: How many numbered frames of a room the broker remembers, and for how long.
RECENT_FRAMES = 256
RECENT_SECONDS = 3600
#: People of one note to the hubs.
PEOPLE_A_NOTE = 500

#: While it lasts, notes that heal by themselves are not tried.
silence = Silence()

LOST_FRAMES = Counter("spaces_room_frames_lost_total", "Frames that the broker did not take", ["kind"])


def broker() -> "redis.Redis":
    """The plain client of this process. A slow broker costs a caller at most a second."""
    # Keyed by pid: a client made before a fork must not be shared after it.
    return _client(settings.REDIS_URL, os.getpid())


@lru_cache(maxsize=2)
def _client(url: str, pid: int) -> "redis.Redis":
    return redis.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0, decode_responses=True)


@dataclass(frozen=True, slots=True)
class Apart:
    """What some people hear in the place of an event that is not the same for everybody."""

    people: Collection[str]
    event: Event


def frame(event: Event, *, seq: int | None = None, at: datetime | None = None, apart: Sequence[Apart] = ()) -> str:
    """The JSON text of an event as it goes over the wire; `seq` is left out when it has none.

    With `apart` it goes from process to process alone: `hearings` makes of it what goes to people.
    """
    told: dict[str, Any] = {"type": event.type}
    if seq is not None:
        told["seq"] = seq
    told["at"] = (at or datetime.now(UTC)).isoformat().replace("+00:00", "Z")
    told["data"] = event
    if apart:
        told["apart"] = [{"people": list(one.people), "data": one.event} for one in apart]
    return _text(told)


def hearings(text: str) -> tuple[str, dict[str, str]]:
    """What everybody hears of a frame, and what some hear instead: person id → text."""
    told = json.loads(text)
    instead: dict[str, str] = {}
    for one in told.pop("apart", ()):
        other = _text(told | {"data": one["data"]})
        instead |= dict.fromkeys(one["people"], other)
    return _text(told), instead


def _text(told: dict[str, Any]) -> str:
    return json.dumps(told, default=_fields, ensure_ascii=False, separators=(",", ":"))


def _fields(value: Any) -> dict[str, Any]:
    """A dataclass as JSON has it. `asdict` copies all that is in it first, which costs more than the rest together."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def next_seq(*, room_id: UUID | str) -> int:
    """Take the next number of a room, inside the caller's transaction.

    The UPDATE holds the room's row until commit, on both databases: numbers have no gaps, and
    they are committed in their own order. Raises `Room.DoesNotExist`.
    """
    Room.objects.filter(pk=room_id).update(seq=F("seq") + 1)
    return Room.objects.values_list("seq", flat=True).get(pk=room_id)


def announce(*, room_id: UUID | str, event: Event, at: datetime, apart: Sequence[Apart] = ()) -> int:
    """Number `event` in this transaction and publish it on commit; returns its number.

    Only an event of `PERSONAL_VIEWS` may have `apart`: whoever catches up on it reads the room anew.
    """
    seq = next_seq(room_id=room_id)
    publish_on_commit(room_id=room_id, event=event, seq=seq, at=at, apart=apart)
    return seq


def publish_on_commit(
    *, room_id: UUID | str, event: Event, seq: int, at: datetime | None = None, apart: Sequence[Apart] = ()
) -> None:
    """Publish a numbered event to everybody in the room once the transaction is committed."""
    transaction.on_commit(partial(_publish_numbered, str(room_id), frame(event, seq=seq, at=at, apart=apart)))


def tell_person_on_commit(*, room_id: UUID | str, person_id: UUID | str, event: Event) -> None:
    """Publish an event to one person's sockets in the room once the transaction is committed."""
    channel = person_channel(str(room_id), str(person_id))
    transaction.on_commit(partial(_publish, channel, frame(event), "person"))


def tell_session_ended(*, person_id: UUID | str, session: str) -> None:
    """Tell every hub to close the sockets of one session, or all of a person's when it is empty."""
    _publish(sessions_channel(), frame(SessionEnded(person=str(person_id), session=session)), "session")


def tell_bells_changed(*, people_ids: Collection[UUID]) -> None:
    """Tell every hub to look at how much these people have unread; what is lost shows at its next whole look."""
    ids = [str(person_id) for person_id in people_ids]
    for start in range(0, len(ids), PEOPLE_A_NOTE):
        _note(bells_channel(), BellsChanged(people=ids[start : start + PEOPLE_A_NOTE]), "bells")


def tell_ties_changed(*, person_ids: Iterable[UUID]) -> None:
    """Tell every hub that a follow or a block between these people came or went; the same where that is lost."""
    _note(ties_channel(), TiesChanged(people=[str(one) for one in person_ids]), "ties")


def publish_now(room_id: UUID | str, event: Event) -> None:
    """Publish an event that may be lost (levels, counts, reactions), without a number."""
    _publish(room_channel(str(room_id)), frame(event), "ephemeral")


def events_after(room_id: UUID | str, last_seq: int) -> list[str] | None:
    """The frames after `last_seq`, oldest first; None when they can't be told without a gap.

    None also for a room that is not there, a number from the future, and a silent broker:
    the answer to None is always a snapshot.
    """
    newest = Room.objects.filter(pk=room_id).values_list("seq", flat=True).first()
    if newest is None or last_seq > newest or last_seq < 0:
        return None
    if last_seq == newest:
        return []
    try:
        told = cast("list[str]", broker().lrange(recent_events_key(str(room_id)), 0, -1))
    except redis.RedisError:
        return None
    # Two processes may have pushed in the other order than they committed.
    by_seq = {json.loads(text)["seq"]: text for text in told}
    wanted = range(last_seq + 1, newest + 1)
    return [by_seq[seq] for seq in wanted] if all(seq in by_seq for seq in wanted) else None


def _publish_numbered(room_id: str, text: str) -> None:
    key = recent_events_key(room_id)
    try:
        with broker().pipeline(transaction=True) as pipe:
            pipe.rpush(key, text)
            pipe.ltrim(key, -RECENT_FRAMES, -1)
            pipe.expire(key, RECENT_SECONDS)
            pipe.publish(room_channel(room_id), text)
            pipe.execute()
    except redis.RedisError as error:
        _lost("numbered", error)


def _publish(channel: str, text: str, kind: str) -> None:
    try:
        broker().publish(channel, text)
    except redis.RedisError as error:
        _lost(kind, error)


def _note(channel: str, event: Event, kind: str) -> None:
    """Publish what heals by itself: a broker that hangs must not hold up each follow, message and read mark."""
    if silence.lasts:
        LOST_FRAMES.labels(kind=kind).inc()
        return
    try:
        broker().publish(channel, frame(event))
    except redis.RedisError as error:
        # One that refuses costs nothing, and may be back the next moment.
        if isinstance(error, redis.TimeoutError):
            silence.begin()
        _lost(kind, error)


def _lost(kind: str, error: redis.RedisError) -> None:
    LOST_FRAMES.labels(kind=kind).inc()
    log.warning("frame_lost", kind=kind, error=str(error))
