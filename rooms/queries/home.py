"""What home, upcoming and profiles show of rooms: cards, faces, counts, times."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.timezone import localtime
from django.utils.translation import get_language_info

from accounts import queries as accounts_queries
from accounts.models import Follow, User
from rooms import admission
from rooms.models import Participant, Reminder, Role, Room
from rooms.models.room import ROOM_LANGUAGES
from rooms.protocol import PersonCard
from rooms.queries.cards import person_card
from rooms.queries.rings import Ring, rings_for

CARDS_PER_PAGE = 13
SLOTS_PER_PAGE = 20
SLOTS_AT_HOME = 5
FACES = 3
AWAITED = 100
RINGERS = 30
#: Rooms whose topics are counted for the filters.
TOPICS_FROM = 200
#: A room may start late: it stays among the upcoming ones for so long.
LATE = timedelta(hours=1)

Viewer = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader chose: language code, topic, only people they follow; empty means everything."""

    language: str = ""
    topic: str = ""
    following: bool = False

    def __bool__(self) -> bool:
        return bool(self.language or self.topic or self.following)


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
    #: The viewer waits for it; None for somebody who cannot.
    is_awaited: bool | None = None

    @property
    def day(self) -> date:
        """The day on the reader's calendar: the active time zone's."""
        return localtime(self.starts_at).date()


