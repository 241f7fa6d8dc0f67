"""Reporting says nothing of a room to whoever may not know of it, and keeps nobody from reporting who was there."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import blocks
from moderation.models import Report
from tests.rooms.cast import NOW, Cast

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/"


@pytest.fixture
def cast(transactional_cast: Cast) -> Cast:
    """The host has blocked the stranger, who never was in the room, and the listener, who was."""
    for who in (transactional_cast.stranger, transactional_cast.listener):
        blocks.block_person(actor=transactional_cast.host, person_id=who.pk, now=NOW)
    return transactional_cast


def app_of(who: User) -> APIClient:
    client = APIClient()
    client.force_login(who)
    return client


def told(answer: Any) -> tuple[int, str, str]:
    """What somebody can tell two refusals apart by."""
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


def test_a_blocked_person_learns_nothing_by_reporting_from_the_room(cast: Cast) -> None:
    asks = app_of(cast.stranger)
    known, unknown = (
        asks.post(f"{API}rooms/{room_id}/reports/", {"category": "spam"}, format="json")
        for room_id in (cast.room.pk, uuid4())
    )
    assert told(known) == told(unknown) == (404, "nothing_to_report", known.json()["detail"])
    assert not Report.objects.exists()


def test_nor_by_naming_the_room(cast: Cast) -> None:
    asks = app_of(cast.stranger)
    known, unknown = (
        asks.post(f"{API}reports/", {"category": "spam", "room": str(room_id)}, format="json")
        for room_id in (cast.room.pk, uuid4())
    )
    assert told(known) == told(unknown) == (404, "nothing_to_report", known.json()["detail"])


def test_who_was_in_it_reports_and_reads_of_it(cast: Cast) -> None:
    answer = app_of(cast.listener).post(f"{API}rooms/{cast.room.pk}/reports/", {"category": "spam"}, format="json")
    assert answer.status_code == 201, answer.content
    (own,) = app_of(cast.listener).get(f"{API}me/reports/").json()["data"]
    assert (own["room_id"], own["room_title"]) == (str(cast.room.pk), cast.room.title)


def test_by_its_address_staff_hear_of_the_room_and_the_reporter_does_not(cast: Cast) -> None:
    asks, addresses = app_of(cast.stranger), [f"/rooms/{cast.room.pk}/", f"/rooms/{uuid4()}/"]
    answers = [asks.post(f"{API}reports/", {"category": "spam", "url": one}, format="json") for one in addresses]
    receipts = [answer.json()["data"] | {"report": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert receipts[0] == receipts[1]
    assert Report.objects.get(url=addresses[0]).room == cast.room
    listed = {one["url"]: one for one in asks.get(f"{API}me/reports/").json()["data"]}
    for address in addresses:
        alone = asks.get(f"{API}me/reports/{listed[address]['id']}/").json()["data"]
        assert {(one["room_id"], one["room_title"]) for one in (alone, listed[address])} == {("", "")}
    page = asks.get("/reports/").content.decode()
    assert cast.room.title not in page


def test_whoever_may_know_of_it_reports_it_from_outside(cast: Cast) -> None:
    blocks.unblock_person(actor=cast.host, person_id=cast.stranger.pk)
    answer = app_of(cast.stranger).post(f"{API}rooms/{cast.room.pk}/reports/", {"category": "spam"}, format="json")
    assert answer.status_code == 201
    assert app_of(cast.stranger).get(f"{API}me/reports/").json()["data"][0]["room_title"] == cast.room.title
