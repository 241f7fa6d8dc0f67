"""What hosts do: all microphones at once, locked ones, co-hosts, and handing the room over."""

from collections.abc import Callable
from typing import Any

import pytest

from rooms import stage_rules
from rooms.models import Participant, Role, Room
from rooms.services import audio, hosts, lifecycle, media, removals, stage
from tests.rooms.cast import NOW, Cast, bring_on_stage, come_in, person, place_of

pytestmark = pytest.mark.django_db
Told = Callable[..., list[dict[str, Any]]]


def speakers(cast: Cast, count: int) -> list[Any]:
    """So many more speakers with open microphones."""
    people = [person(f"speaker_{index}") for index in range(count)]
    for one in people:
        bring_on_stage(one, cast.host, cast.room)
        audio.unmute_self(actor=one, room_id=cast.room.pk, now=NOW)
    return people


def cohost(cast: Cast, handle: str) -> Any:
    """Somebody on stage whom the host made co-host."""
    one = person(handle)
    place = bring_on_stage(one, cast.host, cast.room)
    hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, now=NOW)
    return one


def seats(cast: Cast) -> dict[str, bool]:
    """Participant id → whether the mixer must keep them silent."""
    facts = media.read_stages(room_ids=[str(cast.room.pk)], now=NOW)[str(cast.room.pk)]
    return {seat.participant_id: seat.muted for seat in facts.seats}


def test_all_but_the_hosts_fall_silent_at_once_and_learn_by_whom(cast: Cast, told: Told) -> None:
    three, second = speakers(cast, 3), cohost(cast, "second")
    for one in (cast.host, second):
        audio.unmute_self(actor=one, room_id=cast.room.pk, now=NOW)
    events = told(cast.room, audio.mute_everyone, actor=cast.host, now=NOW)
    assert [event["type"] for event in events] == ["stage.muted"]
    assert events[0]["data"]["by"]["handle"] == "host"
    assert set(events[0]["data"]["participants"]) == {str(place_of(one, cast.room).pk) for one in three}
    silent = seats(cast)
    assert all(silent[str(place_of(one, cast.room).pk)] for one in three)
    assert not silent[str(cast.host_place.pk)]
    assert not silent[str(place_of(second, cast.room).pk)]
    assert told(cast.room, audio.mute_everyone, actor=cast.host, now=NOW) == []


def test_without_the_lock_people_open_their_microphones_again(cast: Cast) -> None:
    (one,) = speakers(cast, 1)
    audio.mute_everyone(actor=cast.host, room_id=cast.room.pk, now=NOW)
    audio.unmute_self(actor=one, room_id=cast.room.pk, now=NOW)
    assert not place_of(one, cast.room).muted


def test_locked_microphones_stay_closed_those_of_newcomers_too(cast: Cast, told: Told) -> None:
    (one,) = speakers(cast, 1)
    events = told(cast.room, audio.mute_everyone, actor=cast.host, lock=True, now=NOW)
    assert [event["type"] for event in events] == ["stage.muted", "mics.locked"]
    late = person("late")
    bring_on_stage(late, cast.host, cast.room)
    for who in (one, late):
        with pytest.raises(stage_rules.MicsLocked):
            audio.unmute_self(actor=who, room_id=cast.room.pk, now=NOW)
    audio.unmute_self(actor=cast.host, room_id=cast.room.pk, now=NOW)
    audio.set_locked(actor=cast.host, room_id=cast.room.pk, is_locked=False, now=NOW)
    assert place_of(late, cast.room).muted
    audio.unmute_self(actor=late, room_id=cast.room.pk, now=NOW)


def test_the_mixer_keeps_the_lock_whatever_a_row_says(cast: Cast) -> None:
    (one,) = speakers(cast, 1)
    Room.objects.filter(pk=cast.room.pk).update(mics_locked=True)
    assert not place_of(one, cast.room).muted
    assert seats(cast)[str(place_of(one, cast.room).pk)]


def test_who_loses_a_hosts_role_under_the_lock_is_silent(cast: Cast, told: Told) -> None:
    second = cohost(cast, "second")
    audio.unmute_self(actor=second, room_id=cast.room.pk, now=NOW)
    audio.set_locked(actor=cast.host, room_id=cast.room.pk, is_locked=True, now=NOW)
    place = place_of(second, cast.room)
    events = told(cast.room, hosts.take_role, actor=cast.host, participant_id=place.pk, now=NOW)
    assert [event["type"] for event in events] == ["speaker.muted", "role.changed"]
    assert place_of(second, cast.room).muted