@dataclass(frozen=True, slots=True)
class PersonRooms:
    """The live room on whose stage somebody is, and the rooms that they have scheduled."""

    person: PersonCard
    live: RoomCard | None
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: the value in the address, and its name for people."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """Everything of the home page. `rooms` and `listeners` count all that is listed for this viewer, not this page."""

    cards: tuple[RoomCard, ...]
    page: int
    has_next: bool
    rooms: int
    listeners: int
    ringers: tuple[Ring, ...]
    slots: tuple[Slot, ...]
    languages: tuple[Choice, ...]
    topics: tuple[str, ...]
    suggestions: tuple[PersonCard, ...]


def home(*, viewer: Viewer, filters: Filters, page: int, now: datetime) -> HomePage:
    """Live rooms by listeners, those whom the viewer follows, and what comes next."""
    listed = Room.objects.live().filter(_listed_for(viewer, now))
    live = _chosen(listed, viewer=viewer, filters=filters)
    first = (page - 1) * CARDS_PER_PAGE
    rooms = list(_by_listeners(live)[first : first + CARDS_PER_PAGE + 1])
    cards = _cards(rooms[:CARDS_PER_PAGE], viewer=viewer)
    return HomePage(
        cards=cards,
        page=page,
        has_next=len(rooms) > CARDS_PER_PAGE,
        rooms=listed.count(),
        listeners=Participant.objects.listening().filter(room__in=listed).count(),
        ringers=rings_for(viewer=viewer, most=RINGERS),
        slots=upcoming(viewer=viewer, page=1, now=now, size=SLOTS_AT_HOME)[0],
        languages=_languages(viewer=viewer),
        topics=_topics(viewer=viewer),
        suggestions=() if cards else _suggestions(viewer=viewer, now=now),
    )


def upcoming(*, viewer: Viewer, page: int, now: datetime, size: int = SLOTS_PER_PAGE) -> tuple[tuple[Slot, ...], bool]:
    """Scheduled rooms, soonest first, and whether there is a further page."""
    waiting = Room.objects.scheduled().filter(_listed_for(viewer, now), scheduled_start__gte=now - LATE)
    return _slots(waiting, viewer=viewer, page=page, size=size)


def awaited(*, person: User, now: datetime) -> tuple[Slot, ...]:
    """The rooms to come that somebody is reminded of, soonest first."""
    waiting = Room.objects.scheduled().filter(_known_to(person), reminders__person=person)
    return _slots(waiting, viewer=person, page=1, size=AWAITED)[0]


def rooms_of_person(*, handle: str, viewer: Viewer, now: datetime) -> PersonRooms | None:
    """For a profile; None when nobody has this handle."""
    person = accounts_queries.person_by_handle(handle=handle)
    if person is None:
        return None
    stages = Participant.objects.on_stage().filter(person=person)
    live = Room.objects.live().filter(_known_to(viewer), pk__in=stages.values("room"))
    cards = _cards(list(_by_listeners(live)[:1]), viewer=viewer)
    slots = rooms_to_come_of(creator_id=person.pk, viewer=viewer, now=now)
    return PersonRooms(person_card(person), cards[0] if cards else None, slots)


def rooms_to_come_of(*, creator_id: UUID, viewer: Viewer, now: datetime) -> tuple[Slot, ...]:
    """The first of the rooms that somebody has scheduled, soonest first."""
    waiting = Room.objects.scheduled().filter(_known_to(viewer), creator=creator_id, scheduled_start__gte=now - LATE)
    return _slots(waiting, viewer=viewer, page=1, size=SLOTS_AT_HOME)[0]


def cards_of(*, ids: Sequence[UUID], viewer: Viewer) -> tuple[RoomCard, ...]:
    """Cards of these rooms, in this order."""
    rooms = {room.pk: room for room in _by_listeners(Room.objects.filter(pk__in=ids))}
    return _cards([rooms[pk] for pk in ids if pk in rooms], viewer=viewer)


def slots_of(*, ids: Sequence[UUID], viewer: Viewer) -> tuple[Slot, ...]:
    """These rooms to come, in this order."""
    rooms = Room.objects.scheduled().filter(pk__in=ids).select_related("creator").in_bulk()
    awaited = _awaited_of(viewer, list(rooms.values()))
    return tuple(_slot(rooms[pk], awaited) for pk in ids if pk in rooms)


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


def _account(viewer: Viewer) -> User | None:
    return viewer if isinstance(viewer, User) and not viewer.is_guest else None


def _known_to(viewer: Viewer) -> Q:
    return admission.rooms_known_to(viewer_id=viewer.pk)


def _listed_for(viewer: Viewer, now: datetime) -> Q:
    return admission.rooms_listed_for(viewer_id=viewer.pk, now=now)


def _followed(viewer: User) -> "QuerySet[Follow, UUID]":
    return Follow.objects.filter(follower=viewer).values_list("followee_id", flat=True)


def _chosen(rooms: "QuerySet[Room]", *, viewer: Viewer, filters: Filters) -> "QuerySet[Room]":
    account = _account(viewer)
    if filters.language:
        rooms = rooms.filter(language=filters.language)
    if filters.topic:
        # SQLite can't look into JSON lists; as text the topic stands in quotes, escaped or not.
        as_text = Q(topics_text__contains=json.dumps(filters.topic)) | Q(topics_text__contains=f'"{filters.topic}"')
        rooms = rooms.annotate(topics_text=Cast("topics", TextField())).filter(as_text)
    if filters.following and account:
        stage = Participant.objects.on_stage().filter(person__in=_followed(account))
        rooms = rooms.filter(pk__in=stage.values("room"))
    return rooms


def _by_listeners(rooms: "QuerySet[Room]") -> "QuerySet[Room]":
    listening = Q(participants__role=Role.LISTENER, participants__left_at=None)
    counted = rooms.select_related("creator").annotate(listeners=Count("participants", filter=listening, distinct=True))
    return counted.order_by("-listeners", "-started_at", "pk")


def _cards(rooms: Sequence[Room], *, viewer: Viewer) -> tuple[RoomCard, ...]:
    """Cards of these rooms, in their order, with two queries however many they are."""
    account = _account(viewer)
    followed = set(_followed(account)) if account and rooms else set()
    stages: dict[UUID, list[Participant]] = defaultdict(list)
    places = Participant.objects.on_stage().filter(room__in=[room.pk for room in rooms]).select_related("person")
    for place in places.order_by("stage_joined_at", "joined_at"):
        stages[place.room_id].append(place)
    return tuple(_card(room, stages[room.pk], followed) for room in rooms)


def _card(room: Room, stage: list[Participant], followed: set[UUID]) -> RoomCard:
    # Python's sort keeps the order of joining among equals, so the host leads and nobody jumps.
    stage = sorted(stage, key=lambda place: place.role != Role.HOST)
    host = stage[0].person if stage and stage[0].role == Role.HOST else room.creator
    return RoomCard(
        id=room.pk,
        title=room.title,
        language=room.language,
        language_name=language_name(room.language),
        topics=tuple(room.topics),
        listeners=getattr(room, "listeners", 0),
        started_at=room.started_at,
        host=person_card(host),
        faces=tuple(person_card(place.person) for place in stage[:FACES]),
        on_stage=len(stage),
        followed_on_stage=sum(place.person_id in followed for place in stage),
        is_official=room.is_official,
    )


def _slots(rooms: "QuerySet[Room]", *, viewer: Viewer, page: int, size: int) -> tuple[tuple[Slot, ...], bool]:
    first = (page - 1) * size
    found = list(rooms.select_related("creator").order_by("scheduled_start", "pk")[first : first + size + 1])
    awaited = _awaited_of(viewer, found)
    return tuple(_slot(room, awaited) for room in found[:size]), len(found) > size


def _awaited_of(viewer: Viewer, rooms: Sequence[Room]) -> set[UUID] | None:
    """Those of these rooms that the viewer is reminded of; None for somebody who cannot be."""
    account = _account(viewer)
    if account is None:
        return None
    mine = Reminder.objects.filter(person=account, room__in=[room.pk for room in rooms])
    return set(mine.values_list("room_id", flat=True))


def _slot(room: Room, awaited: set[UUID] | None) -> Slot:
    assert room.scheduled_start is not None, "a scheduled room has a start"
    return Slot(
        room_id=room.pk,
        title=room.title,
        language=room.language,
        language_name=language_name(room.language),
        host=person_card(room.creator),
        starts_at=room.scheduled_start,
        is_official=room.is_official,
        is_awaited=None if awaited is None else room.pk in awaited,
    )


def _languages(*, viewer: Viewer) -> tuple[Choice, ...]:
    codes = (
        Room.objects.live().filter(_known_to(viewer)).order_by("language").values_list("language", flat=True).distinct()
    )
    return tuple(Choice(code, language_name(code)) for code in codes)


def _topics(*, viewer: Viewer) -> tuple[str, ...]:
    known = Room.objects.live().filter(_known_to(viewer))
    recent = known.order_by("-started_at").values_list("topics", flat=True)[:TOPICS_FROM]
    counted = Counter(topic for topics in recent for topic in topics)
    return tuple(topic for topic, _count in counted.most_common(4))


def _suggestions(*, viewer: Viewer, now: datetime) -> tuple[PersonCard, ...]:
    people = User.objects.people().exclude(limited_until__gt=now)
    account = _account(viewer)
    if account:
        strangers = accounts_queries.not_estranged(viewer_id=account.pk, path="pk")
        people = people.filter(strangers).exclude(pk=account.pk).exclude(pk__in=_followed(account))
    return tuple(person_card(person) for person in people.order_by("-follower_count", "handle")[:3])
