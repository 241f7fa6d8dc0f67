"""Frames in, mixes out: who is in which mix, how loud, and never a clipped sample."""

import numpy as np
import pytest

from media_worker.engine.frames import FRAME_SAMPLES
from media_worker.engine.limiter import CEILING
from media_worker.engine.mixer import Mixer
from tests.fakes.legs import babble, frames_of, loudness_at, tone

TONES = {0: 400.0, 1: 700.0, 2: 1100.0, 5: 1900.0}


def run(mixer, says, frames):
    """Mix `frames` ticks; returns the full mix and each person's own, as whole sounds."""
    full, minus = [], {slot: [] for slot in says}
    for frame in range(frames):
        sounding = []
        for slot, voice in says.items():
            pcm = voice(frame)
            if pcm is not None:
                mixer.rows[slot] = pcm
                sounding.append(slot)
        mixed = mixer.mix(sounding)
        full.append(mixed.full)
        own = dict(zip(mixed.audible, mixed.minus, strict=True))
        for slot, heard in minus.items():
            heard.append(own.get(slot, mixed.full))
    return np.concatenate(full), {slot: np.concatenate(heard) for slot, heard in minus.items()}


def seated(*slots):
    mixer = Mixer(8)
    for slot in slots:
        mixer.seat(slot)
        mixer.muted[slot] = False
    return mixer


def hum(hertz, level=0.1):
    return lambda frame: tone(hertz, level, frame * FRAME_SAMPLES)


def test_everybody_hears_all_but_themselves():
    full, minus = run(seated(*TONES), {slot: hum(hertz) for slot, hertz in TONES.items()}, 150)
    for slot, hertz in TONES.items():
        assert loudness_at(full[96_000:], hertz) > -24
        for listener, heard in minus.items():
            loudness = loudness_at(heard[96_000:], hertz)
            assert loudness < -100 if listener == slot else loudness > -24


def test_loud_and_quiet_speakers_are_brought_together():
    full, _ = run(seated(0, 1), {0: hum(400, 0.02), 1: hum(700, 0.6)}, 400)
    loudness = [loudness_at(full[-48_000:], hertz) for hertz in (400, 700)]
    assert loudness == pytest.approx([-22, -22], abs=1.5)


def test_noise_alone_is_not_brought_up():
    rng = np.random.default_rng(5)
    full, _ = run(seated(0), {0: lambda _: (0.0018 * rng.standard_normal(FRAME_SAMPLES)).astype(np.float32)}, 500)
    assert 20 * np.log10(np.sqrt(np.mean(full[-48_000:] ** 2))) < -50


def test_many_loud_voices_are_limited_and_never_clipped():
    says = {slot: hum(200 + 37.0 * slot, 0.99) for slot in range(8)}
    mixer = seated(*range(8))
    mixer._control.gain_db[:] = 15.0
    full, minus = run(mixer, says, 200)
    for sound in [full, *minus.values()]:
        assert np.abs(sound).max() <= CEILING + 1e-6
        assert np.abs(np.diff(sound)).max() < 0.4


def test_limiter_follows_a_sudden_shout_without_clipping():
    shout = babble(4, 3) / np.abs(babble(4, 3)).max() * 3.5
    frames = list(frames_of(shout.astype(np.float32)))
    full, _ = run(seated(0, 1), {0: lambda f: frames[f] if f % 20 < 10 else None, 1: hum(300, 0.3)}, 190)
    assert np.abs(full).max() <= CEILING + 1e-6


def test_mute_is_a_ramp_of_ten_milliseconds_in_the_next_tick():
    mixer = seated(0)
    run(mixer, {0: hum(400)}, 50)
    mixer.muted[0] = True
    after, _ = run(mixer, {0: hum(400)}, 2)
    assert np.abs(after[: 60 + 240]).max() > 0.02
    assert not after[60 + 480 :].any()
    assert np.abs(np.diff(after)).max() < 0.02


def test_speaker_who_vanishes_fades_and_leaves_exact_silence():
    mixer = seated(0)
    run(mixer, {0: hum(400)}, 50)
    after, _ = run(mixer, {0: lambda _: None}, 60)
    assert not after[60 + 960 :].any()
    assert mixer.is_idle(0)


def test_silent_people_are_left_out_so_that_the_full_mix_is_theirs():
    mixer = seated(0, 1)
    mixer.rows[0], mixer.rows[1] = tone(400), 0.0
    assert mixer.mix([0, 1]).audible == [0]


def test_levels_go_from_one_to_nine():
    mixer = seated(0, 1, 2)
    for frame in range(100):
        for slot, level in ((0, 0.9), (1, 0.005), (2, 0.0)):
            mixer.rows[slot] = tone(400, level, frame * FRAME_SAMPLES)
        mixed = mixer.mix([0, 1, 2])
    levels = dict(zip(mixed.audible, mixed.levels, strict=True))
    assert levels[0] >= 7
    assert 1 <= levels[1] < levels[0]
    assert 2 not in levels


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf, 1e30, -1e30])
def test_poisoned_frames_hurt_nobody(poison):
    mixer = seated(0, 1)
    run(mixer, {0: hum(400), 1: hum(700)}, 20)
    bad = tone(400)
    bad[100:200] = poison
    full, minus = run(mixer, {0: lambda f: bad if f == 3 else tone(400, start=f * 960), 1: hum(700)}, 100)
    for sound in [full, *minus.values()]:
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() <= CEILING + 1e-6
    assert loudness_at(minus[0][-48_000:], 700) == pytest.approx(-22, abs=1)
