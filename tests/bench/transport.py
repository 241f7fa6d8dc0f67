"""What one leg costs: milliseconds of CPU per second of media, and per join.

The clients run in a process of their own, so that only the node's side is counted. Each function
returns numbers; who prints them and compares them with the bars is the bench harness.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection

import uvloop

from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS, FRAMES_PER_SECOND
from media_worker.engine.ports import Leg, LegState, MediaPacket
from media_worker.engine.transport.port import MediaUdpPort
from tests.media_worker.transport.raw_client import Certificate, RawClient

#: A usual Opus packet of speech at 32 kbit/s.
PAYLOAD = bytes(80)


class _Counter:
    """A LegListener that counts."""

    def __init__(self) -> None:
        self.packets = 0
        self.connected = 0

    def on_packet(self, leg: Leg, packet: MediaPacket) -> None:
        self.packets += 1

    def on_leg_state(self, leg: Leg, state: LegState) -> None:
        self.connected += state is LegState.CONNECTED


class _RemotePort:
    """The signalling of `MediaUdpPort` seen from the clients' process."""

    def __init__(self, pipe: Connection, port: int) -> None:
        self._pipe = pipe
        self.port = port

    def answer(self, offer: str, *, participant_id: str, device: str, listener: object) -> object:
        self._pipe.send((participant_id, offer))
        return type("Answered", (), {"sdp": self._pipe.recv()})()


def receiving(legs: int = 20, seconds: float = 5.0) -> float:
    """CPU ms/s of one leg that receives 50 packets a second, without decoding."""
    return _run(_measure_receiving, legs, seconds, speak=True)


def sending(legs: int = 20, seconds: float = 5.0) -> float:
    """CPU ms/s of one leg that is sent 50 packets a second with a payload shared by all."""
    return _run(_measure_sending, legs, seconds, speak=False)


def joining(legs: int = 100) -> float:
    """CPU ms of one join: offer, check, DTLS handshake."""
    return _run(_measure_joining, legs, 0.0, speak=False)


_Measure = Callable[[MediaUdpPort, _Counter, int, float], Awaitable[float]]


def _run(measure: _Measure, legs: int, seconds: float, *, speak: bool) -> float:
    return uvloop.run(_with_clients(measure, legs, seconds, speak))


async def _with_clients(measure: _Measure, legs: int, seconds: float, speak: bool) -> float:
    counter = _Counter()
    port = MediaUdpPort([])
    port.start()
    here, there = multiprocessing.get_context("spawn").Pipe()
    crowd = multiprocessing.get_context("spawn").Process(
        target=_crowd, args=(there, port.port, legs, speak, seconds + 60), daemon=True
    )
    crowd.start()
    asyncio.get_running_loop().add_reader(here.fileno(), _sign, here, port, counter)
    try:
        if measure is not _measure_joining:
            await _until(lambda: counter.connected == legs)
        return await measure(port, counter, legs, seconds)
    finally:
        asyncio.get_running_loop().remove_reader(here.fileno())
        crowd.terminate()
        crowd.join()
        port.close()


def _sign(pipe: Connection, port: MediaUdpPort, counter: _Counter) -> None:
    participant_id, offer = pipe.recv()
    pipe.send(port.answer(offer, participant_id=participant_id, device="d", listener=counter).sdp)


async def _measure_receiving(port: MediaUdpPort, counter: _Counter, legs: int, seconds: float) -> float:
    await _until(lambda: counter.packets > legs)
    packets, cpu = counter.packets, time.process_time()
    await asyncio.sleep(seconds)
    media_seconds = (counter.packets - packets) / FRAMES_PER_SECOND
    return (time.process_time() - cpu) * 1000 / media_seconds


async def _measure_sending(port: MediaUdpPort, counter: _Counter, legs: int, seconds: float) -> float:
    everyone = port.legs
    began, cpu = time.monotonic(), time.process_time()
    frames = int(seconds / FRAME_SECONDS)
    for frame in range(frames):
        for leg in everyone:
            leg.send(PAYLOAD, frame * FRAME_SAMPLES)
        await asyncio.sleep(max(0.0, began + (frame + 1) * FRAME_SECONDS - time.monotonic()))
    return (time.process_time() - cpu) * 1000 / (legs * frames * FRAME_SECONDS)


async def _measure_joining(port: MediaUdpPort, counter: _Counter, legs: int, seconds: float) -> float:
    await _until(lambda: counter.connected >= 1)
    joined, cpu = counter.connected, time.process_time()
    await _until(lambda: counter.connected == legs)
    return (time.process_time() - cpu) * 1000 / (legs - joined)


async def _until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the bench's clients did not come")
        await asyncio.sleep(0.02)


def _crowd(pipe: Connection, port: int, legs: int, speak: bool, seconds: float) -> None:
    asyncio.run(_play(_RemotePort(pipe, port), legs, speak, seconds))


async def _play(port: _RemotePort, legs: int, speak: bool, seconds: float) -> None:
    certificate = Certificate()
    clients = []
    for number in range(legs):
        client = RawClient(port, certificate)  # type: ignore[arg-type]
        client.join(_Counter(), participant_id=f"p{number}")
        client.check()
        await _until(lambda client=client: bool(client.responses))  # type: ignore[misc]
        client.hello()
        await _until(lambda client=client: client.srtp is not None)  # type: ignore[misc]
        clients.append(client)
    if not speak:
        # On loopback every datagram would wake this process inside the node's own sendto, and be counted there.
        time.sleep(seconds)  # noqa: ASYNC251
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        began = time.monotonic()
        for client in clients:
            client.received.clear()
            if speak:
                client.send(client.packet(PAYLOAD))
        await asyncio.sleep(max(0.0, began + FRAME_SECONDS - time.monotonic()))
