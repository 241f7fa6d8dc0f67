"""Reminders: who is told what, when, and how often (once)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Delivery, Notification, NotificationKind, User
from accounts.queries import notifications as told_queries
from accounts.services import access, blocks, follows
from rooms import refusals
from rooms.models import DueKind, DueReminder, Reminder, Room, RoomState
from rooms.services import lifecycle, reminders, schedule
from tests.rooms.cast import NOW, guest, person

pytestmark = pytest.mark.django_db

START = NOW + timedelta(days=3)
DAY, SOON = START - timedelta(hours=24), START - timedelta(minutes=10)


@pytest.fixture
def host() -> User:
    return person("host", follower_count=600, email="host@example.org")


@pytest.fixture
def listener() -> User:
    return person("listener", email="listener@example.org")


@pytest.fixture
def room(host: User) -> Room:
    return scheduled(host)


def scheduled(host: User, start: datetime = START, **fields: Any) -> Room:
    title = fields.pop("title", "What the sea remembers")
    return lifecycle.schedule_room(creator=host, title=title, scheduled_start=start, now=NOW, **fields)


def due(who: User, room: Room) -> dict[str, datetime | None]:
    rows = DueReminder.objects.filter(reminder__person=who, reminder__room=room)
    return {row.kind: row.due_at for row in rows}


def tick(now: datetime) -> None:
    """As often as there is something to send."""
    while reminders.send_due(now=now):
        pass


def heard(who: User) -> list[str]:
    """What somebody was told, oldest first."""
    return list(Notification.objects.filter(person=who).order_by("made_at").values_list("wording", flat=True))


def test_who_asks_long_before_is_reminded_a_day_and_ten_minutes_before_and_at_the_start(
    room: Room, listener: User
) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    assert due(listener, room) == {DueKind.DAY: DAY, DueKind.SOON: SOON, DueKind.LIVE: None}


@pytest.mark.parametrize(
    ("left", "kinds"),
    [
        (timedelta(hours=24, seconds=1), {DueKind.DAY, DueKind.SOON, DueKind.LIVE}),
        (timedelta(hours=24), {DueKind.SOON, DueKind.LIVE}),
        (timedelta(minutes=10), {DueKind.LIVE}),
    ],
)
def test_what_would_be_late_is_not_planned(room: Room, listener: User, left: timedelta, kinds: set[str]) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=START - left)
    assert set(due(listener, room)) == kinds


def test_asking_twice_is_asking_once_and_letting_go_works_twice(room: Room, listener: User) -> None:
    for _time in range(2):
        reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    assert DueReminder.objects.filter(reminder__person=listener).count() == 3
    for _time in range(2):
        reminders.forget(actor=listener, room_id=room.pk)
    tick(START)
    assert heard(listener) == []


def test_each_is_told_once_though_beat_runs_twice_and_the_clock_steps(room: Room, listener: User) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    tick(DAY - timedelta(seconds=1))
    assert heard(listener) == []
    for moment in (DAY, DAY, DAY - timedelta(hours=3), DAY + timedelta(hours=1)):
        tick(moment)
    assert heard(listener) == ["room_day"]
    # The clock jumps over the next one, and back.
    for moment in (SOON + timedelta(minutes=5), DAY, SOON, SOON + timedelta(minutes=6)):
        tick(moment)
    assert heard(listener) == ["room_day", "room_soon"]


def test_live_now_is_told_when_the_host_begins_and_the_ten_minutes_are_told_no_more(
    room: Room, host: User, listener: User
) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    tick(DAY)
    early = START - timedelta(minutes=14)
    lifecycle.start_room(actor=host, room_id=room.pk, now=early)
    tick(early)
    tick(START)
    assert heard(listener) == ["room_day", "room_live"]
    assert heard(host) == ["own_room_day"]


def test_a_moved_room_moves_its_reminders_and_says_so_once(room: Room, host: User, listener: User) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    tick(DAY)
    later, noticed = START + timedelta(days=7), DAY + timedelta(minutes=1)
    for _time in range(2):
        lifecycle.change_room(actor=host, room_id=room.pk, changes={"scheduled_start": later}, now=noticed)
    moved = {DueKind.DAY: later - timedelta(hours=24), DueKind.SOON: later - timedelta(minutes=10)}
    assert due(listener, room) == moved | {DueKind.LIVE: None, DueKind.MOVED: noticed}
    tick(noticed)
    assert heard(listener) == ["room_day", "room_moved"]
    assert Notification.objects.get(person=listener, wording="room_moved").facts["starts_at"] == later.isoformat()
    tick(START)
    assert heard(listener) == ["room_day", "room_moved"]
    tick(later - timedelta(hours=24))
    assert heard(listener) == ["room_day", "room_moved", "room_day"]
    assert "room_moved" not in heard(host)


def test_nobody_is_told_of_a_change_who_did_not_ask_to_be_reminded(room: Room, host: User, listener: User) -> None:
    """What stands outside of the day's three pushes is what people asked for themselves."""
    fan, former = person("fan"), person("former")
    follows.follow(actor=fan, person_id=host.pk, now=NOW)
    for who in (listener, former):
        reminders.remind(actor=who, room_id=room.pk, now=NOW)
    reminders.forget(actor=former, room_id=room.pk)
    later = {"scheduled_start": START + timedelta(hours=1)}
    lifecycle.change_room(actor=host, room_id=room.pk, changes=later, now=NOW)
    tick(NOW)
    lifecycle.cancel_room(actor=host, room_id=room.pk, now=NOW + timedelta(minutes=1))
    tick(NOW + timedelta(minutes=1))
    told = Notification.objects.filter(kind=NotificationKind.ROOM_CHANGED)
    assert set(told.values_list("person__handle", "wording")) == {
        ("listener", "room_moved"), ("listener", "room_cancelled"),
    }  # fmt: skip


