"""Several beats and workers at one time, in threads that commit: everybody is told once. On both databases."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import Count

from accounts.models import Delivery, Notification, User
from accounts.services import deliveries
from rooms.models import DueKind, DueReminder, Reminder, Room, RoomState
from rooms.services import lifecycle, reminders, schedule
from tests.rooms.cast import NOW, person
from tests.rooms.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 60
START = NOW + timedelta(hours=1)
SOON = START - timedelta(minutes=10)


@pytest.fixture
def room(transactional_db: None) -> Room:
    host = person("host", follower_count=600)
    return lifecycle.schedule_room(creator=host, title="What many wait for", scheduled_start=START, now=NOW)


def waiting(room: Room) -> None:
    people = [User(handle=f"w{number}", display_name="W", email=f"w{number}@example.org") for number in range(PEOPLE)]
    User.objects.bulk_create(people)
    asked = Reminder.objects.bulk_create([Reminder(person=one, room=room, asked_at=NOW) for one in people])
    DueReminder.objects.bulk_create([DueReminder(reminder=one, kind=DueKind.SOON, due_at=SOON) for one in asked])


def drain() -> int:
    """One beat after another until nothing is due."""
    told = 0
    while taken := reminders.send_due(now=SOON, size=7):
        told += taken
    return told


def test_four_beats_at_one_time_tell_everybody_once(room: Room) -> None:
    waiting(room)
    taken = at_once(drain, drain, drain, drain)
    assert sum(int(str(count)) for count in taken) == PEOPLE + 1
    told = Notification.objects.filter(person__handle__startswith="w").values("person").annotate(times=Count("pk"))
    assert {row["times"] for row in told} == {1}
    assert len(told) == PEOPLE


def test_four_workers_at_one_time_send_every_mail_once(room: Room, monkeypatch: Any) -> None:
    monkeypatch.setattr(deliveries, "BATCH", 7)
    waiting(room)
    drain()

    def work() -> None:
        deliveries.work(clock=lambda: SOON)

    at_once(work, work, work, work)
    work()
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        f"w{number}@example.org" for number in range(PEOPLE)
    )
    assert Delivery.objects.filter(sent_at=SOON).count() == PEOPLE


def test_starting_and_giving_up_at_one_moment_has_one_winner(room: Room) -> None:
    overdue = START + timedelta(minutes=31)
    host = room.creator
    at_once(
        lambda: lifecycle.start_room(actor=host, room_id=room.pk, now=overdue),
        lambda: schedule.cancel_overdue(now=overdue),
        lambda: schedule.cancel_overdue(now=overdue),
    )
    room.refresh_from_db()
    assert room.state in (RoomState.LIVE, RoomState.CANCELLED)
    unsent = set(DueReminder.objects.filter(reminder__room=room, sent_at=None).values_list("kind", flat=True))
    assert unsent == ({DueKind.LIVE} if room.state == RoomState.LIVE else {DueKind.CANCELLED})


def test_a_move_while_reminders_go_out_loses_none_and_doubles_none(room: Room) -> None:
    waiting(room)
    later = START + timedelta(hours=2)
    at_once(
        drain,
        lambda: lifecycle.change_room(
            actor=room.creator, room_id=room.pk, changes={"scheduled_start": later}, now=SOON
        ),
        drain,
    )
    drain()
    rows = Notification.objects.filter(person__handle__startswith="w")
    assert rows.filter(wording="room_moved").count() == PEOPLE
    assert rows.filter(wording="room_soon").count() <= PEOPLE
    # Whoever was told before the move is told again at the new time, and everybody else the first time.
    soon = DueReminder.objects.filter(kind=DueKind.SOON, reminder__person__handle__startswith="w", sent_at=None)
    assert set(soon.values_list("due_at", flat=True)) == {later - timedelta(minutes=10)}
    assert soon.count() == PEOPLE
