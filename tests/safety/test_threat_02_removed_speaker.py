"""Threat 2: whoever loses the stage is silent within a second, whatever their client goes on sending."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.services import blocks, suspension
from media_worker.node import MediaNode
from rooms import media_gateway
from rooms.models import Participant
from rooms.services import audio, removals, stage
from tests.media_worker.node.cast import carry
from tests.media_worker.node.conftest import node as node
from tests.patience import busy
from tests.rooms.cast import person
from tests.safety.talk import SILENCE, Talking


def demote(talking: Talking) -> None:
    place = Participant.objects.get(person=talking.speaker)
    stage.demote(actor=talking.host, room_id=talking.room.pk, participant_id=place.pk, now=timezone.now())


def mute(talking: Talking) -> None:
    place = Participant.objects.get(person=talking.speaker)
    audio.mute_speaker(actor=talking.host, room_id=talking.room.pk, participant_id=place.pk, now=timezone.now())


def remove(talking: Talking) -> None:
    place = Participant.objects.get(person=talking.speaker)
    removals.remove_person(
        actor=talking.host, room_id=talking.room.pk, participant_id=place.pk, now=timezone.now(), for_good=False
    )


def block(talking: Talking) -> None:
    blocks.block_person(actor=talking.host, person_id=talking.speaker.pk, now=timezone.now())


def suspend(talking: Talking) -> None:
    warden = person("warden", is_staff=True, is_superuser=True)
    suspension.suspend(actor=warden, person=talking.speaker)


@pytest.mark.parametrize("nudged", [True, False], ids=["nudged", "nudge lost"])
@pytest.mark.parametrize("act", [demote, mute, remove, block, suspend])
async def test_threat_02_asvs_8_3_2_a_client_that_goes_on_sending_is_not_heard(
    node: MediaNode, act: Any, nudged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    talking = await sync_to_async(Talking)()
    await sync_to_async(carry)(node, talking.room.pk)
    await talking.begin()
    if not nudged:
        # The list of requests is full: the database is looked at each second anyway.
        monkeypatch.setattr(media_gateway, "REQUESTS_LIMIT", 0)
    await sync_to_async(act)(talking)
    assert await talking.silent(1.5) < busy(1.5)
    # And it stays so, though the tone is still being sent.
    heard = len(talking.ear.samples)
    while len(talking.ear.samples) < heard + 50:
        await asyncio.sleep(0.02)
        assert talking.loudness() < SILENCE
    await talking.end()
