"""What somebody is told who passes a room on: their address of it, and how many came by it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Sum
from django.urls import reverse

from accounts.models import User
from accounts.queries.shared import SHARE
from rooms import admission, refusals, stage_rules
from rooms.models import Participant, Room, RoomState, ShareLink
from rooms.queries.cards import STATE_NAMES


@dataclass(frozen=True, slots=True)
class Sharing:
    """A room as one viewer may pass it on. Without a `token` nobody is counted."""

    id: UUID
    title: str
    language: str
    state: str
    scheduled_start: datetime | None
    token: str
    came: int
    #: By everybody's addresses together; for the hosts alone.
    came_in_all: int | None

    @property
    def path(self) -> str:
        """The address to pass on, without the site."""
        return room_path(room_id=self.id, token=self.token)


def sharing(*, room_id: UUID, viewer: User | AnonymousUser) -> Sharing:
    """The room and the viewer's own address of it, if they have one. Raises `NoSuchRoom`."""
    room = known_room(room_id=room_id, viewer=viewer)
    link = ShareLink.objects.filter(room=room, sharer_id=viewer.pk).first() if viewer.pk else None
    in_all = ShareLink.objects.filter(room=room).aggregate(came=Sum("came"))["came"] or 0
    return Sharing(
        id=room.pk,
        title=room.title,
        language=room.language,
        state=STATE_NAMES[RoomState(room.state)],
        scheduled_start=room.scheduled_start,
        token=link.token if link else "",
        came=link.came if link else 0,
        came_in_all=in_all if _hosts(viewer, room) else None,
    )


def known_room(*, room_id: UUID, viewer: User | AnonymousUser) -> Room:
    """A room that the viewer may know of, with its creator. Raises `NoSuchRoom`."""
    room = Room.objects.select_related("creator").filter(pk=room_id).first()
    if room is None:
        raise refusals.NoSuchRoom
    admission.check_may_know(person=viewer, room=room)
    return room


def room_path(*, room_id: UUID, token: str = "") -> str:
    """Where the room is on this site."""
    path = reverse("room_page", args=[room_id])
    return f"{path}?{urlencode({SHARE: token})}" if token else path


def site(*, asked_for: str) -> str:
    """The address of this site for those outside: the public one, else `asked_for`, which the request came to."""
    return settings.PUBLIC_URL or asked_for.rstrip("/")


def _hosts(viewer: User | AnonymousUser, room: Room) -> bool:
    hosted = Participant.objects.filter(room=room, person_id=viewer.pk, role__in=stage_rules.HOST_ROLES)
    return viewer.pk is not None and (viewer.pk == room.creator_id or hosted.exists())
