"""People who drop off: seats, listeners, hosts, offers."""

from collections.abc import Callable
from typing import Any

import pytest

from rooms.models import Participant, Role, Room, RoomState, WebProcess
from rooms.services import lifecycle, presence, snapshots, stage, succession
from tests.rooms.cast import NOW, Cast, bring_on_stage, come_in, drop_off, later, person, raise_and_accept

pytestmark = pytest.mark.django_db
Told = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def watch(told: Told) -> Callable[..., list[dict[str, Any]]]:
    """Runs the watch at a moment and gives what the room was told."""

    def run(room: Room, seconds: float) -> list[dict[str, Any]]:
        return told(room, lambda room_id: succession.watch_rooms(now=later(seconds)))

    return run


def test_nothing_happens_while_everybody_is_there(cast: Cast, watch: Told) -> None:
    assert watch(cast.room, 3600) == []


def test_an_offer_runs_out_after_a_minute(cast: Cast, watch: Told) -> None:
    raise_and_accept(cast.listener, cast.host, cast.room)
    assert watch(cast.room, 59) == []
    assert watch(cast.room, 60)[0]["data"]["why"] == "expired"
    assert watch(cast.room, 61) == []


def test_limit_seat_a_lost_speaker_keeps_it_then_listens_then_is_out(cast: Cast, watch: Told) -> None:
    drop_off(cast.speaker_place, now=NOW)
    assert watch(cast.room, 29) == []
    assert watch(cast.room, 30)[0]["data"]["to"] == "audience"
    assert cast.speaker_place.role == Role.LISTENER
    assert watch(cast.room, 59) == []
    watch(cast.room, 60)
    assert cast.speaker_place.left_at == later(60)


def test_a_lost_listener_leaves(cast: Cast, watch: Told) -> None:
    drop_off(cast.listener_place, now=NOW)
    watch(cast.room, 29)
    assert cast.listener_place.left_at is None
    watch(cast.room, 30)
    assert cast.listener_place.left_at == later(30)


def test_a_host_who_reloads_is_not_lost(cast: Cast, watch: Told) -> None:
    drop_off(cast.host_place, now=NOW)
    assert watch(cast.room, 4) == []
    come_in(cast.host, cast.room, device="host-1", now=later(5))
    assert watch(cast.room, 60) == []


def test_the_oldest_speaker_takes_over_from_a_lost_host(cast: Cast, watch: Told) -> None:
    bring_on_stage(person("younger"), cast.host, cast.room, now=later(1))
    drop_off(cast.host_place, now=later(2))
    lost = watch(cast.room, 10)
    assert (lost[0]["type"], lost[0]["data"]["successor"]) == ("host.lost", str(cast.speaker_place.pk))
    assert watch(cast.room, 129) == []
    told = watch(cast.room, 130)
    assert [event["type"] for event in told] == ["speaker.left", "role.changed", "host.back"]
    assert told[1]["data"] == {"participant": str(cast.speaker_place.pk), "role": "host", "why": "succession"}
    assert cast.speaker_place.role == Role.HOST
    assert come_in(cast.host, cast.room, now=later(200)).role == Role.CO_HOST


def test_whoever_comes_in_meanwhile_learns_that_the_host_is_lost(cast: Cast, watch: Told) -> None:
    drop_off(cast.host_place, now=later(2))
    (lost,) = watch(cast.room, 10)
    come_in(cast.stranger, cast.room, now=later(11))
    seen = snapshots.snapshot(room_id=cast.room.pk, viewer=cast.stranger, now=later(12))
    assert seen.room["host_lost"] == lost["data"]
    come_in(cast.host, cast.room, device="host-1", now=later(13))
    assert "host_lost" not in snapshots.snapshot(room_id=cast.room.pk, viewer=cast.stranger, now=later(14)).room


def test_a_co_host_goes_before_an_older_speaker(cast: Cast, watch: Told) -> None:
    co_host = bring_on_stage(person("co_host"), cast.host, cast.room, now=later(1))
    Participant.objects.filter(pk=co_host.pk).update(role=Role.CO_HOST)
    drop_off(cast.host_place, now=later(2))
    assert watch(cast.room, 10)[0]["data"]["successor"] == str(co_host.pk)


def test_a_host_who_is_back_in_time_stays_host(cast: Cast, watch: Told, told: Told) -> None:
    drop_off(cast.host_place, now=NOW)
    watch(cast.room, 10)
    back = told(cast.room, lambda room_id: come_in(cast.host, cast.room, device="host-1", now=later(100)))
    assert [event["type"] for event in back] == ["speaker.connection", "host.back"]
    assert watch(cast.room, 200) == []
    assert cast.host_place.role == Role.HOST


def test_without_anybody_on_stage_the_room_ends(cast: Cast, watch: Told) -> None:
    stage.step_down(actor=cast.speaker, room_id=cast.room.pk, now=NOW)
    drop_off(cast.host_place, now=NOW)
    assert watch(cast.room, 10)[0]["data"]["successor"] is None
    ended = watch(cast.room, 130)
    assert ended[-1] == ended[-1] | {"type": "room.ended", "data": {"why": "host_lost", "note": {}}}
    room = Room.objects.get(pk=cast.room.pk)
    assert (room.state, room.end_reason) == (RoomState.ENDED, "host_lost")


def test_a_stage_that_is_empty_for_ten_minutes_ends_the_room(cast: Cast, watch: Told, settings: Any) -> None:
    settings.HOST_GRACE_SECONDS = 3600
    stage.step_down(actor=cast.speaker, room_id=cast.room.pk, now=NOW)
    drop_off(cast.host_place, now=NOW)
    watch(cast.room, 10)
    watch(cast.room, 600)
    assert Room.objects.get(pk=cast.room.pk).state == RoomState.LIVE
    assert watch(cast.room, 610)[-1]["data"] == {"why": "stage_empty", "note": {}}


def test_a_web_process_that_died_takes_its_sockets_with_it(cast: Cast, watch: Told) -> None:
    assert not presence.web_process_alive(process="web", now=NOW)
    assert presence.web_process_alive(process="web", now=later(1))
    assert watch(cast.room, 30) == []
    told = watch(cast.room, 31)
    assert {event["type"] for event in told} == {"speaker.connection"}
    assert cast.listener_place.disconnected_at == later(31)
    assert not WebProcess.objects.exists()
    assert not presence.web_process_alive(process="web", now=later(32))


def test_a_room_that_ended_is_left_alone(cast: Cast, watch: Told) -> None:
    drop_off(cast.host_place, now=NOW)
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=NOW)
    assert watch(cast.room, 600) == []
