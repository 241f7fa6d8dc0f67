"""Scheduling and being reminded, in a real browser: a host in Paris, a listener in Tokyo, and the push worker."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Delivery, User
from accounts.services import deliveries
from rooms.models import Room
from rooms.services import reminders
from tests.browser.live_site import wait_for
from tests.browser.town import make_people, plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def sunday_of_summer() -> datetime:
    """18:00 UTC, which is 20:00 in Paris, on the next last Sunday of March: clocks go forward in that night."""
    year = timezone.now().year
    days = (datetime(year + step, 3, day, 18, tzinfo=UTC) for step in (0, 1) for day in range(25, 32))
    return next(day for day in days if day.weekday() == 6 and day > timezone.now() + timedelta(days=2))


def at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands."""
    return lambda: moment


def test_a_host_schedules_in_paris_and_a_listener_in_tokyo_is_reminded_at_the_right_minute(open_page: Any) -> None:
    people, start = make_people(), sunday_of_summer()
    host = open_page("/rooms/new/", person=people["ana"])
    host.get_by_label("Title").fill("The first evening of summer time")
    host.get_by_role("radio", name="Schedule").check()
    host.get_by_label("Date").fill(f"{start:%Y-%m-%d}")
    host.get_by_label("Time", exact=True).fill("20:00")
    host.get_by_label("Time zone").select_option("Europe/Paris")
    host.get_by_label("Comes again").select_option("WEEKLY")
    host.get_by_role("button", name="Schedule room").click()
    host.wait_for_url(re.compile(r"/rooms/[0-9a-f-]{36}/"))
    expect(host.get_by_text("Every week at this time")).to_be_visible()
    expect(host.get_by_role("button", name="Start now")).to_have_count(0)
    room = Room.objects.get()
    assert room.scheduled_start == start

    User.objects.filter(pk=people["maya"].pk).update(time_zone="Asia/Tokyo")
    listener = open_page("/upcoming/", person=people["maya"])
    listener.get_by_role("button", name="Remind me: The first evening").click()
    pressed = listener.get_by_role("button", name="Remind me: The first evening", pressed=True)
    expect(pressed).to_be_visible()
    soon = start - timedelta(minutes=10)
    for moment in (
        start - timedelta(hours=24, seconds=1),
        start - timedelta(hours=24),
        soon - timedelta(seconds=1),
        soon,
    ):
        reminders.send_all_due(clock=at(moment))
        deliveries.work(clock=at(moment))
    hers = [sent for sent in mail.outbox if sent.to == ["maya@example.org"]]
    assert [sent.subject.split(":")[0] for sent in hers] == ["Tomorrow", "In a few minutes"]
    # 20:00 in summer Paris is 03:00 of the next morning in Tokyo.
    assert "at 03:00 (Tokyo)" in hers[1].body
    assert [row.sent_at for row in Delivery.objects.filter(notification__person=people["maya"]).order_by("pk")] == [
        start - timedelta(hours=24),
        soon,
    ]
    listener.goto("/notifications/")
    expect(listener.get_by_role("link", name="In a few minutes: The first evening")).to_be_visible()
    expect(listener.locator("#bell")).to_have_attribute("data-unread", "2")
    listener.get_by_role("button", name="Mark all as read").click()
    expect(listener.locator("#bell")).to_have_attribute("data-unread", "0")


def test_the_number_on_the_bell_grows_without_a_reload(open_page: Any) -> None:
    people = make_people()
    room = plan(people["ana"], "What the sea remembers", timezone.now() + timedelta(hours=2))
    reminders.remind(actor=people["maya"], room_id=room.pk, now=timezone.now())
    page = open_page("/help/", person=people["maya"])
    expect(page.locator("#bell")).to_have_attribute("data-unread", "0")
    reminders.send_due(now=timezone.now() + timedelta(hours=1, minutes=51))
    expect(page.locator("#bell")).to_have_attribute("data-unread", "1", timeout=60_000)


def shown(page: Page) -> list[dict[str, Any]]:
    """The notifications that the browser shows for this site."""
    return page.evaluate(
        """async () => {
          const registration = await navigator.serviceWorker.ready;
          const shown = await registration.getNotifications();
          return shown.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
        }"""
    )


def test_the_worker_shows_a_push_once_and_under_its_words(open_page: Any, live_server: Any) -> None:
    people = make_people()
    page = open_page("/settings/notifications/", person=people["maya"], permissions=["notifications"])
    expect(page.get_by_role("button", name="Show notifications in this browser")).to_be_visible()
    expect(page.get_by_text("This browser does not show them.")).to_be_visible()
    browser = page.context.new_cdp_session(page)
    registrations: list[dict[str, Any]] = []
    browser.on("ServiceWorker.workerRegistrationUpdated", lambda told: registrations.extend(told["registrations"]))
    browser.send("ServiceWorker.enable")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    told = {"title": "Live now: La mer", "body": "Ana has started.", "path": "/help/", "tag": "one", "keep": 60}
    page.wait_for_function("() => navigator.serviceWorker.ready.then((found) => found.active?.state === 'activated')")
    next_one = {**told, "tag": "two"}
    for push in (told, told, next_one):
        browser.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": live_server.url,
                "registrationId": registrations[-1]["registrationId"],
                "data": json.dumps(push),
            },
        )
    looks = {"title": told["title"], "body": told["body"], "data": {"path": "/help/"}}
    once_each = [{**looks, "tag": "one"}, {**looks, "tag": "two"}]
    # The browser takes the first away before it shows its successor, so now and then one is missing.
    wait_for(lambda: sorted(shown(page), key=lambda one: one["tag"]) == once_each, "each push shown once")