def test_a_room_moved_near_drops_what_would_be_late(room: Room, host: User, listener: User) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    near = NOW + timedelta(minutes=5)
    lifecycle.change_room(actor=host, room_id=room.pk, changes={"scheduled_start": near}, now=NOW)
    assert set(due(listener, room)) == {DueKind.LIVE, DueKind.MOVED}


def test_new_words_are_no_new_time(room: Room, host: User, listener: User) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    lifecycle.change_room(actor=host, room_id=room.pk, changes={"title": "What the sea forgot"}, now=NOW)
    tick(NOW)
    assert heard(listener) == []


def test_a_cancelled_room_is_told_once_and_nothing_after_it(room: Room, host: User, listener: User) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    for _time in range(2):
        lifecycle.cancel_room(actor=host, room_id=room.pk, now=NOW)
    tick(NOW)
    tick(START)
    assert heard(listener) == ["room_cancelled"]
    # Whoever cancelled it knows.
    assert heard(host) == []


def test_nobody_started_it_so_it_is_cancelled_by_itself_and_everybody_is_told(
    room: Room, host: User, listener: User
) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    end = START + timedelta(minutes=30)
    assert schedule.cancel_overdue(now=end) == 0
    assert [schedule.cancel_overdue(now=end + timedelta(seconds=1)) for _time in range(2)] == [1, 0]
    room.refresh_from_db()
    assert (room.state, room.end_reason) == (RoomState.CANCELLED, "not_started")
    tick(end + timedelta(seconds=1))
    assert (heard(listener)[-1], heard(host)[-1]) == ("room_cancelled", "own_room_cancelled")


def test_a_moved_room_is_not_overdue(room: Room, host: User) -> None:
    lifecycle.change_room(
        actor=host, room_id=room.pk, changes={"scheduled_start": START + timedelta(days=1)}, now=START
    )
    assert schedule.cancel_overdue(now=START + timedelta(hours=2)) == 0


def test_what_could_not_be_told_in_time_is_not_told_late(room: Room, listener: User) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    # Nothing ran for days: the room's time is over, though it was never begun or cancelled.
    tick(START + timedelta(hours=5))
    assert heard(listener) == []
    assert not DueReminder.objects.filter(reminder__person=listener, sent_at=None, due_at__isnull=False).exists()


