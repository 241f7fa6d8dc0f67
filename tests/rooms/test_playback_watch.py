"""Feeds are watched while others begin: nobody is told that a live room is over."""

import asyncio
from typing import Any

import pytest

from rooms.models import Room
from rooms.playback import feeds as module
from rooms.playback.feeds import Feeds
from tests.media_worker.node.cast import open_room, person

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_room_that_begins_while_others_are_looked_at_is_not_over(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await asyncio.to_thread(two_rooms)
    reading, go_on = asyncio.Event(), asyncio.Event()
    read = module.read_standings

    async def slow(room_ids: list[str], now: Any) -> Any:
        """A look at the rooms that are watched takes its time; a first look does not."""
        if first in room_ids:
            reading.set()
            await go_on.wait()
        return await read(room_ids, now)

    monkeypatch.setattr(module, "WATCH_SECONDS", 0.01)
    feeds = Feeds()
    one = await feeds.feed(first)
    monkeypatch.setattr(module, "read_standings", slow)
    await asyncio.wait_for(reading.wait(), 5)
    two = await feeds.feed(second)
    reading.clear()
    go_on.set()
    await asyncio.wait_for(reading.wait(), 5)
    assert (one.ended, two.ended) == (False, False)
    assert feeds._watch is not None
    feeds._watch.cancel()
    one.stop()
    two.stop()


def two_rooms() -> tuple[str, str]:
    rooms: list[Room] = [open_room(person("host")), open_room(person("other"))]
    return str(rooms[0].pk), str(rooms[1].pk)
