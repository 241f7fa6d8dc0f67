"""Who hosts beside whom: co-hosts are named and unnamed, and a host can hand the room over."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import Restriction, User
from rooms import restrictions, stage_rules
from rooms.models import Participant, Role
from rooms.services import places, seats, succession


def name_cohost(*, actor: User, room_id: UUID | str, participant_id: UUID | str, now: datetime) -> None:
    """A host makes a speaker co-host. Who is one stays one. Raises `NotASpeaker`, `TooManyCohosts`."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        stage_rules.check_moderates(place=places.place_of(person=actor, room=room))
        place = places.participant_in(room=room, participant_id=participant_id)
        if place.role == Role.CO_HOST:
            return
        stage_rules.check_may_name_cohost(place=place)
        restrictions.check_others_may_give(person=place.person, part=Restriction.NO_HOSTING, now=now)
        seats.set_role(room=room, place=place, role=Role.CO_HOST, why="named", now=now)


def take_role(*, actor: User, room_id: UUID | str, participant_id: UUID | str, now: datetime) -> None:
    """A co-host is a speaker again: the host takes the role, or they give it back. A speaker stays one."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        by = places.place_of(person=actor, room=room)
        place = places.participant_in(room=room, participant_id=participant_id)
        stage_rules.check_may_take_role(by=by, place=place)
        if place.role == Role.CO_HOST:
            seats.set_role(room=room, place=place, role=Role.SPEAKER, why="taken", now=now)


def hand_over(*, actor: User, room_id: UUID | str, participant_id: UUID | str, now: datetime) -> None:
    """The host makes somebody on stage the host, and stays as co-host where there is room for one, else as speaker."""
    with transaction.atomic():
        room = places.hold_live_room(room_id=room_id, actor=actor)
        by = places.place_of(person=actor, room=room)
        place = places.participant_in(room=room, participant_id=participant_id)
        stage_rules.check_may_hand_over(by=by, place=place)
        restrictions.check_others_may_give(person=place.person, part=Restriction.NO_HOSTING, now=now)
        if place.pk == by.pk:
            return
        seats.set_role(room=room, place=place, role=Role.HOST, why="handed_over", now=now)
        cohosts = Participant.objects.present().filter(room=room, role=Role.CO_HOST).count()
        stays = Role.CO_HOST if cohosts < settings.CO_HOST_LIMIT else Role.SPEAKER
        seats.set_role(room=room, place=by, role=stays, why="handed_over", now=now)
        if place.disconnected_at is None:
            succession.host_came_back(room=room, now=now)
