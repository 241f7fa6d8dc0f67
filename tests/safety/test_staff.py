"""In production staff are staff with two factors alone: in the admin, on the page, by the API and in the services."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Hosting, User
from accounts.services import hosting, suspension
from accounts.services.staff import NotStaff
from rooms import stage_rules
from rooms.models import Room, RoomState
from rooms.services import lifecycle
from tests.rooms.cast import NOW, Cast, person

pytestmark = pytest.mark.django_db(transaction=True)


def by_page(staff: User, room: Room) -> int:
    browser = Client()
    browser.force_login(staff)
    return browser.post(f"/rooms/{room.pk}/end/").status_code


def by_api(staff: User, room: Room) -> int:
    app = APIClient()
    app.force_login(staff)
    return app.post(f"/api/v1/rooms/{room.pk}/end/").status_code


def by_admin(staff: User, room: Room) -> int:
    browser = Client()
    browser.force_login(staff)
    chosen = {"action": "end_rooms", "_selected_action": [str(room.pk)], "sure": "1"}
    return browser.post("/admin/rooms/room/", chosen).status_code


@pytest.mark.parametrize("door", [by_page, by_api, by_admin])
def test_threat_25_staff_end_a_room_with_two_factors_alone(
    transactional_cast: Cast, settings: Any, door: Callable[[User, Room], int]
) -> None:
    settings.STAFF_NEED_TOTP = True
    room, staff = transactional_cast.room, person("warden", is_staff=True, is_superuser=True)
    door(staff, room)
    room.refresh_from_db()
    assert room.state == RoomState.LIVE
    TOTP.activate(staff, generate_totp_secret())
    door(staff, room)
    room.refresh_from_db()
    assert (room.state, room.end_reason) == (RoomState.ENDED, "staff")


def test_staff_suspend_and_decide_with_two_factors_alone(transactional_cast: Cast, settings: Any) -> None:
    settings.STAFF_NEED_TOTP = True
    staff, someone = person("warden", is_staff=True), transactional_cast.stranger
    acts: tuple[Callable[[], object], ...] = (
        lambda: suspension.suspend(actor=staff, person=someone),
        lambda: suspension.unsuspend(actor=staff, person=someone),
        lambda: suspension.sign_out(actor=staff, person=someone),
        lambda: hosting.decide_hosting(actor=staff, person=someone, decision=Hosting.GRANTED, note="Runs the pilot"),
    )
    for act in acts:
        with pytest.raises(NotStaff):
            act()
    TOTP.activate(staff, generate_totp_secret())
    for act in acts:
        act()
    someone.refresh_from_db()
    assert someone.hosting == Hosting.GRANTED


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
def test_who_is_staff_no_more_ends_no_room_by_a_socket_that_knew_them(
    transactional_cast: Cast, change: dict[str, bool]
) -> None:
    room, as_connected = transactional_cast.room, person("warden", is_staff=True)
    User.objects.filter(pk=as_connected.pk).update(**change)
    with pytest.raises(stage_rules.NotAHost):
        lifecycle.end_room(actor=as_connected, room_id=room.pk, now=NOW)
    assert Room.objects.get(pk=room.pk).state == RoomState.LIVE
