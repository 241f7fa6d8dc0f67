"""Who carries a room's sound: leases with an epoch, media nodes, and what a node reports.

Every move is one conditional UPDATE whose row count decides, so that it holds on SQLite and on
PostgreSQL alike. A lease that ran out is anybody's; each new owner gets a higher epoch, and whoever
writes with an older one is refused (`media_worker.storage`, `report_connection`).
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import Restriction
from rooms import events, media_gateway, restrictions, stage_rules
from rooms.models import MediaNode, MediaSession, Participant, PersonalMute, Room, RoomState
from rooms.models.participant import STAGE_ROLES
from rooms.protocol import MediaMoved
from rooms.queries import roster
from rooms.services import entry, places, presence

#: A node that has not been heard of for so long is forgotten.
FORGET_NODE_AFTER = timedelta(hours=1)
#: Whoever left the stage hears by the same connection for so long, until the listeners' stream plays there.
HEARS_ON = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """One person who may have a peer connection: `roster.may_connect`, and whoever is just off the stage.

    `without` names the participants whose voices are left out for them.
    """

    participant_id: str
    on_stage: bool
    muted: bool
    device: str
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StageFacts:
    """What the sound of one room must be now. `seq` is the room's event number when it was read."""

    room_id: str
    seq: int
    live: bool
    anybody_here: bool
    seats: tuple[SeatFacts, ...]


def claim_lease(*, room_id: UUID, node_id: UUID, now: datetime) -> int | None:
    """Take a live room whose lease is free; the new epoch, or None when somebody else has it.

    Every epoch after the first tells the room `media.moved`, so that its people connect anew.
    """
    with transaction.atomic():
        MediaSession.objects.bulk_create([MediaSession(room_id=room_id)], ignore_conflicts=True)
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        # A subquery, never a join: across a join Django moves the whole condition into a subquery, and
        # PostgreSQL would not look at the lease again after waiting for another claim.
        taken = MediaSession.objects.filter(free, room_id=room_id, room__in=Room.objects.live()).update(
            node_id=node_id, epoch=F("epoch") + 1, lease_until=now + _lease(), started_at=now
        )
        if not taken:
            return None
        epoch = MediaSession.objects.values_list("epoch", flat=True).get(room_id=room_id)
        if epoch > 1:
            events.announce(room_id=room_id, event=MediaMoved(epoch=epoch), at=now)
            presence.forget_legs(room=places.hold_room(room_id=room_id), now=now)
    return epoch


def renew_leases(*, node_id: UUID, now: datetime) -> dict[str, int]:
    """Prolong every lease of a node; room id → epoch of those that it really has.

    A lease that ran out is prolonged too, as long as nobody took the room in between.
    """
    mine = MediaSession.objects.filter(node_id=node_id, lease_until__isnull=False)
    mine.update(lease_until=now + _lease())
    return {str(room_id): epoch for room_id, epoch in mine.values_list("room_id", "epoch")}


def release(*, room_id: UUID, node_id: UUID, epoch: int) -> bool:
    """Give a room back, so that any node may take it at once; False when it was lost before."""
    mine = MediaSession.objects.filter(room_id=room_id, node_id=node_id, epoch=epoch)
    return mine.update(lease_until=None, node_id=None) == 1


def register_node(*, node_id: UUID, name: str, addresses: list[str], port: int, now: datetime) -> None:
    """A media node has started."""
    MediaNode.objects.create(id=node_id, name=name, addresses=addresses, port=port, started_at=now, heartbeat_at=now)


def heartbeat(*, node_id: UUID, load: float, room_count: int, leg_count: int, now: datetime) -> None:
    """A media node is alive; `load` is its share of one core, 0 to 1."""
    MediaNode.objects.filter(pk=node_id).update(heartbeat_at=now, load=load, room_count=room_count, leg_count=leg_count)


def drain(*, node_id: UUID, now: datetime) -> bool:
    """A media node is about to stop: free all its rooms; False when no other node could take them."""
    alive = Q(heartbeat_at__gt=now - 2 * _lease())
    with transaction.atomic():
        MediaNode.objects.filter(pk=node_id).update(is_draining=True)
        MediaSession.objects.filter(node_id=node_id).update(lease_until=None, node_id=None)
        return MediaNode.objects.filter(alive, is_draining=False).exists()


