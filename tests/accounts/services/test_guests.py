"""Guests come by pressing Listen, and are forgotten after a day unless they are in a room."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts import signals
from accounts.models import User
from accounts.services import devices, guests
from tests.accounts.conftest import MakePerson


def asking(user: object) -> HttpRequest:
    request = RequestFactory().post("/rooms/x/listen/")
    request.user = user  # type: ignore[assignment]
    request.session = SessionStore()
    return request


def test_visitor_becomes_a_guest_once(db: None) -> None:
    request = asking(AnonymousUser())
    guest = guests.ensure_guest(request, now=timezone.now())
    assert guest.is_guest
    assert not guest.has_usable_password()
    assert guests.ensure_guest(request, now=timezone.now()) == guest
    assert User.objects.count() == 1


def test_people_stay_themselves(ana: User) -> None:
    assert guests.ensure_guest(asking(ana), now=timezone.now()) == ana


def test_sixty_guests_a_minute_for_an_address(db: None) -> None:
    for _number in range(60):
        guests.create_guest(asking(AnonymousUser()), now=timezone.now())
    with pytest.raises(guests.TooManyGuests), translation.override("fr"):
        guests.create_guest(asking(AnonymousUser()), now=timezone.now())


def test_old_guests_are_forgotten_and_nobody_else(make_person: MakePerson) -> None:
    now = timezone.now()
    old, inside, active, young = (
        User.objects.create_user(f"guest-{name}", display_name="Guest 1", is_guest=True, created_at=created)
        for name, created in (
            ("old", now - timedelta(days=2)),
            ("inside", now - timedelta(days=2)),
            ("active", now - timedelta(days=2)),
            ("young", now - timedelta(hours=2)),
        )
    )
    make_person("ana")
    devices.issue_token(person=active, name="Phone", now=now - timedelta(hours=1))
    signals.guests_expiring.connect(lambda **_: {inside.pk}, weak=False, dispatch_uid="test")
    forgotten = guests.forget_guests(now=now)
    signals.guests_expiring.disconnect(dispatch_uid="test")
    assert forgotten == 1
    assert not User.objects.filter(pk=old.pk).exists()
    assert set(User.objects.values_list("handle", flat=True)) == {"guest-inside", "guest-active", "guest-young", "ana"}
    assert young.pk
