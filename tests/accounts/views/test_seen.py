"""Where browsers were last seen: noted once a minute, so that reading a page writes nothing."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.services import devices
from tests.accounts.conftest import NOW


def writes(client: Client, **more: str) -> list[str]:
    """What reading a page writes into the table of sessions."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/help/", headers=more).status_code == 200
    table = UserSession._meta.db_table
    return [one["sql"] for one in asked if table in one["sql"] and not one["sql"].startswith("SELECT")]


def test_the_first_page_is_noted_the_next_is_not_and_another_browser_is(client: Client, ana: User) -> None:
    client.force_login(ana)
    assert len(writes(client)) >= 1
    assert writes(client) == []
    assert len(writes(client, user_agent="Another/1.0")) == 1
    session = UserSession.objects.get(user=ana)
    assert session.user_agent == "Another/1.0"
    assert timezone.now() - session.last_seen_at < timedelta(minutes=1)


def test_after_a_minute_it_is_noted_again(ana: User) -> None:
    def note(seconds: float) -> None:
        now = NOW + timedelta(seconds=seconds)
        devices.note_session(person=ana, session_key="k" * 32, address="192.0.2.1", user_agent="", now=now)

    note(0)
    note(59)
    assert UserSession.objects.get(user=ana).last_seen_at == NOW
    note(60)
    assert UserSession.objects.get(user=ana).last_seen_at == NOW + timedelta(seconds=60)


def test_what_a_process_remembers_has_an_end(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "MOST_REMEMBERED", 2)
    for number in range(5):
        devices.note_session(person=ana, session_key=f"{number:032}", address="192.0.2.1", user_agent="", now=NOW)
    assert len(devices._noted) <= 2
    assert UserSession.objects.filter(user=ana).count() == 5
