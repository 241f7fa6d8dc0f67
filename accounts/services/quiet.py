"""When a push may be sent: not in quiet hours, and not too often in a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Delivery, Notification, NotificationKind, User

#: Pushes a day on the person's calendar, beside their own reminders.
A_DAY = 3
#: What somebody asked to be reminded of, and the rooms that they host (docs/adr/0012).
OWN = frozenset({NotificationKind.REMINDER, NotificationKind.OWN_ROOM})
#: What was told so long before the day is not on its way any more.
_ON_ITS_WAY = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Answer:
    """`why` not at all, or `due_at` when later; both empty: now."""

    why: str = ""
    due_at: datetime | None = None


def may_push(*, delivery: Delivery, now: datetime) -> Answer:
    """Whether this push may go now. One that may is counted among the day's from here on."""
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
    if not _is_own_reminder(notification) and not _count(delivery, now):
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


def _is_own_reminder(notification: Notification) -> bool:
    """Whether it stands outside of the day's three. Whoever waits for a room is told once a day that it moved.

    That takes the place of the reminder which would have come at the old time. A host who moves a room on and on
    says so among the three; a room that is cancelled is cancelled once.
    """
    if notification.kind != NotificationKind.ROOM_CHANGED:
        return notification.kind in OWN
    same = Notification.objects.like(notification).filter(wording=notification.wording)
    made_at = notification.made_at
    return not same.filter(made_at__gte=_midnight(notification.person, made_at), made_at__lt=made_at).exists()


def _count(delivery: Delivery, now: datetime) -> bool:
    """Take one of the day's, before it is sent; False when there is none left.

    The person is held meanwhile: of two workers one is first. By browser and by phone it is one and the same.
    """
    notification = delivery.notification
    midnight = _midnight(notification.person, now)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=notification.person_id)
        today = Delivery.objects.filter(counted_at__gte=midnight, notification__person=notification.person_id)
        recent = today.filter(notification__made_at__gte=midnight - _ON_ITS_WAY)
        counted = set(recent.values_list("notification_id", flat=True))
        if notification.pk not in counted and len(counted) >= A_DAY:
            return False
        Delivery.objects.filter(pk=delivery.pk).update(counted_at=now)
    return True


def _midnight(person: User, moment: datetime) -> datetime:
    """When the day of this moment began on the person's calendar."""
    return moment.astimezone(ZoneInfo(person.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
