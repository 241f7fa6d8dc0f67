"""The purple ring: which of the people whom somebody follows are on a live stage, and where it leads."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, QuerySet

from accounts import queries as accounts_queries
from accounts.models import User
from rooms.models import Participant, RoomState
from rooms.protocol import PersonCard
from rooms.queries.cards import person_card

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
    return tuple(_by_viewer(_seen_by([viewer.pk])[:most]).get(viewer.pk, {}).values())


def stages_for(*, viewer: Viewer) -> dict[UUID, Stage]:
    """The same as person → room, all of them, and cheap: what every page needs that shows faces."""
    if not isinstance(viewer, User) or viewer.is_guest:
        return {}
    rows = _seen_by([viewer.pk]).values_list("person_id", "room_id", "room__title")
    return {person: Stage(room, title) for person, room, title in reversed(rows)}


def rings_of(*, viewers: Collection[UUID], people: Collection[UUID] | None = None) -> dict[UUID, dict[UUID, Ring]]:
    """Viewer → person → ring, for many viewers at one time; with `people`, the rings of these alone."""
    seen = _seen_by(viewers)
    return _by_viewer(seen if people is None else seen.filter(person__in=people))


def live_stages() -> dict[UUID, Stage]:
    """Everybody who is on a live stage, and the newest one they are on."""
    stage = Participant.objects.on_stage().filter(room__state=RoomState.LIVE).order_by("room__started_at")
    rows = stage.values_list("person_id", "room_id", "room__title")
    return {person: Stage(room, title) for person, room, title in rows}


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
