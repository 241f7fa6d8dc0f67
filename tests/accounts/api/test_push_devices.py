"""Devices that are pushed to, by API: in which language, on which clock, and what."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import Delivery, NotificationKind, PushDevice, User
from accounts.services import deliveries, notifications
from accounts.services.notifications import Telling
from tests.accounts.api.conftest import App

#: Saturday, 20:00 in Paris and 14:00 in Toronto, in nobody's quiet hours.
NOW = datetime(2026, 3, 28, 19, 0, tzinfo=UTC)
FACTS = {"title": "The sea", "host": "Ana", "starts_at": "2026-03-29T18:00:00+00:00"}


@pytest.fixture
def phone(app_of: App, ana: User) -> APIClient:
    """The app of somebody who is written to in English on the clock of Paris."""
    User.objects.filter(pk=ana.pk).update(language="en", time_zone="Europe/Paris")
    return app_of(ana)


def register(app: APIClient, **fields: Any) -> str:
    """Register a phone; its token."""
    token = uuid4().hex
    sent = {"platform": "fcm", "token": token, **fields}
    answer = app.put(f"/api/v1/devices/phone-{token}/", sent, format="json")
    assert answer.status_code == 204, answer.content
    return token


def tell(who: User, kind: NotificationKind = NotificationKind.REMINDER) -> None:
    who.refresh_from_db()
    notifications.tell(tellings=[Telling(who, kind, "room_day", "/rooms/x/", FACTS)], now=NOW)
    deliveries.work(clock=lambda: NOW)


def shown(token: str) -> list[str]:
    """What a phone was handed, title and text of each."""
    file = settings.VAR_DIR / "push" / "fcm.jsonl"
    told = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    return [f"{one['title']} {one['body']}" for one in told if one["token"] == token]


def test_each_device_shows_pushes_in_its_own_language_and_on_its_own_clock(phone: APIClient, ana: User) -> None:
    plain = register(phone)
    tablet = register(phone, locale="fr-CA", time_zone="America/Toronto")
    # A language that nobody taught us: as its person is written to.
    other = register(phone, locale="sw_KE", time_zone="")
    tell(ana)
    (said,) = shown(tablet)
    assert "Demain" in said
    assert "14:00 (Toronto)" in said
    for token in (plain, other):
        (said,) = shown(token)
        assert "Tomorrow" in said
        assert "(Paris)" in said


def test_a_device_shows_the_kinds_that_it_named_and_no_others(phone: APIClient, ana: User) -> None:
    everything, some, nothing = register(phone), register(phone, kinds=["reminder"]), register(phone, kinds=[])
    tell(ana)
    tell(ana, NotificationKind.INVITATION)
    assert [len(shown(token)) for token in (everything, some, nothing)] == [2, 1, 0]


def test_what_no_device_shows_is_no_push_and_takes_none_of_the_days_three(phone: APIClient, ana: User) -> None:
    token = register(phone, kinds=["invitation"])
    for _time in range(4):
        tell(ana, NotificationKind.HOST_LIVE)
    assert not Delivery.objects.exclude(channel="EMAIL").exists()
    tell(ana, NotificationKind.INVITATION)
    assert len(shown(token)) == 1


def test_a_device_that_changed_its_mind_is_not_pushed_what_was_on_its_way(phone: APIClient, ana: User) -> None:
    token = uuid4().hex
    path, sent = f"/api/v1/devices/phone-{token}/", {"platform": "fcm", "token": token}
    assert phone.put(path, sent, format="json").status_code == 204
    telling = Telling(ana, NotificationKind.REMINDER, "room_day", "/rooms/x/", FACTS)
    notifications.tell(tellings=[telling], now=NOW)
    assert phone.put(path, {**sent, "kinds": ["mention"]}, format="json").status_code == 204
    deliveries.work(clock=lambda: NOW)
    assert shown(token) == []
    assert Delivery.objects.get(channel="NATIVE").given_up == "no_device"


def test_registering_again_says_everything_anew(phone: APIClient) -> None:
    path, sent = "/api/v1/devices/phone-1234/", {"platform": "apns", "token": "a" * 64}
    more = {"locale": "fr", "time_zone": "Asia/Tokyo", "kinds": ["reply", "mention", "reply"]}
    kept = []
    for fields in (more, {}, {"locale": "", "time_zone": "", "kinds": None}):
        assert phone.put(path, {**sent, **fields}, format="json").status_code == 204
        device = PushDevice.objects.get()
        kept.append((device.locale, device.time_zone, device.kinds))
    assert kept == [("fr", "Asia/Tokyo", ["MENTION", "REPLY"]), ("", "", None), ("", "", None)]


@pytest.mark.parametrize(
    ("field", "nonsense"),
    [
        ("locale", "français"), ("locale", "../fr"), ("locale", "f" * 36), ("locale", None),
        ("time_zone", "Europe/Atlantis"), ("time_zone", "../../etc/passwd"), ("time_zone", None),
        ("kinds", ["gossip"]), ("kinds", "reminder"), ("kinds", [None]), ("kinds", {"reminder": True}),
        ("kinds", ["reminder"] * 100),
    ],
)  # fmt: skip
def test_nonsense_is_refused_at_its_field(phone: APIClient, field: str, nonsense: Any) -> None:
    sent = {"platform": "fcm", "token": "t", field: nonsense}
    answer = phone.put("/api/v1/devices/phone-1234/", sent, format="json")
    assert answer.status_code == 400
    assert {error["pointer"].split("/")[1] for error in answer.json()["errors"]} == {field}
    assert not PushDevice.objects.exists()
