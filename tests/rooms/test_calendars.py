"""Calendars: read back by a parser that is not the one that wrote them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from django.test import Client, override_settings

from accounts.models import User
from accounts.services import blocks
from rooms.models import Room
from rooms.queries import calendars
from rooms.services import calendar_feeds, lifecycle, reminders
from tests.rooms.cast import NOW, person

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 28, 18, 30, tzinfo=UTC)


@pytest.fixture
def host() -> User:
    return person("host", follower_count=600)


@pytest.fixture
def room(host: User) -> Room:
    description = "Salt; wind, and\nwhat is left.\r\nBEGIN:VEVENT"
    return lifecycle.schedule_room(
        creator=host,
        title="La mer, « enfin » ; " + "vagues " * 8,
        description=description,
        scheduled_start=START,
        now=NOW,
    )


def read(told: bytes) -> Any:
    """The one calendar in it, valid and with lines of 75 bytes at most (RFC 5545)."""
    assert all(len(line) <= 75 for line in told.split(b"\r\n"))
    assert told.endswith(b"\r\n")
    found = vobject.readOne(told.decode("utf-8"))
    found.validate(raiseException=True)
    return found


def event_of(client: Client, room: Room) -> Any:
    answer = client.get(f"/rooms/{room.pk}/calendar.ics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = read(answer.content).vevent_list
    return event


def test_a_room_is_an_event_in_utc_with_all_that_it_says(client: Client, room: Room) -> None:
    with override_settings(PUBLIC_URL="https://spaces.example.org"):
        event = event_of(client, room)
    assert event.summary.value == room.title
    assert event.dtstart.value == START
    assert event.dtstart.serialize().strip() == "DTSTART:20260328T183000Z"
    assert event.dtend.value > START
    assert event.uid.value == f"{room.pk}@spaces.example.org"
    assert event.status.value == "CONFIRMED"
    assert event.url.value == f"https://spaces.example.org/rooms/{room.pk}/"
    assert "BEGIN:VEVENT" in event.description.value


def test_a_moved_room_moves_and_a_cancelled_one_is_crossed_out(client: Client, host: User, room: Room) -> None:
    first = event_of(client, room)
    later = START + timedelta(days=2)
    lifecycle.change_room(actor=host, room_id=room.pk, changes={"scheduled_start": later}, now=NOW)
    moved = event_of(client, room)
    lifecycle.cancel_room(actor=host, room_id=room.pk, now=NOW)
    cancelled = event_of(client, room)
    assert first.uid.value == moved.uid.value == cancelled.uid.value
    numbers = [int(event.sequence.value) for event in (first, moved, cancelled)]
    assert numbers == sorted(set(numbers))
    assert moved.dtstart.value == later
    assert cancelled.status.value == "CANCELLED"


def test_whoever_may_not_know_of_a_room_has_no_file_of_it(client: Client, host: User, room: Room) -> None:
    stranger = person("stranger")
    blocks.block_person(actor=host, person_id=stranger.pk, now=NOW)
    client.force_login(stranger)
    assert client.get(f"/rooms/{room.pk}/calendar.ics").status_code == 404


def test_a_room_without_a_time_has_none(client: Client, host: User) -> None:
    room = lifecycle.open_room(creator=host, title="Now and here", now=NOW)
    assert client.get(f"/rooms/{room.pk}/calendar.ics").status_code == 404


def feed(person: User) -> Any:
    """What a calendar program finds at somebody's address."""
    token = calendars.feed_path(person=person).split("/")[2]
    told = calendars.feed_of_token(token=token, now=NOW)
    assert told is not None
    return read(told)


def test_the_feed_has_what_one_waits_for_and_hosts_and_needs_no_cookie(host: User, room: Room) -> None:
    listener, other = person("listener"), person("other", follower_count=600)
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    own = lifecycle.schedule_room(creator=other, title="Another one", scheduled_start=START, now=NOW)
    seen = {who: {event.summary.value for event in feed(who).vevent_list} for who in (listener, host, other)}
    assert seen == {listener: {room.title}, host: {room.title}, other: {own.title}}


def test_a_cancelled_room_stays_in_the_feed_as_cancelled(host: User, room: Room) -> None:
    listener = person("listener")
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    lifecycle.cancel_room(actor=host, room_id=room.pk, now=NOW)
    (event,) = feed(listener).vevent_list
    assert event.status.value == "CANCELLED"


def test_a_new_address_makes_the_old_one_a_dead_one(host: User) -> None:
    old = calendars.feed_path(person=host)
    new = calendars.feed_path(person=calendar_feeds.renew(actor=host))
    found = [Client().get(path) for path in (old, new, new.replace("/calendars/", "/calendars/x"))]
    assert [answer.status_code for answer in found] == [404, 200, 404]
    assert "no-store" in found[1].headers["Cache-Control"]
    User.objects.filter(pk=host.pk).update(is_active=False)
    assert Client().get(new).status_code == 404


def test_the_feed_shows_nobody_who_blocked_its_owner(host: User, room: Room) -> None:
    listener = person("listener")
    reminders.remind(actor=listener, room_id=room.pk, now=NOW)
    blocks.block_person(actor=host, person_id=listener.pk, now=NOW)
    assert "vevent" not in feed(listener).contents
