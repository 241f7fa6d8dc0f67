"""The purple ring: which of the people whom somebody follows are on a live stage, and where it leads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, QuerySet

from accounts import queries as accounts_queries
from accounts.models import Follow, User
from rooms.models import Participant, RoomState
from rooms.protocol import PersonCard
from rooms.queries.cards import card_columns, card_of_row, person_card

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


def stages_for(*, viewer: Viewer) -> dict[UUID, Stage]:
    """Person → room, all of them, and cheap: what every page needs that shows faces; none for guests and visitors."""
    if not isinstance(viewer, User) or viewer.is_guest:
        return {}
    rows = _seen_by_one(viewer.pk).values_list("person_id", "room_id", "room__title")
    return {person: Stage(room, title) for person, room, title in reversed(rows)}


def stages_of(*, viewer: Viewer, people: Collection[UUID]) -> dict[UUID, Stage]:
    """Where the rings round these people's faces lead."""
    return rings_and_stages(viewer=viewer, most=0, people=people)[1]


def rings_and_stages(
    *, viewer: Viewer, most: int, people: Collection[UUID]
) -> tuple[tuple[Ring, ...], dict[UUID, Stage]]:
    """The first rings that somebody sees, newest room first, and where those round these people's faces lead."""
    if not isinstance(viewer, User) or viewer.is_guest:
        return (), {}
    seen = _seen_by_one(viewer.pk)
    columns = ("room__started_at", "joined_at", "room_id", "room__title", *card_columns("person"))
    places = seen.filter(person__in=people).order_by().values_list(*columns)
    if most:
        # Two ways to places that databases go quickly: through the newest rooms, and by people.
        newest = Participant.objects.filter(pk__in=seen.values("pk")[:most])
        places = newest.values_list(*columns).union(places, all=True)
    rings: dict[UUID, Ring] = {}
    for _started_at, _joined_at, room_id, title, *person in sorted(places, key=_newest_room_first):
        rings.setdefault(person[0], Ring(card_of_row(person), room_id, title))
    return tuple(rings.values())[:most], {one: Stage(ring.room_id, ring.room_title) for one, ring in rings.items()}


def _newest_room_first(place: Sequence[Any]) -> tuple[float, datetime]:
    return -place[0].timestamp(), place[1]


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
