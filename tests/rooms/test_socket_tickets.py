"""A ticket for the websocket is refused as joining is, and in the same words."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.services import blocks
from rooms.services import lifecycle, passes, removals
from tests.rooms.cast import Cast, person

pytestmark = pytest.mark.django_db
NOBODY = "00000000-0000-4000-8000-000000000000"


def _blocked(cast: Cast) -> None:
    blocks.block_person(actor=cast.host, person_id=cast.listener.pk, now=timezone.now())


def _removed(cast: Cast) -> None:
    removals.remove_person(
        actor=cast.host,
        room_id=cast.room.pk,
        participant_id=cast.listener_place.pk,
        for_good=True,
        now=timezone.now(),
    )


def _ended(cast: Cast) -> None:
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=timezone.now())


def _ticketed(cast: Cast) -> None:
    passes.require_passes(room=cast.room, now=timezone.now())


@pytest.mark.parametrize(("happens", "status"), [(_blocked, 404), (_removed, 403), (_ended, 410), (_ticketed, 402)])
def test_threat_03_no_ticket_for_whoever_may_not_join(cast: Cast, happens: Callable[[Cast], None], status: int) -> None:
    app = APIClient()
    app.force_login(cast.listener)
    assert app.post(f"/api/v1/rooms/{cast.room.pk}/ticket/").status_code == 201
    happens(cast)
    refused = app.post(f"/api/v1/rooms/{cast.room.pk}/ticket/")
    assert refused.status_code == status
    joining = app.post(f"/api/v1/rooms/{cast.room.pk}/join/", {"device": "d"}, format="json")
    assert (joining.status_code, joining.json()["code"]) == (status, refused.json()["code"])


def test_no_ticket_for_a_room_that_is_not_there(db: None) -> None:
    app = APIClient()
    app.force_login(person("somebody"))
    refused = app.post(f"/api/v1/rooms/{NOBODY}/ticket/")
    assert (refused.status_code, refused.json()["code"]) == (404, "no_such_room")
