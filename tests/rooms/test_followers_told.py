"""Followers hear that somebody opened a room: each once, and none who would hear it twice."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Notification, NotificationKind, User
from accounts.services import follows
from rooms.models import Room
from rooms.services import followers, invitations, lifecycle, reminders
from tests.rooms.cast import NOW, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def host() -> User:
    return person("host", follower_count=600)


def fans(host: User, count: int) -> list[User]:
    made = [person(f"fan_{number}") for number in range(count)]
    for fan in made:
        follows.follow(actor=fan, person_id=host.pk, now=NOW)
    return made


def heard(who: User) -> list[tuple[str, str]]:
    return list(Notification.objects.filter(person=who).values_list("kind", "wording"))


def tell() -> None:
    for _beat in range(2):
        followers.tell_followers(clock=lambda: NOW)


def test_every_follower_is_told_once_over_several_batches(host: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(followers, "BATCH", 3)
    everybody = fans(host, 7)
    room = lifecycle.open_room(creator=host, title="What the sea remembers", now=NOW)
    tell()
    assert [heard(fan) for fan in everybody] == [[(NotificationKind.HOST_LIVE, "room_live")]] * 7
    late = person("late")
    follows.follow(actor=late, person_id=host.pk, now=NOW)
    tell()
    assert heard(late) == []
    assert Room.objects.get(pk=room.pk).followers_told_to is None


def test_who_asked_to_be_reminded_is_told_by_the_reminder_alone(host: User) -> None:
    (fan,) = fans(host, 1)
    start = NOW + timedelta(hours=1)
    room = lifecycle.schedule_room(creator=host, title="What the sea remembers", scheduled_start=start, now=NOW)
    reminders.remind(actor=fan, room_id=room.pk, now=NOW)
    lifecycle.start_room(actor=host, room_id=room.pk, now=start)
    tell()
    reminders.send_due(now=start)
    assert heard(fan) == [(NotificationKind.REMINDER, "room_live")]


def test_a_room_that_is_over_tells_nobody(host: User) -> None:
    (fan,) = fans(host, 1)
    room = lifecycle.open_room(creator=host, title="What the sea remembers", now=NOW)
    lifecycle.end_room(actor=host, room_id=room.pk, now=NOW)
    tell()
    assert heard(fan) == []


def test_who_is_invited_is_told_where_to_answer(host: User) -> None:
    guest_of_honour = person("guest_of_honour")
    room = lifecycle.open_room(creator=host, title="What the sea remembers", now=NOW)
    for _time in range(2):
        invitations.invite(actor=host, room_id=room.pk, person_id=guest_of_honour.pk, kind="speak", now=NOW)
    assert heard(guest_of_honour) == [(NotificationKind.INVITATION, "invited_speak")]
