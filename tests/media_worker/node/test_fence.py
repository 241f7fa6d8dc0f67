"""The fence in the broker: whoever has an older epoch writes nothing, and every refusal is counted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio
from django.conf import settings
from prometheus_client import REGISTRY

from media_worker.engine.ports import Part
from media_worker.storage import OWN, PUBLISH, REFUSED, LiveWindow
from rooms.protocol import (
    live_epoch_key,
    live_levels_key,
    live_owner_key,
    live_refused_key,
    live_run_key,
    parts_key,
    room_channel,
)
from tests.media_worker.transport.clients import until

ROOM = "00000000-0000-4000-8000-000000000001"
FENCE = [live_epoch_key(ROOM), live_refused_key(ROOM)]


@pytest.fixture
async def broker() -> AsyncIterator[Any]:
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL)
    yield client
    await client.aclose()


class Owner:
    """A media node as the broker sees it: one epoch that writes parts of a room."""

    def __init__(self, broker: Any, epoch: int) -> None:
        self.fenced = False
        self._number = 0
        self.window = LiveWindow(
            client=broker, room_id=ROOM, epoch=epoch, may_write=lambda: True, on_fenced=self._on_fenced
        )
        self.writing = asyncio.ensure_future(self.window.run())

    def _on_fenced(self) -> None:
        self.fenced = True

    def begin(self) -> None:
        self.window.start(b"init")

    def write(self) -> None:
        self.window.put(Part(0, self._number, b"sound", 9_216, self._number * 9_216, 1.8e9))
        self._number += 1


async def written(broker: Any, count: int) -> list[int]:
    """Epochs of whoever wrote the live window, oldest first; waits for so many entries."""
    entries: list[Any] = []

    async def look() -> None:
        while len(entries) < count:
            entries[:] = await broker.xrange(parts_key(ROOM))

    await asyncio.wait_for(look(), 10)
    return [int(entry[b"epoch"]) for _, entry in entries]


def refusals() -> float:
    return REGISTRY.get_sample_value("spaces_media_writes_refused_total") or 0.0


@pytest.mark.parametrize("late", [Owner.write, Owner.begin])
async def test_an_old_owner_that_noticed_nothing_writes_nothing(broker: Any, late: Any) -> None:
    old, new = Owner(broker, 1), Owner(broker, 2)
    old.begin()
    old.write()
    await written(broker, 2)
    new.begin()
    new.write()
    await written(broker, 4)
    counted = refusals()
    late(old)
    await until(lambda: old.fenced)
    old.write()
    new.write()
    assert await written(broker, 5) == [1, 1, 2, 2, 2]
    assert await broker.hget(live_run_key(ROOM), "epoch") == b"2"
    assert (await broker.get(live_refused_key(ROOM)), refusals()) == (b"1", counted + 1)
    assert not new.fenced
    old.window.close()
    new.window.close()
    await asyncio.gather(old.writing, new.writing)


async def test_an_old_owner_neither_speaks_for_the_room_nor_calls_itself_its_owner(broker: Any) -> None:
    own, publish = broker.register_script(OWN), broker.register_script(PUBLISH)
    owner_keys, levels_keys = [*FENCE, live_owner_key(ROOM)], [*FENCE, live_levels_key(ROOM)]
    assert await own(keys=owner_keys, args=[2, "new 2", 60_000]) == 1
    async with broker.pubsub() as heard:
        await heard.subscribe(room_channel(ROOM))
        assert (await heard.get_message(timeout=5))["type"] == "subscribe"
        assert await publish(keys=levels_keys, args=[1, room_channel(ROOM), "old", "{}", 60_000]) == REFUSED
        assert await own(keys=owner_keys, args=[1, "old 1", 60_000]) == REFUSED
        assert await publish(keys=levels_keys, args=[2, room_channel(ROOM), "new", '{"p":7}', 60_000]) == 1
        assert (await heard.get_message(timeout=5))["data"] == b"new"
    assert await broker.get(live_owner_key(ROOM)) == b"new 2"
    assert await broker.get(live_levels_key(ROOM)) == b'{"p":7}'
    assert await broker.get(live_refused_key(ROOM)) == b"2"


async def test_a_broker_restarted_empty_learns_the_run_again(broker: Any) -> None:
    owner = Owner(broker, 3)
    owner.begin()
    owner.write()
    await written(broker, 2)
    await broker.flushdb()
    owner.write()
    assert await written(broker, 2) == [3, 3]
    assert (await broker.xrange(parts_key(ROOM)))[0][1][b"init"] == b"init"
    owner.window.close()
    await owner.writing
