"""Frames of everybody on stage → the full mix, and for each who is heard the mix without them.

Pure numpy, no clock, no codec. One `mix` a tick: gate and level each speaker, sum, subtract, limit.
The mix is 1.25 ms (LOOKAHEAD samples) behind its input, so the limiter sees peaks before they come.
Whoever is not heard adds exact zeros: for them the full mix *is* the mix without them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from media_worker.engine.frames import FRAME_SAMPLES
from media_worker.engine.levels import Bools, Floats, LevelControl, decibels, steps
from media_worker.engine.limiter import LOOKAHEAD, Limiter
from media_worker.engine.opus import Pcm

#: A mute, an unmute and a gate that closes fade over 10 ms; a gate opens in 2.5 ms so that no consonant is lost.
FADE_SAMPLES, OPENING_SAMPLES = 480, 120
#: Samples louder than this are taken for this: a decoder can overshoot, a stranger can lie.
MOST_SAMPLE = np.float32(4.0)


def _ramp(samples: int) -> Floats:
    rise = np.ones(FRAME_SAMPLES, np.float32)
    rise[:samples] = np.linspace(0.0, 1.0, samples, endpoint=False, dtype=np.float32)
    return rise


_RISE = _ramp(OPENING_SAMPLES)
_FALL = (1.0 - _ramp(FADE_SAMPLES)).astype(np.float32)
_LINE = np.linspace(0.0, 1.0, FRAME_SAMPLES, endpoint=False, dtype=np.float32)


@dataclass(slots=True)
class Mixed:
    """What one tick sounds like."""

    #: 960 samples for everybody who is not heard and wants to hear everybody.
    full: Pcm
    #: Slots of those who are heard; `minus[i]` is what the person in `audible[i]` hears.
    audible: list[int]
    #: One row for each of `audible`, then one for each of `private`.
    minus: Pcm
    #: Level 0…9 of each of `audible`.
    levels: list[int]
    #: Private mixes that differ from the full mix now.
    private: list[int] = field(default_factory=list)


class Mixer:
    """A fixed number of slots, one for each person on stage, and of private mixes for who won't hear everybody.

    Private mix number p has the key slots + p; `without[key]` are the slots that are not in it.
    """

    def __init__(self, slots: int, private: int = 0) -> None:
        #: Input: write a frame into row i before `mix`, and name i in `sounding`.
        self.rows: Pcm = np.zeros((slots, FRAME_SAMPLES), np.float32)
        self.muted: Bools = np.ones(slots, np.bool_)
        self._control = LevelControl(slots)
        self._limiter = Limiter(slots + private)
        self._private = range(slots, slots + private)
        self.without: dict[int, frozenset[int]] = {}
        self._tails: Pcm = np.zeros((slots, LOOKAHEAD), np.float32)
        #: Whether the last frame of a slot was let in, the gain that it ended with, and whether its tail sounds.
        self._was_in: Bools = np.zeros(slots, np.bool_)
        self._gain: Floats = np.ones(slots, np.float32)
        self._tail_sounds: Bools = np.zeros(slots, np.bool_)
        self._silence: Pcm = np.zeros(FRAME_SAMPLES, np.float32)
        self._nobody: Pcm = np.zeros((0, FRAME_SAMPLES), np.float32)

    def seat(self, slot: int) -> None:
        """A new person takes the slot, muted and forgotten."""
        self._control.forget(slot)
        self.muted[slot] = True
        self._was_in[slot] = self._tail_sounds[slot] = False
        self._tails[slot] = 0.0
        self._gain[slot] = 1.0
        self._limiter.forget(slot)

    def set_private(self, wanted: Sequence[frozenset[int]]) -> dict[frozenset[int], int]:
        """Make private mixes without these slots, and no others; the key of each that found a place."""
        for key in [key for key, without in self.without.items() if without not in wanted]:
            del self.without[key]
        keys = {without: key for key, without in self.without.items()}
        free = [key for key in self._private if key not in self.without]
        for without in wanted:
            if without not in keys and free:
                keys[without] = key = free.pop(0)
                self.without[key] = without
                # Until now its listeners heard the full mix.
                self._limiter.forget(key)
        return keys

    def sounds(self, slot: int) -> bool:
        """Whether the last frame of this person was in the mix, so that the next must fade out or go on."""
        return bool(self._was_in[slot])

    def is_idle(self, slot: int) -> bool:
        """Whether nothing of this person is in the mix, so that their silence need not be decoded."""
        return not (self._control.open[slot] or self._was_in[slot])

    def mix(self, sounding: list[int]) -> Mixed:
        """One tick. `sounding`: slots whose row holds a new frame; the others are silent."""
        for slot in np.flatnonzero(self._was_in | self._control.open):
            if slot not in sounding:
                # Their packets stopped: silence runs through the gate like any other sound.
                self.rows[slot] = 0.0
                sounding.append(int(slot))
        heard = self._measure(sounding)
        active = np.flatnonzero(self._was_in | self._tail_sounds | heard)
        if not active.size:
            return Mixed(self._limiter.rest(self._silence), [], self._nobody, [])
        inputs = self._contributions(active, heard)
        full = inputs.sum(axis=0)
        left_out = self._left_out(active)
        private = [key for key, rows in left_out]
        rows = [full - inputs[rows].sum(axis=0) for _, rows in left_out]
        outputs = np.concatenate((full[np.newaxis], full - inputs, *(row[np.newaxis] for row in rows)))
        keys = np.concatenate((active, np.array(private, dtype=active.dtype)))
        limited = self._limiter.apply(keys, outputs)
        loudness = np.einsum("ij,ij->i", inputs[:, :FRAME_SAMPLES], inputs[:, :FRAME_SAMPLES]) / FRAME_SAMPLES
        return Mixed(limited[0], active.tolist(), limited[1:], steps(decibels(loudness)).tolist(), private)

    def _left_out(self, active: NDArray[np.intp]) -> list[tuple[int, NDArray[np.intp]]]:
        """Each private mix in which somebody who sounds is left out, with the rows of those."""
        found = []
        for key, without in self.without.items():
            rows = np.flatnonzero(np.isin(active, list(without)))
            if rows.size:
                found.append((key, rows))
        return found

    def _measure(self, sounding: list[int]) -> Bools:
        """Clean the new frames, move gates and gains; which slots are let in now."""
        heard = np.zeros_like(self._was_in)
        if not sounding:
            return heard
        slots = np.array(sounding)
        frames = self.rows[slots]
        power = np.einsum("ij,ij->i", frames, frames)
        if not np.isfinite(power).all() or power.max() > FRAME_SAMPLES:
            np.nan_to_num(frames, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
            np.clip(frames, -MOST_SAMPLE, MOST_SAMPLE, out=frames)
            self.rows[slots] = frames
            power = np.einsum("ij,ij->i", frames, frames)
        db = decibels(power / FRAME_SAMPLES)
        self._control.update(slots, np.where(self.muted[slots], np.float32(-120.0), db))
        heard[slots] = self._control.open[slots] & ~self.muted[slots]
        return heard

    def _contributions(self, active: NDArray[np.intp], heard: Bools) -> Pcm:
        """What each of `active` adds: (len, LOOKAHEAD + 960), the end of the last frame before the new one."""
        goal = (10.0 ** (self._control.gain_db[active] / 20.0)).astype(np.float32)
        start = self._gain[active]
        gains = start[:, np.newaxis] + (goal - start)[:, np.newaxis] * _LINE
        frames = self.rows[active] * gains
        self._gain[active] = goal
        was, now = self._was_in[active], heard[active]
        for index in np.flatnonzero(was != now):
            frames[index] *= _RISE if now[index] else _FALL
        frames[~(was | now)] = 0.0
        inputs = np.concatenate((self._tails[active], frames), axis=1)
        self._tails[active] = frames[:, FRAME_SAMPLES - LOOKAHEAD :]
        self._tail_sounds[active] = now
        self._was_in[:] = heard
        return inputs
