"""The doors of reminders, schedules and notifications: pages without a script, htmx, API, admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import NotificationKind, PushDevice, User
from accounts.services import posts
from accounts.services.notifications import Telling, tell
from accounts.services.wording import Draft
from moderation.models import AuditEntry
from rooms.models import PassSource, Reminder, Room, RoomSeries, RoomState
from rooms.services import lifecycle, passes, reminders
from tests.clocks import next_night
from tests.rooms.cast import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def host() -> User:
    return person("host", follower_count=600, time_zone="Europe/Paris")


@pytest.fixture
def listener() -> User:
    return person("listener", time_zone="Asia/Tokyo")


@pytest.fixture
def room(host: User) -> Room:
    now = timezone.now()
    return lifecycle.schedule_room(
        creator=host, title="What the sea remembers", scheduled_start=now + timedelta(days=3), now=now
    )


def browser(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def app(who: User) -> APIClient:
    client = APIClient()
    client.force_login(who)
    return client


def waits(who: User, room: Room) -> bool:
    return Reminder.objects.filter(person=who, room=room).exists()


def test_the_button_works_without_a_script_on_the_door_and_in_the_lists(room: Room, listener: User) -> None:
    client, door = browser(listener), f"/rooms/{room.pk}/"
    assert "Remind me" in client.get(door).content.decode()
    answer = client.post(f"{door}remind/", headers={"referer": f"http://testserver{door}"})
    assert (answer.status_code, answer["Location"], waits(listener, room)) == (302, door, True)
    assert "You are reminded" in client.get(door).content.decode()
    for path in ("/upcoming/", "/", "/@host/rooms/", "/reminders/"):
        assert f'action="{door}forget/"' in client.get(path).content.decode(), path
    assert client.post(f"{door}forget/").status_code == 302
    assert not waits(listener, room)
    assert f'action="{door}remind/"' in client.get("/upcoming/").content.decode()


def test_one_is_reminded_of_a_room_with_tickets_before_and_after_one_has_one(room: Room, listener: User) -> None:
    Room.objects.filter(pk=room.pk).update(needs_pass=True)
    client, door = browser(listener), f"/rooms/{room.pk}/"
    assert "Remind me" in client.get(door).content.decode()
    client.post(f"{door}remind/")
    passes.issue_pass(room_id=room.pk, person_id=listener.pk, source=PassSource.GUEST_LIST, now=timezone.now())
    page = client.get(door).content.decode()
    assert "See my ticket" in page
    assert "<span>You are reminded</span>" in page


def test_a_shared_room_to_come_has_the_button_beside_its_card(room: Room, host: User, listener: User) -> None:
    post_id = posts.publish(actor=host, draft=Draft("", room_id=room.pk, host="testserver"), now=timezone.now())
    path, action = f"/posts/{post_id}/", f'action="/rooms/{room.pk}/remind/"'
    assert action in browser(listener).get(path).content.decode()
    assert 'class="remind"' not in browser(host).get(path).content.decode(), "it begins when they begin it"
    assert 'class="remind"' not in Client().get(path).content.decode()
    draft = browser(listener).get(f"/posts/new/?room={room.pk}").content.decode()
    assert room.title in draft
    assert 'class="remind"' not in draft, "a form within a form"
    text = browser(listener).post(f"/rooms/{room.pk}/remind/", {"look": "card"}, headers={"hx-request": "true"})
    assert "You are reminded" in text.content.decode()
    assert f'action="/rooms/{room.pk}/forget/"' in browser(listener).get(f"/rooms/{room.pk}/card/").content.decode()


def test_htmx_gets_the_button_anew(room: Room, listener: User) -> None:
    sent = {"look": "slot", "title": room.title}
    answer = browser(listener).post(f"/rooms/{room.pk}/remind/", sent, headers={"hx-request": "true"})
    text = answer.content.decode()
    assert 'aria-pressed="true"' in text
    assert "What the sea remembers" in text
    assert "<html" not in text


def test_a_visitor_is_asked_to_sign_in(room: Room, client: Client) -> None:
    assert "Sign in to be reminded" in client.get(f"/rooms/{room.pk}/").content.decode()
    answer = client.post(f"/rooms/{room.pk}/remind/")
    assert answer["Location"].startswith("/accounts/login/")


def test_the_api_reminds_and_says_so(room: Room, listener: User) -> None:
    client, path = app(listener), f"/api/v1/rooms/{room.pk}/"
    assert client.get(path).json()["data"]["viewer"]["reminder"] is False
    for _time in range(2):
        assert client.put(f"{path}reminder/").status_code == 204
    assert client.get(path).json()["data"]["viewer"]["reminder"] is True
    listed = client.get("/api/v1/me/reminders/").json()
    assert [one["id"] for one in listed["data"]] == [str(room.pk)]
    assert client.delete(f"{path}reminder/").status_code == 204
    assert client.get("/api/v1/me/reminders/").json()["data"] == []


def test_the_api_schedules_a_series_and_ends_it(host: User) -> None:
    start = (timezone.now() + timedelta(days=2)).isoformat()
    told = {"title": "Every week", "scheduled_start": start, "repeat": "weekly", "time_zone": "Europe/Paris"}
    made = app(host).post("/api/v1/rooms/", told).json()["data"]
    assert (made["repeat"], made["state"]) == ("weekly", "scheduled")
    assert app(host).post(f"/api/v1/rooms/{made['id']}/cancel/", {"end_series": True}).status_code == 204
    assert RoomSeries.objects.get().ended_at
    assert not Room.objects.scheduled().exists()


@pytest.mark.parametrize("told", [{"repeat": "weekly"}, {"repeat": "hourly", "time_zone": "UTC"}])
def test_the_api_refuses_a_series_without_a_start_or_a_rhythm(host: User, told: dict[str, str]) -> None:
    assert app(host).post("/api/v1/rooms/", {"title": "Every week", **told}).status_code == 400


def test_too_early_by_api_says_from_when(host: User, room: Room) -> None:
    refused = app(host).post(f"/api/v1/rooms/{room.pk}/start/")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_early")


def test_the_host_sees_from_when_and_the_button_only_then(host: User, room: Room) -> None:
    page = browser(host).get(f"/rooms/{room.pk}/").content.decode()
    assert "You can start it from this moment on" in page
    assert "Start now" not in page
    Room.objects.filter(pk=room.pk).update(scheduled_start=timezone.now() + timedelta(minutes=14))
    client = browser(host)
    assert "Start now" in client.get(f"/rooms/{room.pk}/").content.decode()
    client.post(f"/rooms/{room.pk}/start/")
    room.refresh_from_db()
    assert room.state == RoomState.LIVE


def test_the_host_changes_the_time_on_a_page_and_a_stranger_does_not(host: User, listener: User, room: Room) -> None:
    reminders.remind(actor=listener, room_id=room.pk, now=timezone.now())
    path, day = f"/rooms/{room.pk}/schedule/", (timezone.now() + timedelta(days=9)).date()
    client = browser(host)
    assert room.title in client.get(path).content.decode()
    form = {"title": "What the sea forgot", "description": "", "date": day, "time": "20:00", "zone": "Europe/Paris"}
    assert client.post(path, form).status_code == 302
    room.refresh_from_db()
    assert room.title == "What the sea forgot"
    assert room.scheduled_start.date() == day
    assert browser(listener).get(path).status_code == 403
    assert browser(listener).post(path, form).status_code == 403
    assert client.post(path, {**form, "time": ""}).status_code == 422


def test_a_time_that_comes_twice_is_asked_about_when_a_room_is_moved(host: User, room: Room) -> None:
    client, path = browser(host), f"/rooms/{room.pk}/schedule/"
    form = {"title": room.title, "description": "", "time": "02:30"}
    for twice, said in ((True, "comes twice"), (False, "skip this time")):
        night = next_night(twice=twice)
        answer = client.post(path, {**form, "date": night.day.isoformat(), "zone": night.zone})
        assert answer.status_code == 422
        assert said in answer.content.decode()


def test_a_room_is_announced_for_the_coming_year_only(host: User) -> None:
    client, today = browser(host), timezone.now().date()
    form = {"title": "In far days", "language": "en", "who_may_speak": "EVERYONE", "when": "later"}
    form |= {"time": "20:00", "zone": "Europe/Paris"}
    answer = client.post("/rooms/new/", {**form, "date": (today + timedelta(days=367)).isoformat()})
    assert (answer.status_code, Room.objects.count()) == (422, 0)
    assert "Choose a time from now to one year ahead." in answer.content.decode()
    answer = client.post("/rooms/new/", {**form, "date": (today + timedelta(days=363)).isoformat()})
    assert (answer.status_code, Room.objects.count()) == (302, 1)


def test_notifications_by_page_and_api(listener: User, client: Client) -> None:
    now = timezone.now()
    telling = Telling(
        listener, NotificationKind.REMINDER, "room_live", "/rooms/x/", {"title": "Sea <b>", "host": "Ana"}
    )
    tell(tellings=[telling], now=now)
    page = browser(listener).get("/notifications/").content.decode()
    assert "Live now: Sea &lt;b&gt;" in page
    assert 'data-unread="1"' in page
    listed = app(listener).get("/api/v1/notifications/").json()
    assert (listed["meta"]["unread_count"], listed["data"][0]["title"]) == (1, "Live now: Sea <b>")
    french = app(listener).get("/api/v1/notifications/", headers={"accept-language": "fr"}).json()
    assert french["data"][0]["title"].startswith("En direct")
    assert app(listener).post(f"/api/v1/notifications/{listed['data'][0]['id']}/read/").status_code == 204
    assert 'data-unread="0"' in browser(listener).get("/notifications/bell/").content.decode()
    tell(tellings=[telling], now=now)
    browser(listener).post("/notifications/read/")
    assert app(listener).get("/api/v1/notifications/").json()["meta"]["unread_count"] == 0
    assert client.get("/api/v1/notifications/").status_code == 401
    assert client.get("/notifications/").status_code == 302


def test_wishes_by_page_and_api(listener: User) -> None:
    client = browser(listener)
    page = client.get("/settings/notifications/").content.decode()
    assert "Reminders that I asked for: E-mail" in page
    form = {"REMINDER-NATIVE": "on", "MESSAGE-IN_APP": "on", "quiet_from": "22:00", "quiet_until": "06:30"}
    assert client.post("/settings/notifications/", form).status_code == 302
    wishes = app(listener).get("/api/v1/me/notifications/").json()["data"]
    wanted = {(one["kind"], one["channel"]): one["wanted"] for one in wishes["choices"]}
    assert {ways for ways, is_wanted in wanted.items() if is_wanted} == {("reminder", "native"), ("message", "in_app")}
    assert (wishes["quiet_from"], wishes["quiet_until"]) == ("22:00", "06:30")
    assert client.post("/settings/notifications/", {"quiet_from": "22:00"}).status_code == 422
    changes = {
        "choices": [{"kind": "invitation", "channel": "email", "wanted": True}],
        "quiet_from": None,
        "quiet_until": None,
    }
    told = app(listener).put("/api/v1/me/notifications/", changes, format="json").json()["data"]
    assert told["quiet_from"] is None
    assert {"kind": "invitation", "channel": "email", "wanted": True} in told["choices"]
    assert app(listener).put("/api/v1/me/notifications/", {"quiet_from": "22:00"}, format="json").status_code == 400


def test_an_app_registers_for_pushes_and_ends_them(listener: User) -> None:
    client, path = app(listener), "/api/v1/devices/phone-1234/"
    for _time in range(2):
        assert client.put(path, {"platform": "apns", "token": "a" * 64}, format="json").status_code == 204
    assert PushDevice.objects.get().person == listener
    assert client.put(path, {"platform": "webpush", "token": "https://10.0.0.1/"}, format="json").status_code == 400
    assert app(person("stranger")).delete(path).status_code == 404
    assert client.delete(path).status_code == 204
    assert not PushDevice.objects.exists()


def test_the_worker_that_shows_pushes_serves_the_whole_site(client: Client) -> None:
    answer = client.get("/push-worker.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert b"showNotification" in answer.content


def test_staff_make_rooms_official_in_the_admin_and_it_is_written_down(host: User, room: Room, client: Client) -> None:
    client.force_login(person("root", is_staff=True, is_superuser=True))
    chosen: dict[str, Any] = {"action": "make_official", "_selected_action": [str(room.pk)]}
    assert client.post("/admin/rooms/room/?state=all", chosen).status_code == 302
    assert AuditEntry.objects.get().act == "room.official"
    for path in (f"/rooms/{room.pk}/", "/upcoming/"):
        assert "Official" in client.get(path).content.decode()
    assert app(host).get(f"/api/v1/rooms/{room.pk}/").json()["data"]["is_official"] is True
    client.post("/admin/rooms/room/?state=all", {**chosen, "action": "take_official"})
    assert "Official" not in client.get(f"/rooms/{room.pk}/").content.decode()
    assert client.get("/admin/rooms/reminder/").status_code == 200


def test_the_button_stands_in_what_a_search_finds(room: Room, listener: User) -> None:
    found = browser(listener).get("/search/", {"q": "sea remembers"}).content.decode()
    assert f'action="/rooms/{room.pk}/remind/"' in found
