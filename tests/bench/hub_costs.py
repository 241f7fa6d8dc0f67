"""What it costs to tell a full room something, and whether everybody hears it."""

import asyncio
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

import psutil
import redis.asyncio

from rooms.protocol import EMOJI
from spaces_site.broker import server_command as broker_command
from spaces_site.broker import socket_path
from tests.bench.catalogue import CannotMeasure
from tests.bench.crowd import Reader, disperse, gather_crowd

SOCKETS = 2_000
LOST_SOCKETS = 5_000
REACTIONS_A_SECOND = 60
SECONDS = 4.0


def hub_us_per_frame() -> dict[str, float]:
    """CPU microseconds of the server process for each frame that one of 2,000 sockets received."""
    return {server: asyncio.run(_cost(server)) for server in ("daphne", "uvicorn")}


def hub_lost() -> int:
    """Frames that any of 5,000 sockets did not get: 24 numbered events among batches, behind Daphne."""
    return asyncio.run(_lost())


async def _cost(server: str) -> float:
    room = str(uuid4())
    async with _crowd(server, room, SOCKETS) as (broker, process, crowd):
        await _react(broker, room, 0.5)
        cpu, frames = _cpu(process), _frames(crowd)
        await _react(broker, room, SECONDS)
        await _settled(crowd)
        return (_cpu(process) - cpu) / (_frames(crowd) - frames) * 1e6


async def _lost() -> int:
    room = str(uuid4())
    events = 24
    async with _crowd("daphne", room, LOST_SOCKETS) as (broker, _process, crowd):
        reacting = asyncio.create_task(_react(broker, room, 6.5))
        for seq in range(1, events + 1):
            data = f'"at":"2026-01-01T00:00:00Z","data":{{"participant":"{room}"}}'
            text = f'{{"type":"speaker.unmuted","seq":{seq},{data}}}'
            await broker.publish(f"spaces:room:{room}", text)
            await asyncio.sleep(0.25)
        await reacting
        await _settled(crowd)
        most = max(reader.batches for reader in crowd)
        return sum(events - reader.numbered for reader in crowd) + sum(most - reader.batches for reader in crowd)


async def _react(broker: redis.asyncio.Redis, room: str, seconds: float) -> None:
    """60 reactions a second, as the services publish them."""
    loop = asyncio.get_running_loop()
    start, sent = loop.time(), 0
    while (elapsed := loop.time() - start) < seconds:
        while sent < elapsed * REACTIONS_A_SECOND:
            emoji = EMOJI[sent % len(EMOJI)]
            text = (
                f'{{"type":"reaction.batch","at":"2026-01-01T00:00:00Z","data":{{"counts":{{"{emoji}":1}},'
                f'"floats":[["{uuid4()}","{emoji}"]],"tally":{{"{emoji}":{sent + 1}}}}}}}'
            )
            await broker.publish(f"spaces:room:{room}", text)
            sent += 1
        await asyncio.sleep(0.01)


async def _settled(crowd: list[Reader]) -> None:
    """Until nothing more arrives."""
    before = -1
    while (now := _frames(crowd)) != before:
        before = now
        await asyncio.sleep(1)


async def _seated(broker: redis.asyncio.Redis, size: int) -> None:
    """Until the hub listens for every one of them: a channel each, the room's, and that of sessions."""
    deadline = time.monotonic() + 20
    while len(await broker.pubsub_channels()) < size + 2:
        if time.monotonic() > deadline:
            raise CannotMeasure("the hub did not seat everybody in time")
        await asyncio.sleep(0.2)


def _frames(crowd: list[Reader]) -> int:
    return sum(reader.numbered + reader.batches for reader in crowd)


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


@asynccontextmanager
async def _crowd(
    server: str, room: str, size: int
) -> AsyncIterator[tuple[redis.asyncio.Redis, psutil.Process, list[Reader]]]:
    with _services(server) as (url, port, process):
        crowd = await gather_crowd(port, f"/{room}", size)
        broker = redis.asyncio.Redis.from_url(url)
        try:
            await _seated(broker, size)
            yield broker, process, crowd
        finally:
            await broker.aclose()
            disperse(crowd)


@contextmanager
def _services(server: str) -> Iterator[tuple[str, int, psutil.Process]]:
    """A broker and a web server of our own; ends both."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < LOST_SOCKETS * 2 + 500:
        raise CannotMeasure(f"only {most} open files are allowed; raise the limit (ulimit -n)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="spaces-bench-") as folder:
        var = Path(folder)
        url = f"unix://{socket_path(var)}"
        env = {**os.environ, "VAR_DIR": folder, "REDIS_URL": url, "SPACES_ENV": "test", "LOG_LEVEL": "WARNING"}
        env |= {"PYTHONPATH": os.getcwd(), "DJANGO_SETTINGS_MODULE": "spaces_site.settings"}
        port = _free_port()
        broker = subprocess.Popen(broker_command(var), stdout=subprocess.DEVNULL)
        web = subprocess.Popen(_web_command(server, port), env=env)
        try:
            _wait_for_port(port, web)
            yield url, port, psutil.Process(web.pid)
        finally:
            for job in (web, broker):
                job.kill()
                job.wait()


def _web_command(server: str, port: int) -> list[str]:
    application = "tests.bench.hub_app:application"
    if server == "uvicorn":
        command = [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--log-level", "warning"]
        return [*command, "--ws-per-message-deflate", "false", "--lifespan", "off", "--no-access-log"]
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0"]
    return [*command, "--websocket-max-message-size", "16384", application]


def _wait_for_port(port: int, web: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if web.poll() is not None:
            raise CannotMeasure("the web server ended at once")
        time.sleep(0.05)
    raise CannotMeasure("the web server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
