"""From a grant to sound: offer over the gateway, peer connections live, parts at the playback door."""

import asyncio
import io
from typing import Any

import av
import numpy as np
import pytest
import redis.asyncio
from django.utils import timezone

from media_worker.node import MediaNode
from rooms.models import Participant
from rooms.protocol import live_owner_key
from rooms.services import playback
from spaces_site.asgi import application
from tests.media_worker.node.cast import HttpListener, bring_on_stage, carry, connect, open_room, person
from tests.media_worker.transport.clients import loudest, until


def decoded(data: bytes) -> np.ndarray:
    """Samples of a fragmented MP4."""
    with av.open(io.BytesIO(data), mode="r", format="mp4") as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


async def test_two_people_hear_each_other_and_a_listener_hears_both(node: MediaNode) -> None:
    host, guest = person("host"), person("guest")
    room = open_room(host)
    bring_on_stage(guest, room, host)
    Participant.objects.filter(person=host).update(muted=False)
    carry(node, room.pk)
    first, second = await connect(host, room, 500), await connect(guest, room, 1200)
    place = Participant.objects.get(person=guest)
    info = playback.media_info(participant=place, room=room, now=timezone.now())
    listener = HttpListener(application, info.stream)
    await until(lambda: len(first.samples) > 100 and len(second.samples) > 100)
    assert loudest(first.heard()) == pytest.approx(1200, abs=5)
    assert loudest(second.heard()) == pytest.approx(500, abs=5)
    await until(lambda: len(listener.answer.body) > 20_000)
    await listener.hang_up()
    sound = decoded(listener.answer.body)[-24_000:]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert spectrum[500 // 2] > 50 * np.median(spectrum)
    assert spectrum[1200 // 2] > 50 * np.median(spectrum)
    await first.close()
    await second.close()


async def test_an_offer_follows_the_room_to_another_node(node: MediaNode, settings: Any) -> None:
    host = person("host")
    room = open_room(host)
    carry(node, room.pk)
    key = live_owner_key(str(room.pk))
    async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as broker:
        await _owned(broker, key, str(node.id))
        # A node that has died holds the room until its word has run out, or the next node says its own.
        await broker.set(key, "dead-node 1")
        client = await connect(host, room)
    await until(lambda: len(client.samples) > 10)
    await client.close()


async def _owned(broker: redis.asyncio.Redis, key: str, owner: str) -> None:
    """Wait until the node has said that the room is its own."""
    while not (await broker.get(key) or b"").decode().startswith(owner):
        await asyncio.sleep(0.02)
