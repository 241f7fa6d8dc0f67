"""The page of search: rooms that are live or to come, people, topics."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from rooms.models import RoomState
from rooms.protocol import PersonCard
from rooms.queries import listed, search
from rooms.queries.cards import person_card
from rooms.queries.listed import RoomCard, Slot
from rooms.queries.rings import Stage, stages_of
from rooms.queries.search import Found, Viewer
from spaces_site.boundary import cursor

FIRST = 6
MORE = 20
KINDS = ("all", "live", "upcoming", "people")
PARTS = {RoomState.LIVE: "live", RoomState.SCHEDULED: "upcoming"}


@dataclass(frozen=True, slots=True)
class Part:
    """One list of the page. `total` of them were found; `next_token` asks for those that follow, None at the end."""

    total: int
    next_token: str | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What was found, part by part; a part that was not asked for is empty."""

    query: str
    kind: str
    cards: tuple[RoomCard, ...]
    slots: tuple[Slot, ...]
    people: tuple[PersonCard, ...]
    topics: tuple[str, ...]
    live: Part
    upcoming: Part
    persons: Part
    #: Where the rings round the page's faces lead.
    stages: dict[UUID, Stage]

    @property
    def is_empty(self) -> bool:
        """Nothing fits."""
        return not (self.cards or self.slots or self.people or self.topics)


def search_page(*, query: str, kind: str, token: str, viewer: Viewer, now: datetime) -> SearchPage:
    """`kind` "all" begins each list, another of `KINDS` shows one of them, a page by its `token`.

    Raises BadCursor.
    """
    if kind == "all":
        # It comes from one of the lists, and would cut the others by a rank that is none of theirs.
        token = ""
    states = [state for state, part in PARTS.items() if kind in ("all", part)]
    rooms = search.find_rooms_by_state(query=query, viewer=viewer, now=now, states=states) if states else {}
    live, planned = (rooms.get(state, []) for state in PARTS)
    persons = search.find_people(query=query, viewer=viewer, now=now) if kind in ("all", "people") else []
    size = FIRST if kind == "all" else MORE
    shown_live, live_part = _cut(live, token, size)
    shown_planned, upcoming_part = _cut(planned, token, size)
    shown_people, people_part = _cut(persons, token, size)
    users = User.objects.in_bulk(shown_people)
    people = tuple(person_card(users[pk]) for pk in shown_people if pk in users)
    cards = listed.cards_of_ids(ids=shown_live, viewer=viewer)
    # By day, as everywhere; which of them stand here is decided by how well they fit.
    slots = tuple(sorted(listed.slots_of_ids(ids=shown_planned, viewer=viewer), key=lambda slot: slot.starts_at))
    return SearchPage(
        query=query,
        kind=kind,
        cards=cards,
        slots=slots,
        people=people,
        topics=search.find_topics(query=query, rooms=[*live, *planned]) if kind == "all" else (),
        live=live_part,
        upcoming=upcoming_part,
        persons=people_part,
        stages=stages_of(viewer=viewer, people=listed.faces_of(cards=cards, slots=slots, people=people)),
    )


def _cut(found: list[Found], token: str, size: int) -> tuple[list[UUID], Part]:
    ids, next_token = cursor.page_of_found(found, token=token, size=size)
    return ids, Part(len(found), next_token)
