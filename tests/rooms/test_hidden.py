"""Hidden listeners are counted and never named: nobody finds one by trying ids."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from rooms.models import Participant, PersonalMute
from rooms.services import audio, hands, hosts, quieting, stage
from tests.rooms.cast import NOW, Cast, come_in, later, person, place_of

pytestmark = pytest.mark.django_db

#: What anybody inside may call, and what the host may, with an id of whomever they like.
BY_ANYBODY = [hosts.take_role, hosts.hand_over, quieting.mute_for_me, quieting.unmute_for_me]
BY_HOSTS = [
    stage.invite_to_speak, stage.demote, audio.mute_speaker, hosts.name_cohost, hosts.take_role, hosts.hand_over,
]  # fmt: skip


def answer(service: Callable[..., Any], cast: Cast, actor: User, whom: object) -> str:
    try:
        service(actor=actor, room_id=cast.room.pk, participant_id=whom, now=later(1))
    except Exception as refusal:
        return type(refusal).__name__
    return "done"


@pytest.mark.parametrize("service", BY_ANYBODY)
def test_nobody_inside_finds_a_hidden_listener(cast: Cast, service: Callable[..., Any]) -> None:
    come_in(cast.stranger, cast.room, hidden=True)
    place = place_of(cast.stranger, cast.room)
    nowhere = answer(service, cast, cast.listener, person("nowhere").pk)
    assert nowhere == "NoSuchParticipant"
    assert [answer(service, cast, cast.listener, whom) for whom in (cast.stranger.pk, place.pk)] == [nowhere] * 2


@pytest.mark.parametrize("service", BY_HOSTS)
def test_no_host_does_either(cast: Cast, service: Callable[..., Any]) -> None:
    come_in(cast.stranger, cast.room, hidden=True)
    nowhere = answer(service, cast, cast.host, person("nowhere").pk)
    assert answer(service, cast, cast.host, cast.stranger.pk) == nowhere == "NoSuchParticipant"
    assert place_of(cast.stranger, cast.room).is_hidden


def test_no_report_finds_one(transactional_cast: Cast) -> None:
    come_in(transactional_cast.stranger, transactional_cast.room, hidden=True)
    app = APIClient()
    app.force_login(transactional_cast.listener)
    for whom in (transactional_cast.stranger, person("nowhere")):
        told = {"category": "spam", "participant": str(whom.pk)}
        answer = app.post(f"/api/v1/rooms/{transactional_cast.room.pk}/reports/", told, format="json")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_participant")


def test_who_asks_to_speak_is_found_again(cast: Cast) -> None:
    come_in(cast.stranger, cast.room, hidden=True)
    hands.raise_hand(actor=cast.stranger, room_id=cast.room.pk, now=NOW)
    assert answer(stage.invite_to_speak, cast, cast.host, cast.stranger.pk) == "done"


def test_somebody_left_out_before_can_be_heard_again_though_they_hide_now(cast: Cast) -> None:
    come_in(cast.stranger, cast.room)
    assert answer(quieting.mute_for_me, cast, cast.listener, cast.stranger.pk) == "done"
    Participant.objects.filter(person=cast.stranger).update(is_hidden=True)
    assert answer(quieting.unmute_for_me, cast, cast.listener, cast.stranger.pk) == "done"
    assert not PersonalMute.objects.exists()
