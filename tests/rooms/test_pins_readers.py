"""Who may read the wall of a room: whoever may be inside while it is live, after it whoever may know of it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import blocks
from rooms.models import Knock, PassSource, Room
from rooms.queries import pins as queries
from rooms.services import closing, entry, knocks, lifecycle, passes, removals
from tests.rooms.cast import NOW, Cast, later, person
from tests.rooms.test_pins import pin, post_of

pytestmark = pytest.mark.django_db

WORDS = "The tide table"
NOTE = {"en": "Threats.", "fr": "Menaces."}


@pytest.fixture
def wall(cast: Cast) -> str:
    """Something is pinned in the live room; the address of its wall."""
    pin(cast, post_of(cast.speaker, WORDS))
    return f"/api/v1/rooms/{cast.room.pk}/pins/"


def client_of(who: User | None) -> APIClient:
    client = APIClient()
    if who is not None:
        client.force_login(who)
    return client


def read_by(who: User | None, wall: str) -> tuple[int, str]:
    """The status, and the first words on the wall or the code of the refusal."""
    answer = client_of(who).get(wall)
    told = answer.json()
    if answer.status_code != 200:
        assert WORDS not in answer.content.decode()
        return answer.status_code, told["code"]
    return 200, told["data"][0]["post"]["text"] if told["data"] else ""


def change(room: Room, **fields: Any) -> None:
    Room.objects.filter(pk=room.pk).update(**fields)


def ticketed(cast: Cast) -> None:
    """The room needs tickets from now on; whoever is inside has one."""
    passes.require_passes(room=cast.room, now=NOW)
    for who in (cast.speaker, cast.listener):
        passes.issue_pass(room_id=cast.room.pk, person_id=who.pk, source=PassSource.TICKET, now=NOW)


def remove(cast: Cast, who: User, *, for_good: bool = True) -> None:
    place = cast.room.participants.get(person=who)
    told = {"room_id": cast.room.pk, "participant_id": place.pk, "for_good": for_good, "now": later(9)}
    removals.remove_person(actor=cast.host, **told)


def everybody(cast: Cast) -> dict[str, User | None]:
    named = {name: getattr(cast, name) for name in ("host", "speaker", "listener", "guest", "stranger")}
    return named | {"nobody": None}


def test_of_an_open_room_everybody_reads_it(cast: Cast, wall: str) -> None:
    for name, who in everybody(cast).items():
        assert read_by(who, wall) == (200, WORDS), name


def test_whoever_is_inside_reads_on_when_the_door_shuts(cast: Cast, wall: str) -> None:
    change(cast.room, guests_allowed=False, entry_followers=True, entry_approval=True)
    shut = {"stranger": (403, "followers_only"), "nobody": (401, "sign_in_first")}
    for name, who in everybody(cast).items():
        assert read_by(who, wall) == shut.get(name, (200, WORDS)), name


def test_a_guest_who_is_outside_is_asked_to_sign_in_where_guests_are_not_let_in(cast: Cast, wall: str) -> None:
    entry.leave_room(actor=cast.guest, room_id=cast.room.pk, now=later(5))
    assert read_by(cast.guest, wall) == (200, WORDS)
    change(cast.room, guests_allowed=False)
    assert read_by(cast.guest, wall) == (401, "sign_in_first")


def test_whoever_must_knock_reads_once_they_are_let_in(cast: Cast, wall: str) -> None:
    change(cast.room, entry_approval=True)
    assert read_by(cast.stranger, wall) == (403, "knock_first")
    knocks.knock(actor=cast.stranger, room_id=cast.room.pk, now=timezone.now())
    assert read_by(cast.stranger, wall) == (403, "knock_first")
    assert Knock.objects.filter(room=cast.room).exists()
    knocks.admit(actor=cast.host, room_id=cast.room.pk, person_id=cast.stranger.pk, now=timezone.now())
    assert read_by(cast.stranger, wall) == (200, WORDS)


def test_without_a_ticket_nobody_reads_it(cast: Cast, wall: str) -> None:
    ticketed(cast)
    paid = {"host": (200, WORDS), "speaker": (200, WORDS), "listener": (200, WORDS)}
    refused = {"stranger": (402, "needs_ticket"), "nobody": (401, "sign_in_first")}
    entry.leave_room(actor=cast.guest, room_id=cast.room.pk, now=later(5))
    for name, expected in (paid | refused | {"guest": (402, "needs_ticket")}).items():
        assert read_by(everybody(cast)[name], wall) == expected, name
    # Outside, but paid.
    entry.leave_room(actor=cast.listener, room_id=cast.room.pk, now=later(6))
    assert read_by(cast.listener, wall) == (200, WORDS)
    passes.revoke_pass(room_id=cast.room.pk, person_id=cast.listener.pk, source=PassSource.TICKET, now=later(7))
    assert read_by(cast.listener, wall) == (402, "needs_ticket")


def test_whoever_was_removed_for_good_does_not_read_it_and_who_may_come_back_does(cast: Cast, wall: str) -> None:
    remove(cast, cast.guest, for_good=False)
    assert read_by(cast.guest, wall) == (200, WORDS)
    remove(cast, cast.listener)
    assert read_by(cast.listener, wall) == (403, "cannot_join")


def test_threat_26_to_whom_the_host_blocked_there_is_no_such_room(cast: Cast, wall: str) -> None:
    for who in (cast.listener, cast.stranger):
        blocks.block_person(actor=cast.host, person_id=who.pk, now=NOW)
        client = client_of(who)
        told = [client.get(path).json() for path in (wall, wall.replace(str(cast.room.pk), str(cast.host.pk)))]
        for answer in told:
            del answer["instance"], answer["request_id"]
        assert told[0] == told[1]
        assert (told[0]["status"], told[0]["code"]) == (404, "no_such_room")
    assert read_by(cast.speaker, wall) == (200, WORDS)


@pytest.mark.parametrize("how", ["removed", "blocked", "unpaid"])
def test_it_is_refused_as_the_snapshot_is(
    cast: Cast, wall: str, how: str, django_capture_on_commit_callbacks: Any
) -> None:
    acts: dict[str, Callable[[], object]] = {
        "removed": lambda: remove(cast, cast.listener),
        "blocked": lambda: blocks.block_person(actor=cast.host, person_id=cast.listener.pk, now=NOW),
        "unpaid": lambda: (
            ticketed(cast)
            or passes.revoke_pass(
                room_id=cast.room.pk, person_id=cast.listener.pk, source=PassSource.TICKET, now=later(7)
            )
        ),
    }
    with django_capture_on_commit_callbacks(execute=True):
        acts[how]()
    client = client_of(cast.listener)
    told = [client.get(path) for path in (wall, wall.replace("/pins/", "/snapshot/"))]
    problems = [{key: one.json()[key] for key in ("status", "code", "title", "detail")} for one in told]
    assert problems[0] == problems[1]
    assert problems[0]["status"] in (402, 403, 404)


def test_threat_03_who_was_removed_finds_no_way_to_what_is_pinned_since(cast: Cast, wall: str) -> None:
    """They kept the tag and the address of what they read inside, they sign out, and they try each door."""
    change(cast.room, guests_allowed=False)
    client = client_of(cast.listener)
    inside = client.get(wall)
    pin_path = f"{wall}{inside.json()['data'][0]['id']}/"
    remove(cast, cast.listener)
    room = f"/api/v1/rooms/{cast.room.pk}/"
    tags = {"If-None-Match": inside.headers["ETag"]}
    refused = [client.get(wall, headers=tags), client.head(wall), client.get(f"{wall}?max_results=1&as={cast.host.pk}")]
    refused += [client.get(f"{room}{door}/") for door in ("after", "snapshot", "roster")]
    refused += [client.get(f"{room}events/?after=0")]
    refused += [client.patch(pin_path, {"place": 0}, format="json", headers={"If-Match": "*"}), client.delete(pin_path)]
    # The room is not over: what it leaves behind is told to nobody yet.
    assert [one.status_code for one in refused] == [403, 403, 403, 409, 403, 403, 403, 403, 403]
    seen = [client.get(path) for path in (room, f"/rooms/{cast.room.pk}/", f"/embed/rooms/{cast.room.pk}/")]
    client.logout()
    refused.append(client.get(wall, headers=tags))
    assert refused[-1].status_code == 401
    for answer in refused + seen:
        assert WORDS not in answer.content.decode(), answer.request["PATH_INFO"]
        assert "ETag" not in answer.headers or answer.headers["ETag"] != inside.headers["ETag"]


def test_after_the_room_whoever_may_know_of_it_reads_what_was_pinned(cast: Cast, wall: str) -> None:
    ticketed(cast)
    remove(cast, cast.listener)
    foe = person("foe")
    blocks.block_person(actor=cast.host, person_id=foe.pk, now=NOW)
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(20))
    for name, who in everybody(cast).items():
        assert read_by(who, wall) == (200, WORDS), name
    assert read_by(foe, wall) == (404, "no_such_room")


def test_of_a_room_that_staff_closed_staff_alone_read_it(cast: Cast, wall: str) -> None:
    staff, dismissed = person("warden", is_staff=True), person("former", is_staff=True, is_active=False)
    closing.end_held_room(room=Room.objects.get(pk=cast.room.pk), why="staff", note=NOTE, now=later(20))
    for name, who in everybody(cast).items():
        assert read_by(who, wall) == (200, ""), name
    assert read_by(staff, wall) == (200, WORDS)
    assert queries.pins_seen_by(room_id=cast.room.pk, viewer=dismissed, now=NOW) == []
    after = client_of(cast.listener).get(wall.replace("/pins/", "/after/")).json()["data"]
    assert after["pins"] == []


def test_reading_it_costs_ten_queries_at_most(cast: Cast, wall: str) -> None:
    pin(cast, post_of(cast.host, "One more"))
    ticketed(cast)
    outside = person("outside")
    passes.issue_pass(room_id=cast.room.pk, person_id=outside.pk, source=PassSource.TICKET, now=NOW)
    for who in (cast.listener, outside):
        client = client_of(who)
        # A session that is new is written down first.
        client.get(wall)
        with CaptureQueriesContext(connection) as asked:
            assert len(client.get(wall).json()["data"]) == 2
        assert len(asked) <= 10, "\n".join(one["sql"][:300] for one in asked)
