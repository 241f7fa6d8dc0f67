"""The ways out: waiting mails and pushes are taken by one worker, sent, and marked one by one.

What a worker took is its own until it says so, or is seen to be dead: the watch counts how often it finds a claim
unchanged, and frees it. So a clock that is set frees nothing. A worker that dies between the mail server's yes and
the mark leaves a mail that is sent again with the same Message-ID, or a push with the same tag, which replaces it.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.core.mail import get_connection
from django.db import transaction
from django.db.models import F
from prometheus_client import Counter, Histogram

from accounts.models import PUSHES, Channel, Delivery, Notification
from accounts.queries import notifications as queries
from accounts.services import mails, pushes, quiet

log = structlog.get_logger(__name__)

#: So many are taken at once; the next worker takes the next ones.
BATCH = 100
#: A worker begins no further batch after so many seconds, less than a tick: others wait for its thread.
WORK_SECONDS = 1.9
#: So often the watch finds a claim in the same hands before it frees it: at two seconds a tick, 40 seconds.
OVERLOOKED = 20
#: A batch that lasts longer looks before each further mail whether it is still its own.
OWN_SECONDS = 5.0
#: Tries, and the wait before the next one, times the number of the try.
ATTEMPTS, WAIT = 5, timedelta(seconds=30)

#: What the words of a notification are made of.
_SAID = ("notification__by", "notification__message", "notification__post")

SENT = Counter("spaces_deliveries_total", "Mails and pushes by what became of them", ["channel", "outcome"])
LATE = Histogram(
    "spaces_delivery_late_seconds", "From due to sent", ["channel"], buckets=(0.5, 1, 2, 5, 10, 20, 30, 60, 300)
)


@dataclass(slots=True)
class Batch:
    """What one worker holds, since when on its own steady clock."""

    worker: str
    deliveries: list[Delivery]
    since: float = field(default_factory=time.monotonic)

    def is_mine(self, delivery: Delivery) -> bool:
        """Whether it may still be sent: a batch that took long asks the database."""
        if time.monotonic() - self.since < OWN_SECONDS:
            return True
        held = Delivery.objects.waiting().filter(pk=delivery.pk, claimed_by=self.worker)
        return held.update(overlooked=0) == 1

    def sent(self, delivery: Delivery, now: datetime) -> None:
        """It is out."""
        if self._end(delivery, sent_at=now):
            SENT.labels(delivery.channel, "sent").inc()
            LATE.labels(delivery.channel).observe((now - delivery.due_at).total_seconds())

    def give_up(self, delivery: Delivery, why: str) -> None:
        """It is not sent, for good."""
        if self._end(delivery, given_up=why, counted_at=None):
            SENT.labels(delivery.channel, why).inc()

    def later(self, delivery: Delivery, due_at: datetime, *, is_failure: bool = False) -> None:
        """Free again, for whoever takes it then."""
        attempts = delivery.attempts + is_failure
        if attempts >= ATTEMPTS:
            return self.give_up(delivery, "failed")
        self._end(delivery, due_at=due_at, attempts=attempts, claimed_at=None, claimed_by="")
        return None

    def _end(self, delivery: Delivery, **changes: object) -> bool:
        held = Delivery.objects.waiting().filter(pk=delivery.pk, claimed_by=self.worker)
        return held.update(**changes) == 1


def claim(*, channel: Channel, now: datetime, size: int = BATCH) -> Batch:
    """Take what is due and nobody's. Locked rows are somebody else's on PostgreSQL; SQLite has one writer anyway."""
    worker = uuid.uuid4().hex
    with transaction.atomic():
        due = Delivery.objects.waiting().filter(channel=channel, claimed_by="", due_at__lte=now)
        rows = due.select_for_update(skip_locked=True).order_by("due_at", "pk").values_list("pk", flat=True)
        ids = list(rows[:size])
        Delivery.objects.filter(pk__in=ids).update(claimed_at=now, claimed_by=worker, overlooked=0)
    mine = (
        Delivery.objects.filter(claimed_by=worker)
        .select_related("notification__person", *_SAID)
        .order_by("due_at", "pk")
    )
    return Batch(worker, list(mine) if ids else [])


def free_stale() -> int:
    """One look of the watch: count the claims that were left, and free those that were left for long."""
    held = Delivery.objects.waiting().exclude(claimed_by="")
    held.update(overlooked=F("overlooked") + 1)
    return held.filter(overlooked__gt=OVERLOOKED).update(claimed_by="", claimed_at=None, overlooked=0)


def work(*, clock: Callable[[], datetime]) -> int:
    """Send what is due, for some seconds; returns how many were taken."""
    free_stale()
    taken, until = 0, time.monotonic() + WORK_SECONDS
    while time.monotonic() < until:
        batches = {channel: claim(channel=channel, now=clock()) for channel in (Channel.EMAIL, *PUSHES)}
        count = sum(len(batch.deliveries) for batch in batches.values())
        if not count:
            break
        send_mails(batch=batches[Channel.EMAIL], clock=clock)
        for channel in PUSHES:
            send_pushes(batch=batches[channel], clock=clock)
        taken += count
    return taken


def send_mails(*, batch: Batch, clock: Callable[[], datetime]) -> None:
    """One connection for all. A refused address fails alone; a mail server that is away puts off the rest."""
    if not batch.deliveries:
        return
    connection = get_connection()
    letters, away = mails.Letters(connection), False
    for delivery, told, count in _still_to_tell(batch, clock()):
        if not told.person.is_active or not told.person.email:
            batch.give_up(delivery, "no_address")
            continue
        if away or not batch.is_mine(delivery):
            batch.later(delivery, clock() + WAIT)
            continue
        try:
            connection.open()
            letters.mail_of(told, count=count, known_as=delivery.notification_id).send()
        except (OSError, SMTPException) as error:
            away = isinstance(error, OSError) and not isinstance(error, SMTPException)
            log.warning("mail_not_sent", delivery=delivery.pk, error=str(error))
            batch.later(delivery, clock() + WAIT * (delivery.attempts + 1), is_failure=True)
        else:
            batch.sent(delivery, clock())
    connection.close()


def send_pushes(*, batch: Batch, clock: Callable[[], datetime]) -> None:
    """Ask quiet hours and the day's measure, then carry all that may go at one time."""
    going: list[tuple[Delivery, pushes.Push]] = []
    for delivery, told, count in _still_to_tell(batch, clock()):
        answer = quiet.may_push(delivery=delivery, now=clock())
        if answer.why:
            batch.give_up(delivery, answer.why)
        elif answer.due_at is not None:
            batch.later(delivery, answer.due_at)
        elif batch.is_mine(delivery):
            going.append((delivery, pushes.Push(told, Channel(delivery.channel), count)))
    outcomes = pushes.carry(going=[push for _delivery, push in going], now=clock())
    for (delivery, _push), outcome in zip(going, outcomes, strict=True):
        if outcome == pushes.Outcome.SENT:
            batch.sent(delivery, clock())
        elif outcome == pushes.Outcome.GONE:
            batch.give_up(delivery, "no_device")
        else:
            batch.later(delivery, clock() + WAIT * (delivery.attempts + 1), is_failure=True)


