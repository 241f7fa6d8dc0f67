"""A bot's microphone: Opus packets from files, sent as they are, so that a bot costs almost nothing."""

import asyncio
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from aiortc import MediaStreamTrack

_TICK = 0.02
_SAMPLES = 960
#: An Opus packet of 20 ms of silence (RFC 6716, section 3.1: SILK wideband, code 0, empty frame).
_SILENCE = b"\xf8\xff\xfe"


def read_packets(path: Path) -> list[bytes]:
    """The 20 ms Opus packets of a voice file."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


class VoiceTrack(MediaStreamTrack):
    """Sends the packets of one clip after another, silence between them, nothing while it rests."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._queue: list[bytes] = []
        self._spoken = asyncio.Event()
        self._awake = asyncio.Event()
        self._next = time.monotonic()
        self._pts = 0

    async def say(self, packets: list[bytes]) -> None:
        """Speak a clip; returns when its last packet was sent."""
        self._queue = list(packets)
        self._spoken.clear()
        self._awake.set()
        await self._spoken.wait()

    def rest(self) -> None:
        """Send nothing at all until the next clip."""
        self._awake.clear()

    async def recv(self) -> "av.Packet[Any]":
        """The next packet, paced at 20 ms; called by aiortc's sender."""
        if not self._awake.is_set():
            await self._awake.wait()
            self._next = time.monotonic()
        self._next += _TICK
        await asyncio.sleep(max(0.0, self._next - time.monotonic()))
        packet = av.Packet(self._queue.pop(0) if self._queue else _SILENCE)
        packet.pts, packet.time_base = self._pts, Fraction(1, 48_000)
        self._pts += _SAMPLES
        if not self._queue:
            self._spoken.set()
        return packet
