"""The room as the API tells it: every field that its readers know, and what it is to each of them."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import queries as people
from accounts.models import User
from accounts.services import blocks
from rooms.models import InvitedTo, Room
from rooms.queries.facts import facts_of
from rooms.services import hosts, invitations, lifecycle, reminders, stage
from tests.rooms.cast import NOW, Cast, later, open_room, person
from tests.ticketing.cast import free_ticket, planned
from ticketing.models import TicketSale

pytestmark = pytest.mark.django_db(transaction=True)
ROOMS = "/api/v1/rooms/"


def app_of(who: User | None) -> APIClient:
    client = APIClient()
    if who is not None:
        client.force_login(who)
    return client


def seen_by(who: User | None, room: Room) -> dict[str, Any]:
    answer = app_of(who).get(f"{ROOMS}{room.pk}/")
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()["data"]
    return told


def test_it_counts_who_asked_to_be_reminded(transactional_db: None) -> None:
    now = timezone.now()
    room, other = (planned(person(name, follower_count=600), now=now) for name in ("host", "other"))
    for name in ("ada", "bo", "cleo"):
        reminders.remind(actor=person(name), room_id=room.pk, now=now)
    listed = app_of(None).get(f"{ROOMS}upcoming/").json()["data"]
    assert {one["id"]: one["subscriber_count"] for one in listed} == {str(room.pk): 3, str(other.pk): 0}
    assert seen_by(User.objects.get(handle="ada"), room)["subscriber_count"] == 3


def test_captions_and_recording_are_off_and_say_so(transactional_cast: Cast) -> None:
    told = seen_by(None, transactional_cast.room)
    assert told["captions"] == {"available": False, "on": False}
    assert told["recording"] is False


def test_a_ticket_has_its_price_and_its_number(transactional_cast: Cast) -> None:
    cast = transactional_cast
    told = seen_by(None, cast.room)
    assert (told["is_ticketed"], told["price"], told["tickets_left"]) == (False, None, None)
    free_ticket(cast)
    TicketSale.objects.filter(room=cast.room).update(price=900, held=2)
    Room.objects.filter(pk=cast.room.pk).update(needs_pass=True)
    told = seen_by(None, cast.room)
    assert (told["price"], told["tickets_left"]) == ({"amount_minor": 900, "currency": "eur"}, 47)
    assert told["viewer"]["ticket"] is False
    assert seen_by(cast.speaker, cast.room)["viewer"]["ticket"] is True


def test_who_is_invited_to_speak_is_known_to_the_hosts_and_to_them(transactional_cast: Cast) -> None:
    cast, asked = transactional_cast, person("asked")
    for who, kind in ((asked, InvitedTo.SPEAK), (cast.stranger, InvitedTo.LISTEN)):
        invitations.invite(actor=cast.host, room_id=cast.room.pk, person_id=who.pk, kind=kind, now=NOW)
    hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)
    for who in (cast.host, cast.speaker, asked):
        assert seen_by(who, cast.room)["invited_user_ids"] == [str(asked.pk)], who
    for outsider in (None, cast.listener, cast.stranger):
        assert seen_by(outsider, cast.room)["invited_user_ids"] == [], outsider


def test_an_offer_on_stage_is_seen_by_all_and_nobody_is_named_twice(transactional_cast: Cast) -> None:
    cast = transactional_cast
    listener = str(cast.listener.pk)
    invitations.invite(actor=cast.host, room_id=cast.room.pk, person_id=cast.listener.pk, kind=InvitedTo.SPEAK, now=NOW)
    stage.invite_to_speak(actor=cast.host, room_id=cast.room.pk, participant_id=cast.listener_place.pk, now=NOW)
    assert seen_by(cast.host, cast.room)["invited_user_ids"] == [listener]
    assert seen_by(None, cast.room)["invited_user_ids"] == [listener]


def test_an_answered_invitation_waits_no_more(transactional_cast: Cast) -> None:
    cast = transactional_cast
    made = invitations.invite(
        actor=cast.host, room_id=cast.room.pk, person_id=cast.stranger.pk, kind=InvitedTo.SPEAK, now=NOW
    )
    invitations.decline(actor=cast.stranger, room_id=cast.room.pk, invitation_id=made, now=later(5))
    assert seen_by(cast.host, cast.room)["invited_user_ids"] == []


def test_whoever_blocked_a_speaker_is_warned_before_joining_as_after(transactional_cast: Cast) -> None:
    cast = transactional_cast
    blocks.block_person(actor=cast.stranger, person_id=cast.speaker.pk, now=NOW)
    told = seen_by(cast.stranger, cast.room)["viewer"]["warnings"]
    assert [(one["type"], one["person"]["handle"]) for one in told] == [("blocked_speaker", "speaker")]
    listed = app_of(cast.stranger).get(f"{ROOMS}live/").json()["data"]
    assert listed[0]["viewer"]["warnings"] == told
    joined = app_of(cast.stranger).post(f"{ROOMS}{cast.room.pk}/join/", {"device": "app"}, format="json")
    assert joined.json()["data"]["warnings"] == told
    for who in (None, cast.listener, cast.speaker):
        assert seen_by(who, cast.room)["viewer"]["warnings"] == [], who
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(60))
    assert seen_by(cast.stranger, cast.room)["viewer"]["warnings"] == []


def test_the_document_says_what_is_told(client: Any) -> None:
    schemas = client.get("/api/schema/?format=json").json()["components"]["schemas"]
    assert set(schemas["Price"]["properties"]) == {"amount_minor", "currency"}
    assert set(schemas["CaptionFacts"]["properties"]) == {"available", "on"}
    assert {"subscriber_count", "price", "tickets_left", "captions", "recording"} <= set(schemas["Room"]["properties"])


@pytest.mark.parametrize("path", ["{room}/", "live/", "?ids={room}"])
def test_it_costs_no_more_for_whoever_hosts_sells_and_blocks(transactional_cast: Cast, path: str) -> None:
    cast = transactional_cast
    others = [open_room(person(f"host_{index}", follower_count=600)) for index in range(3)]
    free_ticket(cast)
    Room.objects.filter(pk__in=[cast.room.pk, others[0].pk]).update(needs_pass=True)
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=NOW)
    client = app_of(cast.host)
    client.get(f"{ROOMS}live/")
    people.forget_switches()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(ROOMS + path.format(room=cast.room.pk)).status_code == 200
    assert len(queries) <= 10, [one["sql"][:80] + one["sql"][-80:] for one in queries]


def test_facts_of_many_rooms_are_one_query(cast: Cast) -> None:
    rooms = [cast.room, *(open_room(person(f"host_{index}", follower_count=600)) for index in range(3))]
    with CaptureQueriesContext(connection) as queries:
        facts = facts_of(rooms=rooms, viewer=cast.listener)
    assert len(queries) == 1
    assert [facts[room.pk].present for room in rooms] == [4, 1, 1, 1]
    assert facts_of(rooms=[Room(pk=uuid4())], viewer=cast.listener) == {}
