"""When a push may be sent: not in quiet hours, and not too often in a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.models import Channel, Delivery, NotificationKind, User

#: Pushes a day on the person's calendar, beside the reminders that they asked for.
A_DAY = 3
#: What somebody asked for themselves is not counted: the reminder, and what becomes of the room they wait for.
ASKED_FOR = frozenset({NotificationKind.REMINDER, NotificationKind.ROOM_CHANGED, NotificationKind.OWN_ROOM})


@dataclass(frozen=True, slots=True)
class Answer:
    """`why` not at all, or `due_at` when later; both empty: now."""

    why: str = ""
    due_at: datetime | None = None


def may_push(*, delivery: Delivery, now: datetime) -> Answer:
    """Whether this push may go now."""
    notification = delivery.notification
    person = notification.person
    if not person.is_active:
        return Answer(why="no_device")
    expires_at = notification.expires_at
    if expires_at is not None and expires_at <= now:
        return Answer(why="too_late")
    end = quiet_until(person=person, now=now)
    if end is not None:
        return Answer(why="quiet") if expires_at is not None and expires_at <= end else Answer(due_at=end)
    if notification.kind not in ASKED_FOR and _pushed_today(person, now) >= A_DAY:
        return Answer(why="too_many")
    return Answer()


def quiet_until(*, person: User, now: datetime) -> datetime | None:
    """The end of the quiet hours that `now` lies in, on the person's own clock; None when it lies in none."""
    begins, ends = person.quiet_from, person.quiet_until
    if begins is None or ends is None:
        return None
    here = now.astimezone(ZoneInfo(person.time_zone))
    clock = here.time()
    over_midnight = begins > ends
    inside = (clock >= begins or clock < ends) if over_midnight else begins <= clock < ends
    if not inside:
        return None
    day = here.date() + timedelta(days=1) if over_midnight and clock >= begins else here.date()
    # In UTC: on the night when clocks are set, the same wall time is another number of hours away.
    return datetime.combine(day, ends, ZoneInfo(person.time_zone)).astimezone(now.tzinfo)


def _pushed_today(person: User, now: datetime) -> int:
    midnight = now.astimezone(ZoneInfo(person.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    pushed = Delivery.objects.filter(channel=Channel.PUSH, notification__person=person, sent_at__gte=midnight)
    return pushed.exclude(notification__kind__in=ASKED_FOR).count()
