"""The bots' behaviour: they take turns, rest while nobody listens, and let a person speak first."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.exceptions import WebSocketException

from accounts.models import DeviceToken, User
from accounts.services import devices
from media_worker.demo import cast
from media_worker.demo.client import Refused, RoomClient, TakenByPerson
from media_worker.demo.track import read_packets
from rooms.models import Room
from rooms.protocol import EMOJI

log = structlog.get_logger(__name__)

PAUSE_BETWEEN_LINES = 0.6
#: Seconds of quiet that a bot waits for after a person has spoken.
POLITE_SECONDS = 2.0
RETRY_SECONDS = 1.0
#: Between two looks whether a person who took a bot's place has gone.
LOOK_AGAIN_SECONDS = 10.0
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
    """One room from the bots' entry until a connection is lost, a place changes hands or the room ends."""
    room_id, tokens = await sync_to_async(_credentials)(room)
    clients = {handle: RoomClient(site, room_id, token, handle) for handle, token in tokens.items()}
    try:
        taken = await _enter(clients)
        present = {handle: client for handle, client in clients.items() if handle not in taken}
        bots = {client.participant for client in present.values()}
        listener = present.pop(cast.LISTENER_HANDLE, None)
        await _bring_on_stage(present, host=room.host)
        if not taken:
            on_stage(room.title)
        jobs = [_talk(room, present, bots), *(client.closed() for client in present.values())]
        jobs += [_until_free(RoomClient(site, room_id, tokens[handle], handle)) for handle in taken]
        if listener is not None:
            jobs.append(_listen_along(listener, bots))
        await _until_one_ends(jobs)
    finally:
        for client in clients.values():
            with suppress(OSError, Refused):
                await client.close()


async def _enter(clients: dict[str, RoomClient]) -> set[str]:
    """All come in; the answer names those in whose place a person sits, as the demo asks people to try."""
    taken = set()
    for handle, client in clients.items():
        try:
            await client.enter()
        except TakenByPerson:
            taken.add(handle)
    return taken


async def _until_one_ends(jobs: list[Coroutine[Any, Any, None]]) -> None:
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()


async def _until_free(client: RoomClient) -> None:
    """Waits until the person who took this bot's place is gone, then raises `Refused`, so that the room starts over."""
    while True:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        try:
            await client.enter()
        except TakenByPerson:
            continue
        finally:
            await client.close()
        raise Refused("a place is free again")


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


async def _bring_on_stage(speakers: dict[str, RoomClient], *, host: str) -> None:
    """Everybody's microphone opens; without the host's bot only of those who are on stage already."""
    for speaker in speakers.values():
        if not speaker.on_stage and host in speakers:
            await speakers[host].command("stage.invite", participant=speaker.participant)
            await speaker.command("stage.take")
        if speaker.on_stage or host in speakers:
            await speaker.speak()


async def _talk(room: cast.DemoRoom, clients: dict[str, RoomClient], bots: set[str]) -> None:
    """The lines in order, for ever; nothing moves on while nobody listens."""
    lines = [line for line in room.lines if room.speaker_of(line) in clients]
    if not lines:
        await asyncio.Event().wait()
    packets = {line: await asyncio.to_thread(read_packets, cast.VOICES / f"{line}.opus") for line in lines}
    eyes = next(iter(clients.values()))
    while True:
        for line in lines:
            await eyes.wait_until(
                lambda: eyes.audience(bots) > 0 and time.monotonic() - eyes.heard(bots) > POLITE_SECONDS
            )
            await clients[room.speaker_of(line)].track.say(packets[line])
            await asyncio.sleep(PAUSE_BETWEEN_LINES)
            if eyes.audience(bots) == 0:
                for client in clients.values():
                    client.track.rest()


async def _listen_along(listener: RoomClient, bots: set[str]) -> None:
    """Reacts now and then, and raises a hand once in a while, only when somebody is there to see it."""
    chance = random.Random(7)  # noqa: S311
    while True:
        await asyncio.sleep(chance.uniform(4, 9))
        if listener.audience(bots) < 1:
            continue
        with suppress(Refused):
            await listener.command("reaction.send", emoji=chance.choice(EMOJI))
        if chance.random() < 0.1:
            with suppress(Refused):
                await listener.command("hand.raise")
                await asyncio.sleep(30)
                await listener.command("hand.lower")
