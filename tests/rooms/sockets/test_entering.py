"""Coming in by the websocket: who may, what one is told first, and what a refusal looks like."""

import pytest

from tests.rooms.sockets.clients import InProcess

pytestmark = pytest.mark.usefixtures("hub_ends")


async def test_joining_sends_the_snapshot_first(cast) -> None:
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    snapshot = await client.next_frame()
    assert snapshot["type"] == "snapshot"
    assert snapshot["data"]["room"]["title"] == cast.room.title
    assert snapshot["data"]["you"]["role"] == "listener"
    assert snapshot["data"]["you"]["device"] == "phone"
    await client.leave()
