"""A room's life: scheduled → live → ended, or cancelled. Each move happens once, whoever asks twice."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import staff
from rooms import admission, eligibility, media_gateway, refusals, stage_rules
from rooms.models import Participant, Role, Room, RoomState, WhoMaySpeak
from rooms.services import closing, pace, places, reminders, schedule, telling, wording
from spaces_site.errors import DomainError, Kind


class AlreadyLive(DomainError):
    """A live room is ended, not cancelled."""

    kind = Kind.CONFLICT
    code = "already_live"
    text = _("This room is live. End it instead of cancelling it.")


class StartIsPast(DomainError):
    """The start of a room that has begun cannot be moved."""

    kind = Kind.CONFLICT
    code = "start_is_past"
    text = _("This room has begun already, so its start cannot be moved.")


class ChangedMeanwhile(DomainError):
    """Somebody changed the room since the client read it."""

    kind = Kind.CONFLICT
    code = "changed_meanwhile"
    text = _("This room was changed meanwhile. Read it again, then repeat your change.")


def version_of(updated_at: datetime) -> str:
    """A room's version: it grows with each change of its words and settings, not with its people."""
    return str(int(updated_at.timestamp() * 1_000_000))


def open_room(
    *,
    creator: User,
    title: str,
    now: datetime,
    description: str = "",
    language: str = "en",
    topics: Iterable[str] = (),
    who_may_speak: str = WhoMaySpeak.EVERYONE,
    guests_allowed: bool = True,
    hidden_allowed: bool = True,
) -> Room:
    """Open a room at once, with its creator as host on stage, muted.

    Raises what `eligibility` raises, `wording.BadField`, and `pace.SlowDown`.
    """
    fields = wording.checked(
        {
            "title": title,
            "description": description,
            "language": language,
            "topics": topics,
            "who_may_speak": who_may_speak,
            "guests_allowed": guests_allowed,
            "hidden_allowed": hidden_allowed,
        },
        now=now,
    )
    with transaction.atomic():
        person = _host_held(creator, now)
        eligibility.check_may_open_another(person=person)
        pace.check(pace.ROOMS, person.pk)
        room = Room.objects.create(
            creator=person,
            state=RoomState.LIVE,
            started_at=now,
            followers_told_to=0,
            stage_limit=settings.STAGE_LIMIT,
            **fields,
        )
        _seat_host(room, now)
    return room


def schedule_room(
    *,
    creator: User,
    title: str,
    scheduled_start: datetime,
    now: datetime,
    description: str = "",
    language: str = "en",
    topics: Iterable[str] = (),
    who_may_speak: str = WhoMaySpeak.EVERYONE,
    guests_allowed: bool = True,
    hidden_allowed: bool = True,
    repeat: str = "",
    time_zone: str = "",
) -> Room:
    """Announce a room for later, within a year. Raises as `open_room` does.

    With `repeat` it comes again by the clock of `time_zone`. Its creator is reminded of it.
    """
    fields = wording.checked(
        {
            "title": title,
            "scheduled_start": scheduled_start,
            "description": description,
            "language": language,
            "topics": topics,
            "who_may_speak": who_may_speak,
            "guests_allowed": guests_allowed,
            "hidden_allowed": hidden_allowed,
        },
        now=now,
    )
    with transaction.atomic():
        person = _host_held(creator, now)
        eligibility.check_may_schedule_another(person=person)
        pace.check(pace.ROOMS, person.pk)
        series = schedule.begin_series(creator=person, repeat=repeat, start=scheduled_start, time_zone=time_zone)
        room = Room.objects.create(
            creator=person,
            state=RoomState.SCHEDULED,
            stage_limit=settings.STAGE_LIMIT,
            series=series,
            planned_start=scheduled_start if series else None,
            **fields,
        )
        reminders.add_held(person=person, room=room, now=now)
    return room


def start_room(*, actor: User, room_id: UUID | str, now: datetime) -> Room:
    """Begin a scheduled room; its creator is host on stage, muted. A live one stays as it is.

    Raises what `eligibility` raises, and `RoomEnded` or `RoomCancelled` when it is over.
    """
    with transaction.atomic():
        # The person before the room, as everywhere: two orders could wait for each other.
        places.hold_person(person=actor)
        room = places.hold_room(room_id=room_id)
        places.check_owner(person=actor, room=room)
        if room.state == RoomState.LIVE:
            return room
        if room.state != RoomState.SCHEDULED:
            admission.check_live(room=room)
        person = _host_held(actor, now)
        eligibility.check_may_begin(room=room, now=now)
        eligibility.check_may_open_another(person=person)
        Room.objects.move(room.pk, RoomState.SCHEDULED, RoomState.LIVE, started_at=now, followers_told_to=0)
        room = places.hold_room(room_id=room.pk)
        reminders.room_began(room=room, now=now)
        schedule.make_next(room=room, now=now)
        _seat_host(room, now)
        telling.tell_state(room_id=room.pk, now=now)
    return room


