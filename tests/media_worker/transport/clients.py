"""What the transport's tests play with: a listener that decodes, tones, and aiortc as the client."""

import asyncio
import fractions
import itertools
import time
from collections.abc import Callable

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av.audio.resampler import AudioResampler

from media_worker.engine.frames import FRAME_SAMPLES, SAMPLE_RATE
from media_worker.engine.ports import Leg, LegState, MediaPacket
from media_worker.engine.transport.leg import PeerLeg
from media_worker.engine.transport.port import MediaUdpPort


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for a condition by polling; AssertionError at the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        await asyncio.sleep(0.01)


def tone(frequency: float, start: int, samples: int) -> np.ndarray:
    """int16 mono samples of a sine, from sample number `start`."""
    phase = 2 * np.pi * frequency * (np.arange(samples) + start) / SAMPLE_RATE
    return (np.sin(phase) * 8000).astype(np.int16)


def opus_tone(frequency: float, frames: int = 100) -> list[bytes]:
    """Opus packets of 20 ms with a tone."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate = SAMPLE_RATE
    encoder.layout = "mono"
    encoder.format = "s16"
    encoder.bit_rate = 32_000
    packets = []
    for index in range(frames):
        samples = tone(frequency, index * FRAME_SAMPLES, FRAME_SAMPLES)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = index * FRAME_SAMPLES
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


def loudest(samples: np.ndarray, rate: int = SAMPLE_RATE) -> float:
    """Frequency of the strongest part of a piece of sound, in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


class Ear:
    """A LegListener that keeps packets and states, and can decode what it heard."""

    def __init__(self) -> None:
        self.packets: list[MediaPacket] = []
        self.states: list[LegState] = []

    def on_packet(self, leg: Leg, packet: MediaPacket) -> None:
        self.packets.append(packet)

    def on_leg_state(self, leg: Leg, state: LegState) -> None:
        self.states.append(state)

    def heard(self, last: int = 50) -> np.ndarray:
        """Mono samples of the last packets, decoded."""
        decoder = av.CodecContext.create("libopus", "r")
        decoder.sample_rate = SAMPLE_RATE
        decoder.layout = "stereo"
        resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        pieces = []
        for packet in self.packets[-last:]:
            for frame in decoder.decode(av.Packet(packet.payload)):
                pieces += [out.to_ndarray().reshape(-1) for out in resampler.resample(frame)]
        return np.concatenate(pieces)

    def gap(self) -> float:
        """Longest time between two packets, in seconds."""
        times = [packet.arrived for packet in self.packets]
        return max(later - earlier for earlier, later in itertools.pairwise(times))

    def missing(self) -> int:
        """How many sequence numbers between first and last never came."""
        first = self.packets[0].sequence
        seen = {(packet.sequence - first) & 0xFFFF for packet in self.packets}
        return max(seen) + 1 - len(seen)


class ToneTrack(MediaStreamTrack):
    """A microphone that hums."""

    kind = "audio"

    def __init__(self, frequency: float) -> None:
        super().__init__()
        self._frequency = frequency
        self._at = 0
        self._began = 0.0

    async def recv(self) -> av.AudioFrame:
        self._began = self._began or time.monotonic()
        delay = self._began + self._at / SAMPLE_RATE - time.monotonic()
        if delay > 0:
            await asyncio.sleep(delay)
        samples = tone(self._frequency, self._at, FRAME_SAMPLES)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self._at
        frame.time_base = fractions.Fraction(1, SAMPLE_RATE)
        self._at += FRAME_SAMPLES
        return frame


class AiortcClient:
    """One aiortc peer connection with a tone as microphone, which keeps what it hears."""

    def __init__(self, frequency: float = 440.0, direction: str = "sendrecv") -> None:
        self.connection = RTCPeerConnection()
        self.samples: list[np.ndarray] = []
        self._tasks: set[asyncio.Task[None]] = set()
        track = ToneTrack(frequency) if direction.startswith("send") else "audio"
        self.connection.addTransceiver(track, direction=direction)
        self.connection.on("track", self._on_track)

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._tasks.add(asyncio.ensure_future(self._listen(track)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        while True:
            frame = await track.recv()
            assert isinstance(frame, av.AudioFrame)
            self.samples += [out.to_ndarray().reshape(-1) for out in resampler.resample(frame)]

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def join(self, port: MediaUdpPort, ear: Ear, participant_id: str = "p1") -> PeerLeg:
        answer = port.answer(await self.offer(), participant_id=participant_id, device="d1", listener=ear)
        await self.accept(answer.sdp)
        assert isinstance(answer.leg, PeerLeg)
        return answer.leg

    def heard(self) -> np.ndarray:
        """The last half second of what came."""
        return np.concatenate(self.samples)[-SAMPLE_RATE // 2 :]

    async def close(self) -> None:
        await self.connection.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Player:
    """Sends a tone to a leg, a packet each 20 ms, as a session would."""

    def __init__(self, leg: Leg, frequency: float) -> None:
        self._leg = leg
        self._packets = opus_tone(frequency)
        self._task = asyncio.ensure_future(self._play())

    async def _play(self) -> None:
        began = time.monotonic()
        index = 0
        while True:
            self._leg.send(self._packets[index % len(self._packets)], index * FRAME_SAMPLES)
            index += 1
            await asyncio.sleep(max(0.0, began + index * 0.02 - time.monotonic()))

    def stop(self) -> None:
        self._task.cancel()
