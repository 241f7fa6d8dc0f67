"""Out of the room: every way in is shut, until a host opens it again."""

from collections.abc import Callable
from typing import Any

import pytest

from rooms import admission, stage_rules
from rooms.models import Participant, Removal
from rooms.services import catching_up, entry, hands, media, playback, removals
from tests.rooms.cast import NOW, Cast, come_in, later, person

pytestmark = pytest.mark.django_db
Told = Callable[..., list[dict[str, Any]]]


def remove(cast: Cast, who: Participant, **more: Any) -> None:
    removals.remove_person(actor=cast.host, room_id=cast.room.pk, participant_id=who.pk, now=NOW, **more)


def test_a_speaker_is_off_the_stage_and_out_of_the_mixer(cast: Cast, told: Told) -> None:
    place = cast.speaker_place
    events = told(cast.room, removals.remove_person, actor=cast.host, participant_id=place.pk, now=NOW)
    assert [(event["type"], event["data"]["to"]) for event in events] == [("speaker.left", "removed")]
    facts = media.read_stages(room_ids=[str(cast.room.pk)], now=NOW)[str(cast.room.pk)]
    assert str(place.pk) not in {seat.participant_id for seat in facts.seats}


def test_no_device_comes_back_in(cast: Cast) -> None:
    remove(cast, cast.listener_place)
    for device in ("listener-1", "another"):
        with pytest.raises(admission.PutOut) as refused:
            entry.join_room(actor=cast.listener, room_id=cast.room.pk, device=device, now=later(1))
        assert str(refused.value.text) == "You cannot join this room."
        with pytest.raises(admission.PutOut):
            entry.move_here(actor=cast.listener, room_id=cast.room.pk, device=device, now=later(1))


def test_old_grants_and_new_ones_are_void(cast: Cast) -> None:
    place = cast.speaker_place
    remove(cast, place)
    with pytest.raises(playback.NotOnStage):
        playback.speak_grant(person_id=cast.speaker.pk, room_id=cast.room.pk, device=place.device, now=NOW)
    with pytest.raises(playback.NotJoined):
        playback.media_info(participant=cast.speaker_place, room=cast.room, now=NOW)
    gone = playback.standing_of(room_ids=[str(cast.room.pk)], since=playback.gone_since(now=NOW))
    assert str(place.pk) in gone[str(cast.room.pk)].gone


def test_for_now_means_that_they_may_come_back(cast: Cast) -> None:
    remove(cast, cast.listener_place, for_good=False)
    assert cast.listener_place.left_at is not None
    come_in(cast.listener, cast.room, now=later(1))


def test_who_has_left_can_be_kept_out_too(cast: Cast) -> None:
    entry.leave_room(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    remove(cast, cast.listener_place)
    with pytest.raises(admission.PutOut):
        come_in(cast.listener, cast.room)


def test_a_host_undoes_it_and_removing_again_is_new(cast: Cast) -> None:
    remove(cast, cast.listener_place)
    remove(cast, cast.listener_place)
    assert Removal.objects.count() == 1
    assert [one.handle for one in catching_up.removed_people(actor=cast.host, room_id=cast.room.pk)] == ["listener"]
    assert removals.readmit(actor=cast.host, room_id=cast.room.pk, person_id=cast.listener.pk, now=later(1))
    assert not removals.readmit(actor=cast.host, room_id=cast.room.pk, person_id=cast.listener.pk, now=later(1))
    come_in(cast.listener, cast.room, now=later(2))
    remove(cast, cast.listener_place)
    assert Removal.objects.standing().count() == 1


def test_a_hand_goes_with_its_owner(cast: Cast, told: Told) -> None:
    hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    events = told(cast.room, removals.remove_person, actor=cast.host, participant_id=cast.listener_place.pk, now=NOW)
    assert [event["type"] for event in events] == ["hand.lowered"]


def test_listeners_and_speakers_remove_nobody(cast: Cast) -> None:
    for who in (cast.listener, cast.speaker):
        with pytest.raises(stage_rules.NotAHost):
            removals.remove_person(actor=who, room_id=cast.room.pk, participant_id=cast.listener_place.pk, now=NOW)


def test_nobody_removes_themselves(cast: Cast) -> None:
    with pytest.raises(stage_rules.HostStays):
        remove(cast, cast.host_place)


def test_somebody_who_was_never_here_is_nobody(cast: Cast) -> None:
    stranger = person("nowhere")
    with pytest.raises(stage_rules.NoSuchParticipant):
        removals.remove_person(actor=cast.host, room_id=cast.room.pk, participant_id=stranger.pk, now=NOW)
