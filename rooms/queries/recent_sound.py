"""The last minutes of a room as the broker still has them: sound and events, for whoever must keep them."""

import json
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import redis
import structlog
from django.conf import settings

from rooms import events
from rooms.protocol import live_run_key, parts_key, recent_events_key

log = structlog.get_logger(__name__)

SAMPLE_RATE = 48_000


@dataclass(slots=True)
class Piece:
    """One run of the encoder: an fMP4 file whose time begins at zero."""

    data: bytes
    seconds: float = 0.0
    #: First sample of the room's own timeline that is in here.
    start: int = 0


@dataclass(frozen=True, slots=True)
class RecentPast:
    """What the broker still knew. Empty when it knew nothing, or was away."""

    pieces: list[Piece] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


def recent_past(*, room_id: UUID, seconds: int, now: datetime) -> RecentPast:
    """The room's last `seconds` of sound and numbered events."""
    try:
        pieces = _pieces(room_id, seconds)
        told = events.broker().lrange(recent_events_key(str(room_id)), 0, -1)
    except redis.RedisError as error:
        log.warning("recent_past_unknown", room=str(room_id), error=str(error))
        return RecentPast()
    frames: Iterable[dict[str, Any]] = map(json.loads, told)
    late = [one for one in frames if (now - datetime.fromisoformat(one["at"])).total_seconds() <= seconds]
    for one in late:
        # Who heard something else is no event of the room.
        one.pop("apart", None)
    return RecentPast(pieces, late)


def _pieces(room_id: UUID, seconds: int) -> list[Piece]:
    broker: Any = _binary(settings.REDIS_URL, os.getpid())
    now, micros = broker.time()
    entries = broker.xrange(parts_key(str(room_id)), min=f"{(now - seconds) * 1000 + micros // 1000}-0")
    run, init = broker.hmget(live_run_key(str(room_id)), ["run", "init"])
    # All runs are encoded alike, so that any init segment serves where a run's own has left the window.
    inits = {entry[b"run"]: entry[b"init"] for _, entry in entries if b"init" in entry}
    known = inits | ({run: init} if run else {})
    pieces: dict[bytes, Piece] = {}
    for _, entry in entries:
        if b"data" not in entry:
            continue
        begin = known.get(entry[b"run"]) or next(iter(known.values()), None)
        if begin is None:
            return []
        piece = pieces.setdefault(entry[b"run"], Piece(begin, start=int(entry[b"start"])))
        piece.data += _from_zero(entry[b"data"], piece.start)
        piece.seconds = (int(entry[b"start"]) - piece.start + int(entry[b"samples"])) / SAMPLE_RATE
    return list(pieces.values())


def _from_zero(part: bytes, start: int) -> bytes:
    """The part with its decode time (tfdt, ISO/IEC 14496-12 section 8.8.12) counted from `start`."""
    place = part.index(b"tfdt") + 8
    (time,) = struct.unpack_from(">Q", part, place)
    return part[:place] + struct.pack(">Q", max(0, time - start)) + part[place + 8 :]


@lru_cache(maxsize=2)
def _binary(url: str, pid: int) -> "redis.Redis":
    """A client whose answers are bytes, of this process."""
    return redis.Redis.from_url(url, socket_timeout=2.0, socket_connect_timeout=1.0)
