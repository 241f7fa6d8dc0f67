"""One encode for all who are silent, one more for each who is heard: and nobody hears the change."""

import numpy as np
import pytest
from scipy import signal

from media_worker.engine.frames import FRAME_SAMPLES, SAMPLE_RATE
from media_worker.engine.opus import Encoder
from tests.fakes.legs import Stage, humming, said, tone
from tests.media_worker.sound.voices import natural_voice


def now_and_then(hertz, every=150, long=40):
    """Speaks for `long` frames in every `every`, else digital silence."""
    return lambda frame: (
        tone(hertz, 0.1, frame * FRAME_SAMPLES) if frame % every < long else np.zeros(FRAME_SAMPLES, np.float32)
    )


def counted_encodes(monkeypatch):
    calls = []
    encode = Encoder.encode
    monkeypatch.setattr(Encoder, "encode", lambda self, pcm: calls.append(1) or encode(self, pcm))
    return calls


def test_silent_people_share_one_encode(monkeypatch):
    stage = Stage()
    stage.join("talker", humming(400))
    for name in "bcdefgh":
        stage.join(name, on_stage=name in "bcd")
    stage.run(20)
    calls = counted_encodes(monkeypatch)
    stage.run(50)
    # Per tick: the talker's microphone (the fake browser), the talker's own mix, and the shared one.
    assert len(calls) == 3 * 50
    assert len({leg.payloads[-1] for name, leg in stage.legs.items() if name != "talker"}) == 1


def test_change_of_encoder_cannot_be_heard():
    stage = Stage()
    leg = stage.join("changer", now_and_then(900))
    stage.join("steady", humming(400))
    stage.run(900)
    sound = leg.sound(100)
    rest = signal.filtfilt(*signal.iirnotch(400, 5, SAMPLE_RATE), sound)[4800:-4800]
    frames = rest[: len(rest) // 960 * 960].reshape(-1, 960)
    energy = 20 * np.log10(np.sqrt(np.mean(frames**2, axis=1)) + 1e-9)
    # The tone stands at −22 dBFS; what the codec and the changes add stays 28 dB below it, everywhere.
    assert energy.max() < -50
    assert np.abs(np.diff(sound)).max() < 1.5 * 2 * np.pi * 400 / SAMPLE_RATE * 0.113


def heard_by_speaker(says, others):
    """What somebody hears who says `says` while the other person says `others`, from frame 50 on."""
    stage = Stage()
    leg = stage.join("speaker", says)
    stage.join("other", others)
    stage.join("silent")
    stage.run(500)
    return leg.sound(50)


def nothing(_):
    return np.zeros(FRAME_SAMPLES, np.float32)


@pytest.mark.parametrize("others", [nothing, now_and_then(500, every=70, long=30), said(natural_voice(7))])
@pytest.mark.parametrize("own", [now_and_then(900, every=90, long=30), said(natural_voice(11)[4 * SAMPLE_RATE :])])
def test_own_voice_never_comes_back_not_even_at_the_changes(own, others):
    difference = heard_by_speaker(own, others) - heard_by_speaker(nothing, others)
    voice = np.concatenate([own(frame) for frame in range(50, 500)])
    # What the speaker's voice changes in what they hear looks nothing like their voice.
    assert own_share_db(difference, voice) < -60


def own_share_db(difference, own):
    """How much of `own` is in `difference`, at any delay up to 200 ms, in dB of own."""
    size = 1 << int(np.ceil(np.log2(len(own) * 2)))
    cross = np.fft.irfft(np.fft.rfft(difference, size) * np.conj(np.fft.rfft(own, size)), size)
    return 20 * np.log10(np.abs(cross[: SAMPLE_RATE // 5]).max() / np.sum(own.astype(np.float64) ** 2) + 1e-12)


def test_silence_is_sent_on_but_not_encoded(monkeypatch):
    stage = Stage()
    leg = stage.join("a")
    stage.run(50)
    calls = counted_encodes(monkeypatch)
    stage.run(50)
    assert not calls
    assert len(leg.timestamps) == 100
    assert np.abs(leg.sound(50)).max() < 1e-4
