"""Paces by person, by device and by address, whichever door is gone through."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import devices, messages, posts
from accounts.services.wording import Draft
from rooms.models import Participant, Room
from rooms.services import entry, hands, knocks, lifecycle, pace, reactions
from spaces_site.boundary.origin import Origin, acting_from
from tests.rooms.cast import NOW, Cast, come_in, person

pytestmark = pytest.mark.django_db

Deed = Callable[[User, UUID], object]
#: What is done, by whom so often, and how often in its shortest window.
DEEDS: dict[str, tuple[Deed, int]] = {
    "join": (lambda who, room: entry.join_room(actor=who, room_id=room, device="d", now=NOW), 20),
    "hand": (lambda who, room: hands.raise_hand(actor=who, room_id=room, now=NOW), 2),
    "reaction": (lambda who, room: reactions.react(actor=who, room_id=room, emoji="👏", now=NOW), 2),
    "knock": (lambda who, room: knocks.knock(actor=who, room_id=room, now=NOW), 20),
    "post": (lambda who, room: posts.publish(actor=who, draft=Draft("Hello", room), now=NOW), 10),
    "message": (
        lambda who, room: messages.send(actor=who, person_id=_host_of(room), draft=Draft("Hello"), now=NOW),
        10,
    ),
}


def _host_of(room_id: UUID) -> UUID:
    return Room.objects.get(pk=room_id).creator_id


SHARED = {"device": (Origin(device="the same"), 1), "address": (Origin(address="192.0.2.1"), 2)}


@pytest.mark.parametrize("shared", SHARED)
@pytest.mark.parametrize("deed", DEEDS)
def test_threat_11_limit_pace_new_people_of_one_device_or_address_share_its_pace(
    cast: Cast, settings: Any, deed: str, shared: str
) -> None:
    settings.PEOPLE_PER_ADDRESS = 2
    (act, most), (origin, times) = DEEDS[deed], SHARED[shared]
    crowd = [person(f"someone_{number}", created_at=NOW) for number in range(most * times + 1)]
    if deed in ("hand", "reaction"):
        for who in crowd:
            come_in(who, cast.room)
    if deed == "knock":
        knocks.set_entry(
            actor=cast.host, room_id=cast.room.pk, age_hours=0, followers=False, approval=True, now=NOW
        )  # fmt: skip
    with acting_from(origin):
        for who in crowd[:-1]:
            act(who, cast.room.pk)
        with pytest.raises(pace.SlowDown) as refused:
            act(crowd[-1], cast.room.pk)
    assert refused.value.retry_after
    act(crowd[-1], cast.room.pk)


def test_limit_pace_joining_twenty_times_a_minute_and_coming_back_is_no_joining(cast: Cast) -> None:
    who = cast.stranger
    for _ in range(30):
        come_in(cast.listener, cast.room)
    for _ in range(20):
        come_in(who, cast.room)
        entry.leave_room(actor=who, room_id=cast.room.pk, now=NOW)
    with pytest.raises(pace.SlowDown):
        come_in(who, cast.room)
    assert {str(window) for window in pace.JOINING.windows} == {"20 per 1 minute", "120 per 60 minute"}


def test_limit_pace_sixty_rooms_in_ten_minutes(cast: Cast) -> None:
    host = person("busy", follower_count=600)
    for _ in range(60):
        room = lifecycle.open_room(creator=host, title="What the sea remembers", now=NOW)
        lifecycle.end_room(actor=host, room_id=room.pk, now=NOW)
    with pytest.raises(pace.SlowDown):
        lifecycle.open_room(creator=host, title="What the sea remembers", now=NOW)


def _page(who: User, room: Room) -> bool:
    browser = Client()
    browser.force_login(who)
    browser.post(f"/rooms/{room.pk}/listen/", REMOTE_ADDR="192.0.2.1")
    return Participant.objects.present().filter(person=who, room=room).exists()


def _api(who: User, room: Room) -> bool:
    app = APIClient(REMOTE_ADDR="192.0.2.1")
    _, secret = devices.issue_token(person=who, name="phone", now=NOW)
    app.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    answer: Any = app.post(f"/api/v1/rooms/{room.pk}/join/", {"device": "phone"})
    assert answer.status_code in (200, 429)
    assert answer.status_code == 200 or (answer.json()["code"], "Retry-After" in answer) == ("slow_down", True)
    return bool(answer.status_code == 200)


@pytest.mark.parametrize("door", [_page, _api])
def test_a_door_counts_for_the_address_behind_it(cast: Cast, settings: Any, door: Callable[[User, Room], bool]) -> None:
    settings.PEOPLE_PER_ADDRESS = 1
    assert door(person("first"), cast.room)
    with acting_from(Origin(address="192.0.2.1")):
        for number in range(19):
            come_in(person(f"someone_{number}"), cast.room)
    assert not door(person("last"), cast.room)


def test_an_app_is_one_device_by_its_token(cast: Cast) -> None:
    token, secret = devices.issue_token(person=cast.listener, name="phone", now=NOW)
    app = APIClient(headers={"Authorization": f"Bearer {secret}"})
    assert app.put(f"/api/v1/rooms/{cast.room.pk}/hand/").status_code in (200, 201)
    with acting_from(Origin(device=token.session_key)):
        pace.check(pace.HANDS, "")
        with pytest.raises(pace.SlowDown):
            pace.check(pace.HANDS, "")


def test_f5_a_broker_that_hangs_holds_no_room_up(settings: Any, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        deaf.listen(64)
        settings.REDIS_URL = f"unix://{tmp_path / 'deaf'}"
        pace.check(pace.JOINING, "first", came_from=Origin())
        began = time.monotonic()
        for number in range(20):
            pace.check(pace.JOINING, f"later{number}", came_from=Origin("device", "192.0.2.1"))
        assert time.monotonic() - began < 1.0
