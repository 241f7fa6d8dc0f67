"""Threat 11: two hundred accounts come in and ask for the microphone; the host shuts the queue, nobody gets on air."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from rooms.models import Participant, SpeakRequest
from rooms.services import audio, entry, hands, media, playback, stage
from rooms.stage_rules import HandsClosed, NoOffer, NotOnStage
from tests.patience import busy
from tests.rooms.cast import NOW, Cast
from tests.rooms.sockets.clients import InProcess
from tests.rooms.sockets.conftest import hub_ends as hub_ends
from tests.rooms.sockets.people import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
RAIDERS = 200


def come_together() -> list[User]:
    """The raiders' accounts."""
    return User.objects.bulk_create(
        [User(handle=f"raider_{number}", display_name="Raider") for number in range(RAIDERS)]
    )


def test_threat_11_a_raid_gets_no_microphone(transactional_cast: Cast) -> None:
    cast = transactional_cast
    raiders = come_together()
    for raider in raiders:
        entry.join_room(actor=raider, room_id=cast.room.pk, device="d", now=NOW)
        hands.raise_hand(actor=raider, room_id=cast.room.pk, now=NOW)
    assert SpeakRequest.objects.queue().count() == RAIDERS
    hands.set_open(actor=cast.host, room_id=cast.room.pk, is_open=False, now=NOW)
    hands.lower_all(actor=cast.host, room_id=cast.room.pk, now=NOW)
    audio.mute_everyone(actor=cast.host, room_id=cast.room.pk, now=NOW)
    for raider in raiders[:5]:
        for act, refusal in (
            (hands.raise_hand, HandsClosed),
            (stage.take_offer, NoOffer),
            (audio.unmute_self, NotOnStage),
        ):
            with pytest.raises(refusal):
                act(actor=raider, room_id=cast.room.pk, now=NOW)
        with pytest.raises(playback.NotOnStage):
            playback.speak_grant(person_id=raider.pk, room_id=cast.room.pk, device="d", now=NOW)
    stage_now = media.read_stages(room_ids=[str(cast.room.pk)], now=NOW)[str(cast.room.pk)]
    on_stage = {str(pk) for pk in Participant.objects.on_stage().values_list("pk", flat=True)}
    assert {seat.participant_id for seat in stage_now.seats} == on_stage
    assert len(on_stage) == 2


@pytest.mark.usefixtures("hub_ends")
async def test_threat_11_a_raid_by_websocket_gets_no_microphone(transactional_cast: Cast) -> None:
    cast = transactional_cast
    keys = await sync_to_async(lambda: [sign_in(raider) for raider in come_together()])()
    raid = [InProcess(cast.room.pk, session=key, device="d") for key in keys]
    await asyncio.gather(*(raise_hand_by_socket(raider) for raider in raid))
    assert await SpeakRequest.objects.queue().acount() == RAIDERS
    host = InProcess(cast.room.pk, session=await sync_to_async(sign_in)(cast.host), device="host-1")
    await host.connect()
    for command, data in (
        ("hands.open", {"open": False}),
        ("hands.lower_all", {}),
        ("stage.lock_mics", {"locked": True}),
    ):
        assert (await host.command(command, timeout=busy(5), **data))["type"] == "ack"
    assert not await SpeakRequest.objects.open().aexists()
    refusals = await asyncio.gather(*(refusals_of(raider) for raider in raid))
    assert set(refusals) == {("hands_closed", "no_offer", "not_on_stage", "not_on_stage")}
    stages = await sync_to_async(media.read_stages)(room_ids=[str(cast.room.pk)], now=NOW)
    on_stage = {str(pk) async for pk in Participant.objects.on_stage().values_list("pk", flat=True)}
    assert {seat.participant_id for seat in stages[str(cast.room.pk)].seats} == on_stage
    assert len(on_stage) == 2


async def raise_hand_by_socket(raider: InProcess) -> None:
    """Come in, and ask at once."""
    await raider.connect()
    await raider.event("snapshot", timeout=busy(20))
    assert (await raider.command("hand.raise", timeout=busy(20)))["type"] == "ack"


async def refusals_of(raider: InProcess) -> tuple[str, ...]:
    """What a raider is told who tries everything that leads to a microphone."""
    tried = (("hand.raise", {}), ("stage.take", {}), ("mic.unmute", {}), ("media.offer", {"sdp": "v=0"}))
    return tuple([(await raider.command(command, timeout=busy(20), **data))["code"] for command, data in tried])
