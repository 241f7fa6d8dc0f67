"""Rooms to come: by day on the reader's own clock, chosen, and page by page, at page and API."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import blocks, follows
from rooms import eligibility
from rooms.models import Room
from rooms.queries import home
from rooms.queries.filters import Filters
from rooms.services import lifecycle, reminders, schedule
from tests.rooms.cast import person

pytestmark = pytest.mark.django_db
LIVE, UPCOMING = "/api/v1/rooms/live/", "/api/v1/rooms/upcoming/"


def host(handle: str = "host") -> User:
    return person(handle, follower_count=600)


def plan(creator: User, title: str, start: datetime, **fields: Any) -> Room:
    return lifecycle.schedule_room(creator=creator, title=title, scheduled_start=start, now=timezone.now(), **fields)


def many_plans(creator: User, start: datetime, count: int) -> list[Room]:
    """One an hour. Not by the service: nobody may announce so many at a time."""
    return Room.objects.bulk_create(
        [
            Room(creator=creator, title=f"Plan number {number}", scheduled_start=start + timedelta(hours=number))
            for number in range(count)
        ]
    )


def tomorrow_at(hour: int) -> datetime:
    """An hour of the day after tomorrow, UTC: far enough for every zone."""
    return (datetime.now(UTC) + timedelta(days=2)).replace(hour=hour, minute=30, second=0, microsecond=0)


def days(answer: Any) -> list[tuple[str, list[str]]]:
    """Each day's heading, and the clock times below it, in the order of the page."""
    html = answer.content.decode()
    found: list[tuple[str, list[str]]] = []
    for kind, shown in re.findall(r'<time datetime="[^"]+" data-time="(day|time)">([^<]+)</time>', html):
        if kind == "day":
            found.append((shown, []))
        else:
            found[-1][1].append(shown)
    return found


def test_days_are_those_of_the_readers_clock() -> None:
    """22:30 UTC is the same evening in Lisbon or the next morning in Tokyo."""
    creator, start = host(), tomorrow_at(22)
    plan(creator, "Late in the evening", start)
    plan(creator, "At noon", start.replace(hour=11))
    tokyo, utc = Client(), Client()
    tokyo.cookies["timezone"], utc.cookies["timezone"] = "Asia/Tokyo", "UTC"
    next_day = start + timedelta(days=1)
    told = [f"{day:%A} {day.day} {day:%B}" for day in (start, next_day)]
    for path in ("/", "/upcoming/"):
        assert days(utc.get(path)) == [(told[0], ["11:30", "22:30"])]
        assert days(tokyo.get(path)) == [(told[0], ["20:30"]), (told[1], ["07:30"])]
    assert "Times in Asia/Tokyo" in tokyo.get("/upcoming/").content.decode()


def test_the_zone_of_the_account_goes_before_that_of_the_browser() -> None:
    reader = person("reader", time_zone="America/New_York")
    plan(host(), "At noon", tomorrow_at(12))
    browser = Client()
    browser.force_login(reader)
    browser.cookies["timezone"] = "Asia/Tokyo"
    assert days(browser.get("/upcoming/"))[0][1] in (["07:30"], ["08:30"]), "New York, in winter or summer"


def test_pages_by_cursor_without_a_script() -> None:
    creator, start = host(), tomorrow_at(8)
    plans = many_plans(creator, start, 23)
    browser, seen, path = Client(), [], "/upcoming/"
    while path:
        answer = browser.get(path)
        seen += [slot.room_id for slot in answer.context["page"].slots]
        # One that is planned before all of them moves none from page to page.
        plan(creator, f"Came between {len(seen)}", start - timedelta(minutes=len(seen)))
        found = re.search(r'rel="next" href="([^"]+)"', answer.content.decode())
        path = f"/upcoming/{found[1]}" if found else ""
    assert seen == [room.pk for room in plans]
    assert "Beginning of the list" in answer.content.decode()


