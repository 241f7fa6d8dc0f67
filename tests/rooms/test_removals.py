"""Out of the room: every way in is shut, until a host opens it again."""

from collections.abc import Callable
from typing import Any

import pytest

from rooms import refusals, stage_rules
from rooms.models import InvitedTo, Participant, Removal, Role
from rooms.services import catching_up, entry, hands, hosts, invitations, media, playback, removals, stage
from tests.rooms.cast import NOW, Cast, bring_on_stage, come_in, later, person, place_of

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
        with pytest.raises(refusals.PutOut) as refused:
            entry.join_room(actor=cast.listener, room_id=cast.room.pk, device=device, now=later(1))
        assert str(refused.value.text) == "The host removed you from this room."
        with pytest.raises(refusals.PutOut):
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
    with pytest.raises(refusals.PutOut):
        come_in(cast.listener, cast.room)


def test_a_host_undoes_it_and_removing_again_is_new(cast: Cast) -> None:
    remove(cast, cast.listener_place)
    remove(cast, cast.listener_place)
    assert Removal.objects.count() == 1
    told, _next = catching_up.removed_people(actor=cast.host, room_id=cast.room.pk)
    assert [one.handle for one in told] == ["listener"]
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


@pytest.mark.parametrize("left_before", [False, True])
def test_an_invitation_does_not_lead_whoever_was_put_out_back_on_stage(cast: Cast, left_before: bool) -> None:
    room_id = cast.room.pk
    invitations.invite(actor=cast.host, room_id=room_id, person_id=cast.listener.pk, kind=InvitedTo.SPEAK, now=NOW)
    stage.take_offer(actor=cast.listener, room_id=room_id, now=NOW)
    if left_before:
        entry.leave_room(actor=cast.listener, room_id=room_id, now=later(1))
    remove(cast, cast.listener_place, for_good=False)
    come_in(cast.listener, cast.room, now=later(2))
    with pytest.raises(stage_rules.NoOffer):
        stage.take_offer(actor=cast.listener, room_id=room_id, now=later(3))


def hand_over(cast: Cast, to: Participant) -> None:
    hosts.hand_over(actor=cast.host, room_id=cast.room.pk, participant_id=to.pk, now=NOW)


def test_a_cohost_does_not_keep_a_host_out_who_is_just_away(cast: Cast) -> None:
    helper = person("helper")
    place = bring_on_stage(helper, cast.host, cast.room)
    hosts.name_cohost(actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, now=NOW)
    hand_over(cast, cast.speaker_place)
    entry.leave_room(actor=cast.speaker, room_id=cast.room.pk, now=later(1))
    with pytest.raises(stage_rules.HostStays):
        removals.remove_person(actor=helper, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=later(2))
    come_in(cast.speaker, cast.room, now=later(3))
    assert cast.speaker_place.role == Role.HOST


def test_a_former_host_who_was_put_out_comes_back_as_a_listener(cast: Cast) -> None:
    hand_over(cast, cast.speaker_place)
    entry.leave_room(actor=cast.speaker, room_id=cast.room.pk, now=later(1))
    entry.leave_room(actor=cast.host, room_id=cast.room.pk, now=later(2))
    come_in(cast.host, cast.room, now=later(3))
    assert (cast.host_place.role, place_of(cast.speaker, cast.room).role) == (Role.HOST, Role.HOST)
    remove(cast, cast.speaker_place, for_good=False)
    come_in(cast.speaker, cast.room, now=later(4))
    assert cast.speaker_place.role == Role.LISTENER
