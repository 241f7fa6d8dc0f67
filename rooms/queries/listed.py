"""Rooms as lists show them: cards of live ones, slots of those to come, each list in two or three queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime
from django.utils.translation import get_language_info

from accounts import queries as accounts_queries
from accounts.models import Follow, User
from rooms.models import Participant, Reminder, Role, Room
from rooms.models.room import ROOM_LANGUAGES
from rooms.protocol import PersonCard
from rooms.queries.cards import card_columns, card_fields, card_of_row, person_card
from spaces_site.boundary import cursor

FACES = 3

Viewer = User | AnonymousUser

_FIELDS = ("title", "language", "topics", "started_at", "scheduled_start", "is_official", "needs_pass")


@dataclass(frozen=True, slots=True)
class RoomCard:
    """One live room: the host, up to three faces of the stage, how many more, how many listen."""

    id: UUID
    title: str
    language: str
    language_name: str
    topics: tuple[str, ...]
    listeners: int
    started_at: datetime | None
    host: PersonCard
    faces: tuple[PersonCard, ...] = ()
    on_stage: int = 0
    followed_on_stage: int = 0
    is_official: bool = False
    is_free: bool = True

    @property
    def more(self) -> int:
        """Faces that are not shown."""
        return self.on_stage - len(self.faces)

    @property
    def others(self) -> int:
        """People on stage beside the host."""
        return self.on_stage - 1


@dataclass(frozen=True, slots=True)
class Slot:
    """A room to come."""

    room_id: UUID
    title: str
    language: str
    language_name: str
    host: PersonCard
    starts_at: datetime
    is_official: bool = False
    is_free: bool = True
    #: The viewer waits for it; None for somebody who cannot.
    is_awaited: bool | None = None

    @property
    def day(self) -> date:
        """The day on the reader's calendar: the active time zone's."""
        return localtime(self.starts_at).date()


def account_of(viewer: Viewer) -> User | None:
    """The viewer if they have an account."""
    return viewer if isinstance(viewer, User) and not viewer.is_guest else None


def followed(viewer: User) -> "QuerySet[Follow, UUID]":
    """Ids of the people whom somebody follows."""
    return Follow.objects.filter(follower=viewer).values_list("followee_id", flat=True)


def cards_page(
    rooms: "QuerySet[Room]", *, viewer: Viewer, token: str, size: int
) -> tuple[tuple[RoomCard, ...], str | None]:
    """Cards of one page of these rooms, those with most listeners first, and the token of the next. Raises BadCursor.

    Listeners come and go, so that a room may stand on two pages; none moves because others came.
    """
    counted = by_listeners(rooms)
    last = cursor.read(token)
    if last is not None:
        counted = counted.filter(
            Q(listeners__lt=last.rank)
            | Q(listeners=last.rank, started_at__lt=last.moment)
            | Q(listeners=last.rank, started_at=last.moment, pk__gt=last.pk)
        )
    found = list(counted[: size + 1])
    cards = cards_of(found[:size], viewer=viewer)
    if len(found) <= size:
        return cards, None
    end = found[size - 1]
    assert end.started_at is not None, "a live room has begun"
    return cards, cursor.write(end.started_at, end.pk, rank=getattr(end, "listeners", 0))


def by_listeners(rooms: "QuerySet[Room]") -> "QuerySet[Room]":
    """These rooms with how many listen, most first, loaded as far as a card shows them."""
    counted = rooms.select_related("creator").annotate(listeners=listeners_of_room())
    return counted.only(*_FIELDS, *card_fields("creator")).order_by("-listeners", "-started_at", "pk")


def listeners_of_room() -> Coalesce:
    """How many listen in the room of the outer query; as `*`, so that the index alone answers."""
    inside = Participant.objects.listening().filter(room=OuterRef("pk")).order_by().values("room")
    counted = inside.annotate(number=Count("*")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def cards_of(rooms: Sequence[Room], *, viewer: Viewer) -> tuple[RoomCard, ...]:
    """Cards of these rooms (see `by_listeners`), in their order, with one query however many they are.

    Whoever is at odds with the viewer is counted, and has no face.
    """
    account = account_of(viewer)
    near = accounts_queries.not_estranged(viewer_id=account.pk if account else None, path="person_id")
    follows = Follow.objects.filter(follower=account, followee=OuterRef("person_id"))
    places = (
        Participant.objects.on_stage()
        .filter(room__in=[room.pk for room in rooms])
        .annotate(
            is_near=Case(When(near, then=True), default=False) if near else Value(True),
            is_followed=Exists(follows) if account else Value(False),
        )
        .order_by("stage_joined_at", "joined_at")
        .values_list("room_id", "role", "is_near", "is_followed", *card_columns("person"))
    )
    stages: dict[UUID, list[_Place]] = defaultdict(list)
    for room_id, role, is_near, is_followed, *person in places:
        stages[room_id].append(_Place(role == Role.HOST, is_near, is_followed, person))
    return tuple(_card(room, stages[room.pk]) for room in rooms)


class _Place(NamedTuple):
    """Somebody on a stage; `person` are the columns of a card."""

    is_host: bool
    is_near: bool
    is_followed: bool
    person: list[Any]


def _card(room: Room, stage: list[_Place]) -> RoomCard:
    # Python's sort keeps the order of joining among equals, so the host leads and nobody jumps.
    shown = sorted((place for place in stage if place.is_near), key=lambda place: not place.is_host)
    faces = tuple(card_of_row(place.person) for place in shown[:FACES])
    return RoomCard(
        id=room.pk,
        title=room.title,
        language=room.language,
        language_name=language_name(room.language),
        topics=tuple(room.topics),
        listeners=getattr(room, "listeners", 0),
        started_at=room.started_at,
        host=faces[0] if shown and shown[0].is_host else person_card(room.creator),
        faces=faces,
        on_stage=len(stage),
        followed_on_stage=sum(place.is_followed for place in stage),
        is_official=room.is_official,
        is_free=not room.needs_pass,
    )


def slots_page(
    rooms: "QuerySet[Room]", *, viewer: Viewer, token: str = "", size: int
) -> tuple[tuple[Slot, ...], str | None]:
    """One page of these rooms to come, soonest first, and the token of the next page. Raises BadCursor."""
    found, next_token = cursor.page_of(
        with_slots(rooms, viewer=viewer), key="scheduled_start", token=token, size=size, newest_first=False
    )
    return tuple(map(slot_of, found)), next_token


def with_slots(rooms: "QuerySet[Room]", *, viewer: Viewer) -> "QuerySet[Room]":
    """These rooms loaded as far as `slot_of` needs them."""
    loaded = with_waiting(rooms, viewer=viewer).select_related("creator")
    return loaded.only(*_FIELDS, *card_fields("creator"))


def with_waiting(rooms: "QuerySet[Room]", *, viewer: Viewer) -> "QuerySet[Room]":
    """These rooms with `is_awaited`: whether the viewer waits for them, None for somebody who cannot."""
    account = account_of(viewer)
    waits = (
        Exists(Reminder.objects.filter(person=account, room=OuterRef("pk"))) if account else Value(None, BooleanField())
    )
    return rooms.annotate(is_awaited=waits)


def slot_of(room: Room) -> Slot:
    """One room to come; see `with_slots`."""
    assert room.scheduled_start is not None, "a scheduled room has a start"
    return Slot(
        room_id=room.pk,
        title=room.title,
        language=room.language,
        language_name=language_name(room.language),
        host=person_card(room.creator),
        starts_at=room.scheduled_start,
        is_official=room.is_official,
        is_free=not room.needs_pass,
        is_awaited=getattr(room, "is_awaited", None),
    )


def cards_of_ids(*, ids: Sequence[UUID], viewer: Viewer) -> tuple[RoomCard, ...]:
    """Cards of these rooms, in this order."""
    rooms = {room.pk: room for room in by_listeners(Room.objects.filter(pk__in=ids))}
    return cards_of([rooms[pk] for pk in ids if pk in rooms], viewer=viewer)


def slots_of_ids(*, ids: Sequence[UUID], viewer: Viewer) -> tuple[Slot, ...]:
    """These rooms to come, in this order."""
    rooms = with_slots(Room.objects.scheduled(), viewer=viewer).in_bulk(ids)
    return tuple(slot_of(rooms[pk]) for pk in ids if pk in rooms)


def faces_of(
    *, cards: Iterable[RoomCard] = (), slots: Iterable[Slot] = (), people: Iterable[PersonCard] = ()
) -> set[UUID]:
    """Whose faces these show: for the rings round them."""
    shown = [face for card in cards for face in card.faces] + [slot.host for slot in slots] + list(people)
    return {UUID(face.id) for face in shown}


def language_name(code: str) -> str:
    """The language's own name, "Français"; the code where Django doesn't know it."""
    try:
        name: str = get_language_info(code)["name_local"]
    except KeyError:
        return code
    return name[:1].upper() + name[1:]


def room_languages() -> dict[str, str]:
    """What a room may be spoken in: code → the language's own name."""
    return {code: language_name(code) for code in ROOM_LANGUAGES}
