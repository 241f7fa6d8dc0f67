"""Coming in, two devices, going out."""

from collections.abc import Callable
from typing import Any

import pytest

from rooms import refusals, stage_rules
from rooms.models import Participant, Role, Room
from rooms.services import audio, entry, hands, lifecycle
from tests.rooms.cast import NOW, Cast, come_in, drop_off, hand_of, later, open_room, person, place_of

pytestmark = pytest.mark.django_db
Told = Callable[..., list[dict[str, Any]]]


def test_joining_twice_is_joining_once(cast: Cast) -> None:
    first = entry.join_room(actor=cast.stranger, room_id=cast.room.pk, device="a", now=NOW)
    again = entry.join_room(actor=cast.stranger, room_id=cast.room.pk, device="a", now=later(5))
    assert first == again
    assert place_of(cast.stranger, cast.room).joined_at == NOW


def test_a_room_that_is_not_there() -> None:
    somebody = person("somebody")
    for wrong in ("nonsense", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(refusals.NoSuchRoom):
            entry.join_room(actor=somebody, room_id=wrong, device="a", now=NOW)


def test_the_door_is_asked_with_what_the_database_knows_now(cast: Cast) -> None:
    type(cast.stranger).objects.filter(pk=cast.stranger.pk).update(is_active=False)
    with pytest.raises(refusals.Suspended):
        entry.join_room(actor=cast.stranger, room_id=cast.room.pk, device="a", now=NOW)
    type(cast.listener).objects.filter(pk=cast.listener.pk).update(is_active=False)
    with pytest.raises(refusals.Suspended):
        entry.move_here(actor=cast.listener, room_id=cast.room.pk, device="b", now=NOW)


def test_hidden_listening_is_for_rooms_that_allow_it() -> None:
    room = open_room(person("host", follower_count=600), hidden_allowed=False)
    somebody = person("somebody")
    with pytest.raises(refusals.HiddenNotAllowed):
        entry.join_room(actor=somebody, room_id=room.pk, device="a", hidden=True, now=NOW)


def test_a_second_device_is_told_and_changes_nothing(cast: Cast) -> None:
    joined = entry.join_room(actor=cast.listener, room_id=cast.room.pk, device="other", now=NOW)
    assert joined.elsewhere
    assert cast.listener_place.device == "listener-1"


def test_a_place_whose_device_is_gone_is_free_for_the_next(cast: Cast) -> None:
    drop_off(cast.listener_place, now=later(1))
    joined = entry.join_room(actor=cast.listener, room_id=cast.room.pk, device="other", now=later(2))
    assert not joined.elsewhere
    assert cast.listener_place.device == "other"


def test_moving_here_closes_the_microphone(cast: Cast, told: Told) -> None:
    audio.unmute_self(actor=cast.speaker, room_id=cast.room.pk, now=NOW)
    events = told(cast.room, entry.move_here, actor=cast.speaker, device="other", now=later(1))
    assert [event["type"] for event in events] == ["speaker.muted", "speaker.connection"]
    place = cast.speaker_place
    assert (place.device, place.muted, place.role) == ("other", True, Role.SPEAKER)
    assert told(cast.room, entry.move_here, actor=cast.speaker, device="other", now=later(2)) == []


def test_who_is_not_in_has_nothing_to_move(cast: Cast) -> None:
    with pytest.raises(stage_rules.JoinFirst):
        entry.move_here(actor=cast.stranger, room_id=cast.room.pk, device="a", now=NOW)


def test_leaving_lowers_the_hand_and_frees_the_seat(cast: Cast, told: Told) -> None:
    hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    events = told(cast.room, entry.leave_room, actor=cast.listener, now=later(1))
    assert [event["type"] for event in events] == ["hand.lowered"]
    assert hand_of(cast.listener, cast.room).state == "LOWERED"
    left = told(cast.room, entry.leave_room, actor=cast.speaker, now=later(1))
    assert left[0]["data"]["to"] == "out"
    assert told(cast.room, entry.leave_room, actor=cast.speaker, now=later(1)) == []


def test_only_the_device_that_holds_the_place_leaves_by_itself(cast: Cast) -> None:
    entry.leave_room(actor=cast.listener, room_id=cast.room.pk, device="other", now=NOW)
    assert cast.listener_place.left_at is None
    entry.leave_room(actor=cast.listener, room_id=cast.room.pk, device="listener-1", now=NOW)
    assert cast.listener_place.left_at == NOW


def test_a_speaker_who_comes_back_listens(cast: Cast) -> None:
    entry.leave_room(actor=cast.speaker, room_id=cast.room.pk, now=NOW)
    assert come_in(cast.speaker, cast.room).role == Role.LISTENER


def test_a_host_who_comes_back_hosts(cast: Cast, told: Told) -> None:
    left = told(cast.room, entry.leave_room, actor=cast.host, now=later(1))
    assert [event["type"] for event in left] == ["speaker.left", "host.lost"]
    assert left[1]["data"] == {
        "deadline": "2026-03-14T19:02:01Z",
        "successor": str(cast.speaker_place.pk),
    }
    place = come_in(cast.host, cast.room, now=later(2))
    assert (place.role, place.muted) == (Role.HOST, True)
    assert Room.objects.get(pk=cast.room.pk).host_lost_at is None


def test_a_late_goodbye_of_an_older_socket_is_nothing(cast: Cast) -> None:
    place = cast.listener_place
    for socket, connected in (("web:new", True), ("web:listener-1", False)):
        entry.connection_changed(
            participant_id=place.pk, device="listener-1", connected=connected, socket=socket, now=later(1)
        )
    assert cast.listener_place.disconnected_at is None
    entry.connection_changed(
        participant_id=place.pk, device="listener-1", connected=False, socket="web:new", now=later(2)
    )
    assert cast.listener_place.disconnected_at == later(2)


def test_a_silent_leg_on_stage_is_seen_though_the_socket_is_open(cast: Cast, told: Told) -> None:
    place = cast.speaker_place
    for connected, expected in ((True, []), (False, ["speaker.connection"]), (True, ["speaker.connection"])):
        before = Room.objects.get(pk=cast.room.pk).seq
        entry.connection_changed(participant_id=place.pk, device="speaker-1", connected=connected, now=later(1))
        assert Room.objects.get(pk=cast.room.pk).seq - before == len(expected)


def test_a_lost_socket_on_stage_is_nothing_while_the_sound_flows(cast: Cast) -> None:
    place = cast.speaker_place
    entry.connection_changed(participant_id=place.pk, device="speaker-1", connected=True, now=NOW)
    drop_off(place, now=later(1))
    assert cast.speaker_place.disconnected_at is None


def test_reports_of_another_device_or_of_nobody_are_nothing(cast: Cast) -> None:
    entry.connection_changed(participant_id="x", device="a", connected=False, now=NOW)
    entry.connection_changed(participant_id=cast.listener_place.pk, device="other", connected=False, now=NOW)
    assert cast.listener_place.disconnected_at is None


def test_nothing_is_left_of_a_room_that_ended(cast: Cast) -> None:
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=later(9))
    assert not Participant.objects.present().filter(room=cast.room).exists()
    with pytest.raises(refusals.RoomEnded):
        entry.join_room(actor=cast.listener, room_id=cast.room.pk, device="listener-1", now=later(10))
    entry.leave_room(actor=cast.listener, room_id=cast.room.pk, now=later(10))
