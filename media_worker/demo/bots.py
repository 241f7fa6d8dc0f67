"""The bots' behaviour: they take turns, rest while nobody listens, and let a person speak first."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.exceptions import WebSocketException

from accounts.models import DeviceToken, User
from accounts.services import devices
from media_worker.demo import cast
from media_worker.demo.client import Refused, RoomClient
from media_worker.demo.track import read_packets
from rooms.models import Room
from rooms.protocol import EMOJI

log = structlog.get_logger(__name__)

PAUSE_BETWEEN_LINES = 0.6
#: Seconds of quiet that a bot waits for after a person has spoken.
POLITE_SECONDS = 2.0
RETRY_SECONDS = 1.0
BOT_DEVICE = "demo bot"


async def run(site: str, on_stage: Callable[[str], None]) -> None:
    """Play all demo rooms until cancelled; `on_stage` is told a room's title when its bots can be heard."""
    await asyncio.gather(*(_play_for_ever(room, site, on_stage) for room in cast.ROOMS))


async def _play_for_ever(room: cast.DemoRoom, site: str, on_stage: Callable[[str], None]) -> None:
    while True:
        try:
            await _play(room, site, on_stage)
        except (OSError, Refused, TimeoutError, WebSocketException) as error:
            log.info("bots.retry", room=room.title, why=str(error))
            await asyncio.sleep(RETRY_SECONDS)


async def _play(room: cast.DemoRoom, site: str, on_stage: Callable[[str], None]) -> None:
    """One room from the bots' entry until a connection is lost or the room ends."""
    room_id, tokens = await sync_to_async(_credentials)(room)
    clients = {handle: RoomClient(site, room_id, token, handle) for handle, token in tokens.items()}
    names = [handle for handle in clients if handle != cast.LISTENER_HANDLE]
    try:
        for handle in names:
            await clients[handle].enter()
        await _bring_on_stage(clients[room.host], [clients[name] for name in room.speakers])
        on_stage(room.title)
        jobs = [_talk(room, clients)]
        if cast.LISTENER_HANDLE in clients:
            jobs.append(_listen_along(clients[cast.LISTENER_HANDLE], clients[room.host]))
        tasks = [asyncio.ensure_future(job) for job in jobs]
        tasks += [asyncio.ensure_future(clients[name].closed()) for name in names]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
    finally:
        for client in clients.values():
            with suppress(OSError, Refused):
                await client.close()


def _credentials(room: cast.DemoRoom) -> tuple[str, dict[str, str]]:
    """The live room's id and a device token for each bot in it. Raises `Refused` while it is not live."""
    found = Room.objects.live().filter(creator__handle=room.host, title=room.title).first()
    if found is None:
        raise Refused("no such live room")
    handles = [room.host, *room.speakers, *([cast.LISTENER_HANDLE] if room is cast.ROOMS[0] else [])]
    people = User.objects.in_bulk(handles, field_name="handle")
    now = timezone.now()
    for person in people.values():
        DeviceToken.objects.filter(person=person, name=BOT_DEVICE).delete()
    return str(found.pk), {
        handle: devices.issue_token(person=people[handle], name=BOT_DEVICE, now=now)[1] for handle in handles
    }


async def _bring_on_stage(host: RoomClient, speakers: list[RoomClient]) -> None:
    for speaker in speakers:
        if not speaker.on_stage:
            await host.command("stage.invite", participant=speaker.participant)
            await speaker.command("stage.take")
        await speaker.speak()
    await host.speak()


async def _talk(room: cast.DemoRoom, clients: dict[str, RoomClient]) -> None:
    """The lines in order, for ever; nothing moves on while nobody listens."""
    packets = {line: await asyncio.to_thread(read_packets, cast.VOICES / f"{line}.opus") for line in room.lines}
    bots = {client.participant for client in clients.values()}
    host = clients[room.host]
    while True:
        for line in room.lines:
            await host.wait_until(
                lambda: host.audience(bots) > 0 and time.monotonic() - host.heard(bots) > POLITE_SECONDS
            )
            await clients[room.speaker_of(line)].track.say(packets[line])
            await asyncio.sleep(PAUSE_BETWEEN_LINES)
            if host.audience(bots) == 0:
                for client in clients.values():
                    client.track.rest()


async def _listen_along(listener: RoomClient, host: RoomClient) -> None:
    """Reacts now and then, and raises a hand once in a while, only when somebody is there to see it."""
    chance = random.Random(7)  # noqa: S311
    await listener.enter()
    bots = {listener.participant, host.participant}
    while True:
        await asyncio.sleep(chance.uniform(4, 9))
        if host.audience(bots) < 1:
            continue
        with suppress(Refused):
            await listener.command("reaction.send", emoji=chance.choice(EMOJI))
        if chance.random() < 0.1:
            with suppress(Refused):
                await listener.command("hand.raise")
                await asyncio.sleep(30)
                await listener.command("hand.lower")