def test_what_is_chosen_adds_up_and_nothing_says_how_to_go_back() -> None:
    first, second, start = host(), host("second"), tomorrow_at(9)
    plan(first, "Mer et marées", start, language="fr", topics=["sea"])
    plan(first, "Sea and tides", start, language="en", topics=["sea"])
    plan(second, "Mountains", start, language="en", topics=["hills"])
    Room.objects.filter(title="Sea and tides").update(needs_pass=True)
    reader = person("reader")
    follows.follow(actor=reader, person_id=first.pk, now=timezone.now())
    browser, app = Client(), APIClient()
    browser.force_login(reader)
    app.force_login(reader)

    def shown(page: str, api: str) -> set[str]:
        """The titles, which page and API agree on."""
        slots = {slot.title for slot in browser.get(f"/upcoming/?{page}").context["page"].slots}
        assert slots == {room["title"] for room in app.get(f"{UPCOMING}?{api}").json()["data"]}
        return slots

    assert shown("lang=fr", "lang=fr") == {"Mer et marées"}
    assert shown("topic=sea", "topic=sea") == {"Mer et marées", "Sea and tides"}
    assert shown("free=1", "free=true") == {"Mer et marées", "Mountains"}
    assert shown("following=1", "following=true") == {"Mer et marées", "Sea and tides"}
    assert shown("free=1&lang=en", "free=true&lang=en") == {"Mountains"}
    nothing = browser.get("/upcoming/?topic=silence").content.decode()
    assert "No room to come fits" in nothing
    assert 'href="/upcoming/">See all that comes' in nothing
    blocks.block_person(actor=reader, person_id=second.pk, now=timezone.now())
    assert shown("", "") == {"Mer et marées", "Sea and tides"}


def test_the_api_lists_live_rooms_by_the_same_choices() -> None:
    for number, (language, topic) in enumerate((("en", "sea"), ("fr", "sea"), ("fr", "hills"))):
        lifecycle.open_room(
            creator=host(f"host_{number}"), title=f"Live number {number}", language=language, topics=[topic],
            now=timezone.now(),
        )  # fmt: skip
    Room.objects.filter(title="Live number 1").update(needs_pass=True)
    app = APIClient()

    def shown(query: str) -> set[str]:
        return {room["title"][-1] for room in app.get(f"{LIVE}?{query}").json()["data"]}

    assert (shown(""), shown("lang=fr"), shown("topic=sea")) == ({"0", "1", "2"}, {"1", "2"}, {"0", "1"})
    assert (shown("free=true"), shown("free=true&topic=sea")) == ({"0", "2"}, {"0"})
    for query in ("free=1", "lang=" + "x" * 11, "topic=%00"):
        assert app.get(f"{LIVE}?{query}").status_code == 400


def test_the_api_turns_pages_of_what_comes() -> None:
    creator, start = host(), tomorrow_at(8)
    plans = many_plans(creator, start, 5)
    app, seen = APIClient(), []
    query: str | None = ""
    while query is not None:
        answer = app.get(f"{UPCOMING}?max_results=2{query}").json()
        seen += [room["id"] for room in answer["data"]]
        token = answer["meta"].get("next_token")
        query = f"&next_token={token}" if token else None
    assert seen == [str(room.pk) for room in plans]
    assert app.get(f"{UPCOMING}?next_token=nonsense").json()["code"] == "bad_page_token"


def test_what_one_waits_for_and_what_a_host_plans_turn_by_cursor_as_well() -> None:
    creator, start, reader = host(), tomorrow_at(8), person("reader")
    plans = many_plans(creator, start, 21)
    for room in plans:
        reminders.remind(actor=reader, room_id=room.pk, now=timezone.now())
    browser = Client()
    browser.force_login(reader)
    for path, size in (("/reminders/", home.SLOTS_PER_PAGE), ("/@host/rooms/", home.SLOTS_BESIDE)):
        first = browser.get(path).content.decode()
        assert [f"Plan number {size - 1}<" in first, f"Plan number {size}<" in first] == [True, False]
        second = re.search(r'rel="next" href="(?:/@host/rooms/)?(\?after=[^"]+)"', first)
        assert second
        assert f"Plan number {size}<" in browser.get(f"{path}{second[1]}").content.decode()


def test_a_room_that_is_late_is_listed_for_as_long_as_it_may_begin() -> None:
    creator, start = host(), timezone.now() + timedelta(hours=1)
    plan(creator, "Never begun", start)
    for late in (eligibility.LATE, eligibility.LATE + timedelta(seconds=1)):
        page = home.upcoming(viewer=AnonymousUser(), filters=Filters(), now=start + late)
        slots, _more = home.rooms_to_come_of(creator_id=creator.pk, viewer=AnonymousUser(), now=start + late)
        cancelled = schedule.cancel_overdue(now=start + late)
        assert (len(page.slots), len(slots), cancelled) == ((1, 1, 0) if late == eligibility.LATE else (0, 0, 1))
