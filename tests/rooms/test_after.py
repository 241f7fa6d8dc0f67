"""After the room: people to follow, the host's rooms to come, what was pinned; on the page and by the API."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from accounts.models import FOREVER, User
from accounts.services import blocks, follows, posts
from accounts.services.wording import Draft
from rooms import admission
from rooms.models import Room
from rooms.queries.after import NotOver, after_room
from rooms.services import closing, lifecycle, pins, reminders, removals, stage
from tests.rooms.cast import NOW, Cast, bring_on_stage, later, person

pytestmark = pytest.mark.django_db


def ended(cast: Cast) -> Cast:
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=timezone.now())
    return cast


def plan(host: User, title: str = "Tomorrow's sea", hours: int = 24) -> Any:
    start = timezone.now() + timedelta(hours=hours)
    return lifecycle.schedule_room(creator=host, title=title, scheduled_start=start, now=timezone.now())


def names(cast: Cast, viewer: Any) -> list[str]:
    told = after_room(room_id=cast.room.pk, viewer=viewer, now=timezone.now())
    return [one.person.handle for one in told.people]


def test_who_was_on_stage_may_be_followed_in_the_order_in_which_they_came(cast: Cast) -> None:
    gone = bring_on_stage(person("gone"), cast.host, cast.room, now=later(5))
    stage.step_down(actor=gone.person, room_id=cast.room.pk, now=later(6))
    ended(cast)
    assert names(cast, AnonymousUser()) == ["host", "speaker", "gone"]
    assert names(cast, cast.guest) == ["host", "speaker", "gone"]
    assert names(cast, cast.speaker) == ["host", "gone"]
    follows.follow(actor=cast.listener, person_id=cast.host.pk, now=NOW)
    assert names(cast, cast.listener) == ["speaker", "gone"]


@pytest.mark.parametrize(
    "way", ["blocks", "is blocked", "limited", "suspended", "put out", "blocked by the host", "blocks the host"]
)
def test_nobody_is_shown_whom_one_should_not_meet(cast: Cast, way: str) -> None:
    if way == "blocks":
        blocks.block_person(actor=cast.listener, person_id=cast.speaker.pk, now=NOW)
    elif way == "is blocked":
        blocks.block_person(actor=cast.speaker, person_id=cast.listener.pk, now=NOW)
    elif way == "blocked by the host":
        blocks.block_person(actor=cast.host, person_id=cast.speaker.pk, now=NOW)
    elif way == "blocks the host":
        blocks.block_person(actor=cast.speaker, person_id=cast.host.pk, now=NOW)
    elif way == "put out":
        where = {"room_id": cast.room.pk, "participant_id": cast.speaker_place.pk}
        removals.remove_person(actor=cast.host, now=NOW, **where)
    ended(cast)
    change = {"limited": {"limited_until": FOREVER}, "suspended": {"is_active": False}}.get(way, {})
    User.objects.filter(pk=cast.speaker.pk).update(**change or {"bio": ""})
    assert names(cast, cast.listener) == ["host"]


def test_only_a_room_that_has_ended_has_an_after(cast: Cast) -> None:
    for room in (cast.room, plan(cast.host)):
        with pytest.raises(NotOver):
            after_room(room_id=room.pk, viewer=cast.listener, now=NOW)
    ended(cast)
    blocks.block_person(actor=cast.host, person_id=cast.stranger.pk, now=NOW)
    with pytest.raises(admission.NoSuchRoom):
        after_room(room_id=cast.room.pk, viewer=cast.stranger, now=NOW)
    with pytest.raises(admission.NoSuchRoom):
        after_room(room_id=cast.host.pk, viewer=cast.listener, now=NOW)


def test_the_page_shows_people_rooms_and_pins(cast: Cast, client: Client) -> None:
    post_id = posts.publish(actor=cast.speaker, draft=Draft("The tide table"), now=NOW)
    pins.pin(actor=cast.host, room_id=cast.room.pk, post_id=post_id, now=later(9))
    plan(cast.host)
    ended(cast)
    client.force_login(cast.listener)
    page = client.get(f"/rooms/{cast.room.pk}/").content.decode()
    for words in ("You may want to follow", "Tomorrow&#x27;s sea", "The tide table", "Remind me", "/@speaker/"):
        assert words in page, words
    pinned = page[page.index("The tide table") :]
    assert re.search(rf'Pinned <time datetime="{re.escape(later(9).isoformat())}" data-time="when">', pinned)
    blocks.block_person(actor=cast.speaker, person_id=cast.listener.pk, now=NOW)
    page = client.get(f"/rooms/{cast.room.pk}/").content.decode()
    assert "The tide table" not in page
    assert "No post was pinned in this room." in page


def test_a_room_that_staff_closed_leaves_nothing_behind(cast: Cast, client: Client) -> None:
    post_id = posts.publish(actor=cast.speaker, draft=Draft("The tide table"), now=NOW)
    pins.pin(actor=cast.host, room_id=cast.room.pk, post_id=post_id, now=later(9))
    plan(cast.host)
    room = Room.objects.get(pk=cast.room.pk)
    closing.end_held_room(room=room, why="staff", note={"en": "Threats.", "fr": "Menaces."}, now=timezone.now())
    client.force_login(cast.listener)
    page = client.get(f"/rooms/{cast.room.pk}/").content.decode()
    assert "closed by the moderation team" in page
    for words in ("You may want to follow", "Tomorrow&#x27;s sea", "The tide table", "/@speaker/", "Next rooms"):
        assert words not in page, words
    told = client.get(f"/api/v1/rooms/{cast.room.pk}/after/").json()["data"]
    assert told == {"users": [], "rooms": [], "pins": []}


@pytest.mark.parametrize("change", [{"is_active": False}, {"limited_until": FOREVER}])
def test_plans_of_a_host_whom_staff_took_out_of_lists_are_not_told(
    cast: Cast, client: Client, change: dict[str, Any]
) -> None:
    plan(cast.host)
    ended(cast)
    User.objects.filter(pk=cast.host.pk).update(**change)
    client.force_login(cast.listener)
    page = client.get(f"/rooms/{cast.room.pk}/").content.decode()
    assert "You may want to follow" in page
    assert "Tomorrow&#x27;s sea" not in page
    assert client.get(f"/api/v1/rooms/{cast.room.pk}/after/").json()["data"]["rooms"] == []


def test_the_page_says_what_there_is_not(cast: Cast, client: Client) -> None:
    ended(cast)
    client.force_login(cast.listener)
    for host in (cast.host, cast.speaker):
        follows.follow(actor=cast.listener, person_id=host.pk, now=NOW)
    page = client.get(f"/rooms/{cast.room.pk}/", headers={"Accept-Language": "fr"}).content.decode()
    for words in ("Vous suivez déjà", "Aucun autre salon n’est prévu", "Aucune publication n’a été épinglée"):
        assert words in page, words


def test_the_api_tells_the_same(cast: Cast, client: Client, django_assert_max_num_queries: Any) -> None:
    post_id = posts.publish(actor=cast.speaker, draft=Draft("The tide table"), now=NOW)
    pins.pin(actor=cast.host, room_id=cast.room.pk, post_id=post_id, now=later(9))
    soon, late = plan(cast.host, "Soon again", 3), plan(cast.host, "Late again", 30)
    reminders.remind(actor=cast.listener, room_id=soon.pk, now=timezone.now())
    ended(cast)
    client.force_login(cast.listener)
    with django_assert_max_num_queries(30):
        told = client.get(f"/api/v1/rooms/{cast.room.pk}/after/").json()["data"]
    assert [one["handle"] for one in told["users"]] == ["host", "speaker"]
    assert told["users"][0]["viewer"]["following"] is False
    assert {one["id"]: one["viewer"]["reminder"] for one in told["rooms"]} == {str(soon.pk): True, str(late.pk): False}
    assert [(one["post"]["text"], one["at_ms"]) for one in told["pins"]] == [("The tide table", 9_000)]
    listed = client.get(f"/api/v1/rooms/{cast.room.pk}/pins/").json()["data"]
    assert listed == told["pins"]
