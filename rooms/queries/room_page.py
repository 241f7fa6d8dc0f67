"""What stands in front of a room: the preview with its door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from rooms import admission, refusals, stage_rules
from rooms.eligibility import EARLY
from rooms.models import Knock, Participant, Reminder, Role, Room, RoomState
from rooms.protocol import PersonCard, StagePerson, You
from rooms.queries import roster
from rooms.queries.cards import STATE_NAMES, closed_reason, person_card, you
from rooms.queries.listed import account_of, language_name
from rooms.queries.outside import Outside, told
from spaces_site.errors import DomainError


@dataclass(frozen=True, slots=True)
class RoomPage:
    """The room as one viewer sees it before entering. `state` is scheduled, live, ended or canceled."""

    id: UUID
    title: str
    description: str
    language: str
    language_name: str
    topics: tuple[str, ...]
    state: str
    creator: PersonCard
    stage: tuple[StagePerson, ...]
    listeners: tuple[PersonCard, ...]
    listener_count: int
    hidden_count: int
    who_may_speak: str
    guests_allowed: bool
    hidden_allowed: bool
    scheduled_start: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    #: The moderation team closed it; and why.
    is_closed: bool
    closed_reason: str
    #: The moderation team closed the viewer's room: the one that they opened, or hosted when it ended.
    may_contest: bool
    door: admission.DoorAnswer
    #: What became of the viewer's asking to come in: waiting, admitted, refused, or empty.
    knock: str
    #: One needs a ticket here; and whether the viewer holds one, or needs none.
    is_ticketed: bool
    has_pass: bool
    #: People on stage whom the viewer blocked: the page warns before one joins.
    blocked_speakers: tuple[StagePerson, ...]
    is_official: bool
    #: WEEKLY, MONTHLY, or empty.
    repeat: str
    #: One of a series that stands at another time than the series says.
    is_moved: bool
    #: The viewer is reminded of it.
    is_awaited: bool
    #: From when its creator may begin it.
    begins_from: datetime | None
    may_begin: bool
    #: The viewer opened this room: they may start, cancel, change and end it.
    is_creator: bool
    #: The viewer may have an address of their own, by which is counted who comes.
    may_share: bool
    #: What other sites are told of it.
    outside: Outside
    #: The viewer's own place when they are in the live room already, on some device.
    you: You | None

    def words(self) -> dict[str, Any]:
        """What its creator may change while it is to come."""
        return {"title": self.title, "description": self.description, "start": self.scheduled_start}


def own_scheduled(*, room_id: UUID, viewer: User | AnonymousUser, now: datetime) -> RoomPage:
    """A room to come, for its creator. Raises `NoSuchRoom`, `NotAHost`, `HasBegun`, `RoomEnded`, `RoomCancelled`."""
    page = room_page(room_id=room_id, viewer=viewer, now=now)
    if not page.is_creator:
        raise stage_rules.NotAHost
    admission.check_to_come(room=Room.objects.get(pk=room_id))
    return page


def room_page(*, room_id: UUID, viewer: User | AnonymousUser, now: datetime) -> RoomPage:
    """The preview of a room, in fifteen queries at most. Raises `NoSuchRoom`."""
    room = Room.objects.select_related("creator", "series").filter(pk=room_id).first()
    if room is None:
        raise refusals.NoSuchRoom
    admission.check_may_know(person=viewer, room=room)
    live = room.state == RoomState.LIVE
    counts = roster.audience(room_id=room.pk) if live else roster.Audience(0, 0, ())
    viewer_id = None if isinstance(viewer, AnonymousUser) else viewer.pk
    stage, blocked = roster.stage_seen_by(room_id=room.pk, viewer_id=viewer_id) if live else ((), ())
    removed, holds, door = _at_the_door(viewer, room, now)
    return RoomPage(
        id=room.pk,
        title=room.title,
        description=room.description,
        language=room.language,
        language_name=language_name(room.language),
        topics=tuple(room.topics),
        state=STATE_NAMES[RoomState(room.state)],
        creator=person_card(room.creator),
        stage=stage,
        listeners=counts.listeners,
        listener_count=counts.listener_count,
        hidden_count=counts.hidden_count,
        who_may_speak=room.who_may_speak.lower(),
        guests_allowed=room.guests_allowed,
        hidden_allowed=room.hidden_allowed,
        scheduled_start=room.scheduled_start,
        started_at=room.started_at,
        ended_at=room.ended_at,
        end_reason=room.end_reason,
        is_closed=bool(room.closed_note),
        closed_reason=closed_reason(room),
        may_contest=bool(room.closed_note) and _was_theirs(room, viewer_id),
        door=door,
        knock=_knock(room, viewer_id) if room.entry_approval else "",
        is_ticketed=room.needs_pass,
        has_pass=holds,
        blocked_speakers=blocked,
        is_official=room.is_official,
        repeat=room.series.repeat if room.series and room.series.ended_at is None else "",
        is_moved=room.planned_start is not None and room.scheduled_start != room.planned_start,
        is_awaited=viewer_id is not None and Reminder.objects.filter(room=room, person_id=viewer_id).exists(),
        begins_from=room.scheduled_start - EARLY if room.scheduled_start else None,
        may_begin=room.scheduled_start is None or room.scheduled_start - EARLY <= now,
        is_creator=viewer_id == room.creator_id,
        may_share=_may_share(viewer, room, is_removed=removed),
        outside=told(room=room, people=tuple(one.person for one in stage)),
        you=_own_place(room, viewer_id) if live else None,
    )


def _at_the_door(viewer: User | AnonymousUser, room: Room, now: datetime) -> tuple[bool, bool, admission.DoorAnswer]:
    """Whether they were put out, whether they hold a pass, and what the door says; each is read once."""
    removed = admission.was_removed(person=viewer, room=room)
    viewer_id = None if isinstance(viewer, AnonymousUser) else viewer.pk
    holds = room.needs_pass and admission.has_pass(person_id=viewer_id, room=room)
    told = {"is_blocked": False, "is_removed": removed, "has_pass": holds}
    return removed, holds, admission.door_for(person=viewer, room=room, now=now, **told)


def _may_share(viewer: User | AnonymousUser, room: Room, *, is_removed: bool) -> bool:
    if account_of(viewer) is None:
        return False
    try:
        admission.check_may_share(person=viewer, room=room, is_removed=is_removed)
    except DomainError:
        return False
    return True


def _knock(room: Room, viewer_id: UUID | None) -> str:
    state = Knock.objects.filter(room=room, person_id=viewer_id).values_list("state", flat=True).first()
    return (state or "").lower()


def _was_theirs(room: Room, viewer_id: UUID | None) -> bool:
    hosted = Participant.objects.filter(room=room, person_id=viewer_id, role=Role.HOST)
    return viewer_id is not None and (viewer_id == room.creator_id or hosted.exists())


def _own_place(room: Room, viewer_id: UUID | None) -> You | None:
    places = Participant.objects.present().select_related("person").filter(room=room, person_id=viewer_id)
    place = places.first() if viewer_id else None
    return you(room=room, place=place) if place else None
