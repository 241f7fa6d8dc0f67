"""A room without somebody: for who asks, in the mix of a listener and of a speaker, and for nobody else."""

import numpy as np
import pytest

from media_worker.engine import opus
from media_worker.engine.ports import Seat
from media_worker.engine.session import PRIVATE_MIXES
from tests.fakes.legs import Stage, humming, loudness_at

TONES = {"ann": 400.0, "bob": 700.0, "cat": 1_100.0}
HEARD, NOTHING = -30, -65


@pytest.fixture
def stage() -> Stage:
    """Three on stage with a tone each, and a listener."""
    stage = Stage()
    for name, hertz in TONES.items():
        stage.join(name, humming(hertz))
    stage.join("listener", on_stage=False)
    stage.run(100)
    return stage


def leave_out(stage: Stage, who: str, *unwanted: str) -> None:
    old = stage.seats[who]
    stage.seats[who] = Seat(who, old.on_stage, old.muted, old.device, frozenset(unwanted))
    stage.reconcile()


def heard(stage: Stage, who: str, first: int) -> set[str]:
    sound = stage.legs[who].sound(first)
    levels = {name: loudness_at(sound, hertz) for name, hertz in TONES.items()}
    assert all(level > HEARD or level < NOTHING for level in levels.values()), levels
    return {name for name, level in levels.items() if level > HEARD}


def test_a_listener_hears_the_room_without_one_voice_and_others_hear_it(stage: Stage) -> None:
    stage.join("other", on_stage=False)
    leave_out(stage, "listener", "bob")
    stage.run(60)
    assert heard(stage, "listener", 105) == {"ann", "cat"}
    assert heard(stage, "other", 5) == {"ann", "bob", "cat"}
    assert heard(stage, "ann", 105) == {"bob", "cat"}


def test_a_speaker_hears_neither_themselves_nor_that_voice(stage: Stage) -> None:
    leave_out(stage, "ann", "bob")
    stage.run(60)
    assert heard(stage, "ann", 105) == {"cat"}


def test_the_voice_comes_back_when_it_is_wanted_again(stage: Stage) -> None:
    leave_out(stage, "listener", "bob", "cat")
    stage.run(60)
    assert heard(stage, "listener", 105) == {"ann"}
    leave_out(stage, "listener")
    stage.run(60)
    assert heard(stage, "listener", 170) == {"ann", "bob", "cat"}


def test_nothing_of_the_voice_leaks_when_it_comes_or_goes(stage: Stage) -> None:
    leave_out(stage, "listener", "bob", "dan")
    stage.run(20)
    stage.unseat("bob")
    stage.join("dan", humming(1_900))
    stage.run(60)
    sound = stage.legs["listener"].sound(103)
    assert loudness_at(sound, TONES["bob"]) < NOTHING
    assert loudness_at(sound, 1_900) < NOTHING


def test_those_who_leave_the_same_people_out_share_an_encode(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        stage.join(f"l{number}", on_stage=False)
        leave_out(stage, f"l{number}", "bob")
    stage.run(20)
    calls: list[int] = []
    encode = opus.Encoder.encode_at

    def counted(self: opus.Encoder, address: int) -> bytes:
        calls.append(address)
        return encode(self, address)

    monkeypatch.setattr(opus.Encoder, "encode_at", counted)
    stage.run(50)
    # Per tick: three microphones of the fake browsers, three own mixes, the shared one, and one private one.
    assert len(calls) == 8 * 50


def test_a_private_mix_costs_nothing_while_the_unwanted_are_silent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_out(stage, "listener", "bob")
    stage.says["bob"] = lambda frame: None
    stage.run(100)
    assert stage.session._mixer.without
    payloads = stage.legs["listener"].payloads
    stage.join("other", on_stage=False)
    stage.run(20)
    assert payloads[-10:] == stage.legs["other"].payloads[-10:]


def test_beyond_the_last_private_mix_there_is_silence_and_never_the_voice(stage: Stage) -> None:
    names = [f"x{number}" for number in range(PRIVATE_MIXES)]
    for name in names:
        stage.join(name, humming(2_000))
    for number, name in enumerate(names):
        stage.join(f"l{number}", on_stage=False)
        leave_out(stage, f"l{number}", name)
    leave_out(stage, "listener", "bob")
    stage.run(30)
    before = len(stage.legs["listener"].heard)
    stage.run(30)
    assert len(stage.legs["listener"].heard) == before
    leave_out(stage, "l0")
    stage.run(60)
    assert heard(stage, "listener", before + 10) >= {"ann", "cat"}
    assert "bob" not in heard(stage, "listener", before + 10)


def test_a_private_mix_never_clips(stage: Stage) -> None:
    for name in TONES:
        stage.says[name] = humming(TONES[name], 0.9)
    leave_out(stage, "listener", "cat")
    stage.run(200)
    assert np.abs(stage.legs["listener"].sound(110)).max() <= 1.0