@pytest.mark.parametrize("by_host", [True, False])
def test_nobody_is_reminded_across_a_block(room: Room, host: User, listener: User, by_host: bool) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    blocker, blocked = (host, listener) if by_host else (listener, host)
    blocks.block_person(actor=blocker, person_id=blocked.pk, now=NOW)
    tick(DAY)
    assert heard(listener) == []


def test_only_rooms_to_come_and_only_people_with_an_account(room: Room, host: User, listener: User) -> None:
    for nobody in (AnonymousUser(), guest()):
        with pytest.raises(access.SignInFirst):
            reminders.remind(actor=nobody, room_id=room.pk, now=NOW)
    blocks.block_person(actor=host, person_id=listener.pk, now=NOW)
    with pytest.raises(refusals.NoSuchRoom):
        reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    other = person("other")
    lifecycle.start_room(actor=host, room_id=room.pk, now=START)
    with pytest.raises(refusals.HasBegun):
        reminders.remind(actor=other, room_id=room.pk, now=START)
    lifecycle.end_room(actor=host, room_id=room.pk, now=START)
    with pytest.raises(refusals.RoomEnded):
        reminders.remind(actor=other, room_id=room.pk, now=START)


def test_a_reminder_is_a_row_and_a_mail_in_the_readers_language_and_on_their_clock(room: Room, listener: User) -> None:
    User.objects.filter(pk=listener.pk).update(language="fr", time_zone="Asia/Tokyo")
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    tick(DAY)
    told = Notification.objects.select_related("person").get(person=listener)
    assert (told.kind, told.path, told.about) == (NotificationKind.REMINDER, f"/rooms/{room.pk}/", room.pk)
    assert [one.channel for one in Delivery.objects.filter(notification=told)] == ["EMAIL"]


def test_a_title_is_told_as_it_was_written(host: User, listener: User) -> None:
    room = scheduled(host, title="Cats & <dogs>: “both”")
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    tick(DAY)
    title, _body = told_queries.words_of(Notification.objects.get(person=listener))
    assert title == "Tomorrow: Cats & <dogs>: “both”"
    # A page must escape it: it is not marked as safe.
    assert not hasattr(title, "__html__")


def test_a_host_in_paris_and_a_listener_in_tokyo_across_the_change_of_clocks(host: User, listener: User) -> None:
    """20:00 in Paris on the day on which clocks go forward is 18:00 UTC, and 03:00 of the next day in Tokyo."""
    now = datetime(2027, 3, 20, 12, tzinfo=UTC)
    User.objects.filter(pk=listener.pk).update(time_zone="Asia/Tokyo")
    start = datetime(2027, 3, 28, 18, tzinfo=UTC)
    room = lifecycle.schedule_room(creator=host, title="Summer is here", scheduled_start=start, now=now)
    reminders.remind(actor=listener, room_id=room.pk, now=now)
    assert due(listener, room)[DueKind.SOON] == datetime(2027, 3, 28, 17, 50, tzinfo=UTC)
    # A day before is 24 hours before, not "the same time by the clock".
    assert due(listener, room)[DueKind.DAY] == datetime(2027, 3, 27, 18, tzinfo=UTC)


def test_ten_thousand_wait_and_a_batch_takes_few_queries(
    room: Room, host: User, django_assert_max_num_queries: Any
) -> None:
    people = [User(handle=f"p{number}", display_name="P", email=f"p{number}@example.org") for number in range(40)]
    User.objects.bulk_create(people)
    waiting = Reminder.objects.bulk_create([Reminder(person=one, room=room, asked_at=NOW) for one in people])
    DueReminder.objects.bulk_create([DueReminder(reminder=one, kind=DueKind.SOON, due_at=SOON) for one in waiting])
    with django_assert_max_num_queries(12):
        assert reminders.send_due(now=SOON) == 42
    assert Delivery.objects.count() == 41
