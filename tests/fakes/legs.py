"""Legs, a clock and a network for the sound tests: everything a session needs, nothing that waits.

A `Stage` runs a real `RoomSession` on a fake clock. Each `FakeLeg` has a real Opus encoder for what
its person says and a real Opus decoder for what they hear; between them stands a `Network` with a
seeded pattern of loss, jitter and drift.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from media_worker.engine import opus
from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE
from media_worker.engine.opus import Pcm
from media_worker.engine.ports import LegState, Levels, MediaPacket, Part, Seat, StageSnapshot
from media_worker.engine.session import RoomSession


class FakeClock:
    """Monotonic seconds that move only when told."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class Network:
    """What happens to packet number i: lost or not, and how late (seconds)."""

    lost: Callable[[int], bool] = lambda i: False
    delay: Callable[[int], float] = lambda i: 0.005


#: Packets come 3 ms before `Stage.run` ticks, so that the session has no reason to move its ticks.
PUNCTUAL = Network(delay=lambda i: FRAME_SECONDS - 0.003)


def random_loss(share: float, seed: int) -> Callable[[int], bool]:
    """Independent loss of `share` of all packets."""
    return lambda i: random.Random(seed * 1_000_003 + i).random() < share


def burst_loss(share: float, burst: int, seed: int) -> Callable[[int], bool]:
    """Loss of `share` of all packets, always `burst` in a row."""
    return lambda i: random.Random(seed * 1_000_003 + i // burst).random() < share


def tone(hertz: float, level: float = 0.1, start: int = 0, samples: int = FRAME_SAMPLES) -> Pcm:
    """A sine from sample `start` on."""
    return (level * np.sin(2 * np.pi * hertz * np.arange(start, start + samples) / SAMPLE_RATE)).astype(np.float32)


def babble(seconds: float, seed: int = 1) -> Pcm:
    """Something like speech: a buzz of changing pitch with formants, in syllables, with pauses."""
    rng = np.random.default_rng(seed)
    count = int(seconds * SAMPLE_RATE)
    time = np.arange(count) / SAMPLE_RATE
    pitch = 120 * (1 + 0.2 * np.sin(2 * np.pi * 0.7 * time + seed)) * (1 + 0.3 * (seed % 3))
    phase = np.cumsum(pitch) / SAMPLE_RATE
    buzz = sum(np.sin(2 * np.pi * k * phase) / k for k in range(1, 25))
    syllables = np.clip(np.sin(2 * np.pi * (2.5 + seed % 2) * time + seed), 0, 1)
    sentences = np.sin(2 * np.pi * 0.3 * time + seed) > -0.5
    sound = (buzz + 0.05 * rng.standard_normal(count)) * syllables * sentences
    return (0.1 * sound).astype(np.float32)


@dataclass
class FakeLeg:
    """A `ports.Leg` with a person at its other end."""

    id: str
    participant_id: str
    device: str = "phone"
    state: LegState = LegState.CONNECTED
    keeps_sound: bool = True
    receives: bool = True
    heard: list[Pcm] = field(default_factory=list)
    timestamps: list[int] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._decoder = opus.Decoder()
        self.on_close: Callable[[], None] = lambda: None

    def send(self, payload: bytes, timestamp: int) -> None:
        self.timestamps.append(timestamp)
        if self.keeps_sound:
            self.payloads.append(payload)
            frame = np.zeros(FRAME_SAMPLES, np.float32)
            self._decoder.decode_to(payload, frame.ctypes.data, FRAME_SAMPLES)
            self.heard.append(frame)

    def close(self) -> None:
        if self.state is not LegState.CLOSED:
            self.state = LegState.CLOSED
            self.on_close()

    def sound(self, first: int = 0, last: int | None = None) -> Pcm:
        """What this person heard, frames `first` to `last`."""
        return np.concatenate(self.heard[first:last]) if self.heard[first:last] else np.zeros(0, np.float32)


class Microphone:
    """What a browser does with sound: Opus with in-band FEC, RTP numbers, RFC 6464 levels."""

    def __init__(
        self,
        *,
        sequence: int = 65_500,
        timestamp: int = 2**32 - 96_000,
        names_levels: bool = True,
        bit_rate: int = 32_000,
        drift_ppm: float = 0.0,
    ) -> None:
        self.encoder = opus.Encoder(
            application=opus.APPLICATION_VOIP, bit_rate=bit_rate, complexity=5, expected_loss_percent=10
        )
        self.sequence, self.timestamp = sequence, timestamp
        self.names_levels = names_levels
        self.drift_ppm = drift_ppm
        self.sent = 0

    def packet(self, pcm: Pcm, arrived: float) -> MediaPacket:
        """Encode 960 samples into the packet that arrives at `arrived`."""
        power = float(np.mean(pcm**2))
        level = int(min(127, max(0, -10 * np.log10(power + 1e-13)))) if self.names_levels else None
        packet = MediaPacket(
            self.encoder.encode(np.ascontiguousarray(pcm)), self.sequence, self.timestamp, arrived, level
        )
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        self.sent += 1
        return packet


class Reports:
    """A `ports.ReportSink` that remembers."""

    def __init__(self) -> None:
        self.all_levels: list[Levels] = []
        self.states: list[tuple[str, str, LegState]] = []

    def levels(self, levels: Levels) -> None:
        self.all_levels.append(levels)

    def leg_state(self, participant_id: str, device: str, state: LegState) -> None:
        self.states.append((participant_id, device, state))


class Parts:
    """A `ports.PartSink` that remembers."""

    def __init__(self) -> None:
        self.inits: list[bytes] = []
        self.parts: list[Part] = []

    def start(self, init: bytes) -> None:
        self.inits.append(init)

    def put(self, part: Part) -> None:
        self.parts.append(part)

    def stream(self) -> bytes:
        """What a listener who came first has read by now."""
        return self.inits[-1] + b"".join(part.data for part in self.parts)


class Stage:
    """A room under test: people by name, a fake clock, and what each of them says."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.parts, self.reports = Parts(), Reports()
        self.session = RoomSession(
            "room", self.parts, self.reports, clock=self.clock, wall=lambda: 1_800_000_000 + self.clock.now
        )
        self.seats: dict[str, Seat] = {}
        self.legs: dict[str, FakeLeg] = {}
        self.microphones: dict[str, Microphone] = {}
        self.networks: dict[str, Network] = {}
        self.says: dict[str, Callable[[int], Pcm | None]] = {}
        self._on_the_way: list[tuple[float, int, FakeLeg, MediaPacket]] = []
        self._version = 0
        self.now_frame = 0
        #: When the ticks of `run_on_time` came.
        self.ticked_at: list[float] = []

    def seat(self, name: str, *, on_stage: bool = True, muted: bool = False, device: str = "phone") -> None:
        """Give somebody a seat and let the session know."""
        self.seats[name] = Seat(name, on_stage, muted, device)
        self.reconcile()

    def unseat(self, name: str) -> None:
        """The person is removed from the room."""
        del self.seats[name]
        self.reconcile()

    def reconcile(self, *, live: bool = True) -> None:
        """Send the session the stage as it should be."""
        self._version += 1
        self.session.reconcile(StageSnapshot("room", self._version, live, tuple(self.seats.values())))

    def connect(self, name: str, *, leg_id: str = "", device: str = "phone", keeps_sound: bool = True) -> FakeLeg:
        """The person's browser has a connection."""
        leg = FakeLeg(leg_id or f"{name}-leg-{len(self.legs)}", name, device, keeps_sound=keeps_sound)
        leg.on_close = lambda: self.session.on_leg_state(leg, LegState.CLOSED)
        self.legs[name] = leg
        self.microphones[name] = Microphone()
        self.session.on_leg_state(leg, LegState.CONNECTED)
        return leg

    def join(self, name: str, says: Callable[[int], Pcm | None] | None = None, *, on_stage: bool = True) -> FakeLeg:
        """Seat, connection and voice in one."""
        self.seat(name, on_stage=on_stage)
        if says is not None:
            self.says[name] = says
        return self.connect(name)

    def run(self, frames: int) -> None:
        """`frames` ticks: everybody speaks, the network carries, the session ticks."""
        for _ in range(frames):
            self._speak()
            self.clock.now = round(self.clock.now + FRAME_SECONDS, 9)
            self._arrive()
            self.session.tick()
            self.now_frame += 1

    def run_on_time(self, frames: int) -> None:
        """Like `run`, but each tick comes just when it is due, after the packets that have come by then."""
        for _ in range(frames):
            self._speak()
            end = round(self.clock.now + FRAME_SECONDS, 9)
            while (due := max(self.session.next_due, self.clock.now)) < end:
                self.clock.now = due
                self._arrive()
                self.session.tick()
                self.ticked_at.append(due)
            self.clock.now = end
            self._arrive()
            self.now_frame += 1

    def _speak(self) -> None:
        for name, says in self.says.items():
            pcm = says(self.now_frame)
            microphone, network = self.microphones[name], self.networks.get(name, PUNCTUAL)
            if pcm is None:
                microphone.timestamp = (microphone.timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
                continue
            number = microphone.sent
            sent_at = self.clock.now + FRAME_SECONDS * number * microphone.drift_ppm / 1e6
            packet = microphone.packet(pcm, sent_at + network.delay(number))
            if not network.lost(number):
                self._on_the_way.append((packet.arrived, number, self.legs[name], packet))

    def _arrive(self) -> None:
        self._on_the_way.sort(key=lambda item: item[:2])
        while self._on_the_way and self._on_the_way[0][0] <= self.clock.now:
            _, _, leg, packet = self._on_the_way.pop(0)
            self.session.on_packet(leg, packet)


def frames_of(sound: Pcm) -> Iterator[Pcm]:
    """Cut a long sound into frames."""
    for start in range(0, len(sound) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        yield sound[start : start + FRAME_SAMPLES]


def said(sound: Pcm) -> Callable[[int], Pcm]:
    """Say a long sound again and again, frame by frame."""
    frames = list(frames_of(sound))
    return lambda frame: frames[frame % len(frames)]


def humming(hertz: float, level: float = 0.1) -> Callable[[int], Pcm]:
    """Hum one tone for ever."""
    return lambda frame: tone(hertz, level, frame * FRAME_SAMPLES)


def loudness_at(sound: Pcm, hertz: float) -> float:
    """dBFS (of the sine's own RMS) of one tone in a sound, by FFT."""
    window = np.hanning(len(sound))
    spectrum = np.abs(np.fft.rfft(sound * window)) / window.sum() * np.sqrt(2)
    bins = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    near = spectrum[np.abs(bins - hertz) < 15]
    return float(20 * np.log10(near.max() + 1e-12))
