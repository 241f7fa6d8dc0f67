"""When people drop off: lost hosts, lost seats, lost listeners, offers that ran out.

`watch_rooms` runs every two seconds, in any number of workers at once: each step finds candidates
without a lock, then looks again while it holds the room.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q

from rooms import events, media_gateway, restrictions
from rooms.models import Participant, Role, Room, RoomState, SpeakRequest, SpeakRequestState
from rooms.models.participant import STAGE_ROLES, ParticipantQuerySet
from rooms.models.speak_request import SpeakRequestQuerySet
from rooms.protocol import HostBack, HostLost
from rooms.queries.cards import timestamp
from rooms.services import closing, places, presence, seats, telling
from rooms.stage_rules import OFFER_SECONDS

log = structlog.get_logger(__name__)

#: A reload of the page takes less than this, and is nobody's business.
HOST_UNSEEN = timedelta(seconds=5)
#: A room whose stage is empty for so long ends.
STAGE_EMPTY = timedelta(minutes=10)


def watch_rooms(*, now: datetime) -> None:
    """Do everything that is due; one broken room does not keep the others waiting."""
    presence.forget_dead_processes(now=now)
    _each(_rooms_with_late_offers(now), _expire_offers, now)
    _each(_rooms_with_lost_people(now), _let_lost_people_go, now)
    _each(_rooms_without_host(now), _tell_host_lost, now)
    _each(_rooms_past_deadline(now), _pass_on_or_end, now)
    _mark_empty_stages(now)
    _each(_rooms_with_empty_stage(now), _end_for_empty_stage, now)
    telling.count_what_waits()


def host_left(*, room: Room, now: datetime) -> None:
    """The held room has no host now: tell everybody until when it waits, and who takes over then."""
    Room.objects.filter(pk=room.pk).update(host_lost_at=now)
    events.announce(room_id=room.pk, event=host_loss(room=room, since=now), at=now)


def host_loss(*, room: Room, since: datetime) -> HostLost:
    """Until when a room waits whose host is gone `since`, and who takes over then."""
    deadline = since + timedelta(seconds=settings.HOST_GRACE_SECONDS)
    successor = _successor(room, since)
    return HostLost(deadline=timestamp(deadline), successor=str(successor.pk) if successor else None)


def host_came_back(*, room: Room, now: datetime) -> None:
    """The held room has a host again: the one who was lost, or who took over."""
    if Room.objects.filter(pk=room.pk).exclude(host_lost_at=None).update(host_lost_at=None):
        events.announce(room_id=room.pk, event=HostBack(), at=now)


def _each(room_ids: Iterable[UUID], step: Callable[[Room, datetime], None], now: datetime) -> None:
    for room_id in room_ids:
        try:
            with transaction.atomic():
                room = places.hold_room(room_id=room_id)
                if room.state == RoomState.LIVE:
                    step(room, now)
        except DatabaseError:
            log.exception("room_watch_failed", room=str(room_id), step=step.__name__)


def _rooms_with_late_offers(now: datetime) -> list[UUID]:
    return list(_late_offers(now).values_list("room_id", flat=True).distinct())


def _late_offers(now: datetime) -> SpeakRequestQuerySet:
    late = now - timedelta(seconds=OFFER_SECONDS)
    return SpeakRequest.objects.filter(state=SpeakRequestState.OFFERED, offered_at__lte=late)


def _expire_offers(room: Room, now: datetime) -> None:
    for offer in _late_offers(now).filter(room=room).select_related("participant__person"):
        expired = SpeakRequestState.EXPIRED
        if SpeakRequest.objects.move(offer.pk, SpeakRequestState.OFFERED, expired, closed_at=now):
            seats.tell_hand_closed(room=room, request=offer, why=expired, now=now)
            telling.tell_place(room=room, place=offer.participant)
            media_gateway.nudge_on_commit(room.pk)


def _lost_people(now: datetime) -> ParticipantQuerySet:
    """Present, but not seen for the grace; a host has a longer one, below."""
    gone = now - timedelta(seconds=settings.SEAT_GRACE_SECONDS)
    return Participant.objects.present().filter(disconnected_at__lte=gone).exclude(role=Role.HOST)


def _rooms_with_lost_people(now: datetime) -> list[UUID]:
    live = _lost_people(now).filter(room__state=RoomState.LIVE)
    return list(live.values_list("room_id", flat=True).distinct())


def _let_lost_people_go(room: Room, now: datetime) -> None:
    for place in _lost_people(now).filter(room=room).select_related("person")[:500]:
        if place.role in STAGE_ROLES:
            seats.to_audience(room=room, place=place, now=now)
        else:
            seats.out(room=room, place=place, now=now)


def _host_seen(since: datetime) -> Exists:
    hosts = Participant.objects.present().filter(room=OuterRef("pk"), role=Role.HOST)
    return Exists(hosts.filter(Q(disconnected_at=None) | Q(disconnected_at__gt=since)))


def _rooms_without_host(now: datetime) -> list[UUID]:
    waiting = Room.objects.live().filter(~_host_seen(now - HOST_UNSEEN), host_lost_at=None)
    return list(waiting.values_list("pk", flat=True))


def _tell_host_lost(room: Room, now: datetime) -> None:
    if Room.objects.filter(~_host_seen(now - HOST_UNSEEN), pk=room.pk, host_lost_at=None).exists():
        host_left(room=room, now=now)


def _rooms_past_deadline(now: datetime) -> list[UUID]:
    late = now - timedelta(seconds=settings.HOST_GRACE_SECONDS)
    return list(Room.objects.live().filter(host_lost_at__lte=late).values_list("pk", flat=True))


def _pass_on_or_end(room: Room, now: datetime) -> None:
    if room.host_lost_at is None or room.pk not in _rooms_past_deadline(now):
        return
    if Participant.objects.connected().filter(room=room, role=Role.HOST).exists():
        host_came_back(room=room, now=now)
        return
    successor = _successor(room, now)
    if successor is None:
        closing.end_held_room(room=room, why="host_lost", now=now)
        return
    for former in Participant.objects.filter(room=room, role=Role.HOST).select_related("person"):
        if former.left_at is None:
            seats.out(room=room, place=former, now=now)
        Participant.objects.filter(pk=former.pk).update(role=Role.LISTENER)
    seats.set_role(room=room, place=successor, role=Role.HOST, why="succession", now=now)
    host_came_back(room=room, now=now)


def _successor(room: Room, now: datetime) -> Participant | None:
    """The oldest co-host who is there, else the oldest speaker who is there."""
    there = Participant.objects.connected().select_related("person")
    there = there.filter(restrictions.may_succeed(now=now), room=room)
    for role in (Role.CO_HOST, Role.SPEAKER):
        if found := there.filter(role=role).order_by("stage_joined_at", "pk").first():
            return found
    return None


def _stage_there() -> Exists:
    return Exists(Participant.objects.connected().filter(room=OuterRef("pk"), role__in=STAGE_ROLES))


def _mark_empty_stages(now: datetime) -> None:
    Room.objects.live().filter(~_stage_there(), stage_empty_at=None).update(stage_empty_at=now)
    Room.objects.live().filter(_stage_there()).exclude(stage_empty_at=None).update(stage_empty_at=None)


def _rooms_with_empty_stage(now: datetime) -> list[UUID]:
    empty = Room.objects.live().filter(~_stage_there(), stage_empty_at__lte=now - STAGE_EMPTY)
    return list(empty.values_list("pk", flat=True))


def _end_for_empty_stage(room: Room, now: datetime) -> None:
    if room.pk in _rooms_with_empty_stage(now):
        closing.end_held_room(room=room, why="stage_empty", now=now)
