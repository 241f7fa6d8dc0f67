"""Raid mode: who may come in from now on, and letting people in one by one."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import admission, events, refusals, stage_rules
from rooms.models import Knock, KnockState, Participant, Room
from rooms.protocol import KnockAnswered, KnockHeard
from rooms.queries import cards
from rooms.services import pace, places, telling
from spaces_site.errors import DomainError, Kind

#: People who may wait at one door; whoever comes later is told to try again.
MOST_WAITING = 500
#: A month: older accounts are no protection against raids.
MOST_HOURS = 24 * 31


class DoorCrowded(DomainError):
    """As many people wait as a room lets wait."""

    kind = Kind.CONFLICT
    code = "door_crowded"
    text = _("Very many people wait at this door. Try again in a few minutes.")


class NobodyKnocked(DomainError):
    """No such person at the door."""

    kind = Kind.NOT_FOUND
    code = "nobody_knocked"
    text = _("This person does not wait at the door any more.")


def set_entry(
    *, actor: User, room_id: UUID | str, age_hours: int, followers: bool, approval: bool, now: datetime
) -> None:
    """A host says who may come in from now on; nobody who is in has to go. Raises `NotAHost`.

    `age_hours` is cut to `MOST_HOURS`. Without approval whoever waited at the door may simply come.
    """
    age_hours = max(0, min(MOST_HOURS, age_hours))
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
        changed = {"entry_age_hours": age_hours, "entry_followers": followers, "entry_approval": approval}
        if all(getattr(room, name) == value for name, value in changed.items()):
            return
        Room.objects.filter(pk=room.pk).update(**changed)
        telling.tell_state(room_id=room.pk, now=now)


def knock(*, actor: User, room_id: UUID | str, now: datetime) -> str:
    """Ask to come in; the state of one's knock: waiting, admitted or refused. Asking twice is asking once.

    Raises what `admission.check_may_join` raises where knocking would not help, `DoorCrowded`, `SlowDown`.
    """
    with transaction.atomic():
        room = places.hold_room(room_id=room_id)
        try:
            admission.check_may_join(person=actor, room=room, now=now)
        except refusals.KnockFirst:
            return _knocked(room, actor, now).lower()
    return KnockState.ADMITTED.lower()


def answer(*, actor: User, room_id: UUID | str, person_id: UUID | str, admit: bool, now: datetime) -> None:
    """A host lets somebody in, or not. Raises `NotAHost`, `NobodyKnocked`."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
        found = Knock.objects.select_related("person").filter(room=room, person_id=places.as_uuid(person_id)).first()
        if found is None:
            raise NobodyKnocked
        found.state = KnockState.ADMITTED if admit else KnockState.REFUSED
        found.answered_at, found.by = now, actor
        found.save(update_fields=["state", "answered_at", "by"])
        _tell_hosts(room, KnockAnswered(person=str(found.person_id), state=found.state.lower()))


def admit(*, actor: User, room_id: UUID | str, person_id: UUID | str, now: datetime) -> None:
    """`answer` with yes, for the websocket."""
    answer(actor=actor, room_id=room_id, person_id=person_id, admit=True, now=now)


def refuse(*, actor: User, room_id: UUID | str, person_id: UUID | str, now: datetime) -> None:
    """`answer` with no, for the websocket."""
    answer(actor=actor, room_id=room_id, person_id=person_id, admit=False, now=now)


def _knocked(room: Room, person: User, now: datetime) -> str:
    known = Knock.objects.filter(room=room, person=person).first()
    if known is not None:
        return known.state
    pace.check(pace.KNOCKS, person.pk)
    if Knock.objects.waiting().filter(room=room).count() >= MOST_WAITING:
        raise DoorCrowded
    Knock.objects.create(room=room, person=person, knocked_at=now)
    _tell_hosts(room, KnockHeard(person=cards.person_card(person)))
    return KnockState.WAITING


def _tell_hosts(room: Room, event: KnockHeard | KnockAnswered) -> None:
    hosts = Participant.objects.present().filter(room=room, role__in=stage_rules.HOST_ROLES)
    for person_id in hosts.values_list("person_id", flat=True):
        events.tell_person_on_commit(room_id=room.pk, person_id=person_id, event=event)
