"""Staff switch an account off: nothing of it stays in any room."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from accounts.services import devices, suspension
from rooms import events
from rooms.protocol import sessions_channel
from rooms.queries import catalogue, home
from rooms.queries.filters import Filters
from rooms.services import entry, lifecycle, pins, tickets
from tests.rooms.cast import NOW, Cast, later, person, place_of

pytestmark = pytest.mark.django_db


def test_a_suspended_speaker_is_off_the_stage_and_out_of_the_room(
    cast: Cast, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    staff = person("warden", is_staff=True, is_superuser=True)
    with django_capture_on_commit_callbacks(execute=True):
        suspension.suspend(actor=staff, person=cast.speaker)
    place = place_of(cast.speaker, cast.room)
    assert place.left_at is not None
    assert place.muted


@pytest.mark.parametrize("broken", [(pins, "look_again"), (entry, "leave_everywhere")])
def test_the_sockets_of_the_suspended_close_whatever_else_fails(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
    broken: tuple[object, str],
) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("the database is away")

    staff = person("warden", is_staff=True, is_superuser=True)
    monkeypatch.setattr(*broken, fail)
    with events.broker().pubsub() as ears:
        ears.subscribe(sessions_channel())
        ears.get_message(timeout=5)
        with django_capture_on_commit_callbacks(execute=True):
            suspension.suspend(actor=staff, person=cast.speaker)
        told = ears.get_message(timeout=5)
    assert told is not None
    assert str(cast.speaker.pk) in told["data"]


def test_no_list_shows_the_rooms_of_somebody_suspended(cast: Cast) -> None:
    to_come = lifecycle.schedule_room(creator=cast.host, title="What comes next", scheduled_start=later(3600), now=NOW)

    def listed() -> set[str]:
        page, everybody = catalogue.Page(), AnonymousUser()
        live = catalogue.live_rooms(filters=Filters(), viewer=everybody, now=NOW, page=page).rooms
        found = catalogue.search_rooms(query="", state="all", viewer=everybody, now=NOW, page=page).rooms
        slots = home.upcoming(viewer=everybody, filters=Filters(), now=NOW).slots
        return {room.title for room in (*live, *found, *slots)}

    assert listed() == {cast.room.title, to_come.title}
    suspension.suspend(actor=person("warden", is_staff=True, is_superuser=True), person=cast.host)
    assert listed() == set()


def test_the_socket_of_an_app_ends_with_its_token(cast: Cast) -> None:
    device, secret = devices.issue_token(person=cast.listener, name="phone", now=NOW)
    answer = Client().post(f"/api/v1/rooms/{cast.room.pk}/ticket", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 201, answer.content
    redeemed = tickets.redeem_ticket(ticket=answer.json()["data"]["ticket"], room_id=cast.room.pk)
    assert redeemed is not None
    assert redeemed.session == f"device:{device.pk}"
