"""What home, upcoming, topics and profiles show of rooms."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Sum, Value
from django.db.models.functions import Coalesce

from accounts import queries as accounts_queries
from accounts.models import User
from accounts.queries.waiting import Waiting, waiting_for
from rooms import admission
from rooms.eligibility import LATE
from rooms.models import Participant, Room
from rooms.models.room import RoomQuerySet
from rooms.protocol import PersonCard
from rooms.queries import invitations, listed
from rooms.queries.cards import person_card
from rooms.queries.filters import Filters, chosen, listed_for, to_come
from rooms.queries.listed import RoomCard, Slot, Viewer, account_of, language_name
from rooms.queries.rings import Ring, Stage, rings_and_stages, stages_of

CARDS_PER_PAGE = 13
SLOTS_PER_PAGE = 20
SLOTS_BESIDE = 5
RINGERS = 30
TOPICS = 4


@dataclass(frozen=True, slots=True)
class PersonRooms:
    """The live room on whose stage somebody is, and a page of the rooms that they have scheduled."""

    person: PersonCard
    live: RoomCard | None
    slots: tuple[Slot, ...]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: the value in the address, and its name for people."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Overview:
    """All live rooms that are listed for a viewer, whatever was chosen: how many, and what one may choose."""

    rooms: int
    listeners: int
    languages: tuple[Choice, ...]
    topics: tuple[str, ...]
    #: Some of them need a ticket, so that "free" is a choice.
    has_tickets: bool


@dataclass(frozen=True, slots=True)
class HomePage:
    """Everything of the home page."""

    overview: Overview
    cards: tuple[RoomCard, ...]
    is_first: bool
    next_token: str | None
    ringers: tuple[Ring, ...]
    #: Where the rings round the page's faces lead.
    stages: dict[UUID, Stage]
    slots: tuple[Slot, ...]
    suggestions: tuple[PersonCard, ...]
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class UpcomingPage:
    """A page of rooms to come, soonest first, and what one may choose among them."""

    slots: tuple[Slot, ...]
    is_first: bool
    next_token: str | None
    stages: dict[UUID, Stage]
    overview: Overview


@dataclass(frozen=True, slots=True)
class TopicPage:
    """Rooms about one topic: a page of live ones, and the next to come."""

    topic: str
    cards: tuple[RoomCard, ...]
    is_first: bool
    next_token: str | None
    stages: dict[UUID, Stage]
    slots: tuple[Slot, ...]
    has_more_slots: bool


def home(*, viewer: Viewer, filters: Filters, token: str = "", now: datetime) -> HomePage:
    """Live rooms by listeners, those whom the viewer follows, and what comes next; seven queries. Raises BadCursor."""
    live = listed_for(Room.objects.live(), viewer=viewer, now=now)
    fitting = chosen(live, viewer=viewer, filters=filters)
    cards, next_token = listed.cards_page(fitting, viewer=viewer, token=token, size=CARDS_PER_PAGE)
    slots, _later = listed.slots_page(to_come(viewer=viewer, now=now), viewer=viewer, size=SLOTS_BESIDE)
    suggestions = () if cards else _suggestions(viewer=viewer, now=now)
    faces = listed.faces_of(cards=cards, slots=slots, people=suggestions)
    ringers, stages = rings_and_stages(viewer=viewer, most=RINGERS, people=faces)
    account = account_of(viewer)
    return HomePage(
        overview=_overview(live, filters),
        cards=cards,
        is_first=not token,
        next_token=next_token,
        ringers=ringers,
        stages=stages,
        slots=slots,
        suggestions=suggestions,
        waiting=waiting_for(person=account, now=now, beside=invitations.open_to(account)) if account else Waiting(),
    )


def upcoming(*, viewer: Viewer, filters: Filters, token: str = "", now: datetime) -> UpcomingPage:
    """Scheduled rooms, soonest first. Raises BadCursor."""
    waiting = to_come(viewer=viewer, now=now)
    fitting = chosen(waiting, viewer=viewer, filters=filters)
    slots, next_token = listed.slots_page(fitting, viewer=viewer, token=token, size=SLOTS_PER_PAGE)
    stages = stages_of(viewer=viewer, people=listed.faces_of(slots=slots))
    return UpcomingPage(slots, not token, next_token, stages, _overview(waiting, filters, are_live=False))


def topic(*, name: str, viewer: Viewer, token: str = "", now: datetime) -> TopicPage:
    """What is live about a topic, and what comes next. Raises BadCursor."""
    filters = Filters(topic=name)
    live = chosen(listed_for(Room.objects.live(), viewer=viewer, now=now), viewer=viewer, filters=filters)
    cards, next_token = listed.cards_page(live, viewer=viewer, token=token, size=CARDS_PER_PAGE)
    waiting = chosen(to_come(viewer=viewer, now=now), viewer=viewer, filters=filters)
    slots, later = listed.slots_page(waiting, viewer=viewer, size=SLOTS_BESIDE)
    stages = stages_of(viewer=viewer, people=listed.faces_of(cards=cards, slots=slots))
    return TopicPage(name, cards, not token, next_token, stages, slots, later is not None)


def awaited(*, person: User, token: str = "") -> tuple[tuple[Slot, ...], str | None]:
    """Rooms to come that somebody is reminded of, soonest first, and the token of the next page. Raises BadCursor."""
    known = admission.rooms_known_to(viewer_id=person.pk)
    waiting = Room.objects.scheduled().filter(known, reminders__person=person)
    return listed.slots_page(waiting, viewer=person, token=token, size=SLOTS_PER_PAGE)


def rooms_of_person(*, handle: str, viewer: Viewer, token: str = "", now: datetime) -> PersonRooms | None:
    """For a profile; None when nobody has this handle. Raises BadCursor."""
    person = accounts_queries.person_by_handle(handle=handle)
    if person is None:
        return None
    known = admission.rooms_known_to(viewer_id=viewer.pk)
    strangers = accounts_queries.not_estranged(viewer_id=viewer.pk, path="person")
    stages = Participant.objects.on_stage().filter(strangers, person=person)
    live = Room.objects.live().filter(known, pk__in=stages.values("room"))
    cards, _more = listed.cards_page(live, viewer=viewer, token="", size=1)
    slots, next_token = rooms_to_come_of(creator_id=person.pk, viewer=viewer, token=token, now=now)
    return PersonRooms(person_card(person), cards[0] if cards else None, slots, next_token)


def rooms_to_come_of(
    *, creator_id: UUID, viewer: Viewer, token: str = "", now: datetime
) -> tuple[tuple[Slot, ...], str | None]:
    """A page of the rooms that somebody has scheduled, soonest first, and the token of the next. Raises BadCursor."""
    known = admission.rooms_known_to(viewer_id=viewer.pk)
    waiting = Room.objects.scheduled().filter(known, creator=creator_id, scheduled_start__gte=now - LATE)
    return listed.slots_page(waiting, viewer=viewer, token=token, size=SLOTS_BESIDE)


def _overview(rooms: RoomQuerySet, filters: Filters, *, are_live: bool = True) -> Overview:
    """One query for all of it: rooms that are alike in what one may choose are counted together."""
    listening = listed.listeners_of_room() if are_live else Value(0)
    alike = rooms.annotate(listening=listening).values_list("language", "topics", "needs_pass")
    counted = list(alike.annotate(number=Count("pk"), listeners=Coalesce(Sum(F("listening")), 0)))
    topics = Counter[str]()
    for _language, named, _pass, number, _listeners in counted:
        topics.update(dict.fromkeys(named, number))
    common = [name for name, _number in sorted(topics.items(), key=lambda item: (-item[1], item[0]))[:TOPICS]]
    if filters.topic and filters.topic not in common:
        common.insert(0, filters.topic)
    codes = {row[0] for row in counted} | ({filters.language} if filters.language else set())
    return Overview(
        rooms=sum(row[3] for row in counted),
        listeners=sum(row[4] for row in counted),
        languages=tuple(Choice(code, language_name(code)) for code in sorted(codes)),
        topics=tuple(common),
        has_tickets=filters.is_free or any(row[2] for row in counted),
    )


def _suggestions(*, viewer: Viewer, now: datetime) -> tuple[PersonCard, ...]:
    people = User.objects.people().exclude(limited_until__gt=now)
    account = account_of(viewer)
    if account:
        strangers = accounts_queries.not_estranged(viewer_id=account.pk, path="pk")
        people = people.filter(strangers).exclude(pk=account.pk).exclude(pk__in=listed.followed(account))
    return tuple(person_card(person) for person in people.order_by("-follower_count", "handle")[:3])
