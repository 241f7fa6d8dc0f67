"""Hands, stage and microphones: who may, what happens, what everybody is told."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Follow, User
from rooms import events, stage_rules
from rooms.models import Participant, Role, Room, SpeakRequest, SpeakRequestState, WhoMaySpeak
from rooms.protocol import person_channel
from rooms.services import audio, hands, stage
from tests.rooms.cast import (
    NOW,
    Cast,
    bring_on_stage,
    come_in,
    hand_of,
    later,
    open_room,
    person,
    place_of,
    raise_and_accept,
)

pytestmark = pytest.mark.django_db
Told = Callable[..., list[dict[str, Any]]]


def test_a_hand_is_raised_accepted_and_taken_and_the_microphone_is_closed(cast: Cast, told: Told) -> None:
    raised = told(cast.room, hands.raise_hand, actor=cast.listener, now=NOW)
    assert [event["type"] for event in raised] == ["hand.raised"]
    hand = hand_of(cast.listener, cast.room)
    answered = told(cast.room, hands.offer, actor=cast.host, hand_id=hand.pk, now=NOW)
    assert answered[0]["type"] == "hand.answered"
    assert answered[0]["data"]["expires_at"] == "2026-03-14T19:01:00Z"
    taken = told(cast.room, stage.take_offer, actor=cast.listener, now=later(59))
    assert [event["type"] for event in taken] == ["hand.lowered", "speaker.joined"]
    assert taken[0]["data"]["why"] == "taken"
    assert taken[1]["data"]["speaker"]["muted"] is True
    assert cast.listener_place.role == Role.SPEAKER


def test_numbers_have_no_gap(cast: Cast, told: Told) -> None:
    first = told(cast.room, hands.raise_hand, actor=cast.listener, now=NOW)[0]["seq"]
    second = told(cast.room, hands.lower_hand, actor=cast.listener, now=NOW)[0]["seq"]
    assert second == first + 1
    assert Room.objects.get(pk=cast.room.pk).seq == second


def test_every_act_twice_is_once(cast: Cast, told: Told) -> None:
    hand = hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    assert hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=later(1)) == hand
    for service, arguments in (
        (hands.offer, {"actor": cast.host, "hand_id": hand}),
        (stage.take_offer, {"actor": cast.listener}),
        (audio.unmute_self, {"actor": cast.listener}),
        (audio.mute_self, {"actor": cast.listener}),
        (stage.step_down, {"actor": cast.listener}),
        (hands.set_open, {"actor": cast.host, "is_open": False}),
        (stage.demote, {"actor": cast.host, "participant_id": cast.speaker_place.pk}),
    ):
        assert told(cast.room, service, now=NOW, **arguments), service.__name__
        assert told(cast.room, service, now=NOW, **arguments) == [], service.__name__


def test_a_raised_hand_names_its_owner(cast: Cast) -> None:
    hidden = person("hidden")
    come_in(hidden, cast.room, hidden=True)
    assert place_of(hidden, cast.room).is_hidden
    hands.raise_hand(actor=hidden, room_id=cast.room.pk, now=NOW)
    assert not place_of(hidden, cast.room).is_hidden


@pytest.mark.parametrize("service", [hands.raise_hand, stage.take_offer, audio.unmute_self])
def test_who_is_not_in_the_room_cannot_act(cast: Cast, service: Any) -> None:
    with pytest.raises(stage_rules.JoinFirst):
        service(actor=cast.stranger, room_id=cast.room.pk, now=NOW)


def test_guests_only_listen(cast: Cast) -> None:
    with pytest.raises(stage_rules.GuestsOnlyListen):
        hands.raise_hand(actor=cast.guest, room_id=cast.room.pk, now=NOW)
    with pytest.raises(stage_rules.GuestCannotSpeak):
        stage.invite_to_speak(
            actor=cast.host, room_id=cast.room.pk, participant_id=place_of(cast.guest, cast.room).pk, now=NOW
        )


def test_closed_hands(cast: Cast) -> None:
    hands.set_open(actor=cast.host, room_id=cast.room.pk, is_open=False, now=NOW)
    with pytest.raises(stage_rules.HandsClosed):
        hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)


def test_only_people_whom_the_host_follows(cast: Cast) -> None:
    Room.objects.filter(pk=cast.room.pk).update(who_may_speak=WhoMaySpeak.FOLLOWED)
    with pytest.raises(stage_rules.OnlyFollowed):
        hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    Follow.objects.create(follower=cast.listener, followee=cast.host, created_at=NOW)
    with pytest.raises(stage_rules.OnlyFollowed):
        hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    Follow.objects.create(follower=cast.host, followee=cast.listener, created_at=NOW)
    hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)


def test_only_invited_people(cast: Cast) -> None:
    Room.objects.filter(pk=cast.room.pk).update(who_may_speak=WhoMaySpeak.INVITED)
    with pytest.raises(stage_rules.OnlyInvited):
        hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    stage.invite_to_speak(actor=cast.host, room_id=cast.room.pk, participant_id=cast.listener_place.pk, now=NOW)
    stage.take_offer(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    assert cast.listener_place.role == Role.SPEAKER


def test_an_invitation_accepts_a_raised_hand(cast: Cast) -> None:
    hand = hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    offer = stage.invite_to_speak(actor=cast.host, room_id=cast.room.pk, participant_id=cast.listener.pk, now=NOW)
    assert offer == hand
    assert hand_of(cast.listener, cast.room).state == SpeakRequestState.OFFERED


def test_an_offer_stands_for_a_minute(cast: Cast) -> None:
    raise_and_accept(cast.listener, cast.host, cast.room)
    with pytest.raises(stage_rules.NoOffer):
        stage.take_offer(actor=cast.listener, room_id=cast.room.pk, now=later(60))


def test_nobody_comes_up_unasked(cast: Cast) -> None:
    with pytest.raises(stage_rules.NoOffer):
        stage.take_offer(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    with pytest.raises(stage_rules.NoOffer):
        stage.take_offer(actor=cast.listener, room_id=cast.room.pk, now=NOW)


def test_declined_refused_and_called_back(cast: Cast, told: Told) -> None:
    hand = raise_and_accept(cast.listener, cast.host, cast.room)
    assert told(cast.room, stage.decline_offer, actor=cast.listener, now=NOW)[0]["data"]["why"] == "declined"
    with pytest.raises(stage_rules.NoSuchHand):
        hands.refuse(actor=cast.host, room_id=cast.room.pk, hand_id=hand, now=NOW)
    hand = hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=later(1))
    refused = told(cast.room, hands.refuse, actor=cast.host, hand_id=hand, now=later(1))
    assert refused[0]["data"]["why"] == "refused"


def test_the_queue_is_emptied_at_once(cast: Cast, told: Told) -> None:
    _raise_hands(cast.room, "one", "two")
    raise_and_accept(cast.listener, cast.host, cast.room)
    lowered = told(cast.room, hands.lower_all, actor=cast.host, now=NOW)
    assert [event["type"] for event in lowered] == ["hands.lowered"]
    assert not SpeakRequest.objects.queue().filter(room=cast.room).exists()
    assert hand_of(cast.listener, cast.room).state == SpeakRequestState.OFFERED
    assert told(cast.room, hands.lower_all, actor=cast.host, now=NOW) == []


def test_a_long_queue_is_emptied_in_as_many_queries_as_a_short_one(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    def emptied() -> int:
        with CaptureQueriesContext(connection) as asked, django_capture_on_commit_callbacks():
            hands.lower_all(actor=cast.host, room_id=cast.room.pk, now=NOW)
        return len(asked)

    _raise_hands(cast.room, "one")
    short = emptied()
    _raise_hands(cast.room, *(f"raider_{number}" for number in range(20)))
    assert emptied() == short


def test_everybody_whose_hand_was_lowered_may_ask_again(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    (one,) = _raise_hands(cast.room, "one")
    with events.broker().pubsub() as heard:
        heard.subscribe(person_channel(str(cast.room.pk), str(one.pk)))
        heard.get_message(timeout=1)
        with django_capture_on_commit_callbacks(execute=True):
            hands.lower_all(actor=cast.host, room_id=cast.room.pk, now=NOW)
        told_one = json.loads(heard.get_message(timeout=1)["data"])
    assert told_one["type"] == "you.changed"
    assert "hand.raise" in told_one["data"]["you"]["can"]


def _raise_hands(room: Room, *names: str) -> list[User]:
    people = [person(name) for name in names]
    for somebody in people:
        come_in(somebody, room)
        hands.raise_hand(actor=somebody, room_id=room.pk, now=NOW)
    return people


def test_the_stage_has_a_limit(cast: Cast) -> None:
    Room.objects.filter(pk=cast.room.pk).update(stage_limit=2)
    hand = hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    with pytest.raises(stage_rules.StageFull) as refusal:
        hands.offer(actor=cast.host, room_id=cast.room.pk, hand_id=hand, now=NOW)
    assert refusal.value.data == {"limit": 2}


@pytest.mark.parametrize("who", ["speaker", "listener", "guest"])
def test_only_hosts_answer_invite_mute_and_demote(cast: Cast, who: str) -> None:
    actor = getattr(cast, who)
    asker = person("asker")
    come_in(asker, cast.room)
    hand = hands.raise_hand(actor=asker, room_id=cast.room.pk, now=NOW)
    target = cast.speaker_place.pk
    for act in (
        lambda: hands.offer(actor=actor, room_id=cast.room.pk, hand_id=hand, now=NOW),
        lambda: hands.refuse(actor=actor, room_id=cast.room.pk, hand_id=hand, now=NOW),
        lambda: hands.lower_all(actor=actor, room_id=cast.room.pk, now=NOW),
        lambda: hands.set_open(actor=actor, room_id=cast.room.pk, is_open=False, now=NOW),
        lambda: stage.invite_to_speak(actor=actor, room_id=cast.room.pk, participant_id=target, now=NOW),
        lambda: stage.demote(actor=actor, room_id=cast.room.pk, participant_id=target, now=NOW),
        lambda: audio.mute_speaker(actor=actor, room_id=cast.room.pk, participant_id=target, now=NOW),
    ):
        with pytest.raises(stage_rules.NotAHost):
            act()


def test_a_hand_of_another_room_cannot_be_answered(cast: Cast) -> None:
    other_host = person("other_host", follower_count=600)
    other = open_room(other_host)
    come_in(cast.listener, other, device="elsewhere")
    hand = hands.raise_hand(actor=cast.listener, room_id=other.pk, now=NOW)
    with pytest.raises(stage_rules.NoSuchHand):
        hands.offer(actor=cast.host, room_id=cast.room.pk, hand_id=hand, now=NOW)
    with pytest.raises(stage_rules.NoSuchParticipant):
        audio.mute_speaker(
            actor=cast.host, room_id=cast.room.pk, participant_id=place_of(other_host, other).pk, now=NOW
        )


def test_muting_and_unmuting_oneself(cast: Cast, told: Told) -> None:
    assert told(cast.room, audio.unmute_self, actor=cast.speaker, now=NOW)[0]["type"] == "speaker.unmuted"
    assert not cast.speaker_place.muted
    muted = told(cast.room, audio.mute_self, actor=cast.speaker, now=NOW)
    assert muted[0]["data"] == {"participant": str(cast.speaker_place.pk), "by": str(cast.speaker.pk)}
    assert cast.speaker_place.muted_by is None


def test_the_host_mutes_and_only_the_speaker_opens_again(cast: Cast) -> None:
    audio.unmute_self(actor=cast.speaker, room_id=cast.room.pk, now=NOW)
    audio.mute_speaker(actor=cast.host, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)
    assert cast.speaker_place.muted_by == cast.host
    assert not hasattr(audio, "unmute_speaker")
    audio.unmute_self(actor=cast.speaker, room_id=cast.room.pk, now=NOW)
    assert cast.speaker_place.muted_by is None


def test_listeners_have_no_microphone(cast: Cast) -> None:
    for service in (audio.unmute_self, audio.mute_self):
        with pytest.raises(stage_rules.NotOnStage):
            service(actor=cast.listener, room_id=cast.room.pk, now=NOW)
    with pytest.raises(stage_rules.NotOnStage):
        audio.mute_speaker(actor=cast.host, room_id=cast.room.pk, participant_id=cast.listener_place.pk, now=NOW)


def test_stepping_down_and_being_moved_down_closes_the_microphone(cast: Cast, told: Told) -> None:
    audio.unmute_self(actor=cast.speaker, room_id=cast.room.pk, now=NOW)
    left = told(cast.room, stage.step_down, actor=cast.speaker, now=NOW)
    assert left[0]["data"] == {"participant": str(cast.speaker_place.pk), "to": "audience"}
    place = cast.speaker_place
    assert (place.role, place.muted, place.left_at, place.disconnected_at) == (Role.LISTENER, True, None, None)


def test_the_host_stays(cast: Cast) -> None:
    with pytest.raises(stage_rules.HostStays):
        stage.step_down(actor=cast.host, room_id=cast.room.pk, now=NOW)
    Participant.objects.filter(pk=cast.speaker_place.pk).update(role=Role.CO_HOST)
    with pytest.raises(stage_rules.HostStays):
        stage.demote(actor=cast.speaker, room_id=cast.room.pk, participant_id=cast.host_place.pk, now=NOW)
    with pytest.raises(stage_rules.HostStays):
        audio.mute_speaker(actor=cast.speaker, room_id=cast.room.pk, participant_id=cast.host_place.pk, now=NOW)


def test_a_co_host_does_not_move_a_co_host(cast: Cast) -> None:
    other = bring_on_stage(person("other"), cast.host, cast.room)
    Participant.objects.on_stage().exclude(role=Role.HOST).update(role=Role.CO_HOST)
    with pytest.raises(stage_rules.NotAHost):
        stage.demote(actor=cast.speaker, room_id=cast.room.pk, participant_id=other.pk, now=NOW)
    stage.demote(actor=cast.host, room_id=cast.room.pk, participant_id=other.pk, now=NOW)


def test_ids_from_the_wire_that_are_no_ids(cast: Cast) -> None:
    for wrong in ("", "x", "00000000-0000-0000-0000-000000000000", "\0"):
        with pytest.raises(stage_rules.NoSuchParticipant):
            stage.demote(actor=cast.host, room_id=cast.room.pk, participant_id=wrong, now=NOW)
        with pytest.raises(stage_rules.NoSuchHand):
            hands.offer(actor=cast.host, room_id=cast.room.pk, hand_id=wrong, now=NOW)
