"""The admin of rooms: what staff see of live rooms and media nodes, how they end one, and the threshold."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from rooms import eligibility, events
from rooms.models import HostingPolicy, MediaNode, Participant, Room, RoomState
from rooms.protocol import live_levels_key
from rooms.services import audio, invitations, knocks, lifecycle, media, pins, removals
from tests.rooms.cast import Cast, come_in, full_cast, later, person

pytestmark = pytest.mark.django_db
ROOMS, NODES = "/admin/rooms/room/", "/admin/rooms/medianode/"


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(person("warden", is_staff=True, is_superuser=True))
    return client


def helper(*permissions: str) -> Client:
    """Staff with these permissions alone."""
    one = person("helper", is_staff=True)
    one.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(one)
    return client


def carried(room: Room, **load: Any) -> MediaNode:
    """A media node that carries the room."""
    node = MediaNode.objects.create(
        name="studio:1", addresses=["192.0.2.1"], port=40400, started_at=timezone.now(), heartbeat_at=timezone.now()
    )
    media.claim_lease(room_id=room.pk, node_id=node.pk, now=timezone.now())
    facts = {"load": 0.37, "room_count": 1, "leg_count": 2}
    media.heartbeat(node_id=node.pk, now=timezone.now(), **{**facts, **load})
    return node


def cells(page: Any, row: int = 0) -> dict[str, str]:
    """Column → text of one row of a list."""
    changelist = page.context["cl"]
    listed = changelist.result_list[row]
    model_admin = changelist.model_admin
    found = {}
    for name in changelist.list_display:
        column = getattr(model_admin, name, None)
        found[name] = str(column(listed) if callable(column) else getattr(listed, name, ""))
    return found


def test_a_live_room_is_shown_with_people_node_epoch_and_levels(staff: Client, cast: Cast) -> None:
    carried(cast.room)
    levels = {str(cast.speaker_place.pk): 7, str(cast.host_place.pk): 2}
    events.broker().set(live_levels_key(str(cast.room.pk)), json.dumps(levels), px=60_000)
    page = staff.get(ROOMS)
    row = cells(page)
    assert (row["title"], row["creator"]) == (cast.room.title, "@host")
    assert (row["people"], row["on_stage"], row["node"], row["epoch"]) == ("4", "2", "studio:1", "1")
    assert row["levels"] == "@speaker 7, @host 2"
    assert "@speaker 7, @host 2" in page.content.decode()


def test_silence_and_a_lost_broker_are_no_levels(staff: Client, cast: Cast, settings: Any) -> None:
    assert cells(staff.get(ROOMS))["levels"] == "–"
    settings.REDIS_URL = "unix:///nonexistent.sock"
    assert cells(staff.get(ROOMS))["levels"] == "–"


def test_the_list_begins_with_what_is_live(staff: Client, cast: Cast) -> None:
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(5))
    assert staff.get(ROOMS).context["cl"].result_count == 0
    assert staff.get(ROOMS, {"state": "ENDED"}).context["cl"].result_count == 1
    assert staff.get(ROOMS, {"state": "all"}).context["cl"].result_count == 1


def test_the_list_costs_as_many_queries_for_one_room_as_for_ten(
    staff: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(10):
        host = person(f"host_{number}", follower_count=600)
        carried(lifecycle.open_room(creator=host, title="A room of many", now=later(number)))
    with django_assert_max_num_queries(14):
        assert staff.get(ROOMS).context["cl"].result_count == 10


@pytest.mark.parametrize("sure", [False, True])
def test_a_room_is_ended_after_a_second_question(
    staff: Client, cast: Cast, sure: bool, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    asked = {"action": "end_rooms", "_selected_action": [str(cast.room.pk)]}
    with django_capture_on_commit_callbacks(execute=True):
        page = staff.post(ROOMS, {**asked, "sure": "1"} if sure else asked, follow=True)
    cast.room.refresh_from_db()
    assert cast.room.state == (RoomState.ENDED if sure else RoomState.LIVE)
    assert LogEntry.objects.filter(object_id=str(cast.room.pk)).exists() is sure
    assert ("1 room ended." if sure else "What the sea remembers") in page.content.decode()
    if sure:
        assert cast.room.end_reason == "staff"
        assert not Participant.objects.present().filter(room=cast.room).exists()


def test_whoever_may_only_look_ends_nothing(cast: Cast) -> None:
    asked = {"action": "end_rooms", "_selected_action": [str(cast.room.pk)], "sure": "1"}
    helper("view_room").post(ROOMS, asked)
    cast.room.refresh_from_db()
    assert cast.room.state == RoomState.LIVE


def test_nobody_edits_rooms_or_nodes_by_hand(staff: Client, cast: Cast) -> None:
    node = carried(cast.room)
    for path in (f"{ROOMS}add/", f"{ROOMS}{cast.room.pk}/delete/", f"{NODES}add/", f"{NODES}{node.pk}/delete/"):
        assert staff.get(path).status_code == 403
    for path in (f"{ROOMS}{cast.room.pk}/change/", f"{NODES}{node.pk}/change/"):
        assert staff.get(path).status_code == 200
        assert staff.post(path, {"title": "Another", "name": "Another"}).status_code == 403


def test_the_page_of_a_full_room_lists_the_first_people(staff: Client, cast: Cast) -> None:
    people = [User(handle=f"crowd_{number}", display_name="Crowd") for number in range(300)]
    User.objects.bulk_create(people)
    Participant.objects.bulk_create(
        [Participant(room=cast.room, person=one, joined_at=later(number)) for number, one in enumerate(people)]
    )
    page = staff.get(f"{ROOMS}{cast.room.pk}/change/").content.decode()
    assert len(set(re.findall(r"@crowd_\d+", page))) == 200 - 4
    assert "@speaker" in page
    assert "@host" in page


def test_the_page_of_a_room_tells_what_hosts_did_about_people(
    staff: Client, cast: Cast, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    told: dict[str, Any] = {"actor": cast.host, "room_id": cast.room.pk}
    out, asker = person("out"), person("asker", created_at=later(-9))
    audio.mute_everyone(**told, now=later(1))
    audio.unmute_self(actor=cast.speaker, room_id=cast.room.pk, now=later(1))
    audio.mute_speaker(**told, participant_id=cast.speaker_place.pk, now=later(2))
    for one in (out, *(person(f"out_{number}") for number in range(5))):
        removals.remove_person(**told, participant_id=come_in(one, cast.room).pk, now=later(3))
    removals.readmit(**told, person_id=out.pk, now=later(4))
    invitations.invite(**told, person_id=cast.stranger.pk, kind="SPEAK", now=later(5))
    knocks.set_entry(**told, age_hours=0, followers=False, approval=True, now=later(6))
    knocks.knock(actor=asker, room_id=cast.room.pk, now=later(7))
    knocks.refuse(**told, person_id=asker.pk, now=later(8))
    for text in ("Still up", "Taken down"):
        made = pins.pin(**told, text=text, now=later(9))
    pins.unpin(**told, pin_id=made, now=later(10))
    with django_assert_max_num_queries(17):
        page = staff.get(f"{ROOMS}{cast.room.pk}/change/").content.decode()
    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL)]

    def row_with(*words: str) -> bool:
        return any(all(word in row for word in words) for row in rows)

    assert row_with("@out ", "7 p.m. @host, March 14")
    assert row_with("@out_4 ", "@host")
    assert row_with("@stranger", "speak: @host", "open")
    assert row_with("@asker", "refused", "@host")
    assert row_with("@speaker", "speaker", "@host")
    assert row_with("@host: Still up", "@host, March 14", "–")
    assert row_with("@host: Taken down", "@host, March 14, 2026, 7 p.m. @host, March 14")


def test_media_nodes_are_shown_with_heartbeat_and_load(staff: Client) -> None:
    cast = full_cast()
    node = carried(cast.room)
    row = cells(staff.get(NODES))
    assert (row["name"], row["load_percent"], row["room_count"], row["leg_count"]) == ("studio:1", "37%", "1", "2")
    assert row["is_alive"] == "True"
    MediaNode.objects.filter(pk=node.pk).update(heartbeat_at=later(-60))
    assert cells(staff.get(NODES))["is_alive"] == "False"


def test_the_threshold_is_changed_at_run_time(staff: Client) -> None:
    someone = person("someone", follower_count=100)
    assert not eligibility.hosting_standing(person=someone).may_host
    assert staff.get("/admin/rooms/hostingpolicy/").context["cl"].result_count == 1
    answer = staff.post("/admin/rooms/hostingpolicy/1/change/", {"followers_needed": "100"})
    assert answer.status_code == 302
    assert eligibility.hosting_standing(person=someone).may_host
    assert LogEntry.objects.filter(object_id="1", change_message__contains="ollowers").exists()
    assert staff.get("/admin/rooms/hostingpolicy/add/").status_code == 403
    assert staff.get("/admin/rooms/hostingpolicy/1/delete/").status_code == 403
    assert HostingPolicy.objects.count() == 1
