"""What it costs to tell a full room something, and whether everybody hears it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import redis.asyncio

from rooms.protocol import EMOJI
from tests.bench.catalogue import CannotMeasure
from tests.bench.crowd import Reader, disperse, gather_crowd
from tests.bench.web import Web, web_server

APPLICATION = "tests.bench.hub_app:application"
SOCKETS = 2_000
LOST_SOCKETS = 5_000
REACTIONS_A_SECOND = 60
SECONDS = 4.0


def hub_us_per_frame() -> dict[str, float]:
    """CPU microseconds of the server process for each frame that one of 2,000 sockets received."""
    return {server: asyncio.run(_cost(server)) for server in ("daphne", "uvicorn")}


def hub_lost() -> int:
    """Frames that any of 5,000 sockets did not get: 24 numbered events among batches, behind Daphne."""
    return asyncio.run(_lost())


async def _cost(server: str) -> float:
    room = str(uuid4())
    async with _crowd(server, room, SOCKETS) as (broker, web, crowd):
        await _react(broker, room, 0.5)
        cpu, frames = web.cpu, _frames(crowd)
        await _react(broker, room, SECONDS)
        await _settled(crowd)
        return (web.cpu - cpu) / (_frames(crowd) - frames) * 1e6


async def _lost() -> int:
    room = str(uuid4())
    events = 24
    async with _crowd("daphne", room, LOST_SOCKETS) as (broker, _web, crowd):
        reacting = asyncio.create_task(_react(broker, room, 6.5))
        for seq in range(1, events + 1):
            data = f'"at":"2026-01-01T00:00:00Z","data":{{"participant":"{room}"}}'
            text = f'{{"type":"speaker.unmuted","seq":{seq},{data}}}'
            await broker.publish(f"spaces:room:{room}", text)
            await asyncio.sleep(0.25)
        await reacting
        await _settled(crowd)
        most = max(reader.batches for reader in crowd)
        return sum(events - reader.numbered for reader in crowd) + sum(most - reader.batches for reader in crowd)


async def _react(broker: redis.asyncio.Redis, room: str, seconds: float) -> None:
    """60 reactions a second, as the services publish them."""
    loop = asyncio.get_running_loop()
    start, sent = loop.time(), 0
    while (elapsed := loop.time() - start) < seconds:
        while sent < elapsed * REACTIONS_A_SECOND:
            emoji = EMOJI[sent % len(EMOJI)]
            text = (
                f'{{"type":"reaction.batch","at":"2026-01-01T00:00:00Z","data":{{"counts":{{"{emoji}":1}},'
                f'"floats":[["{uuid4()}","{emoji}"]],"tally":{{"{emoji}":{sent + 1}}}}}}}'
            )
            await broker.publish(f"spaces:room:{room}", text)
            sent += 1
        await asyncio.sleep(0.01)


async def _settled(crowd: list[Reader]) -> None:
    """Until nothing more arrives."""
    before = -1
    while (now := _frames(crowd)) != before:
        before = now
        await asyncio.sleep(1)


async def _seated(broker: redis.asyncio.Redis, size: int) -> None:
    """Until the hub listens for every one of them: a channel each, the room's, and that of sessions."""
    deadline = time.monotonic() + 20
    while len(await broker.pubsub_channels()) < size + 2:
        if time.monotonic() > deadline:
            raise CannotMeasure("the hub did not seat everybody in time")
        await asyncio.sleep(0.2)


def _frames(crowd: list[Reader]) -> int:
    return sum(reader.numbered + reader.batches for reader in crowd)


@asynccontextmanager
async def _crowd(server: str, room: str, size: int) -> AsyncIterator[tuple[redis.asyncio.Redis, Web, list[Reader]]]:
    with web_server(server, APPLICATION, open_files=size * 2 + 500) as web:
        crowd = await gather_crowd(web.port, f"/{room}", size)
        broker = redis.asyncio.Redis.from_url(web.broker)
        try:
            await _seated(broker, size)
            yield broker, web, crowd
        finally:
            await broker.aclose()
            disperse(crowd)
