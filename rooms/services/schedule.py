"""Rooms to come: series that come again, changes that everybody must hear of, and rooms that nobody starts."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from dateutil.rrule import MONTHLY, WEEKLY, rrule
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import signup
from rooms import eligibility
from rooms.models import Repeat, Room, RoomSeries, RoomState
from rooms.services import places, reminders, search_index, telling
from rooms.services.wording import SCHEDULE_AHEAD, BadField
from rooms.signals import room_cancelled
from spaces_site.errors import DomainError

#: Rooms that one tick cancels.
AT_ONCE = 100
#: What one room of a series has from the one before.
_HANDED_ON = (
    "creator_id", "title", "description", "language", "topics", "who_may_speak", "guests_allowed", "hidden_allowed",
    "stage_limit", "is_official", "series_id",
)  # fmt: skip


def begin_series(*, creator: User, repeat: str, start: datetime, time_zone: str) -> RoomSeries | None:
    """The series of a room that comes again, in the caller's transaction; None for one that does not.

    Raises BadField for a rule or a zone that there is not.
    """
    if not repeat:
        return None
    if repeat not in Repeat.values:
        raise BadField(_("Choose how often the room comes again."), field="repeat")
    if time_zone not in signup.time_zones():
        raise BadField(_("Choose a time zone from the list."), field="time_zone")
    here = start.astimezone(ZoneInfo(time_zone))
    return RoomSeries.objects.create(
        creator=creator, repeat=repeat, time_zone=time_zone, first_date=here.date(), wall_time=here.time(),
    )  # fmt: skip


def start_after(*, repeat: str, first: date, wall: time, zone: str, after: datetime) -> datetime:
    """The first start of a series later than `after`, in UTC: the clock on the wall stays, whatever summer does.

    A day that a month has not is its last day. A time that clocks skip is as much later as they skip; of a time
    that comes twice it is the first.
    """
    begins = datetime.combine(first, wall)
    since = after.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - timedelta(days=2)
    if repeat == Repeat.WEEKLY:
        rule = rrule(WEEKLY, dtstart=begins)
    else:
        days = range(min(28, first.day), first.day + 1)
        rule = rrule(MONTHLY, dtstart=begins, bymonthday=tuple(days), bysetpos=-1)
    for there in rule.xafter(since, inc=True):
        start: datetime = there.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        if start > after:
            return start
    raise AssertionError("a rule without an end has always a next")


def make_next(*, room: Room, now: datetime) -> Room | None:
    """The next room of the held room's series, once; None when there is no series, or none any more.

    Whoever may not host any more has no series any more either.
    """
    series = room.series
    if series is None or series.ended_at is not None or room.planned_start is None:
        return None
    try:
        eligibility.check_may_host(person=room.creator, now=now)
    except eligibility.NoNewRooms:
        # Switched off for everybody and for a while: what was promised stays promised.
        pass
    except DomainError:
        RoomSeries.objects.filter(pk=series.pk).update(ended_at=now)
        return None
    start = start_after(
        repeat=series.repeat, first=series.first_date, wall=series.wall_time, zone=series.time_zone,
        after=max(room.planned_start, now),
    )  # fmt: skip
    if (
        start > now + SCHEDULE_AHEAD
        or Room.objects.filter(series=series, planned_start__gt=room.planned_start).exists()
    ):
        return None
    fields = {name: getattr(room, name) for name in _HANDED_ON}
    made = Room.objects.create(**fields, state=RoomState.SCHEDULED, scheduled_start=start, planned_start=start)
    reminders.add_held(person=room.creator, room=made, now=now)
    return made


def end_series(*, room: Room, now: datetime) -> None:
    """No further room of the held room's series."""
    if room.series_id is not None:
        RoomSeries.objects.filter(pk=room.series_id, ended_at=None).update(ended_at=now)


def moved(*, room: Room, changes: Mapping[str, Any], before: Mapping[str, Any], now: datetime) -> None:
    """The held, scheduled room was changed: calendars hear of it, and reminders move with the time."""
    if any(changes[name] != before[name] for name in changes):
        room.calendar_sequence += 1
        room.save(update_fields=["calendar_sequence"])
    if "scheduled_start" in changes and changes["scheduled_start"] != before["scheduled_start"]:
        reminders.room_moved(room=room, now=now)


def cancel_held(*, room: Room, now: datetime, why: str = "", end_all: bool = False) -> bool:
    """Cancel a scheduled room that this transaction holds; False when somebody was first. Who waits is told."""
    changes: dict[str, Any] = {"ended_at": now, "end_reason": why, "calendar_sequence": room.calendar_sequence + 1}
    if not Room.objects.move(room.pk, RoomState.SCHEDULED, RoomState.CANCELLED, **changes):
        return False
    search_index.forget_room(room_id=room.pk)
    if end_all:
        end_series(room=room, now=now)
    else:
        make_next(room=room, now=now)
    reminders.room_cancelled(room=room, now=now)
    transaction.on_commit(partial(room_cancelled.send_robust, sender=Room, room_id=room.pk))
    telling.tell_state(room_id=room.pk, now=now)
    return True


def cancel_overdue(*, now: datetime) -> int:
    """Cancel what has not begun half an hour after its time. Safe to run twice, and at one time."""
    overdue = Room.objects.scheduled().filter(scheduled_start__lt=now - eligibility.LATE).order_by("scheduled_start")
    cancelled = 0
    for room_id in list(overdue.values_list("pk", flat=True)[:AT_ONCE]):
        cancelled += _cancel_if_overdue(room_id, now)
    return cancelled


def _cancel_if_overdue(room_id: UUID, now: datetime) -> bool:
    with transaction.atomic():
        room = places.hold_room(room_id=room_id)
        start = room.scheduled_start
        # Somebody may have begun or moved it since it was listed.
        if room.state != RoomState.SCHEDULED or start is None or start >= now - eligibility.LATE:
            return False
        return cancel_held(room=room, why=reminders.NOT_STARTED, now=now)
