"""The broker keeps two minutes for evidence; whoever begins to listen is served from the last half minute."""

import asyncio
import time
from typing import Any
from unittest.mock import patch

import redis.asyncio

from rooms.playback.feed import WINDOW_SECONDS, Feed
from rooms.protocol import live_run_key, parts_key

ROOM = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def part(segment: int) -> dict[str, Any]:
    """One part that is a whole segment of two seconds."""
    return {
        "run": 1, "breaks": 0, "segment": segment, "index": 0, "samples": 96_000, "start": segment * 96_000,
        "wall": 1_800_000_000 + 2 * segment, "last": 1, "data": b"x" * 100,
    }  # fmt: skip


async def test_a_late_listener_is_not_given_two_minutes(settings: Any) -> None:
    async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as broker:
        now = (await broker.time())[0]
        await broker.hset(live_run_key(ROOM), mapping={"run": 1, "init": b"init"})
        for segment in range(60):
            moment = (now - 120 + 2 * segment) * 1000
            await broker.xadd(parts_key(ROOM), part(segment), id=f"{moment}-0")
        feed = Feed(room_id=ROOM, broker=broker, reading=broker)
        with patch.object(feed.window, "add", wraps=feed.window.add) as taken:
            feed.start()
            deadline = time.monotonic() + 5
            while feed.window.edge[0] != 59:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.01)
            feed.stop()
    assert WINDOW_SECONDS / 2 - 1 <= taken.call_count <= WINDOW_SECONDS / 2 + 1
