"""Hearing a room without somebody: who may, how many, and what the mixer is told."""

from typing import Any

import pytest

from rooms import stage_rules
from rooms.models import PersonalMute
from rooms.queries import cards
from rooms.services import media, playback, quieting
from tests.rooms.cast import NOW, Cast, bring_on_stage, come_in, person, place_of

pytestmark = pytest.mark.django_db


def quiet(cast: Cast, who: Any, whom: Any) -> None:
    target = place_of(whom, cast.room).pk
    quieting.mute_for_me(actor=who, room_id=cast.room.pk, participant_id=target, now=NOW)


def left_out(cast: Cast, who: Any) -> frozenset[str] | None:
    """What the mixer leaves out for somebody; None when they have no peer connection."""
    facts = media.read_stages(room_ids=[str(cast.room.pk)], now=NOW)[str(cast.room.pk)]
    seats = {seat.participant_id: seat for seat in facts.seats}
    seat = seats.get(str(place_of(who, cast.room).pk))
    return seat.without if seat else None


def test_a_listener_gets_a_seat_without_that_voice_and_is_not_heard(cast: Cast) -> None:
    assert left_out(cast, cast.listener) is None
    quiet(cast, cast.listener, cast.speaker)
    assert left_out(cast, cast.listener) == {str(cast.speaker_place.pk)}
    facts = media.read_stages(room_ids=[str(cast.room.pk)], now=NOW)[str(cast.room.pk)]
    seat = next(one for one in facts.seats if one.participant_id == str(cast.listener_place.pk))
    assert not seat.on_stage
    assert playback.speak_grant(
        person_id=cast.listener.pk, room_id=cast.room.pk, device=cast.listener_place.device, now=NOW
    )


def test_nobody_else_hears_less_and_nobody_is_told(cast: Cast, told: Any) -> None:
    events = told(cast.room, quieting.mute_for_me, actor=cast.host, participant_id=cast.speaker_place.pk, now=NOW)
    assert events == []
    assert left_out(cast, cast.host) == {str(cast.speaker_place.pk)}
    assert left_out(cast, cast.speaker) == frozenset()


def test_it_can_be_taken_back_and_twice_is_once(cast: Cast) -> None:
    quiet(cast, cast.listener, cast.speaker)
    quiet(cast, cast.listener, cast.speaker)
    you = cards.you(room=cast.room, place=cast.listener_place)
    assert you.silenced == [str(cast.speaker.pk)]
    for _ in range(2):
        quieting.unmute_for_me(actor=cast.listener, room_id=cast.room.pk, participant_id=cast.speaker_place.pk, now=NOW)
    assert left_out(cast, cast.listener) is None


def test_somebody_who_comes_on_stage_later_stays_left_out(cast: Cast) -> None:
    late = person("late")
    come_in(late, cast.room)
    quiet(cast, cast.listener, late)
    assert left_out(cast, cast.listener) == frozenset()
    bring_on_stage(late, cast.host, cast.room)
    assert left_out(cast, cast.listener) == {str(place_of(late, cast.room).pk)}


def test_guests_and_oneself(cast: Cast) -> None:
    with pytest.raises(stage_rules.GuestsOnlyListen):
        quiet(cast, cast.guest, cast.speaker)
    with pytest.raises(quieting.CannotQuietYourself):
        quiet(cast, cast.speaker, cast.speaker)


def test_eight_different_mixes_and_a_clear_word_beyond(cast: Cast) -> None:
    targets = [person(f"target_{number}") for number in range(9)]
    listeners = [person(f"ear_{number}") for number in range(9)]
    for one in [*targets, *listeners]:
        come_in(one, cast.room)
    for ear, target in zip(listeners[:8], targets, strict=False):
        quiet(cast, ear, target)
    with pytest.raises(quieting.TooManyMixes):
        quiet(cast, listeners[8], targets[8])
    PersonalMute.objects.filter(listener=listeners[8]).delete()
    quiet(cast, listeners[8], targets[0])
