"""One voice through one playout, over a network of our choosing: what comes out, and how much of it is kept."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np

from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE
from media_worker.engine.opus import Pcm
from media_worker.engine.playout import Playout
from tests.fakes.legs import Microphone, Network, babble, frames_of

_VOICES = Path(__file__).parents[3] / "media_worker" / "demo" / "voices"


@cache
def natural_voice(seconds: float) -> Pcm:
    """A recorded voice of the demo at −20 dBFS, repeated as often as needed; babble where there is none."""
    pieces = [_read(path) for path in sorted(_VOICES.glob("reading*.opus"))]
    if not pieces:
        return babble(seconds)
    sound = np.concatenate(pieces)
    sound *= 0.1 / np.sqrt(np.mean(sound**2))
    count = int(seconds * SAMPLE_RATE)
    return np.tile(sound, count // len(sound) + 1)[:count].astype(np.float32)


def _read(path: Path) -> Pcm:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(np.float32)


@dataclass
class Played:
    """What came out, and the delay at every frame."""

    sound: Pcm
    delays: list[float]
    playout: Playout


def play(sound: Pcm, network: Network | None = None, *, drift_ppm: float = 0.0, phase: float = 0.0) -> Played:
    """Speak `sound` frame by frame into a playout that is asked every 20 ms."""
    network = network or Network()
    microphone, playout = Microphone(names_levels=False), Playout()
    packets = []
    for number, frame in enumerate(frames_of(sound)):
        packet = microphone.packet(frame, 100 + number * FRAME_SECONDS * (1 + drift_ppm / 1e6) + network.delay(number))
        if not network.lost(number):
            packets.append(packet)
    packets.sort(key=lambda packet: packet.arrived)
    out, delays, position = [], [], 0
    for number in range(len(sound) // FRAME_SAMPLES):
        now = 100 + FRAME_SECONDS * (number + 1) + phase
        while position < len(packets) and packets[position].arrived <= now:
            playout.put(packets[position])
            position += 1
        row = np.zeros(FRAME_SAMPLES, np.float32)
        playout.frame_into(row, now, idle=False)
        out.append(row)
        delays.append(playout.buffer.delay)
    return Played(np.concatenate(out), delays, playout)


def speech_kept(reference: Pcm, sound: Pcm, *, within_db: float = 12.0, most_lag: int = 3_840) -> float:
    """Percent of the frames with speech (above −45 dBFS) that come out with their energy.

    A frame counts as lost when it comes out more than `within_db` weaker than without loss, at the
    delay that fits its surroundings (a second) best.
    """
    count = min(len(reference), len(sound)) // FRAME_SAMPLES
    padded = np.concatenate((sound, np.zeros(most_lag, np.float32)))
    wanted = _energies(reference, count)
    differences = np.array([_energies(padded[lag:], count) - wanted for lag in range(0, most_lag, 240)])
    spoken = np.flatnonzero(wanted > -45)
    kept = 0
    for start in range(0, count, 25):
        around = np.abs(differences[:, max(0, start - 12) : start + 38])
        lag = int(np.median(around, axis=1).argmin())
        here = spoken[(spoken >= start) & (spoken < start + 25)]
        kept += int(np.count_nonzero(differences[lag, here] > -within_db))
    return 100 * kept / len(spoken)


def _energies(sound: Pcm, count: int) -> Pcm:
    frames = sound[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES)
    return (10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)).astype(np.float32)