def end_room(*, actor: User, room_id: UUID | str, now: datetime) -> None:
    """End a live room for everyone: its hosts, its creator, or staff. Ending twice is ending once."""
    with transaction.atomic():
        # A socket may know its person as staff who are none any more.
        person = places.hold_person(person=actor)
        room = places.hold_room(room_id=room_id)
        place = places.find_place(person=actor, room=room)
        try:
            if isinstance(person, AnonymousUser):
                raise stage_rules.NotAHost
            stage_rules.check_may_end(person=person, place=place, room=room)
        except stage_rules.NotAHost:
            admission.check_may_know(person=actor, room=room)
            raise
        if room.state == RoomState.ENDED:
            return
        admission.check_live(room=room)
        is_host = actor.pk == room.creator_id or (place is not None and place.role in stage_rules.HOST_ROLES)
        if not is_host:
            staff.tell_act(actor=actor, act="room.ended", room=room)
        closing.end_held_room(room=room, why="host" if is_host else "staff", now=now)


def close_room(*, actor: User, room_id: UUID | str, note: Mapping[str, str], why: str, now: datetime) -> bool:
    """Staff close a live room at once; False when it was over. `note` is told to everybody, by language; `why` is kept.

    Raises `NotStaff`, `NoSuchRoom`.
    """
    staff.check_is_staff(actor)
    with transaction.atomic():
        room = places.hold_room(room_id=room_id)
        if room.state != RoomState.LIVE:
            return False
        staff.tell_act(actor=actor, act="room.closed", room=room, why=why, after={"note": dict(note)})
        return closing.end_held_room(room=room, why="staff", note=note, now=now)


def cancel_room(*, actor: User, room_id: UUID | str, now: datetime, end_series: bool = False) -> None:
    """Call a scheduled room off, and with `end_series` all that would come after it; who waits is told.

    Raises `AlreadyLive`, or `RoomEnded` when it is over.
    """
    with transaction.atomic():
        room = places.hold_room(room_id=room_id)
        places.check_owner(person=actor, room=room)
        if room.state == RoomState.CANCELLED:
            return
        if room.state == RoomState.LIVE:
            raise AlreadyLive
        if room.state == RoomState.ENDED:
            raise refusals.RoomEnded
        schedule.cancel_held(room=room, end_all=end_series, now=now)


def change_room(
    *, actor: User, room_id: UUID | str, changes: Mapping[str, Any], now: datetime, version: str = "*"
) -> Room:
    """Change a scheduled or live room's words and settings; everybody in it sees them at once.

    Raises `NotAHost`, `ChangedMeanwhile` when `version` is not the room's present one (`*` matches any),
    `wording.BadField`, `StartIsPast`, and `RoomEnded` or `RoomCancelled` when it is over.
    """
    fields = wording.checked(changes, now=now)
    with transaction.atomic():
        room = places.hold_room(room_id=room_id)
        admission.check_may_know(person=actor, room=room)
        stage_rules.check_may_change(person=actor, place=places.find_place(person=actor, room=room), room=room)
        if version not in ("*", version_of(room.updated_at)):
            raise ChangedMeanwhile
        if room.state != RoomState.SCHEDULED:
            admission.check_live(room=room)
            if "scheduled_start" in fields:
                raise StartIsPast(field="scheduled_start")
        before = {name: getattr(room, name) for name in fields}
        for name, value in fields.items():
            setattr(room, name, value)
        room.save(update_fields=[*fields, "updated_at"])
        if room.state == RoomState.SCHEDULED:
            schedule.moved(room=room, changes=fields, before=before, now=now)
        telling.tell_state(room_id=room.pk, now=now)
        room.refresh_from_db(fields=["seq"])
    return room


def set_official(*, actor: User, room_id: UUID | str, is_official: bool, now: datetime) -> bool:
    """Staff say that a room is one of the platform itself, or is not; False when it was so already.

    Everybody in it sees it at once. Raises `NotStaff`, `NoSuchRoom`.
    """
    staff.check_is_staff(actor)
    with transaction.atomic():
        room = places.hold_room(room_id=room_id)
        if room.is_official == is_official:
            return False
        Room.objects.filter(pk=room.pk).update(is_official=is_official, updated_at=now)
        staff.tell_act(actor=actor, act="room.official", room=room, after={"official": is_official})
        telling.tell_state(room_id=room.pk, now=now)
    return True


def _host_held(creator: User | AnonymousUser, now: datetime) -> User:
    """The creator, held by this transaction so that two rooms at once cannot both be the third."""
    person = places.hold_person(person=creator)
    eligibility.check_may_host(person=person, now=now)
    if isinstance(person, AnonymousUser):
        raise eligibility.SignInToHost
    return person


def _seat_host(room: Room, now: datetime) -> None:
    """The host's place waits for the first device that comes: no device, not connected."""
    Participant.objects.create(
        room=room, person=room.creator, role=Role.HOST, joined_at=now, stage_joined_at=now, disconnected_at=now
    )
    media_gateway.ensure_session_on_commit(room.pk)
