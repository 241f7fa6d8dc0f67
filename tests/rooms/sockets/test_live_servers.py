"""The same door behind a real server and a real network."""

import pytest

from tests.rooms.sockets.clients import OverTcp
from tests.rooms.sockets.servers import running


@pytest.fixture(params=["daphne", "uvicorn"])
def web(request, transactional_db):
    with running(request.param) as server:
        yield server


async def test_a_room_from_entering_to_its_end(web, cast) -> None:
    host = await OverTcp(web.port, cast.room.pk, session=cast.sessions["host"], device="laptop").connect()
    listener = await OverTcp(web.port, cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    assert (await host.event("snapshot"))["data"]["you"]["role"] == "host"
    await listener.event("snapshot")
    assert (await listener.command("ping"))["type"] == "ack"
    assert (await listener.command("hand.raise"))["type"] == "ack"
    raised = await host.event("hand.raised")
    assert (await host.command("hand.accept", hand=raised["data"]["hand"]["id"]))["type"] == "ack"
    await listener.event("hand.answered")
    assert (await listener.command("stage.take"))["type"] == "ack"
    joined = await host.event("speaker.joined")
    assert joined["data"]["speaker"]["muted"]
    assert (await listener.command("mic.unmute"))["type"] == "ack"
    await host.event("speaker.unmuted")
    assert (await listener.command("reaction.send", emoji="👏"))["type"] == "ack"
    assert (await host.event("reaction.batch"))["data"]["counts"] == {"👏": 1}
    assert (await host.command("room.end"))["type"] == "ack"
    await listener.event("room.ended")
    assert await listener.closed() == 4410
    assert await host.closed() == 4410


@pytest.mark.parametrize(
    ("frame", "codes"),
    [
        ("{", {1002}),
        # Daphne's autobahn cuts the line at a message over its limit instead of sending 1009.
        ('"' + "x" * 20_000 + '"', {1009, 1006}),
    ],
    ids=["malformed", "oversized"],
)
async def test_codes_that_servers_keep_for_themselves(web, cast, frame, codes) -> None:
    client = await OverTcp(web.port, cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    await client.event("snapshot")
    await client._send(frame)
    assert await client.closed() in codes
