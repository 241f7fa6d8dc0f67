"""One speaker over bad networks: speech kept, delay given back, drift absorbed."""

import random

import numpy as np
import pytest
from scipy import signal

from media_worker.engine import stretch
from media_worker.engine.frames import FRAME_SAMPLES, SAMPLE_RATE
from tests.fakes.legs import Network, burst_loss, random_loss, tone
from tests.media_worker.sound.voices import natural_voice, play, speech_kept


@pytest.fixture(scope="module")
def voice():
    return natural_voice(30)


@pytest.fixture(scope="module")
def whole(voice):
    return play(voice).sound


def test_a_good_network_costs_no_delay_and_no_frame(voice):
    played = play(voice)
    assert max(played.delays) < 0.0201
    assert played.playout.buffer.counts.concealed == 0
    assert not played.playout._rest.size


@pytest.mark.parametrize(
    ("lost", "asked"),
    [(random_loss(0.05, 7), 99), (burst_loss(0.10, 3, 7), 97), (burst_loss(0.10, 3, 8), 97)],
    ids=["random5", "burst10", "burst10-again"],
)
def test_lost_packets_leave_speech_and_delay(voice, whole, lost, asked):
    played = play(voice, Network(lost))
    assert speech_kept(whole, played.sound) >= asked
    assert played.delays[-1] - played.delays[20] <= 0.0201
    assert played.playout.buffer.counts.recovered > 20


def test_delay_shrinks_again_after_the_loss_ends(voice):
    lossy = random_loss(0.05, 7)
    played = play(voice, Network(lambda i: i < 800 and lossy(i)))
    assert max(played.delays) > 0.03
    assert played.delays[-1] < 0.0201


def test_delay_shrinks_again_after_a_stall(voice):
    stalled = Network(delay=lambda i: 0.005 + (max(0, 20 - i) * 0.02 if i >= 10 else 0))
    played = play(voice, stalled)
    assert max(played.delays) > 0.1
    assert max(played.delays[600:]) < 0.0201
    assert played.playout.buffer.counts.late <= 5


@pytest.mark.parametrize("jitter", [0.01, 0.03, 0.08])
def test_jitter_is_met_with_just_enough_delay(voice, whole, jitter):
    network = Network(delay=lambda i: 0.005 + jitter * random.Random(i).random() ** 3)
    played = play(voice, network)
    assert speech_kept(whole, played.sound) >= 98.5
    assert played.delays[-1] < jitter + 0.03


@pytest.mark.parametrize("drift", [100, -100])
def test_clock_drift_is_absorbed_in_silence(drift):
    played = play(tone(440, samples=30 * SAMPLE_RATE), drift_ppm=4 * drift, phase=0.0)
    notch = signal.iirnotch(440, 3, SAMPLE_RATE)
    rest = signal.lfilter(*notch, played.sound[FRAME_SAMPLES * 20 : -FRAME_SAMPLES * 5])[FRAME_SAMPLES * 10 :]
    worst = np.max(np.sqrt(np.mean(rest[: len(rest) // 960 * 960].reshape(-1, 960) ** 2, axis=1)))
    assert 20 * np.log10(worst) < -38
    assert max(played.delays[50:]) < 0.03


def test_silence_by_dtx_is_no_loss(voice):
    # The microphone stops for a second in every three, the way DTX does.
    played = play(voice, Network(lambda i: i % 150 > 100))
    assert played.playout.buffer.counts.concealed <= 5 * 10
    assert played.delays[-1] < 0.0401


def test_stretching_keeps_pitch_and_joins_without_a_click():
    sound = tone(220, samples=4 * FRAME_SAMPLES)
    for changed in (stretch.shorten(sound, 720), stretch.lengthen(sound, 720)):
        assert changed.size != sound.size
        assert np.abs(np.diff(changed)).max() < 1.1 * np.abs(np.diff(sound)).max()
    assert sound.size - stretch.shorten(sound, 720).size in range(stretch.SHORTEST, 721)
