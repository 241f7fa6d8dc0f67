"""Two beats at one time, clocks that step: reminders, mails and pushes go out once. In threads that commit."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from accounts import tasks as account_tasks
from accounts.models import Delivery, Notification, PushDevice, User
from accounts.services import deliveries, follows
from rooms import tasks
from rooms.models import DueKind, DueReminder, Reminder, Room
from rooms.services import followers, lifecycle, reminders
from tests.rooms.cast import NOW, person
from tests.rooms.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 40
ONCE = {f"w{number}": 1 for number in range(PEOPLE)}


@pytest.fixture
def host(transactional_db: None) -> User:
    return person("host", follower_count=600, quiet_from=None, quiet_until=None)


@pytest.fixture
def waiting(host: User) -> list[User]:
    """People with an address and a phone, who never sleep."""
    people = [
        User(handle=handle, display_name="W", email=f"{handle}@example.org", quiet_from=None, quiet_until=None)
        for handle in ONCE
    ]
    User.objects.bulk_create(people)
    PushDevice.objects.bulk_create(
        PushDevice(
            person=one, installation="phone", platform="APNS", token=f"{one.pk}", session_key="s", registered_at=NOW
        )
        for one in people
    )
    return people


def to_be_reminded(people: list[User], room: Room, kind: DueKind, due_at: datetime) -> None:
    asked = Reminder.objects.bulk_create([Reminder(person=one, room=room, asked_at=NOW) for one in people])
    DueReminder.objects.bulk_create([DueReminder(reminder=one, kind=kind, due_at=due_at) for one in asked])


def told() -> dict[str, int]:
    """Who has how many lines in their list."""
    rows = Notification.objects.filter(person__handle__startswith="w")
    return dict(Counter(rows.values_list("person__handle", flat=True)))


def mailed() -> dict[str, int]:
    """Who got how many mails."""
    return dict(Counter(message.to[0].partition("@")[0] for message in mail.outbox))


def pushed(people: list[User]) -> dict[str, int]:
    """Whose phone was pushed to how often."""
    file = settings.VAR_DIR / "push" / "apns.jsonl"
    names = {str(one.pk): one.handle for one in people}
    tokens = [json.loads(line)["token"] for line in file.read_text().splitlines()]
    return dict(Counter(names[token] for token in tokens if token in names))


def beat(clock: Callable[[], datetime]) -> None:
    """What both tasks do at a tick, by some clock."""
    reminders.send_all_due(clock=clock)
    followers.tell_followers(clock=clock)
    deliveries.work(clock=clock)


def finish(deliver: Callable[[], None]) -> None:
    """A tick lasts two seconds, which may be little on a machine that has much to do: until nothing waits."""
    for _tick in range(30):
        if not Delivery.objects.waiting().exists():
            return
        deliver()


def stepping(*moments: datetime) -> Callable[[], datetime]:
    """A clock that is set again and again: each look at it shows the next of these. With one moment it stands."""
    looks = cycle(moments)
    return lambda: next(looks)


def test_two_beats_run_both_tasks_at_one_time(host: User, waiting: list[User]) -> None:
    now = timezone.now()
    room = lifecycle.schedule_room(
        creator=host, title="In ten minutes", scheduled_start=now + timedelta(minutes=10), now=now
    )
    to_be_reminded(waiting, room, DueKind.SOON, now)
    send, deliver = tasks.send_reminders, account_tasks.send_deliveries
    at_once(send, send, deliver, deliver)
    at_once(deliver, send, deliver)
    finish(deliver)
    assert (told(), mailed(), pushed(waiting)) == (ONCE, ONCE, ONCE)
    assert not DueReminder.objects.filter(reminder__person__in=waiting, sent_at=None).exists()
    assert not Delivery.objects.filter(notification__person__in=waiting, sent_at=None).exists()


def test_beats_whose_clocks_are_set_to_and_fro_remind_once(host: User, waiting: list[User]) -> None:
    start = NOW + timedelta(days=3)
    room = lifecycle.schedule_room(creator=host, title="In three days", scheduled_start=start, now=NOW)
    due_at, hour = start - timedelta(hours=24), timedelta(hours=1)
    to_be_reminded(waiting, room, DueKind.DAY, due_at)
    late, early = stepping(due_at + hour), stepping(due_at - hour)
    clocks = (stepping(due_at), early, late, stepping(due_at - hour, due_at + 2 * hour, due_at))
    at_once(*(partial(beat, clock) for clock in clocks))
    for moment in (due_at, due_at - 2 * hour, due_at + 2 * hour, due_at):
        beat(stepping(moment))
    assert (told(), mailed(), pushed(waiting)) == (ONCE, ONCE, ONCE)


def test_followers_hear_of_a_room_once_whatever_beats_and_clocks_do(host: User, waiting: list[User]) -> None:
    for one in waiting:
        follows.follow(actor=one, person_id=host.pk, now=NOW)
    lifecycle.open_room(creator=host, title="Live now", now=NOW)
    hour = timedelta(hours=1)
    clocks = (stepping(NOW), stepping(NOW), stepping(NOW, NOW + hour, NOW - hour))
    at_once(*(partial(beat, clock) for clock in clocks))
    for moment in (NOW, NOW + hour, NOW):
        beat(stepping(moment))
    assert (told(), pushed(waiting)) == (ONCE, ONCE)


def test_the_third_push_of_a_day_has_one_taker_among_workers(host: User, waiting: list[User]) -> None:
    one = waiting[0]
    rooms = []
    for number in range(6):
        speaker = person(f"speaker_{number}", follower_count=600)
        follows.follow(actor=one, person_id=speaker.pk, now=NOW)
        rooms.append(lifecycle.open_room(creator=speaker, title=f"Room {number}", now=NOW))
    followers.tell_followers(clock=lambda: NOW)

    def work() -> None:
        # One at a time, so that the workers meet at the measure.
        for batch in iter(lambda: deliveries.claim(channel="NATIVE", now=NOW, size=1), None):
            if not batch.deliveries:
                return
            deliveries.send_pushes(batch=batch, clock=lambda: NOW)

    at_once(work, work, work)
    assert len(rooms) == 6
    assert (pushed([one]), told()) == ({"w0": 3}, {"w0": 6})
