"""Being reminded: who wants it, when each reminder is due, and what is told then."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Block, NotificationKind, User
from accounts.services import notifications
from accounts.services.access import Actor, check_has_account
from accounts.services.notifications import Telling
from rooms import admission, refusals
from rooms.eligibility import LATE
from rooms.models import DueKind, DueReminder, Reminder, Room, RoomState
from rooms.services import places
from spaces_site.errors import DomainError, Kind

BEFORE = {DueKind.DAY: timedelta(hours=24), DueKind.SOON: timedelta(minutes=10)}
#: "Tomorrow" is told for so long.
DAY_FOR = timedelta(hours=3)
#: "Live now" is told for so long.
LIVE_FOR = timedelta(hours=2)
#: Rows of one transaction: short enough for others to come between.
BATCH = 500
#: A worker begins no further batch after so many seconds, less than a tick: others wait for its thread.
WORK_SECONDS = 1.9
#: Rooms that one person may wait for at a time.
LIMIT = 500


class TooManyReminders(DomainError):
    """More than anybody needs."""

    kind = Kind.CONFLICT
    code = "too_many_reminders"
    text = _("You wait for very many rooms already. Let some of the reminders go first.")


def remind(*, actor: Actor, room_id: UUID | str, now: datetime) -> None:
    """Remind `actor` of this room, and tell them when it is moved or cancelled. Asking twice is asking once.

    Raises SignInFirst, AccountSuspended, NoSuchRoom, HasBegun, RoomEnded, RoomCancelled, TooManyReminders.
    """
    person = check_has_account(actor)
    with transaction.atomic():
        room = places.hold_room(room_id=room_id)
        admission.check_may_know(person=person, room=room)
        admission.check_to_come(room=room)
        if Reminder.objects.filter(person=person, room__state=RoomState.SCHEDULED).count() >= LIMIT:
            raise TooManyReminders
        add_held(person=person, room=room, now=now)


def add_held(*, person: User, room: Room, now: datetime) -> None:
    """The same for a scheduled room that this transaction holds."""
    reminder, is_new = Reminder.objects.get_or_create(person=person, room=room, defaults={"asked_at": now})
    if is_new:
        due = [(kind, due_at) for kind, due_at in _moments(room, now).items() if due_at is not None]
        rows = [DueReminder(reminder=reminder, kind=kind, due_at=due_at) for kind, due_at in due]
        DueReminder.objects.bulk_create([*rows, DueReminder(reminder=reminder, kind=DueKind.LIVE)])


def forget(*, actor: Actor, room_id: UUID | str) -> None:
    """Remind `actor` no more; twice is once.

    Raises NoSuchRoom to whoever may not know of the room any more: their reminder is gone all the same.
    """
    person = check_has_account(actor)
    key = places.as_id(room_id)
    Reminder.objects.filter(person=person, room_id=key).delete()
    room = Room.objects.filter(pk=key).first()
    if room is None:
        raise refusals.NoSuchRoom
    admission.check_may_know(person=person, room=room)


def room_moved(*, room: Room, now: datetime) -> None:
    """The held room starts at another time: its reminders move along, and everybody who waits is told."""
    for kind, due_at in _moments(room, now).items():
        if due_at is None:
            _rows(room, kind).filter(sent_at=None).delete()
        else:
            _set_due(room, kind, due_at)
    _set_due(room, DueKind.MOVED, now)


def room_began(*, room: Room, now: datetime) -> None:
    """The held room is live: that is told now, and nothing else is any more."""
    unsent = DueReminder.objects.filter(reminder__room=room, sent_at=None)
    unsent.exclude(kind=DueKind.LIVE).delete()
    unsent.update(due_at=now)


def room_cancelled(*, room: Room, now: datetime) -> None:
    """The held room will not be: whoever waits is told, once."""
    DueReminder.objects.filter(reminder__room=room, sent_at=None).delete()
    _set_due(room, DueKind.CANCELLED, now)


def send_due(*, now: datetime, size: int = BATCH) -> int:
    """Tell what is due; returns how many rows were taken. Run it at one time in as many places as you like.

    What is locked is somebody else's on PostgreSQL; on SQLite the transaction is the only one that writes.
    """
    with transaction.atomic():
        due = DueReminder.objects.filter(sent_at=None, due_at__lte=now).order_by("due_at", "pk")
        held = due.select_for_update(skip_locked=True, of=("self",))
        rows = list(held.select_related("reminder__person", "reminder__room__creator")[:size])
        estranged = _estranged(rows)
        tellings = [
            telling
            for row in rows
            if (row.reminder.person_id, row.reminder.room.creator_id) not in estranged
            and (telling := _telling(row)) is not None
            and (telling.expires_at is None or telling.expires_at > now)
        ]
        notifications.tell(tellings=tellings, now=now)
        DueReminder.objects.filter(pk__in=[row.pk for row in rows]).update(sent_at=now)
    return len(rows)


def send_all_due(*, clock: Callable[[], datetime]) -> int:
    """`send_due` until nothing is due, for some seconds."""
    told, until = 0, time.monotonic() + WORK_SECONDS
    while time.monotonic() < until and (taken := send_due(now=clock())):
        told += taken
    return told


def _moments(room: Room, now: datetime) -> dict[DueKind, datetime | None]:
    """When each reminder is due; None for one whose moment has passed."""
    assert room.scheduled_start is not None, "a scheduled room has a start"
    start = room.scheduled_start
    return {kind: start - before if start - before > now else None for kind, before in BEFORE.items()}


def _rows(room: Room, kind: DueKind) -> "QuerySet[DueReminder]":
    return DueReminder.objects.filter(reminder__room=room, kind=kind)


def _set_due(room: Room, kind: DueKind, due_at: datetime) -> None:
    """One row for everybody who waits, due then, whatever was sent before."""
    _rows(room, kind).update(due_at=due_at, sent_at=None)
    lacking = Reminder.objects.filter(room=room).exclude(due__kind=kind).values_list("pk", flat=True)
    rows = [DueReminder(reminder_id=pk, kind=kind, due_at=due_at) for pk in lacking]
    DueReminder.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


#: What a room must be for its reminder to be true still.
_FITS = {
    DueKind.DAY: RoomState.SCHEDULED,
    DueKind.SOON: RoomState.SCHEDULED,
    DueKind.LIVE: RoomState.LIVE,
    DueKind.MOVED: RoomState.SCHEDULED,
    DueKind.CANCELLED: RoomState.CANCELLED,
}
#: Why a room was cancelled that nobody started.
NOT_STARTED = "not_started"


def _telling(row: DueReminder) -> Telling | None:
    """What this row says, or None when it is not so any more."""
    room, person = row.reminder.room, row.reminder.person
    kind, is_own = DueKind(row.kind), person.pk == room.creator_id
    start = room.scheduled_start
    if start is None or row.due_at is None or room.state != _FITS[kind]:
        return None
    is_change = kind in (DueKind.MOVED, DueKind.CANCELLED)
    # What its own host did, the host knows.
    if is_own and (is_change or kind == DueKind.LIVE) and room.end_reason != NOT_STARTED:
        return None
    expires = {DueKind.DAY: row.due_at + DAY_FOR, DueKind.SOON: start + LATE, DueKind.LIVE: row.due_at + LIVE_FOR}
    facts = {
        "title": room.title,
        "host": room.creator.display_name or room.creator.handle,
        "starts_at": start.isoformat(),
        "why": room.end_reason,
    }
    told_as = NotificationKind.ROOM_CHANGED if is_change else NotificationKind.REMINDER
    wording = f"room_{kind.lower()}"
    return Telling(
        person=person,
        kind=NotificationKind.OWN_ROOM if is_own else told_as,
        wording=f"own_{wording}" if is_own else wording,
        path=reverse("room_page", args=[room.pk]),
        facts=facts,
        about=room.pk,
        by=room.creator,
        expires_at=expires.get(kind),
    )


def _estranged(rows: Iterable[DueReminder]) -> set[tuple[UUID, UUID]]:
    """Pairs of who waits and who hosts, where one of the two blocked the other meanwhile."""
    pairs = {(row.reminder.person_id, row.reminder.room.creator_id) for row in rows}
    people, hosts = {person for person, _host in pairs}, {host for _person, host in pairs}
    blocks = Block.objects.filter(
        Q(blocker_id__in=hosts, blocked_id__in=people) | Q(blocker_id__in=people, blocked_id__in=hosts)
    )
    between = set(blocks.values_list("blocker_id", "blocked_id"))
    return {(one, other) for one, other in pairs if (one, other) in between or (other, one) in between}
