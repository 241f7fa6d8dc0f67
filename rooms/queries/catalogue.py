"""Rooms as the API lists them: look-ups, search, what is live, page by page."""

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.models import User
from rooms import admission, refusals
from rooms.models import Participant, Role, Room, RoomState
from rooms.models.participant import STAGE_ROLES
from rooms.models.room import RoomQuerySet
from rooms.protocol import PersonCard
from rooms.queries import search
from rooms.queries.cards import STATE_NAMES, closed_reason, person_card
from rooms.queries.facts import Facts, Viewer, ViewerFacts, facts_of, invited_to_speak, viewer_facts
from rooms.queries.filters import Filters, chosen, listed_for, to_come
from rooms.queries.roster import SpeakerWarning, blocked_by, blocked_speaker
from rooms.queries.tickets import Price, TicketTerms, ticket_terms
from spaces_site.boundary import cursor
from spaces_site.boundary.cursor import BadCursor


@dataclass(frozen=True, slots=True)
class CaptionFacts:
    """Whether this room can have captions at all, and whether they are on."""

    available: bool = False
    on: bool = False


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """A room with the field names that X's API made familiar, and ours."""

    id: str
    state: str
    title: str
    description: str
    lang: str
    topics: list[str]
    creator_id: str
    host_ids: list[str]
    speaker_ids: list[str]
    invited_user_ids: list[str]
    participant_count: int
    #: How many asked to be reminded of it.
    subscriber_count: int
    who_may_speak: str
    guests_allowed: bool
    hidden_allowed: bool
    hands_open: bool
    stage_limit: int
    is_ticketed: bool
    #: Both null without tickets: what one costs, and how many there are still.
    price: Price | None
    tickets_left: int | None
    captions: CaptionFacts
    #: Whether it is being recorded now.
    recording: bool
    is_official: bool
    #: weekly, monthly, or empty.
    repeat: str
    scheduled_start: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    closed_reason: str
    created_at: datetime
    updated_at: datetime
    viewer: ViewerFacts


