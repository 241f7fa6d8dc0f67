"""Paces by person, by device and by address, whichever door is gone through."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import redis
from django.test import Client
from rest_framework.test import APIClient

from accounts import signals
from accounts.models import User
from accounts.services import blocks, devices, follows, messages, posts
from accounts.services.wording import Draft
from rooms import events
from rooms.models import Participant, Room
from rooms.protocol import bells_channel
from rooms.services import entry, hands, knocks, lifecycle, pace, reactions
from spaces_site.boundary.origin import Origin, acting_from
from tests.patience import busy
from tests.rooms.cast import NOW, Cast, come_in, person
from tests.rooms.conftest import DeafBroker

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


def test_limit_pace_looking_for_posts_sixty_times_a_minute(cast: Cast) -> None:
    client = APIClient()
    client.force_login(cast.listener)
    answers = [client.get("/api/v1/posts/search/?query=sea").status_code for _ in range(61)]
    assert answers == [*[200] * 60, 429]


def test_limit_pace_sixty_rooms_in_ten_minutes(cast: Cast) -> None:
    host = person("busy", follower_count=600)
    for _ in range(60):
        room = lifecycle.open_room(creator=host, title="What the sea remembers", now=NOW)
        lifecycle.end_room(actor=host, room_id=room.pk, now=NOW)
    with pytest.raises(pace.SlowDown):
        lifecycle.open_room(creator=host, title="What the sea remembers", now=NOW)


SEARCHES = ["/search/?q=sea", "/api/v1/rooms/search/?query=sea", "/api/v1/users/search/?query=sea"]


@pytest.mark.parametrize("path", SEARCHES)
def test_limit_pace_searching_rooms_and_people_120_times_a_minute_by_page_and_api(cast: Cast, path: str) -> None:
    client = Client()
    client.force_login(cast.listener)
    for _ in range(117):
        pace.check(pace.SEARCHES, cast.listener.pk, came_from=Origin())
    assert [client.get(each).status_code for each in SEARCHES] == [200] * 3
    refused = client.get(path)
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
    assert client.get("/search/").status_code == 200


@pytest.mark.parametrize("path", SEARCHES)
def test_limit_pace_searching_without_an_account_480_times_a_minute_an_address(cast: Cast, path: str) -> None:
    for _ in range(479):
        pace.check(pace.SEARCHES, "", came_from=Origin(address="192.0.2.1"))
    assert [Client(REMOTE_ADDR="192.0.2.1").get(path).status_code for _ in range(2)] == [200, 429]
    assert Client(REMOTE_ADDR="192.0.2.99").get(path).status_code == 200


@pytest.mark.parametrize(("language", "text"), [("en", "Wait a few seconds"), ("fr", "Attendez quelques secondes")])
def test_whoever_searches_too_often_is_told_so_in_their_language(cast: Cast, language: str, text: str) -> None:
    for _ in range(120):
        pace.check(pace.SEARCHES, cast.listener.pk, came_from=Origin())
    client = Client(headers={"Accept-Language": language})
    client.force_login(cast.listener)
    assert text in client.get("/search/?q=sea").content.decode()


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


def test_f5_a_broker_that_hangs_holds_no_room_up(deaf_broker: DeafBroker) -> None:
    pace.check(pace.JOINING, "first", came_from=Origin())
    assert deaf_broker.callers() == 1
    for number in range(20):
        pace.check(pace.JOINING, f"later{number}", came_from=Origin("device", "192.0.2.1"))
    assert deaf_broker.callers() == 0


def test_f6_a_broker_that_hangs_holds_up_no_follow_block_or_read_mark(
    deaf_broker: DeafBroker, django_capture_on_commit_callbacks: Any
) -> None:
    """One second for the first of them, none for the others."""
    fan, lost = person("fan"), events.LOST_FRAMES.labels(kind="ties")._value.get()
    stars = [person(f"star_{number}") for number in range(10)]
    with django_capture_on_commit_callbacks(execute=True):
        for star in stars:
            follows.follow(actor=fan, person_id=star.pk, now=NOW)
    assert deaf_broker.callers() == 1
    assert events.LOST_FRAMES.labels(kind="ties")._value.get() == lost + 10
    with django_capture_on_commit_callbacks(execute=True):
        for star in stars:
            blocks.block_person(actor=fan, person_id=star.pk, now=NOW)
    signals.bells_changed.send(sender=User, people_ids={fan.pk})
    assert deaf_broker.callers() == 0


def test_f5_a_broker_that_is_away_is_asked_again_at_once(settings: Any) -> None:
    """Its refusals cost nothing; what is said once it is back is heard."""
    address, fan = settings.REDIS_URL, person("fan")
    with redis.Redis.from_url(address).pubsub() as heard:
        heard.subscribe(bells_channel())
        assert heard.get_message(timeout=busy(1))["type"] == "subscribe"
        settings.REDIS_URL = f"{address}-nobody" if address.startswith("unix") else "redis://127.0.0.1:1/0"
        events.tell_bells_changed(people_ids=[fan.pk])
        settings.REDIS_URL = address
        events.tell_bells_changed(people_ids=[fan.pk])
        assert str(fan.pk).encode() in heard.get_message(timeout=busy(1))["data"]