def offer_rooms(*, room_ids: Collection[str]) -> None:
    """Offer these rooms to whichever node is free, whoever carries them now."""
    for room_id in room_ids:
        media_gateway.offer_room(room_id)


def forget_node(*, node_id: UUID) -> None:
    """A media node has stopped."""
    MediaNode.objects.filter(pk=node_id).delete()


def rooms_without_sound(*, now: datetime, limit: int = 200) -> list[str]:
    """Live rooms with somebody in them that no node carries, longest waiting first."""
    here = Participant.objects.present().filter(room_id=OuterRef("pk"), disconnected_at=None)
    carried = Q(media_session__lease_until__gt=now)
    rooms = Room.objects.live().exclude(carried).filter(Exists(here)).order_by("started_at")
    return [str(pk) for pk in rooms.values_list("pk", flat=True)[:limit]]


def offer_rooms_without_sound(*, now: datetime) -> None:
    """Offer every live room that lacks a node to whichever node is free; forget nodes that are long gone."""
    MediaNode.objects.filter(heartbeat_at__lt=now - FORGET_NODE_AFTER).delete()
    for room_id in rooms_without_sound(now=now):
        media_gateway.ensure_session(room_id)


def read_stages(*, room_ids: Collection[str], now: datetime) -> dict[str, StageFacts]:
    """What the sound of these rooms must be, in five queries however many rooms there are.

    Whoever was moved to the audience is no longer heard, and hears on for a moment as any listener does.
    Whoever left or was removed has no seat at once.
    """
    rooms = Room.objects.filter(pk__in=room_ids).values_list("pk", "seq", "state")
    present = Participant.objects.present().filter(room_id__in=room_ids)
    # Only a page has anything to hear; a bare encoder (WHIP) must know at once that it is off the stage.
    just_left = Q(stage_left_at__gt=now - HEARS_ON) & ~Q(socket="")
    may_connect = present.filter(roster.may_connect() | just_left)
    may_connect = may_connect.order_by("stage_joined_at", "pk").select_related("room", "person")
    seats = defaultdict(list)
    places = list(may_connect.only("room__mics_locked", "role", "muted", "device", "person__no_microphone_until"))
    unwanted = _unwanted(places, room_ids)
    for place in places:
        on_stage, silent = place.role in STAGE_ROLES, _is_silent(place, now)
        facts = SeatFacts(str(place.pk), on_stage, silent, place.device, unwanted.get(place.pk, frozenset()))
        seats[place.room_id].append(facts)
    connected = set(present.filter(disconnected_at=None).values_list("room_id", flat=True).distinct())
    return {
        str(pk): StageFacts(str(pk), seq, state == RoomState.LIVE, pk in connected, tuple(seats[pk]))
        for pk, seq, state in rooms
    }


def _is_silent(place: Participant, now: datetime) -> bool:
    """By the room's rules, or by staff's word: the mixer lets nobody be heard who may not, whatever the row says."""
    off = restrictions.is_off(person=place.person, restriction=Restriction.NO_MICROPHONE, now=now)
    return off or stage_rules.is_silent(place=place)


def _unwanted(places: list[Participant], room_ids: Collection[str]) -> dict[UUID, frozenset[str]]:
    """Participant → those on stage whose voice they have left out for themselves."""
    at = {(place.room_id, place.person_id): place for place in places}
    found: dict[UUID, set[str]] = defaultdict(set)
    mutes = PersonalMute.objects.filter(room_id__in=room_ids)
    for room_id, listener_id, silenced_id in mutes.values_list("room_id", "listener_id", "silenced_id"):
        listener, silenced = at.get((room_id, listener_id)), at.get((room_id, silenced_id))
        if listener is not None and silenced is not None:
            found[listener.pk].add(str(silenced.pk))
    return {pk: frozenset(silenced) for pk, silenced in found.items()}


def report_connection(
    *, room_id: UUID, epoch: int, participant_id: UUID, device: str, connected: bool, now: datetime
) -> bool:
    """A peer connection came up or fell silent; False, and nothing happens, for an older epoch."""
    if not MediaSession.objects.filter(room_id=room_id, epoch=epoch).exists():
        return False
    entry.connection_changed(participant_id=participant_id, device=device, connected=connected, now=now)
    return True


def _lease() -> timedelta:
    return timedelta(seconds=settings.MEDIA_LEASE_SECONDS)
