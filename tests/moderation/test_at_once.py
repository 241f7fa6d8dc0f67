"""A kill switch and a suspension act at once: a web process of its own, real sockets, real sound, a real node."""

import asyncio
import time
from typing import Any

import httpx
import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import User
from media_worker.node import MediaNode
from moderation.services import decisions
from moderation.services.decisions import Verdict
from rooms.models import Participant, Room
from rooms.services import audio, playback
from tests.media_worker.node.cast import bring_on_stage, carry, connect, enter, open_room, person
from tests.media_worker.node.conftest import node as node
from tests.media_worker.transport.clients import AiortcClient, until
from tests.patience import busy
from tests.rooms.sockets.clients import OverTcp
from tests.rooms.sockets.conftest import web as web
from tests.rooms.sockets.people import sign_in
from tests.rooms.sockets.servers import WebServer

TONE = 500
do = sync_to_async


class Evening:
    """A host who hums, somebody on stage who hums too, and a listener by socket and by playlist."""

    def __init__(self, node: MediaNode, web: WebServer) -> None:
        self.node, self.web = node, web
        self.warden = User.objects.create(handle="warden", display_name="Warden", is_staff=True)
        self.host, self.speaker, self.listener = person("host"), person("speaker"), person("listener")
        self.room: Room = open_room(self.host)
        bring_on_stage(self.speaker, self.room, self.host)
        enter(self.listener, self.room)
        carry(node, self.room.pk)
        audio.unmute_self(actor=self.host, room_id=self.room.pk, now=timezone.now())

    async def begin(self) -> "Evening":
        self.hosts = await connect(self.host, self.room, 1200)
        self.speakers = await connect(self.speaker, self.room, TONE)
        return self

    async def socket_of(self, who: User) -> OverTcp:
        key = await do(sign_in)(who)
        client = await OverTcp(self.web.port, self.room.pk, session=key, device=f"{who.handle}-1").connect()
        await client.event("snapshot", 10)
        return client

    def playlist_of(self, who: User) -> str:
        place = Participant.objects.get(person=who, room=self.room)
        info = playback.media_info(participant=place, room=self.room, now=timezone.now())
        return f"http://127.0.0.1:{self.web.port}{info.hls}"

    async def end(self) -> None:
        await self.hosts.close()
        await self.speakers.close()


def hears(client: AiortcClient, frequency: float) -> bool:
    """Whether the last 100 ms hold the tone."""
    if len(client.samples) < 25:
        return False
    samples = np.concatenate(client.samples[-5:])
    phase = np.exp(-2j * np.pi * frequency * np.arange(len(samples)) / 48_000)
    return float(2 * np.abs(np.dot(samples, phase)) / len(samples)) > 0.01


async def ended(address: str) -> Any:
    """Wait until the playlist says that nothing more comes, or is there no more."""
    async with httpx.AsyncClient(timeout=5) as client:
        while True:
            answer = await client.get(address)
            if answer.status_code == 410 or "#EXT-X-ENDLIST" in answer.text:
                return answer
            await asyncio.sleep(0.05)


@pytest.mark.timeout(120)
async def test_a_closed_room_ends_for_everybody_within_two_seconds(node: MediaNode, web: WebServer) -> None:
    evening = await (await do(Evening)(node, web)).begin()
    socket = await evening.socket_of(evening.listener)
    address = await do(evening.playlist_of)(evening.listener)
    async with httpx.AsyncClient(timeout=15) as client:
        assert (await client.get(address)).status_code == 200
    await until(lambda: hears(evening.hosts, TONE))
    began = time.monotonic()
    verdict = Verdict("CLOSE_ROOM", "THREATS", "Calls for violence.")
    await do(decisions.close_room)(actor=evening.warden, room=evening.room, verdict=verdict, now=timezone.now())
    told = await socket.event("room.ended")
    assert told["data"]["why"] == "staff"
    assert told["data"]["note"]["fr"] == "Menaces de violence, ou appels à la violence."
    assert await socket.closed() == 4410
    sockets = time.monotonic() - began
    await asyncio.wait_for(ended(address), busy(2))
    playlists = time.monotonic() - began
    await until(lambda: str(evening.room.pk) not in node.rooms)
    heard = len(evening.hosts.samples)
    media = time.monotonic() - began
    print(f"kill switch: sockets {sockets:.2f} s, playlists {playlists:.2f} s, media {media:.2f} s")
    assert max(sockets, playlists, media) < busy(2)
    await until(lambda: not hears(evening.hosts, TONE) or len(evening.hosts.samples) == heard)
    await evening.end()


@pytest.mark.timeout(120)
async def test_threat_08_a_suspension_ends_sockets_grants_and_sound_within_a_second(
    node: MediaNode, web: WebServer
) -> None:
    evening = await (await do(Evening)(node, web)).begin()
    socket = await evening.socket_of(evening.speaker)
    address = await do(evening.playlist_of)(evening.speaker)
    await until(lambda: hears(evening.hosts, TONE))
    began = time.monotonic()
    verdict = Verdict("SUSPEND", "HARASSMENT", days=7)
    await do(decisions.decide_about)(actor=evening.warden, person=evening.speaker, verdict=verdict, now=timezone.now())
    # The room may go on without them; their socket and their sound may not.
    code = await socket.closed()
    sockets = time.monotonic() - began
    await until(lambda: not hears(evening.hosts, TONE))
    sound = time.monotonic() - began
    print(f"suspension: socket {sockets:.2f} s ({code}), sound {sound:.2f} s")
    assert code == 4401
    assert max(sockets, sound) < busy(1)
    async with httpx.AsyncClient(timeout=5) as client:
        assert (await client.get(address)).status_code == 403
    again = await OverTcp(web.port, evening.room.pk, session=await do(sign_in)(evening.speaker), device="x").connect()
    assert await again.closed() == 4401
    await evening.end()
