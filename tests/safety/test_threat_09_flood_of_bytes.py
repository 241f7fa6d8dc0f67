"""Threat 9: huge messages and slow readers cost the server nothing, behind both web servers.

Ten thousand idle sockets are a benchmark: `make bench ONLY=idle_sockets_rss_mib`.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
import websockets

from rooms.protocol import MAX_FRAME_BYTES, MAX_QUEUED_BYTES, CloseCode
from spaces_site.boundary.outbox import TOO_SLOW, Frame, Outbox
from tests.rooms.sockets.clients import OverTcp
from tests.rooms.sockets.conftest import Cast
from tests.rooms.sockets.servers import WebServer, running


@pytest.fixture(params=["daphne", "uvicorn"])
def server(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[WebServer]:
    with running(request.param) as web:
        yield web


def ping(size: int) -> str:
    """A command of exactly so many bytes."""
    frame = {"type": "ping", "id": "c1", "data": {"pad": ""}}
    frame["data"] = {"pad": "x" * (size - len(json.dumps(frame)))}
    return json.dumps(frame)


async def test_threat_09_limit_ws_message_is_16_kib_in_both_servers(server: WebServer) -> None:
    """One byte more closes that socket; nobody else notices. Compression, which would hide bytes, is refused."""
    cast = Cast()
    assert MAX_FRAME_BYTES == 16 * 1024
    other = await OverTcp(server.port, cast.room.pk, session=cast.sessions["host"], device="desk").connect()
    await other.event("snapshot")
    client = OverTcp(server.port, cast.room.pk, session=cast.sessions["listener"], device="phone")
    await client.connect(compression="deflate")
    assert client.socket.protocol.extensions == []
    await client.event("snapshot")
    await client._send(ping(MAX_FRAME_BYTES))
    assert (await client.take(lambda told: told.get("id") == "c1"))["type"] == "ack"
    await client._send(ping(MAX_FRAME_BYTES + 1))
    assert await client.closed() in {CloseCode.TOO_BIG, 1006}
    # In pieces it is no smaller.
    again = await OverTcp(server.port, cast.room.pk, session=cast.sessions["stranger"], device="tv").connect()
    await again.event("snapshot")
    with suppress(websockets.ConnectionClosed):
        await again.socket.send(["x" * 4_096] * 5)
    assert await again.closed() in {CloseCode.TOO_BIG, 1006}
    assert (await other.command("ping"))["type"] == "ack"
    await other.leave()


class Unread:
    """A peer that takes nothing: `send` never returns."""

    def __init__(self) -> None:
        self.sent: list[dict[str, object]] = []

    async def __call__(self, message: dict[str, object]) -> None:
        self.sent.append(message)
        await asyncio.Event().wait()


async def test_threat_09_limit_queued_bytes_are_256_kib_a_socket() -> None:
    assert MAX_QUEUED_BYTES == 256 * 1024
    for more, closed in ((0, False), (1, True)):
        outbox = Outbox(Unread(), limit=MAX_QUEUED_BYTES)
        outbox.push(Frame("first"))
        head = 4
        for _ in range(15):
            assert outbox.push(Frame("x" * (16_384 - head)))
        taken = outbox.push(Frame("x" * (MAX_QUEUED_BYTES - 15 * 16_384 - head + more)))
        assert taken is not closed
        assert outbox.closed is closed
        assert outbox._close_code == (TOO_SLOW if closed else None)
        assert outbox.held <= MAX_QUEUED_BYTES
        outbox.forget()
