"""Threat 10: a crowd that sends as fast as it can neither slows the others nor multiplies on the way out."""

import asyncio
import json
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from rooms.services import hands, pace, reactions
from rooms.services.pace import SlowDown
from tests.patience import busy
from tests.rooms.cast import Cast as Room
from tests.rooms.sockets.clients import Closed, OverTcp
from tests.rooms.sockets.conftest import Cast
from tests.rooms.sockets.conftest import web as web
from tests.rooms.sockets.people import make_person, sign_in
from tests.rooms.sockets.servers import WebServer

TROLLS, MESSAGES = 24, 120


async def troll(port: int, room_id: object, session: str, number: int) -> int:
    """Emoji and hands, fifty messages a second, coming back when thrown out; how many were sent."""
    sent = 0
    client = await OverTcp(port, room_id, session=session, device=f"t{number}").connect()
    for index in range(MESSAGES):
        command: dict[str, Any] = {"type": "reaction.send", "id": f"r{index}", "data": {"emoji": "👏"}}
        if index % 3 == 0:
            command = {"type": "hand.raise" if index % 2 else "hand.lower", "id": f"h{index}", "data": {}}
        try:
            await client.socket.send(json.dumps(command))
        except Exception:
            break
        sent += 1
        await asyncio.sleep(0.02)
    await client.leave()
    return sent


@pytest.mark.timeout(180)
async def test_threat_10_asvs_17_3_1_a_crowd_of_trolls_neither_slows_nor_drowns_the_others(web: WebServer) -> None:
    cast = await sync_to_async(Cast)()
    sessions = await sync_to_async(lambda: [sign_in(make_person(f"troll{number}")) for number in range(TROLLS)])()
    calm = await OverTcp(web.port, cast.room.pk, session=cast.sessions["listener"], device="calm").connect()
    await calm.event("snapshot")
    attack = [asyncio.create_task(troll(web.port, cast.room.pk, key, n)) for n, key in enumerate(sessions)]
    waits, began = [], time.monotonic()
    while not all(task.done() for task in attack):
        asked = time.monotonic()
        assert (await calm.command("ping", timeout=30))["type"] == "ack"
        waits.append(time.monotonic() - asked)
        await asyncio.sleep(0.1)
    lasted = time.monotonic() - began
    assert sum(task.result() for task in attack) > TROLLS * 40
    waits.sort()
    assert waits[int(len(waits) * 0.99)] < busy(0.5)
    batches = [frame for frame in calm.events if frame["type"] == "reaction.batch"]
    # Two in five seconds for each of them, added up four times a second.
    assert 1 <= len(batches) <= 4 * lasted + 4
    shown = sum(sum(frame["data"]["counts"].values()) for frame in batches)
    assert shown <= TROLLS * (2 + 2 * lasted / 5)
    with pytest.raises((Closed, TimeoutError)):
        await calm.take(lambda frame: frame["type"] == "error", timeout=0.5)
    await calm.leave()


@pytest.mark.parametrize(("deed", "most"), [("reaction", 2), ("hand", 2)])
def test_threat_10_limit_pace_of_reactions_and_hands_is_two_in_five_seconds(
    transactional_cast: Room, deed: str, most: int
) -> None:
    cast, now = transactional_cast, timezone.now()

    def act() -> None:
        if deed == "reaction":
            reactions.react(actor=cast.listener, room_id=cast.room.pk, emoji="👏", now=now)
        else:
            hands.raise_hand(actor=cast.listener, room_id=cast.room.pk, now=now)
            hands.lower_hand(actor=cast.listener, room_id=cast.room.pk, now=now)

    for _ in range(most):
        act()
    with pytest.raises(SlowDown) as refused:
        act()
    assert 0 < float(refused.value.retry_after or 0) <= 5
    windows = (*pace.REACTIONS.windows, *pace.HANDS.windows)
    assert {str(window) for window in windows} == {"2 per 5 second", "10 per 2 minute"}
