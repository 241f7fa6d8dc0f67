"""A room under load: the real session over the real transport in a process of its own, people in ours.

The process measures its own CPU, so what the load costs does not count. Offers cross by a pipe,
everything else by UDP, DTLS and SRTP on this machine's address.
"""

import asyncio
import multiprocessing
import struct
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import uvloop

from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS
from media_worker.engine.ports import LegState, Levels, Part, Seat, StageSnapshot
from media_worker.engine.session import RoomSession, SessionStats
from media_worker.engine.transport.addresses import own_addresses
from media_worker.engine.transport.port import MediaUdpPort
from tests.bench.catalogue import CannotMeasure
from tests.fakes.legs import Microphone
from tests.media_worker.transport.raw_client import Certificate, RawClient

WARM_SECONDS, SECONDS = 2.0, 10.0


@dataclass
class Measured:
    """Of the room's process, while the load ran."""

    #: Milliseconds of CPU for each second of media.
    cpu_ms_per_s: float
    #: How late each tick was, seconds.
    lateness: list[float]


class _Sink:
    """Takes parts and reports, keeps nothing."""

    def start(self, init: bytes) -> None: ...

    def put(self, part: Part) -> None: ...

    def levels(self, levels: Levels) -> None: ...

    def leg_state(self, participant_id: str, device: str, state: LegState) -> None: ...


async def _serve(pipe: Connection, speakers: int, listeners: int, playback: bool) -> None:
    port = MediaUdpPort(own_addresses()[:1], 0)
    port.start()
    session = RoomSession("bench", _Sink(), _Sink())
    seats = [Seat(f"s{number}", True, False, "d") for number in range(speakers)]
    seats += [Seat(f"l{number}", False, False, "d") for number in range(listeners)]
    session.reconcile(StageSnapshot("bench", 1, True, tuple(seats)))
    session.set_listeners(int(playback))
    running = True

    def asked() -> None:
        nonlocal running
        command, *values = pipe.recv()
        if command == "offer":
            answer = port.answer(values[1], participant_id=values[0], device="d", listener=session)
            pipe.send(answer.sdp)
        elif command == "figures":
            pipe.send((time.process_time(), session.stats()))
        else:
            running = False

    asyncio.get_running_loop().add_reader(pipe.fileno(), asked)
    pipe.send(port.port)
    while running:
        session.tick()
        await asyncio.sleep(max(0.0, session.next_due - time.monotonic()) if session.awake else FRAME_SECONDS)
    session.close()
    port.close()


def _process(pipe: Connection, speakers: int, listeners: int, playback: bool) -> None:
    uvloop.run(_serve(pipe, speakers, listeners, playback))


class _RemotePort:
    """What a `RawClient` needs of a port, over the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self.port: int = pipe.recv()

    def answer(self, offer: str, *, participant_id: str, device: str, listener: Any) -> Any:
        self.pipe.send(("offer", participant_id, offer))
        return type("RemoteAnswer", (), {"sdp": self.pipe.recv()})()

    def figures(self) -> tuple[float, SessionStats]:
        self.pipe.send(("figures",))
        cpu, stats = self.pipe.recv()
        return float(cpu), stats


async def _until(found: Any) -> None:
    for _ in range(1_000):
        if found():
            return
        await asyncio.sleep(0.005)
    raise CannotMeasure("a client could not connect")


async def _connect(port: _RemotePort, name: str, certificate: Certificate, direction: str) -> RawClient:
    client = RawClient(port, certificate)  # type: ignore[arg-type]
    client.join(None, name, direction=direction)  # type: ignore[arg-type]
    client.check()
    await _until(lambda: client.responses)
    client.hello()
    await _until(lambda: client.srtp)
    return client


#: RFC 6464 levels that browsers put beside speech and beside a quiet room.
SPEECH_LEVEL, QUIET_LEVEL = 25, 78


def datagram(client: RawClient, payload: bytes, level: int) -> bytes:
    """The client's next packet as a browser makes it: with its level in a header extension (RFC 8285, one byte)."""
    assert client.srtp is not None
    client.sequence, client.timestamp = client.sequence + 1, client.timestamp + FRAME_SAMPLES
    fixed = struct.pack("!BBHII", 0x90, 111, client.sequence & 0xFFFF, client.timestamp & 0xFFFFFFFF, client.ssrc)
    extension = struct.pack("!HHBB2x", 0xBEDE, 1, 0x10, level)
    return bytes(client.srtp.protect(fixed + extension + payload))


def quiet_packets(count: int = 200) -> list[bytes]:
    """An open microphone in a quiet room (−75 dBFS)."""
    rng, microphone = np.random.default_rng(3), Microphone()
    noise = (0.00018 * rng.standard_normal((count, FRAME_SAMPLES))).astype(np.float32)
    return [microphone.packet(frame, 0.0).payload for frame in noise]


async def _load(port: _RemotePort, talkers: list[list[bytes]], silent: int, listeners: int) -> Measured:
    quiet = quiet_packets()
    voices = talkers + [quiet] * silent
    certificate = Certificate()
    people = [await _connect(port, f"s{n}", certificate, "sendrecv") for n in range(len(voices))]
    people += [await _connect(port, f"l{n}", certificate, "recvonly") for n in range(listeners)]
    start, tick, before = time.monotonic(), 0, port.figures()
    while time.monotonic() - start < WARM_SECONDS + SECONDS:
        for number, voice in enumerate(voices):
            level = QUIET_LEVEL if voice is quiet else SPEECH_LEVEL
            people[number].send(datagram(people[number], voice[(tick + 37 * number) % len(voice)], level))
        if tick == round(WARM_SECONDS / FRAME_SECONDS):
            before = port.figures()
        if tick % 50 == 0:
            for person in people:
                person.check()
                if tick == 50 and len(person.received) < 10:
                    raise CannotMeasure("somebody hears nothing")
                person.responses.clear()
        tick += 1
        await asyncio.sleep(max(0.0, start + tick * FRAME_SECONDS - time.monotonic()))
    after = port.figures()
    for person in people:
        person.close()
    ticks = after[1].ticks - before[1].ticks
    # A second of media is fifty ticks: on a busy machine fewer of them fit into a second of the wall.
    media_seconds = ticks * FRAME_SECONDS
    return Measured((after[0] - before[0]) * 1000 / media_seconds, list(after[1].lateness[-ticks:]))


def measure(talkers: list[list[bytes]], *, silent: int = 0, listeners: int = 0, playback: bool = False) -> Measured:
    """Run a room: `talkers` (packets, repeated) and `silent` open microphones on stage, the rest listens."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_process, args=(theirs, len(talkers) + silent, listeners, playback), daemon=True)
    process.start()
    theirs.close()
    try:
        return asyncio.run(_load(_RemotePort(ours), talkers, silent, listeners))
    finally:
        ours.send(("stop",))
        process.join(5)
        if process.is_alive():
            process.kill()
