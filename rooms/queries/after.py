"""What a room leaves behind: people whom one may want to follow, the host's rooms to come, and what was pinned."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, When
from django.utils.translation import gettext_lazy as _

from accounts import queries as accounts_queries
from accounts.models import Follow, User
from accounts.queries import ProfilePage
from rooms import admission, refusals
from rooms.models import Participant, Removal, Room, RoomState
from rooms.queries.filters import to_come
from rooms.queries.home import SLOTS_BESIDE
from rooms.queries.listed import Slot, slots_page
from rooms.queries.pins import PinRecord, pins_seen_by
from spaces_site.errors import DomainError, Kind

#: People who are shown.
PEOPLE = 12

Viewer = User | AnonymousUser


class NotOver(DomainError):
    """The room has not ended."""

    kind = Kind.CONFLICT
    code = "not_over"
    text = _("This room has not ended.")


@dataclass(frozen=True, slots=True)
class AfterRoom:
    """Everything below the words "this room has ended"."""

    people: list[ProfilePage]
    slots: tuple[Slot, ...]
    pins: list[PinRecord]


def after_room(*, room_id: UUID, viewer: Viewer, now: datetime) -> AfterRoom:
    """For a room that has ended; empty for one that staff closed. Raises `NoSuchRoom`, `NotOver`."""
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        raise refusals.NoSuchRoom
    admission.check_may_know(person=viewer, room=room)
    if room.state != RoomState.ENDED:
        raise NotOver
    if room.closed_note:
        # What staff closed is no way to its people, its posts or its host.
        return AfterRoom(people=[], slots=(), pins=[])
    planned = to_come(viewer=viewer, now=now).filter(creator=room.creator_id)
    slots, _later = slots_page(planned, viewer=viewer, size=SLOTS_BESIDE)
    return AfterRoom(
        people=_people(room, viewer, now),
        slots=slots,
        pins=pins_seen_by(room_id=room.pk, viewer=viewer, now=now),
    )


def _people(room: Room, viewer: Viewer, now: datetime) -> list[ProfilePage]:
    """Whoever opened it, then the stage as it filled; nobody whom one follows already, or who was put out."""
    put_out = Removal.objects.standing().filter(room=room).values("person_id")
    stage = Participant.objects.filter(
        accounts_queries.not_estranged(viewer_id=viewer.pk, path="person"),
        # Whom the host put out by a block is nobody to recommend, and a block leaves no removal.
        accounts_queries.not_estranged(viewer_id=room.creator_id, path="person"),
        accounts_queries.not_limited(viewer_id=viewer.pk, path="person", now=now),
        room=room,
        stage_joined_at__isnull=False,
        person__is_active=True,
        person__is_guest=False,
    ).exclude(person__in=put_out)
    if viewer.pk is not None:
        followed = Follow.objects.filter(follower_id=viewer.pk).values("followee_id")
        stage = stage.exclude(person=viewer.pk).exclude(person__in=followed)
    first = Case(When(person=room.creator_id, then=0), default=1)
    found = stage.select_related("person").order_by(first, "stage_joined_at", "pk")[:PEOPLE]
    return accounts_queries.seen_by(viewer, [place.person for place in found])
