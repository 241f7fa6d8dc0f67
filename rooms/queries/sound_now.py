"""Who sounds in which room at this moment, for whoever looks in from outside."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import redis

from rooms import events
from rooms.models import Participant
from rooms.protocol import live_levels_key


@dataclass(frozen=True, slots=True)
class Level:
    """How loud somebody is: 1 (barely) to 9."""

    handle: str
    level: int


def levels_of(*, room_ids: Collection[UUID]) -> dict[UUID, tuple[Level, ...]]:
    """The loudest first, of rooms where somebody sounds; one look into the broker and one query for all."""
    if not room_ids:
        return {}
    ids = list(room_ids)
    try:
        told = events.broker().mget([live_levels_key(str(room_id)) for room_id in ids])
    except redis.RedisError:
        return {}
    by_room = {room_id: json.loads(text) for room_id, text in zip(ids, told, strict=True) if text}
    sounding = {UUID(participant) for levels in by_room.values() for participant in levels}
    handles = dict(Participant.objects.filter(pk__in=sounding).values_list("pk", "person__handle"))
    return {room_id: _named(levels, handles) for room_id, levels in by_room.items() if levels}


def _named(levels: dict[str, int], handles: dict[UUID, str]) -> tuple[Level, ...]:
    known = [Level(handles[UUID(one)], level) for one, level in levels.items() if UUID(one) in handles]
    return tuple(sorted(known, key=lambda each: (-each.level, each.handle)))
