"""What a room's sound costs and how good it is: CPU, lateness, speech kept under loss, own voice."""

from functools import cache

import numpy as np

from media_worker.demo.cast import VOICES
from media_worker.demo.track import read_packets
from media_worker.engine.frames import FRAME_SAMPLES, SAMPLE_RATE
from tests.bench.sound_load import Measured, measure
from tests.fakes.legs import Network, Stage, burst_loss, random_loss, said
from tests.media_worker.sound.voices import natural_voice, play, speech_kept

STAGE, TALKING = 25, 3
FULL_STAGE, WEBRTC_LISTENERS = 13, 100
LOSS_SECONDS = 60


def _voices(count: int) -> list[list[bytes]]:
    clips = [read_packets(path) for path in sorted(VOICES.glob("*.opus"))]
    return [clips[number % len(clips)] for number in range(count)]


def cpu_ms_per_s_per_speaker(only: str = "") -> dict[str, float]:
    """CPU of the room's process for each of 25 on stage: all of them talking, three of them talking."""
    talking = {"all": STAGE, "three": TALKING}
    return {
        name: measure(_voices(count), silent=STAGE - count).cpu_ms_per_s / STAGE
        for name, count in talking.items()
        if only in ("", name)
    }


@cache
def _full_room() -> Measured:
    return measure(_voices(FULL_STAGE), listeners=WEBRTC_LISTENERS, playback=True)


def room_core_share() -> float:
    """Share of a core for 13 talking, 100 listeners by WebRTC, and the encode for playback."""
    return _full_room().cpu_ms_per_s / 1000


def tick_late_ms() -> dict[str, float]:
    """How late the ticks of that room begin."""
    return {"p99": float(np.percentile(_full_room().lateness, 99)) * 1000}


def _lossy() -> dict[str, Network]:
    return {"random5": Network(random_loss(0.05, 7)), "burst10": Network(burst_loss(0.10, 3, 7))}


def speech_kept_pct() -> dict[str, float]:
    """Percent of speech frames that come out with their energy (within 12 dB), 60 s of loss."""
    voice = natural_voice(LOSS_SECONDS)
    whole = play(voice).sound
    return {name: speech_kept(whole, play(voice, network).sound) for name, network in _lossy().items()}


def delay_growth_ms() -> float:
    """Delay at the end of a minute of loss, above that of its beginning; the worse of the two patterns."""
    voice = natural_voice(LOSS_SECONDS)
    growths = []
    for network in _lossy().values():
        delays = play(voice, network).delays
        growths.append(delays[-1] - min(delays[:50]))
    return round(1000 * max(growths), 3)


def own_voice_return_db() -> float:
    """How much of their own voice somebody hears, in dB of it, while others speak, too; begins and ends included.

    The room runs twice, with and without that person's voice; what differs is searched for the voice.
    """
    voice, others = natural_voice(40), natural_voice(47)[7 * SAMPLE_RATE :]
    silence = np.zeros(SAMPLE_RATE, np.float32)
    heard = []
    for own in (voice, silence):
        stage = Stage()
        leg = stage.join("speaker", said(own))
        stage.join("other", said(others))
        stage.join("silent")
        stage.run(1_500)
        heard.append(leg.sound(50))
    difference = heard[0] - heard[1]
    spoken = voice[50 * FRAME_SAMPLES :][: len(difference)].astype(np.float64)
    size = 1 << int(np.ceil(np.log2(2 * len(spoken))))
    cross = np.fft.irfft(np.fft.rfft(difference, size) * np.conj(np.fft.rfft(spoken, size)), size)
    share = np.abs(cross[: SAMPLE_RATE // 5]).max() / np.sum(spoken**2)
    return float(20 * np.log10(share + 1e-12))
