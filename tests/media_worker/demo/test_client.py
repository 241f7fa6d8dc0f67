"""A bot in a room of a real web server: it stays for as long as it wants, and leaves when it must."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.services import devices
from media_worker.demo import bots
from media_worker.demo.client import Refused, RoomClient, TakenByPerson
from rooms.hub import close_hub
from rooms.services import entry, lifecycle
from spaces_site.asgi import application
from tests.browser.live_site import free_port
from tests.rooms.sockets.people import make_person, make_room


@dataclass
class Site:
    """A web server in this loop, and a room with its host."""

    address: str
    host: Any
    room: Any

    async def bot(self) -> RoomClient:
        """The host's bot, in the room."""
        issue = sync_to_async(devices.issue_token)
        _, secret = await issue(person=self.host, name="bot", now=timezone.now())
        client = RoomClient(self.address, str(self.room.pk), secret, self.host.handle)
        await client.enter()
        return client


@pytest_asyncio.fixture
async def site(transactional_db: None) -> AsyncIterator[Site]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application, port=port, lifespan="off", log_level="warning"))
    serving = asyncio.ensure_future(server.serve())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0)
    host = await sync_to_async(make_person)("host")
    yield Site(f"http://127.0.0.1:{port}", host, await sync_to_async(make_room)(host))
    server.should_exit = True
    await serving
    await close_hub()


async def test_a_bot_that_rests_is_not_taken_for_dead(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.hub.registry.SWEEP_SECONDS", 0.05)
    monkeypatch.setattr("rooms.hub.registry.SILENT_SECONDS", 0.6)
    monkeypatch.setattr("media_worker.demo.client.HEARTBEAT_SECONDS", 0.1)
    client = await site.bot()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.closed(), 2)
    await client.close()


async def test_a_bot_goes_when_its_room_ends(site: Site) -> None:
    client = await site.bot()
    end = sync_to_async(lifecycle.end_room)
    await end(actor=site.host, room_id=site.room.pk, now=timezone.now())
    with pytest.raises(Refused):
        await asyncio.wait_for(client.closed(), 20)
    await client.close()


@pytest.mark.parametrize(("own", "told", "goes"), [(2, 3, True), (3, 3, False)])
async def test_only_sound_that_moved_away_from_it_makes_a_bot_begin_again(
    site: Site, own: int, told: int, goes: bool
) -> None:
    client = await site.bot()
    client._epoch = own
    client._take({"type": "media.moved", "data": {"epoch": told}})
    assert client._lost.is_set() is goes
    await client.close()


async def test_a_person_who_takes_a_bots_place_keeps_it_until_they_leave(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bots, "LOOK_AGAIN_SECONDS", 0.05)
    client = await site.bot()
    sit = {"actor": site.host, "room_id": site.room.pk, "device": "web-of-a-person"}
    taken = await sync_to_async(entry.move_here)(**sit, now=timezone.now())
    there = {"participant_id": taken.participant_id, "device": "web-of-a-person", "socket": "web:1"}
    await sync_to_async(entry.connection_changed)(**there, connected=True, now=timezone.now())
    with pytest.raises(Refused):
        await asyncio.wait_for(client.closed(), 20)
    await client.close()
    with pytest.raises(TakenByPerson):
        await client.enter()
    await client.close()
    waiting = asyncio.ensure_future(bots._until_free(client))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 1)
    await sync_to_async(entry.leave_room)(**sit, now=timezone.now())
    with pytest.raises(Refused, match="free again"):
        await asyncio.wait_for(waiting, 20)
