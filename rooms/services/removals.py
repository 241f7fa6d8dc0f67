"""Out of the room: for now, or for good; and the way back."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from rooms import events, media_gateway, stage_rules
from rooms.models import Participant, Removal, Role, Room
from rooms.protocol import Event, TicketLost, YouRemoved
from rooms.services import invitations, places, seats, succession


def remove_person(
    *, actor: User, room_id: UUID | str, participant_id: UUID | str, now: datetime, for_good: bool | None = True
) -> None:
    """A host puts somebody out: all their devices, sockets and sound end, and `for_good` the way back too.

    Who has left already can be kept out as well. Removing twice is removing once; for good wins.
    Raises `NotAHost`, `HostStays`, `NoSuchParticipant`.
    """
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        by = places.place_of(person=actor, room=room)
        stage_rules.check_moderates(place=by)
        place = places.participant_ever_in(room=room, participant_id=participant_id)
        is_inside = place.left_at is None
        # A host who just left is awaited, and still the host; one who was before is anybody.
        is_awaited = place.role == Role.HOST and room.host_lost_at is not None
        stage_rules.check_may_remove(
            by=by, person=place.person, place=place if is_inside or is_awaited else None, room=room
        )
        if for_good is not False:
            Removal.objects.get_or_create(
                room=room, person=place.person, undone_at=None, defaults={"by": actor, "removed_at": now}
            )
        if is_inside:
            put_out(room=room, places_out=[place], for_good=for_good is not False, now=now)
        else:
            Participant.objects.filter(pk=place.pk).update(role=Role.LISTENER)
            invitations.end_right_to_speak(room=room, place=place, now=now)


def readmit(*, actor: User, room_id: UUID | str, person_id: UUID | str, now: datetime) -> bool:
    """A host lets somebody who was removed come in again; False when nobody was removed."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
        standing = Removal.objects.standing().filter(room=room, person_id=places.as_uuid(person_id))
        return standing.update(undone_at=now, undone_by=actor) > 0


def put_out(*, room: Room, places_out: Iterable[Participant], for_good: bool, now: datetime) -> None:
    """End these places of a held room at once: stage, sound, addresses, sockets. Nobody is told why."""
    _put_out(room, places_out, YouRemoved(for_good=for_good), now)


def put_out_without_ticket(*, room: Room, places_out: Iterable[Participant], now: datetime) -> None:
    """The same for those whose ticket is not valid any more, who are told that."""
    _put_out(room, places_out, TicketLost(), now)


def _put_out(room: Room, places_out: Iterable[Participant], told: Event, now: datetime) -> None:
    for place in places_out:
        # The first to happen on commit: silence does not wait for what everybody is told.
        media_gateway.nudge_on_commit(room.pk)
        seats.out(room=room, place=place, now=now, to="removed")
        events.tell_person_on_commit(room_id=room.pk, person_id=place.person_id, event=told)
        invitations.end_right_to_speak(room=room, place=place, now=now)
        if place.role == Role.HOST and room.host_lost_at is None:
            succession.host_left(room=room, now=now)


def put_out_blocked(*, blocker_id: UUID, blocked_id: UUID, now: datetime) -> None:
    """Somebody was blocked: they go out of every live room that the blocker opened.

    To them it is a removal for good, like any other: they must not learn of the block.
    """
    inside = Participant.objects.present().filter(person_id=blocked_id)
    for room_id in (
        Room.objects.live().filter(creator_id=blocker_id, participants__in=inside).values_list("pk", flat=True)
    ):
        with transaction.atomic():
            room = places.hold_room(room_id=room_id)
            out = inside.filter(room=room).select_related("person")
            put_out(room=room, places_out=out, for_good=True, now=now)
