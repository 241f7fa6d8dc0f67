"""Rooms as posts and messages show them."""

from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count

from accounts.models import User
from accounts.queries.shared import SharedRoom
from rooms import admission
from rooms.models import Participant, Role, Room, RoomState
from rooms.queries.cards import STATE_NAMES
from rooms.queries.listed import language_name, with_waiting


def shared_rooms(*, room_ids: Collection[UUID], viewer: User | AnonymousUser) -> dict[UUID, SharedRoom]:
    """Those of these rooms that the viewer may know of, with two queries however many they are."""
    known = Room.objects.filter(admission.rooms_known_to(viewer_id=viewer.pk), pk__in=room_ids)
    rooms = {room.pk: room for room in with_waiting(known, viewer=viewer).select_related("creator")}
    live = [room.pk for room in rooms.values() if room.state == RoomState.LIVE]
    listening = Participant.objects.present().filter(room__in=live, role=Role.LISTENER).values_list("room_id")
    counts = dict(listening.annotate(Count("pk"))) if live else {}
    return {
        room.pk: SharedRoom(
            id=room.pk,
            title=room.title,
            language=room.language,
            language_name=language_name(room.language),
            state=STATE_NAMES[RoomState(room.state)],
            host=room.creator,
            listeners=counts.get(room.pk, 0),
            scheduled_start=room.scheduled_start,
            started_at=room.started_at,
            is_official=room.is_official,
            is_awaited=_is_awaited(room, viewer),
        )
        for room in rooms.values()
    }


def _is_awaited(room: Room, viewer: User | AnonymousUser) -> bool | None:
    """Whoever opens a room waits for nothing: it begins when they begin it."""
    to_come = room.state == RoomState.SCHEDULED and room.creator_id != viewer.pk
    return getattr(room, "is_awaited", None) if to_come else None
