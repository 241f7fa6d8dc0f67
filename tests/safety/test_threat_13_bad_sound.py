"""Threat 13: what a speaker's client sends amiss hurts nobody but its sender: offers, packets, floods."""

import asyncio
import random

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import User
from media_worker.engine.transport.addresses import candidates_of
from media_worker.engine.transport.media import MAX_BYTES_PER_SECOND, MAX_PACKETS_PER_SECOND, Budget
from media_worker.engine.transport.port import MediaUdpPort
from media_worker.engine.transport.sdp import SdpError
from media_worker.node import MediaNode
from rooms import media_gateway
from rooms.models import Room
from rooms.services import playback
from spaces_site.errors import DomainError
from tests.media_worker.node.cast import bring_on_stage, carry, person
from tests.media_worker.node.conftest import node as node
from tests.media_worker.transport.clients import Ear
from tests.media_worker.transport.test_fuzz import damage
from tests.media_worker.transport.test_sdp import GOOD, VIDEO
from tests.safety.talk import Talking

OFFERS = 150


@pytest.mark.fuzz
async def test_threat_13_asvs_17_3_2_damaged_offers_get_an_answer_and_disturb_nobody(node: MediaNode) -> None:
    """A third person on stage sends them to a living node: each is answered or refused in words."""
    talking = await sync_to_async(Talking)()
    troll = await sync_to_async(person)("troll")
    await sync_to_async(bring_on_stage)(troll, talking.room, talking.host)
    await sync_to_async(carry)(node, talking.room.pk)
    await talking.begin()
    outcomes: dict[str, int] = {}
    for case in range(OFFERS):
        text = damage(random.Random(case), (GOOD + VIDEO).encode()).decode("utf-8", "replace")
        outcome = await offered(troll, talking.room, text)
        assert talking.heard
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        await asyncio.sleep(0)
    assert set(outcomes) <= {"answered", "bad_offer"}
    assert outcomes["bad_offer"] > OFFERS // 10
    assert outcomes["answered"]
    assert str(talking.room.pk) in node.rooms
    await talking.end()


async def offered(someone: User, room: Room, sdp: str) -> str:
    """What became of one offer of somebody who has a seat."""
    mint = sync_to_async(playback.speak_grant)
    device = f"{someone.handle}-1"
    grant = await mint(person_id=someone.pk, room_id=room.pk, device=device, now=timezone.now())
    try:
        await media_gateway.offer(room.pk, grant, sdp, device)
    except DomainError as refusal:
        return refusal.code if str(refusal.text) else "without words"
    return "answered"


@pytest.mark.fuzz
def test_threat_13_asvs_17_3_2_the_port_raises_its_own_error_alone() -> None:
    port, taken = MediaUdpPort(["192.0.2.1"]), 0
    port.candidates = candidates_of(port._addresses, 5000, ipv6=False)
    for case in range(3_000):
        text = damage(random.Random(case), GOOD.encode()).decode("utf-8", "replace")
        try:
            port.answer(text, participant_id=str(case % 50), device="d", listener=Ear())
            taken += 1
        except SdpError:
            continue
    assert taken > 100


def test_limit_media_packets_are_250_a_second_for_a_speaker() -> None:
    assert MAX_PACKETS_PER_SECOND == 250
    budget = Budget()
    taken = [budget.allows(20, 10.0 + number / 1_000) for number in range(251)]
    assert (taken[249], taken[250]) == (True, False)
    assert budget.allows(20, 11.001)


def test_limit_media_bytes_are_256_kbit_a_second_for_a_speaker() -> None:
    assert MAX_BYTES_PER_SECOND == 256_000 // 8
    for more, taken in ((0, True), (1, False)):
        budget = Budget()
        for _ in range(31):
            assert budget.allows(1_000, 10.0)
        assert budget.allows(1_000 + more, 10.0) is taken
