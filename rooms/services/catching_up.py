"""What somebody inside may read of a room beside its snapshot."""

import json
from typing import Any
from uuid import UUID

from accounts.models import User
from rooms import admission, events
from rooms.models import Room
from rooms.protocol import Hand
from rooms.queries import queue
from rooms.queries import roster as people
from rooms.queries.roster import Roster
from rooms.services import places


def events_since(*, actor: User, room_id: UUID | str, last_seq: int) -> list[dict[str, Any]] | None:
    """The events after `last_seq` for somebody inside; None when only a snapshot helps."""
    _check_inside(actor, room_id)
    told = events.events_after(room_id, last_seq)
    return None if told is None else [json.loads(text) for text in told]


def roster_inside(*, actor: User, room_id: UUID | str, query: str, limit: int) -> Roster:
    """`queries.roster.roster` for somebody inside."""
    _check_inside(actor, room_id)
    return people.roster(room_id=room_id, query=query, limit=limit)


def hands_inside(*, actor: User, room_id: UUID | str) -> list[Hand]:
    """The queue, for somebody inside."""
    _check_inside(actor, room_id)
    return queue.hands(room_id=room_id)


def _check_inside(actor: User, room_id: UUID | str) -> None:
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        raise admission.NoSuchRoom
    admission.check_live(room=room)
    places.place_of(person=actor, room=room)
