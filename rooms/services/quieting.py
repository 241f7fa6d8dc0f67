"""Hearing a room without somebody: for oneself alone, by WebRTC, in one of the room's few private mixes."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import media_gateway, stage_rules
from rooms.models import Participant, PersonalMute, Room
from rooms.services import places, telling
from spaces_site.errors import DomainError, Kind

#: Different sets of unwanted people that one room mixes for, at most.
PRIVATE_MIXES = 8
#: People whom one listener may leave out of one room.
MOST_SILENCED = 20


class CannotQuietYourself(DomainError):
    """Leaving oneself out; nobody hears themselves anyway."""

    kind = Kind.INVALID
    code = "quiet_yourself"
    text = _("You do not hear yourself anyway. Choose somebody else.")


class TooManyMixes(DomainError):
    """As many different mixes as the room makes."""

    kind = Kind.CONFLICT
    code = "too_many_mixes"
    text = _("Too many people in this room have left somebody out already. Try again later, or leave the room.")


def mute_for_me(*, actor: User, room_id: UUID | str, participant_id: UUID | str, now: datetime) -> None:
    """Hear this room without somebody from now on, also when they come on stage later. Twice is once.

    Raises `JoinFirst`, `GuestsOnlyListen`, `NoSuchParticipant`, `CannotQuietYourself`, `TooManyMixes`.
    """
    stage_rules.check_is_no_guest(person=actor)
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        place = places.place_of(person=actor, room=room)
        other = places.participant_seen_in(room=room, participant_id=participant_id)
        if other.person_id == actor.pk:
            raise CannotQuietYourself
        _mute, is_new = PersonalMute.objects.get_or_create(
            room=room, listener=actor, silenced_id=other.person_id, defaults={"muted_at": now}
        )
        if is_new:
            _check_mixes(room, actor)
            _told(room, place)


def unmute_for_me(*, actor: User, room_id: UUID | str, participant_id: UUID | str, now: datetime) -> None:
    """Hear somebody again. Who was heard is heard still."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        place = places.place_of(person=actor, room=room)
        other = places.participant_ever_in(room=room, participant_id=participant_id)
        gone, _details = PersonalMute.objects.filter(room=room, listener=actor, silenced_id=other.person_id).delete()
        if gone:
            _told(room, place)
        elif other.is_hidden and other.person_id != actor.pk:
            raise stage_rules.NoSuchParticipant


def _check_mixes(room: Room, actor: User) -> None:
    """The caller holds the room: its listeners who are here ask for no more different mixes than it makes."""
    here = Participant.objects.present().filter(room=room).values("person_id")
    sets: dict[UUID, set[UUID]] = defaultdict(set)
    rows = PersonalMute.objects.filter(room=room, listener__in=here)
    for listener_id, silenced_id in rows.values_list("listener_id", "silenced_id"):
        sets[listener_id].add(silenced_id)
    if len({frozenset(one) for one in sets.values()}) > PRIVATE_MIXES or len(sets[actor.pk]) > MOST_SILENCED:
        raise TooManyMixes


def _told(room: Room, place: Participant) -> None:
    telling.tell_place(room=room, place=place)
    media_gateway.nudge_on_commit(room.pk)
