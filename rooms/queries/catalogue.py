"""Rooms as the API lists them: look-ups, search, what is live, page by page."""

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from accounts.models import User
from rooms import admission, eligibility, refusals
from rooms.models import (
    Participant,
    Reminder,
    Removal,
    Role,
    Room,
    RoomPass,
    RoomState,
    SpeakRequest,
    SpeakRequestState,
)
from rooms.models.participant import STAGE_ROLES
from rooms.models.room import RoomQuerySet
from rooms.protocol import PersonCard
from rooms.queries import search
from rooms.queries.cards import STATE_NAMES, closed_reason, person_card
from rooms.queries.filters import Filters, chosen, listed_for, to_come
from spaces_site.boundary import cursor
from spaces_site.boundary.cursor import BadCursor

Viewer = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class ViewerFacts:
    """What a room is to the person who asks. `role` is empty for somebody who is not in it."""

    role: str
    #: Whether they hold a ticket (or another pass) of a room that needs one.
    ticket: bool
    can_host: bool
    door: str
    #: You are reminded of it.
    reminder: bool


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
    who_may_speak: str
    guests_allowed: bool
    hidden_allowed: bool
    hands_open: bool
    stage_limit: int
    is_ticketed: bool
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


def one_room(*, room_id: UUID, viewer: Viewer, now: datetime) -> RoomList:
    """One room, in eight queries at most. Raises `NoSuchRoom`."""
    room = Room.objects.select_related("series").filter(pk=room_id).first()
    if room is None:
        raise refusals.NoSuchRoom
    admission.check_may_know(person=viewer, room=room)
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
    """Records of these rooms in their order, with seven queries however many they are."""
    ids = [room.pk for room in rooms]
    stages: dict[UUID, list[Participant]] = defaultdict(list)
    on_stage = Participant.objects.on_stage().filter(room_id__in=ids).select_related("person")
    for place in on_stage.order_by("stage_joined_at", "pk"):
        stages[place.room_id].append(place)
    counted = Participant.objects.present().filter(room_id__in=ids).values_list("room_id").annotate(Count("pk"))
    invited: dict[UUID, list[str]] = defaultdict(list)
    offers = SpeakRequest.objects.filter(room_id__in=ids, state=SpeakRequestState.OFFERED, invited=True)
    for room_id, person_id in offers.values_list("room_id", "participant__person_id"):
        invited[room_id].append(str(person_id))
    creators = User.objects.in_bulk({room.creator_id for room in rooms})
    people = {str(pk): person_card(person) for pk, person in creators.items()}
    people |= {str(place.person_id): person_card(place.person) for stage in stages.values() for place in stage}
    counts: dict[UUID, int] = dict(counted)
    facts = _viewer_facts(rooms, counts, viewer, now)
    records = [_record(room, stages[room.pk], counts.get(room.pk, 0), invited[room.pk], facts) for room in rooms]
    return RoomList(records, people)


def _viewer_facts(
    rooms: Sequence[Room], counts: dict[UUID, int], viewer: Viewer, now: datetime
) -> dict[UUID, ViewerFacts]:
    roles: dict[UUID, str] = {}
    awaited: set[UUID] = set()
    if isinstance(viewer, User):
        reminders = Reminder.objects.filter(room_id__in=[room.pk for room in rooms], person=viewer)
        awaited = set(reminders.values_list("room_id", flat=True))
        mine = Participant.objects.present().filter(room_id__in=[room.pk for room in rooms], person=viewer)
        roles = {room_id: Role(role).name.lower() for room_id, role in mine.values_list("room_id", "role")}
    removed = Removal.objects.standing().filter(room_id__in=[room.pk for room in rooms], person_id=viewer.pk)
    put_out = set(removed.values_list("room_id", flat=True))
    held = RoomPass.objects.standing().filter(room__in=[one for one in rooms if one.needs_pass], person_id=viewer.pk)
    passes = set(held.values_list("room_id", flat=True))
    can_host = bool(rooms) and eligibility.hosting_standing(person=viewer).may_host
    return {
        room.pk: ViewerFacts(
            role=roles.get(room.pk, ""),
            ticket=room.pk in passes,
            can_host=can_host,
            door=admission.door_for(
                person=viewer,
                room=room,
                now=now,
                present=counts.get(room.pk, 0),
                is_blocked=False,
                is_removed=room.pk in put_out,
                has_pass=room.pk in passes or room.creator_id == viewer.pk,
            ).door.lower(),
            reminder=room.pk in awaited,
        )
        for room in rooms
    }


def _record(
    room: Room, stage: list[Participant], count: int, invited: list[str], facts: dict[UUID, ViewerFacts]
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
        participant_count=count,
        who_may_speak=room.who_may_speak.lower(),
        guests_allowed=room.guests_allowed,
        hidden_allowed=room.hidden_allowed,
        hands_open=room.hands_open,
        stage_limit=room.stage_limit,
        is_ticketed=room.needs_pass,
        is_official=room.is_official,
        repeat=room.series.repeat.lower() if room.series and room.series.ended_at is None else "",
        scheduled_start=room.scheduled_start,
        started_at=room.started_at,
        ended_at=room.ended_at,
        end_reason=room.end_reason,
        closed_reason=closed_reason(room),
        created_at=room.created_at,
        updated_at=room.updated_at,
        viewer=facts[room.pk],
    )
