"""What several services tell: a person's own place, the settings of a room, how many listen."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from uuid import UUID

import redis
from django.db import transaction

from rooms import events
from rooms.models import Participant, Room
from rooms.protocol import BlockedSpeaker, CountChanged, StateChanged, YouMoved
from rooms.queries import cards, roster

#: At least so long between two counts of one room; what falls between is told by the watch.
COUNT_EVERY_MS = 500
UNCOUNTED_KEY = "spaces:rooms:uncounted"


def tell_place(*, room: Room, place: Participant) -> None:
    """Tell a person their own new place, on commit."""
    tell_places(room=room, places=[place])


def tell_places(*, room: Room, places: Collection[Participant]) -> None:
    """Tell each of these people their own new place, on commit."""
    for you in cards.yous(room=room, places=places):
        events.tell_person_on_commit(room_id=room.pk, person_id=you.person.id, event=YouMoved(you=you))


def warn_blockers(*, room: Room, place: Participant) -> None:
    """Somebody came on stage: those in the room who blocked them learn it, on commit, and nobody else."""
    here = Participant.objects.present().filter(room=room, person__blocking__blocked_id=place.person_id)
    event = BlockedSpeaker(participant=str(place.pk), person=cards.person_card(place.person))
    for person_id in here.values_list("person_id", flat=True):
        events.tell_person_on_commit(room_id=room.pk, person_id=person_id, event=event)


def tell_state(*, room_id: UUID, now: datetime) -> None:
    """Tell everybody the room's settings and state."""
    room = Room.objects.select_related("creator").get(pk=room_id)
    events.announce(room_id=room_id, event=StateChanged(room=cards.room_fields(room)), at=now)


def count_on_commit(*, room_id: UUID) -> None:
    """Tell how many listen, soon: a thousand people who join at once cost two counts a second."""
    transaction.on_commit(partial(_count_soon, str(room_id)))


def count_now(*, room_id: UUID | str) -> None:
    """Tell how many listen, and the first names."""
    told = roster.audience(room_id=room_id)
    events.publish_now(
        room_id,
        CountChanged(
            listener_count=told.listener_count, hidden_count=told.hidden_count, listeners=list(told.listeners)
        ),
    )


def count_what_waits() -> None:
    """Tell the counts that `_count_soon` put off."""
    try:
        waiting = events.broker().spop(UNCOUNTED_KEY, 1000)
    except redis.RedisError:
        return
    for room_id in waiting or []:
        count_now(room_id=str(room_id))


def _count_soon(room_id: str) -> None:
    try:
        first = events.broker().set(f"spaces:room:{room_id}:counted", 1, nx=True, px=COUNT_EVERY_MS)
        if not first:
            events.broker().sadd(UNCOUNTED_KEY, room_id)
    except redis.RedisError:
        return
    if first:
        count_now(room_id=room_id)
