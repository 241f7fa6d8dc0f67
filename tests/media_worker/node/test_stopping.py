"""A node that is told to stop stops, and one broken request or room stops nothing else."""

import asyncio
import json
import time
from typing import Any

import pytest
import redis
import redis.asyncio

from media_worker import bridge
from media_worker.bridge import Database, Lease, RoomReports
from media_worker.engine.ports import LegState, Levels
from media_worker.node import MediaNode
from rooms.protocol import node_requests_key
from tests.media_worker.node.cast import until
from tests.patience import busy

ROOM = "00000000-0000-4000-8000-000000000001"


async def turns_cancellation_into_an_error(*_: Any, **__: Any) -> Any:
    """What the broker's client may do with a task that is cancelled while it waits."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise redis.ConnectionError("lost") from None


def test_a_node_stops_although_its_broker_swallows_the_word(node: MediaNode, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def wait(*_: Any, **__: Any) -> Any:
        asked.append(True)
        return await turns_cancellation_into_an_error()

    monkeypatch.setattr(node._broker, "blpop", wait)
    until(lambda: asked)
    told = time.monotonic()
    node.stop()
    assert not node._thread.is_alive()
    assert time.monotonic() - told < busy(1)


async def test_reports_end_although_the_broker_swallows_the_word(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = redis.asyncio.Redis()
    database = Database(seconds=1, threads=1)
    lease = Lease(asked_at=time.monotonic(), seconds=60)
    reports = RoomReports(room_id=ROOM, epoch=1, broker=broker, database=database, lease=lease)
    asked = asyncio.Event()

    async def publish(*_: Any, **__: Any) -> Any:
        asked.set()
        return await turns_cancellation_into_an_error()

    monkeypatch.setattr(reports, "_publish", publish)
    running = asyncio.ensure_future(reports.run())
    reports.levels(Levels(ROOM, {"somebody": 3}))
    await asked.wait()
    running.cancel()
    reports.levels(Levels(ROOM, {}))
    await asyncio.wait([running], timeout=busy(1))
    assert running.done()
    database.close()


async def test_the_newest_state_of_a_connection_counts_also_when_no_more_may_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = Database(seconds=1, threads=1)
    lease = Lease(asked_at=time.monotonic(), seconds=60)
    reports = RoomReports(room_id=ROOM, epoch=1, broker=redis.asyncio.Redis(), database=database, lease=lease)
    told: dict[str, bool] = {}

    async def remember(*_: Any, device: str, connected: bool, **__: Any) -> None:
        told[device] = connected

    monkeypatch.setattr(database, "run", remember)
    monkeypatch.setattr(bridge, "STATES_LIMIT", 2)
    for device in ("one", "two", "three"):
        reports.leg_state(ROOM, device, LegState.CONNECTED)
    reports.leg_state(ROOM, "one", LegState.CLOSED)
    running = asyncio.ensure_future(reports.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    assert told == {"one": False, "two": True}
    database.close()


def test_a_request_that_nobody_can_read_and_an_answer_that_is_not_taken_stop_nothing(
    node: MediaNode, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)
    key = node_requests_key(str(node.id))
    handled: list[str] = []
    handle = node._handle

    async def remember(request: dict[str, Any]) -> None:
        await handle(request)
        handled.append(request["kind"])
        if request["kind"] == "lost":
            raise redis.ConnectionError("the answer was not taken")

    monkeypatch.setattr(node, "_handle", remember)
    client.rpush(
        key, "no json", '{"kind": "lost"}', '{"kind": "offer"}', '{"kind": "close", "room": 1}', '{"kind": "last"}'
    )
    # What nobody can read asks for nothing.
    until(lambda: handled == ["", "lost", "last"])
    assert node._thread.is_alive()
    client.close()


def test_a_hundred_nudges_of_a_room_are_one_look_at_its_stage(
    node: MediaNode, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)
    looks: list[list[str]] = []
    handled: list[str] = []
    refresh = node._refresh

    async def look(room_ids: list[str]) -> None:
        looks.append(room_ids)
        await refresh(room_ids)

    async def remember(request: dict[str, Any]) -> None:
        handled.append(request["kind"])

    monkeypatch.setattr(node, "_refresh", look)
    monkeypatch.setattr(node, "_handle", remember)
    nudge = json.dumps({"kind": "nudge", "room": ROOM})
    client.rpush(node_requests_key(str(node.id)), *[nudge] * 100, '{"kind": "last"}')
    until(lambda: handled == ["last"])
    # The look of each second has no room to look at: the node carries none.
    assert [rooms for rooms in looks if rooms] == [[ROOM]]
    client.close()