@dataclass(frozen=True, slots=True)
class RoomList:
    """A page of rooms, the people whom they name, and the tokens of the pages round it."""

    rooms: list[RoomRecord]
    people: dict[str, PersonCard]
    next_token: str | None = None
    previous_token: str | None = None
    #: Of a search: topics that fit.
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: `token` from an earlier answer or empty, 1 to 100 rooms."""

    token: str = ""
    size: int = 20


FIRST_PAGE = Page()


def one_room(*, room_id: UUID, viewer: Viewer, now: datetime) -> RoomList:
    """One room, in eight queries at most. Raises `NoSuchRoom`."""
    known = Room.objects.filter(~admission.hidden_from(viewer_id=viewer.pk), pk=room_id)
    room = known.select_related("series").first()
    if room is None:
        raise refusals.NoSuchRoom
    return _told([room], viewer, now)


def rooms_by_ids(*, ids: Collection[UUID], viewer: Viewer, now: datetime) -> RoomList:
    """The rooms of these ids that there are, newest first."""
    known = Room.objects.filter(admission.rooms_known_to(viewer_id=viewer.pk), pk__in=ids)
    return _told(list(known.select_related("series").order_by("-created_at", "-pk")), viewer, now)


def rooms_by_creators(*, creator_ids: Collection[UUID], viewer: Viewer, now: datetime, page: Page) -> RoomList:
    """Rooms that are live or to come, of these people."""
    rooms = Room.objects.filter(creator_id__in=creator_ids, state__in=(RoomState.LIVE, RoomState.SCHEDULED))
    return _page(rooms.filter(admission.rooms_known_to(viewer_id=viewer.pk)), viewer, now, page)


def search_rooms(*, query: str, state: str, viewer: Viewer, now: datetime, page: Page) -> RoomList:
    """Rooms that fit `query` (see `queries.search`), the best first; `state` is live, scheduled or all.

    Raises BadCursor.
    """
    states = {"live": (RoomState.LIVE,), "scheduled": (RoomState.SCHEDULED,)}
    wanted = states.get(state, (RoomState.LIVE, RoomState.SCHEDULED))
    found = search.find_rooms(query=query, viewer=viewer, now=now, states=wanted)
    ids, next_token = cursor.page_of_found(found, token=page.token, size=page.size)
    rooms = Room.objects.select_related("series").in_bulk(ids)
    told = _told([rooms[pk] for pk in ids if pk in rooms], viewer, now)
    return replace(told, next_token=next_token, topics=search.find_topics(query=query, rooms=found))


def live_rooms(*, filters: Filters, viewer: Viewer, now: datetime, page: Page) -> RoomList:
    """What is live and fits what was chosen."""
    listed = listed_for(Room.objects.live(), viewer=viewer, now=now)
    return _page(chosen(listed, viewer=viewer, filters=filters), viewer, now, page)


def upcoming_rooms(*, filters: Filters, viewer: Viewer, now: datetime, page: Page) -> RoomList:
    """What comes and fits what was chosen, soonest first. Raises BadCursor."""
    fitting = chosen(to_come(viewer=viewer, now=now), viewer=viewer, filters=filters)
    found, next_token = cursor.page_of(
        fitting.select_related("series"), key="scheduled_start", token=page.token, size=page.size, newest_first=False
    )
    return replace(_told(found, viewer, now), next_token=next_token)


def awaited_rooms(*, person: User, now: datetime, page: Page) -> RoomList:
    """Rooms to come that somebody is reminded of."""
    rooms = Room.objects.scheduled().filter(reminders__person=person)
    return _page(rooms.filter(admission.rooms_known_to(viewer_id=person.pk)), person, now, page)


def _page(rooms: RoomQuerySet, viewer: Viewer, now: datetime, page: Page) -> RoomList:
    """Keyset paging: newest first by start (or creation), then id; a room never comes twice."""
    keyed = rooms.select_related("series").annotate(key=Coalesce("started_at", "created_at"))
    forward, key, pk = _read_token(page.token)
    if key is not None:
        older = Q(key__lt=key) | Q(key=key, pk__lt=pk)
        newer = Q(key__gt=key) | Q(key=key, pk__gt=pk)
        keyed = keyed.filter(older if forward else newer)
    order = ("-key", "-pk") if forward else ("key", "pk")
    found = list(keyed.order_by(*order)[: page.size + 1])
    more, found = len(found) > page.size, found[: page.size]
    if not forward:
        found.reverse()
    told = _told(found, viewer, now)
    has_next = more if forward else True
    has_previous = key is not None if forward else more
    return RoomList(
        told.rooms,
        told.people,
        next_token=_token(True, found[-1]) if found and has_next else None,
        previous_token=_token(False, found[0]) if found and has_previous else None,
    )


def _token(forward: bool, room: Room) -> str:
    key = room.started_at or room.created_at
    text = json.dumps([int(forward), key.isoformat(), str(room.pk)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[bool, datetime | None, UUID | None]:
    if not token:
        return True, None, None
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        forward, key, pk = json.loads(text)
        # As UTC: the first and last hours of the calendar would overflow in the database's own conversion.
        moment = datetime.fromisoformat(key)
        if moment.tzinfo is None:
            raise BadCursor
        return bool(forward), moment.astimezone(UTC), UUID(pk)
    except (ValueError, TypeError, AttributeError, binascii.Error, OverflowError, RecursionError) as error:
        raise BadCursor from error


def _told(rooms: Sequence[Room], viewer: Viewer, now: datetime) -> RoomList:
    """Records of these rooms in their order, with six queries however many they are."""
    facts = facts_of(rooms=rooms, viewer=viewer)
    people = {told.creator.id: told.creator for told in facts.values()}
    stages: dict[UUID, list[Participant]] = defaultdict(list)
    warnings: dict[UUID, list[SpeakerWarning]] = defaultdict(list)
    on_stage = Participant.objects.on_stage().filter(room_id__in=facts).select_related("person")
    for place in on_stage.annotate(blocked=blocked_by(viewer.pk)).order_by("stage_joined_at", "pk"):
        card = people[str(place.person_id)] = person_card(place.person)
        stages[place.room_id].append(place)
        if getattr(place, "blocked", False):
            warnings[place.room_id].append(blocked_speaker(card))
    hosted = {room.pk for room in rooms if room.creator_id == viewer.pk or facts[room.pk].is_host}
    invited = invited_to_speak(facts=facts, hosted=hosted, viewer=viewer)
    terms = ticket_terms(room_ids=[room.pk for room in rooms if room.needs_pass])
    seen = viewer_facts(rooms=rooms, facts=facts, warnings=warnings, viewer=viewer, now=now)
    records = [
        _record(room, stages[room.pk], facts[room.pk], invited.get(room.pk, []), terms.get(room.pk), seen[room.pk])
        for room in rooms
    ]
    return RoomList(records, people)


def _record(
    room: Room,
    stage: list[Participant],
    facts: Facts,
    invited: list[str],
    terms: TicketTerms | None,
    viewer: ViewerFacts,
) -> RoomRecord:
    hosts = [str(place.person_id) for place in stage if place.role in (Role.HOST, Role.CO_HOST)]
    return RoomRecord(
        id=str(room.pk),
        state=STATE_NAMES[RoomState(room.state)],
        title=room.title,
        description=room.description,
        lang=room.language,
        topics=list(room.topics),
        creator_id=str(room.creator_id),
        host_ids=hosts or [str(room.creator_id)],
        speaker_ids=[str(place.person_id) for place in stage if place.role in STAGE_ROLES],
        invited_user_ids=invited,
        participant_count=facts.present,
        subscriber_count=facts.subscribers,
        who_may_speak=room.who_may_speak.lower(),
        guests_allowed=room.guests_allowed,
        hidden_allowed=room.hidden_allowed,
        hands_open=room.hands_open,
        stage_limit=room.stage_limit,
        is_ticketed=room.needs_pass,
        price=terms.price if terms else None,
        tickets_left=terms.left if terms else None,
        captions=CaptionFacts(),
        recording=False,
        is_official=room.is_official,
        repeat=room.series.repeat.lower() if room.series and room.series.ended_at is None else "",
        scheduled_start=room.scheduled_start,
        started_at=room.started_at,
        ended_at=room.ended_at,
        end_reason=room.end_reason,
        closed_reason=closed_reason(room),
        created_at=room.created_at,
        updated_at=room.updated_at,
        viewer=viewer,
    )