def test_a_room_has_two_cohosts_and_no_third(cast: Cast) -> None:
    cohost(cast, "second")
    cohost(cast, "third")
    place = bring_on_stage(person("fourth"), cast.host, cast.room)
    with pytest.raises(stage_rules.TooManyCohosts) as refused:
        hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, now=NOW)
    assert refused.value.data == {"limit": 2}


def test_only_somebody_on_stage_becomes_cohost(cast: Cast) -> None:
    with pytest.raises(stage_rules.NotASpeaker):
        hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=cast.listener_place.pk, now=NOW)


def test_a_cohost_does_what_the_host_does(cast: Cast) -> None:
    second = cohost(cast, "second")
    place = cast.speaker_place
    audio.mute_speaker(actor=second, room_id=cast.room.pk, participant_id=place.pk, now=NOW)
    audio.mute_everyone(actor=second, room_id=cast.room.pk, lock=True, now=NOW)
    hosts.name_cohost(actor=second, room_id=cast.room.pk, participant_id=place.pk, now=NOW)
    removals.remove_person(actor=second, room_id=cast.room.pk, participant_id=cast.listener_place.pk, now=NOW)
    lifecycle.end_room(actor=second, room_id=cast.room.pk, now=NOW)
    assert Room.objects.get(pk=cast.room.pk).end_reason == "host"


def test_staff_who_listen_in_end_it_as_staff(cast: Cast) -> None:
    warden = person("warden", is_staff=True)
    come_in(warden, cast.room)
    lifecycle.end_room(actor=warden, room_id=cast.room.pk, now=NOW)
    assert Room.objects.get(pk=cast.room.pk).end_reason == "staff"


@pytest.mark.parametrize("act", [stage.demote, removals.remove_person, hosts.take_role])
def test_a_cohost_touches_neither_the_host_nor_another_cohost(cast: Cast, act: Callable[..., None]) -> None:
    second, third = cohost(cast, "second"), cohost(cast, "third")
    for victim, refusal in ((cast.host, stage_rules.HostStays), (third, stage_rules.NotAHost)):
        with pytest.raises(refusal):
            act(actor=second, room_id=cast.room.pk, participant_id=place_of(victim, cast.room).pk, now=NOW)
    assert Participant.objects.on_stage().filter(room=cast.room, role=Role.CO_HOST).count() == 2


def test_a_cohost_gives_the_role_back(cast: Cast) -> None:
    second = cohost(cast, "second")
    place = place_of(second, cast.room)
    hosts.take_role(actor=second, room_id=cast.room.pk, participant_id=place.pk, now=NOW)
    assert place_of(second, cast.room).role == Role.SPEAKER


def test_the_room_is_handed_over_and_the_creator_cannot_be_touched(cast: Cast, told: Told) -> None:
    place = cast.speaker_place
    events = told(cast.room, hosts.hand_over, actor=cast.host, participant_id=place.pk, now=NOW)
    assert [(event["type"], event["data"]["role"]) for event in events] == [
        ("role.changed", "host"),
        ("role.changed", "co_host"),
    ]
    for act in (stage.demote, removals.remove_person):
        with pytest.raises(stage_rules.HostStays):
            act(actor=cast.speaker, room_id=cast.room.pk, participant_id=cast.host_place.pk, now=NOW)
    lifecycle.end_room(actor=cast.host, room_id=cast.room.pk, now=NOW)


def test_a_cohost_cannot_hand_the_room_over(cast: Cast) -> None:
    second = cohost(cast, "second")
    with pytest.raises(stage_rules.NotAHost):
        hosts.hand_over(actor=second, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)


def test_who_handed_over_to_a_full_bench_of_cohosts_is_a_speaker(cast: Cast) -> None:
    cohost(cast, "second")
    cohost(cast, "third")
    hosts.hand_over(actor=cast.host, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)
    assert cast.host_place.role == Role.SPEAKER
    assert come_in(cast.host, cast.room).role == Role.SPEAKER
