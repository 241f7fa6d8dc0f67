"""What breaks around the sockets, and what they make of it."""

import asyncio
import random
import socket
import time

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from rooms import events
from rooms.protocol import SpeakerUnmuted, person_channel
from tests.patience import busy
from tests.rooms.sockets.clients import Closed, InProcess, OverTcp, eventually
from tests.rooms.sockets.people import make_person, sign_in

pytestmark = [pytest.mark.usefixtures("hub_ends"), pytest.mark.fault]


@sync_to_async
def happen(cast, times: int = 1) -> int:
    seq = 0
    for _ in range(times):
        with transaction.atomic():
            event = SpeakerUnmuted(participant=str(cast.room.pk))
            seq = events.announce(room_id=cast.room.pk, event=event, at=timezone.now())
    return seq


@pytest.fixture
def broker_comes_back(broker):
    """A broker that the test may kill; it runs again afterwards."""
    yield broker
    if broker.process is None:
        broker.start()


async def test_f5_a_broker_that_comes_back_empty_loses_nothing(cast, broker_comes_back) -> None:
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    await client.event("snapshot")
    await sync_to_async(broker_comes_back.kill)()
    missed = await happen(cast, 3)
    assert (await client.command("hand.raise"))["type"] == "ack"
    await sync_to_async(broker_comes_back.start)()
    back = time.monotonic()
    snapshot = await client.event("snapshot", timeout=10)
    assert snapshot["data"]["seq"] >= missed
    assert len(snapshot["data"]["hands"]) == 1
    assert time.monotonic() - back < busy(3)
    last = await happen(cast)
    await client.take(lambda frame: frame.get("seq") == last)
    await client.leave()


async def test_f5_nobody_is_disturbed_when_nothing_was_missed(cast, broker_comes_back) -> None:
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    await client.event("snapshot")
    await sync_to_async(broker_comes_back.kill)()
    assert (await client.command("ping"))["type"] == "ack"
    await sync_to_async(broker_comes_back.start)()

    async def heard() -> bool:
        await happen(cast)
        try:
            await client.take(lambda frame: "seq" in frame, timeout=0.3)
        except TimeoutError:
            return False
        return True

    await eventually(heard, timeout=10)
    await client.leave()


async def test_one_can_join_while_the_broker_is_away(cast, broker_comes_back) -> None:
    await sync_to_async(broker_comes_back.kill)()
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    await client.event("snapshot", timeout=15)
    await sync_to_async(broker_comes_back.start)()
    await client.leave()


class Reconnecting:
    """What a page does: connect again with backoff, jitter and the last number heard."""

    def __init__(self, make, seed: int) -> None:
        self.make = make
        self.random = random.Random(seed)
        self.numbers: list[int] = []
        self.connected_at = 0.0
        self.last_seq: int | None = None

    async def run(self) -> None:
        wait = 0.1
        while True:
            client = self.make(**({"last_seq": self.last_seq} if self.last_seq is not None else {}))
            try:
                await client.connect()
                self.connected_at = time.monotonic()
                wait = 0.1
                while True:
                    frame = await client.next_frame(30)
                    if "seq" in frame:
                        self.numbers.append(frame["seq"])
                    self.last_seq = client.last_seq if client.last_seq is not None else self.last_seq
            except (Closed, OSError, websockets.InvalidHandshake, EOFError):
                await asyncio.sleep(wait * self.random.uniform(0.5, 1.5))
                wait = min(wait * 2, 1.0)


async def test_f1_a_web_process_that_is_killed_costs_no_event(web, cast) -> None:
    people = await sync_to_async(lambda: [make_person(f"reader{number}") for number in range(8)])()
    keys = [await sync_to_async(sign_in)(person) for person in people]
    clients = [
        Reconnecting(
            lambda key=key, number=number, **query: OverTcp(
                web.port, cast.room.pk, session=key, device=f"d{number}", **query
            ),
            seed=number,
        )
        for number, key in enumerate(keys)
    ]
    running = [asyncio.create_task(client.run()) for client in clients]
    try:

        async def all_know() -> bool:
            return all(client.last_seq is not None for client in clients)

        await eventually(all_know, timeout=30)
        first = await happen(cast, 3)
        await sync_to_async(web.kill)()
        missed = await happen(cast, 4)
        await sync_to_async(web.start)()
        up = time.monotonic()

        async def all_back() -> bool:
            return all(client.last_seq == missed for client in clients)

        await eventually(all_back, timeout=30)
        assert max(client.connected_at for client in clients) - up < busy(5)
        for client in clients:
            assert client.numbers[-7:] == list(range(first - 2, missed + 1))
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_f10_a_reader_that_stops_is_closed_and_others_hear_all(web, cast) -> None:
    fast = await OverTcp(web.port, cast.room.pk, session=cast.sessions["host"], device="desk").connect()
    await fast.event("snapshot")
    stuck = OverTcp(web.port, cast.room.pk, session=cast.sessions["listener"], device="phone")
    await stuck.connect(sock=_small_socket(web.port), ping_interval=None, max_queue=1)
    await stuck.event("snapshot")
    stuck.socket.transport.pause_reading()
    waits = []
    for _ in range(20):
        await flood(cast)
        started = time.monotonic()
        assert (await fast.command("ping"))["type"] == "ack"
        waits.append(time.monotonic() - started)
    assert sorted(waits)[10] < busy(0.05)
    stuck.socket.transport.resume_reading()
    assert await stuck.closed() in {4408, 1006}
    assert (await fast.command("ping"))["type"] == "ack"
    metrics = await _metrics(web.port)
    assert b"spaces_socket_slow_readers_total 1.0" in metrics
    await fast.leave()


@sync_to_async
def flood(cast) -> None:
    """Half a megabyte to one person."""
    text = '{"type":"you.changed","at":"","data":{"filler":"' + "x" * 16_000 + '"}}'
    with events.broker().pipeline(transaction=False) as pipe:
        for _ in range(32):
            pipe.publish(person_channel(str(cast.room.pk), str(cast.listener.pk)), text)
        pipe.execute()


async def test_one_slow_query_holds_up_nobody_else(cast, monkeypatch) -> None:
    from rooms.queries import roster as module

    slow = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    quick = await InProcess(cast.room.pk, session=cast.sessions["host"], device="desk").connect()
    await slow.event("snapshot")
    await quick.event("snapshot")
    monkeypatch.setattr(module, "on_stage", lambda **_: time.sleep(1.5) or ())
    asked = await slow.send("roster.search", query="a")
    waits = []
    for _ in range(20):
        started = time.monotonic()
        assert (await quick.command("ping"))["type"] == "ack"
        waits.append(time.monotonic() - started)
    assert (await quick.command("mic.unmute"))["type"] == "ack"
    assert sorted(waits)[-2] < busy(0.05)
    assert (await slow.take(lambda frame: frame.get("id") == asked))["type"] == "ack"
    await slow.leave()
    await quick.leave()


def _small_socket(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
    sock.connect(("127.0.0.1", port))
    sock.setblocking(False)
    return sock


async def _metrics(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
