"""Ten thousand websockets that say nothing: what they weigh, and whether the API still answers."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import redis.asyncio

from tests.bench.catalogue import CannotMeasure
from tests.bench.crowd import disperse, gather_crowd
from tests.bench.web import Web, web_server

SOCKETS = 10_000
#: Addresses of this machine that they come from, each with a room of its own.
SOURCES = 20
REQUESTS = 300
#: The API takes 300 requests a minute from an address: this many addresses ask.
ASKERS = 5
PATH = "/api/v1/rooms/live/"


def rss_mib() -> float:
    """Memory of the server's process while all of them are open, in MiB."""
    return asyncio.run(_weigh())


def api_ms() -> dict[str, float]:
    """Milliseconds that the API takes for an answer while all of them are open."""
    return {"p99": asyncio.run(_ask())}


async def _weigh() -> float:
    async with _idle() as web:
        return float(web.process.memory_info().rss / 2**20)


async def _ask() -> float:
    async with _idle() as web:
        await _request(web.port, 0)
        times = await asyncio.gather(*(_asker(web.port, number) for number in range(ASKERS)))
        found = sorted(took for each in times for took in each)
        return found[int(len(found) * 0.99)] * 1000


async def _asker(port: int, number: int) -> list[float]:
    """Ten requests a second from one address."""
    times = []
    for _ in range(REQUESTS // ASKERS):
        began = time.perf_counter()
        times.append(await _request(port, number + 1))
        await asyncio.sleep(max(0.0, 0.1 - (time.perf_counter() - began)))
    return times


async def _request(port: int, number: int) -> float:
    began = time.perf_counter()
    own = (f"127.0.1.{number + 1}", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=own)
    writer.write(f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    took = time.perf_counter() - began
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise CannotMeasure(f"the API answered {answer[:60]!r}")
    return took


@asynccontextmanager
async def _idle() -> AsyncIterator[Web]:
    """A server with all of them open and seated."""
    rooms = str(uuid4())[:-4]
    with web_server("daphne", "tests.bench.idle_app:application", open_files=SOCKETS + 500, database=True) as web:
        crowd = await gather_crowd(web.port, f"/{rooms}{{:04d}}", SOCKETS, at_once=200, sources=SOURCES)
        broker = redis.asyncio.Redis.from_url(web.broker)
        try:
            await _seated(broker)
            yield web
            if any(reader.transport.is_closing() for reader in crowd):
                raise CannotMeasure("some of the sockets were closed meanwhile")
        finally:
            await broker.aclose()
            disperse(crowd)


async def _seated(broker: redis.asyncio.Redis) -> None:
    """Until the hub listens for each of them, for their rooms and for sessions."""
    deadline = time.monotonic() + 20
    while len(await broker.pubsub_channels()) < SOCKETS + SOURCES + 1:
        if time.monotonic() > deadline:
            raise CannotMeasure("the hub did not seat everybody in time")
        await asyncio.sleep(0.2)
