"""What staff switched off for somebody takes effect in the rooms where they are, at once."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Restriction
from rooms import admission, media_gateway, restrictions
from rooms.models import Participant, Role, Room, RoomState, SpeakRequestState
from rooms.services import audio, closing, places, removals, seats, telling


def put_out_shut_out(*, now: datetime) -> None:
    """Put out whoever may not be in their live room any more and still is.

    What shuts somebody out puts them out at once; this finds those whom a process that died in between,
    or a database that was away, left inside.
    """
    left_inside = Participant.objects.present().filter(admission.shut_out(), room__state=RoomState.LIVE)
    for room_id in left_inside.values_list("room_id", flat=True).distinct():
        with transaction.atomic():
            room = places.hold_room(room_id=room_id)
            if room.state == RoomState.LIVE:
                out = left_inside.filter(room=room).select_related("person")
                removals.put_out(room=room, places_out=out, for_good=True, now=now)


def look_again(*, person_id: UUID, note: Mapping[str, str], now: datetime) -> None:
    """Close the person's microphones and rooms as far as that is switched off, and tell them what they may do.

    `note` is why, by language: everybody in a room that ends is told.
    """
    here = Participant.objects.present().filter(person_id=person_id, room__state=RoomState.LIVE)
    for room_id in here.values_list("room_id", flat=True):
        with transaction.atomic():
            room = places.hold_room(room_id=room_id)
            place = here.select_related("person").filter(room=room).first()
            if place is None:
                continue
            # The first to happen on commit: silence does not wait for what everybody is told.
            media_gateway.nudge_on_commit(room.pk)
            if place.role == Role.HOST and restrictions.is_off(
                person=place.person, restriction=Restriction.NO_HOSTING, now=now
            ):
                closing.end_held_room(room=room, why="staff", note=note, now=now)
                continue
            _take_what_is_off(room, place, now)
            telling.tell_place(room=room, place=place)


def _take_what_is_off(room: Room, place: Participant, now: datetime) -> None:
    """A co-host is a speaker without hosting, a speaker a listener without microphone; their hand goes down."""
    if place.role == Role.CO_HOST and restrictions.is_off(
        person=place.person, restriction=Restriction.NO_HOSTING, now=now
    ):
        seats.set_role(room=room, place=place, role=Role.SPEAKER, why="taken", now=now)
    if restrictions.is_off(person=place.person, restriction=Restriction.NO_MICROPHONE, now=now):
        audio.close_microphone(room=room, place=place, now=now)
        seats.close_hand(room=room, place=place, to=SpeakRequestState.LOWERED, now=now)
        if place.role in (Role.CO_HOST, Role.SPEAKER):
            seats.to_audience(room=room, place=place, now=now)
