"""Who holds a pass for a room that needs one. What is paid for it is not known here."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import User
from rooms import admission, refusals
from rooms.models import Participant, PassSource, Room, RoomPass, RoomState
from rooms.protocol import PersonCard
from rooms.queries.cards import person_card
from rooms.services import pace, places, removals
from spaces_site.errors import DomainError, Kind

#: People that one room's guest list takes.
GUEST_LIST_LIMIT = 200


class NoSuchGuest(DomainError):
    """Nobody of that name whom the host may know of."""

    kind = Kind.NOT_FOUND
    code = "no_such_person"
    text = _("There is nobody of that name.")


class GuestListFull(DomainError):
    """As many as a guest list takes."""

    kind = Kind.CONFLICT
    code = "guest_list_full"
    text = _("The guest list is full. Take somebody off it first.")


def require_passes(*, room: Room, now: datetime) -> None:
    """From now on nobody enters this held room without a pass. Called before anybody is inside."""
    Room.objects.filter(pk=room.pk).update(needs_pass=True, updated_at=now)
    room.needs_pass = True


def issue_pass(*, room_id: UUID, person_id: UUID, source: PassSource, now: datetime) -> bool:
    """Give somebody a pass, within the caller's transaction; False when they have one of this source."""
    made = RoomPass.objects.bulk_create(
        [RoomPass(room_id=room_id, person_id=person_id, source=source, issued_at=now)], ignore_conflicts=True
    )
    return RoomPass.objects.filter(pk=made[0].pk).exists()


def revoke_pass(*, room_id: UUID, person_id: UUID, source: PassSource, now: datetime) -> bool:
    """Take a pass back: whoever is inside and has no other is out at once, sound included."""
    with transaction.atomic():
        room = places.hold_room(room_id=room_id)
        standing = RoomPass.objects.standing().filter(room=room, person_id=person_id, source=source)
        if not standing.update(revoked_at=now):
            return False
        put_out_without_pass(room=room, person_ids=[person_id], now=now)
    return True


def put_out_without_pass(*, room: Room, person_ids: Sequence[UUID], now: datetime) -> None:
    """Those of these people who are in the held room and may not be any more go out."""
    if room.state != RoomState.LIVE:
        return
    inside = Participant.objects.present().select_related("person").filter(room=room, person_id__in=person_ids)
    out = [place for place in inside if not admission.has_pass(person_id=place.person_id, room=room)]
    removals.put_out_without_ticket(room=room, places_out=out, now=now)


def add_guest(
    *, actor: User, room_id: UUID | str, now: datetime, person_id: UUID | str = "", handle: str = ""
) -> PersonCard:
    """Whoever opened the room puts somebody, by id or by name, on its guest list. Twice is once.

    The list may be made before the room needs tickets.
    Raises `NoSuchGuest`, `GuestListFull`, `stage_rules.NotAHost`, `pace.SlowDown`.
    """
    pace.check(pace.INVITATIONS, actor.pk)
    with transaction.atomic():
        room = _own_room(actor, room_id)
        known = User.objects.people().filter(queries.not_estranged(viewer_id=actor.pk, path="pk"))
        named = Q(handle=handle.strip().lstrip("@").lower()) if handle else Q(pk=places.as_id(person_id))
        person = known.filter(named).first()
        if person is None:
            raise NoSuchGuest(field="handle" if handle else "person")
        listed = RoomPass.objects.standing().filter(room=room, source=PassSource.GUEST_LIST)
        if listed.exclude(person=person).count() >= GUEST_LIST_LIMIT:
            raise GuestListFull
        issue_pass(room_id=room.pk, person_id=person.pk, source=PassSource.GUEST_LIST, now=now)
    return person_card(person)


def take_guest_off(*, actor: User, room_id: UUID | str, person_id: UUID | str, now: datetime) -> bool:
    """Off the guest list, and out of the room unless they hold another pass; False when they were not on it."""
    with transaction.atomic():
        room = _own_room(actor, room_id)
        key = places.as_id(person_id)
        return revoke_pass(room_id=room.pk, person_id=key, source=PassSource.GUEST_LIST, now=now)


def guest_list(*, actor: User, room_id: UUID | str) -> list[PersonCard]:
    """Who is on the guest list, in the order of being put there."""
    room = Room.objects.filter(pk=places.as_id(room_id)).first()
    if room is None:
        raise refusals.NoSuchRoom
    places.check_owner(person=actor, room=room)
    listed = RoomPass.objects.standing().filter(room=room, source=PassSource.GUEST_LIST)
    return [person_card(one.person) for one in listed.select_related("person").order_by("issued_at", "pk")]


def _own_room(actor: User, room_id: UUID | str) -> Room:
    room = places.hold_room(room_id=room_id)
    places.check_owner(person=actor, room=room)
    return room
