"""The purple ring: which of the people whom somebody follows are on a live stage, and where it leads."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts import queries as accounts_queries
from accounts.models import Follow, User
from rooms.models import Participant, RoomState
from rooms.protocol import PersonCard
from rooms.queries.cards import card_fields, person_card

Viewer = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Ring:
    """Somebody who is on a live stage, for one who follows them."""

    person: PersonCard
    room_id: UUID
    room_title: str


class Stage(NamedTuple):
    """Where a ring leads."""

    room_id: UUID
    title: str


def rings_for(*, viewer: Viewer, most: int) -> tuple[Ring, ...]:
    """The rings that somebody sees, newest room first; none for guests and who is not signed in."""
    if not isinstance(viewer, User) or viewer.is_guest:
        return ()
    return rings_and_stages(viewer=viewer, most=most, people=())[0]


def stages_for(*, viewer: Viewer) -> dict[UUID, Stage]:
    """The same as person → room, all of them, and cheap: what every page needs that shows faces."""
    if not isinstance(viewer, User) or viewer.is_guest:
        return {}
    rows = _seen_by_one(viewer.pk).values_list("person_id", "room_id", "room__title")
    return {person: Stage(room, title) for person, room, title in reversed(rows)}


def rings_and_stages(
    *, viewer: Viewer, most: int, people: Collection[UUID]
) -> tuple[tuple[Ring, ...], dict[UUID, Stage]]:
    """The first rings that somebody sees, and where those round these people's faces lead, in one query."""
    if not isinstance(viewer, User) or viewer.is_guest:
        return (), {}
    seen = _seen_by_one(viewer.pk)
    wanted = Q(pk__in=seen.values("pk")[:most])
    places = seen.filter(wanted | Q(person__in=people) if people else wanted).select_related("person", "room")
    rings: dict[UUID, Ring] = {}
    for place in places.only("room_id", "room__title", *card_fields("person")):
        rings.setdefault(place.person_id, Ring(person_card(place.person), place.room_id, place.room.title))
    return tuple(rings.values())[:most], {one: Stage(ring.room_id, ring.room_title) for one, ring in rings.items()}


def rings_of(*, viewers: Collection[UUID], people: Collection[UUID] | None = None) -> dict[UUID, dict[UUID, Ring]]:
    """Viewer → person → ring, for many viewers at one time; with `people`, the rings of these alone."""
    seen = _seen_by(viewers)
    return _by_viewer(seen if people is None else seen.filter(person__in=people))


def live_stages() -> dict[UUID, Stage]:
    """Everybody who is on a live stage, and the newest one they are on."""
    stage = Participant.objects.on_stage().filter(room__state=RoomState.LIVE).order_by("room__started_at")
    rows = stage.values_list("person_id", "room_id", "room__title")
    return {person: Stage(room, title) for person, room, title in rows}


def _seen_by_one(viewer_id: UUID) -> "QuerySet[Participant]":
    """`_seen_by` for one viewer, whose blocks are read once and not for each place."""
    follows = Follow.objects.filter(follower=viewer_id, followee=OuterRef("person_id"))
    return (
        Participant.objects.on_stage()
        .filter(
            Exists(follows),
            accounts_queries.not_estranged(viewer_id=viewer_id, path="room__creator_id"),
            accounts_queries.not_estranged(viewer_id=viewer_id, path="person_id"),
            room__state=RoomState.LIVE,
        )
        .order_by("-room__started_at", "joined_at")
    )


def _seen_by(viewers: Collection[UUID]) -> "QuerySet[Participant]":
    """Places on live stages, once for each of these viewers who follows the person and may know of the room."""
    stage = Participant.objects.on_stage().filter(room__state=RoomState.LIVE, person__followers__follower__in=viewers)
    return (
        stage.annotate(viewer=F("person__followers__follower_id"))
        .filter(
            accounts_queries.not_estranged_pair(one="viewer", other="room__creator_id"),
            accounts_queries.not_estranged_pair(one="viewer", other="person_id"),
        )
        .select_related("person", "room")
        .order_by("-room__started_at", "joined_at")
    )


def _by_viewer(places: "QuerySet[Participant]") -> dict[UUID, dict[UUID, Ring]]:
    found: dict[UUID, dict[UUID, Ring]] = {}
    for place in places:
        viewer: UUID = place.viewer  # type: ignore[attr-defined]
        ring = Ring(person_card(place.person), place.room_id, place.room.title)
        found.setdefault(viewer, {}).setdefault(place.person_id, ring)
    return found