def _still_to_tell(batch: Batch, now: datetime) -> Iterator[tuple[Delivery, Notification, int]]:
    """What of a batch is to be told still, in which words, and how many it stands for.

    Not what lies beyond a block by now. What is counted ("3 messages from Ana") is told in the words of the newest,
    once for all that wait, and not at all when everything was read meanwhile; nor is anything read pushed.
    """
    shown = queries.shown_ids(ids=[delivery.notification_id for delivery in batch.deliveries], now=now)
    gathered: set[int] = set()
    for delivery in batch.deliveries:
        told = delivery.notification
        newest: tuple[Notification, int] | None = (told, 1)
        if delivery.pk in gathered:
            continue
        if told.pk not in shown:
            batch.give_up(delivery, "out_of_sight")
            continue
        if told.kind in queries.COUNTED:
            newest = queries.newest_like(notification=told, now=now)
            gathered |= _gather(delivery)
        elif told.read_at is not None and delivery.channel in PUSHES:
            newest = None
        if newest is None:
            batch.give_up(delivery, "read")
        else:
            yield delivery, *newest


def _gather(delivery: Delivery) -> set[int]:
    """What waits beside this one to be told in one with it; it is told by this one."""
    same = Notification.objects.like(delivery.notification)
    beside = Delivery.objects.waiting().filter(notification__in=same, channel=delivery.channel).exclude(pk=delivery.pk)
    found = set(beside.filter(claimed_by__in=["", delivery.claimed_by]).values_list("pk", flat=True))
    Delivery.objects.waiting().filter(pk__in=found).update(given_up="gathered")
    return found
