"""How loud somebody is: gates, levelling gains and the 0…9 that screens show. Pure numpy, all speakers at once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media_worker.engine.frames import FRAMES_PER_SECOND

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

#: dBFS (RMS of a frame) above which a microphone is let into the mix, and below which it is on its way out.
OPEN_DB, CLOSE_DB = -58.0, -62.0
#: Frames below CLOSE_DB before the microphone leaves the mix: pauses between words stay in.
HANGOVER: Final = 40
#: Loudness that each speaker is brought to (dBFS RMS of speech), and how far gain may go.
SPEECH_DB, MOST_GAIN_DB, LEAST_GAIN_DB = -22.0, 15.0, -15.0
#: Speech stands this far above the speaker's own noise, and above this absolute level.
ABOVE_NOISE_DB, SPEECH_FLOOR_DB = 9.0, -50.0
#: The noise estimate follows upwards at 1 dB/s and never believes more than this.
NOISE_RISE_DB, NOISE_MOST_DB = 1.0 / FRAMES_PER_SECOND, -45.0
#: Gain changes in dB a frame: up, down, and for the first second of somebody's speech.
UP_DB, DOWN_DB, FIRST_DB = 4.0 / FRAMES_PER_SECOND, 8.0 / FRAMES_PER_SECOND, 24.0 / FRAMES_PER_SECOND
#: Frames of speech that make the first estimate.
SETTLING: Final = 50
_SLOW, _QUICK = np.float32(1 / 75), np.float32(1 / 10)
#: dBFS of level 1 and dB a step.
_LEVEL_ONE_DB, _LEVEL_STEP_DB = -46.0, 3.5


def decibels(mean_square: Floats) -> Floats:
    """Mean square of full scale ±1 → dBFS; silence is −120."""
    db: Floats = np.float32(10.0) * np.log10(mean_square + np.float32(1e-12))
    return db


def steps(db: Floats) -> NDArray[np.int64]:
    """dBFS → the level of a speaking ring, 0 (silent) to 9."""
    levels: NDArray[np.int64] = np.clip((db - _LEVEL_ONE_DB) / _LEVEL_STEP_DB + 1.0, 0, 9).astype(np.int64)
    return levels


class LevelControl:
    """Per slot: is the microphone open, and which gain brings its speech to the common loudness."""

    def __init__(self, slots: int) -> None:
        self.open: Bools = np.zeros(slots, np.bool_)
        self.gain_db: Floats = np.zeros(slots, np.float32)
        self._quiet_for = np.zeros(slots, np.int64)
        self._noise: Floats = np.full(slots, -70.0, np.float32)
        self._loudness: Floats = np.full(slots, SPEECH_DB, np.float32)
        self._spoken = np.zeros(slots, np.int64)

    def forget(self, slot: int) -> None:
        """A new person sits in this slot."""
        self.open[slot] = False
        self.gain_db[slot] = 0.0
        self._quiet_for[slot] = 0
        self._noise[slot] = -70.0
        self._loudness[slot] = SPEECH_DB
        self._spoken[slot] = 0

    def update(self, slots: NDArray[np.int64], db: Floats) -> None:
        """One frame of each of `slots` (an index array): loudness of what they sent, in dBFS."""
        self._gate(slots, db)
        noise = np.minimum(np.minimum(db, self._noise[slots] + NOISE_RISE_DB), NOISE_MOST_DB)
        self._noise[slots] = np.maximum(noise, -90.0)
        speech = db > np.maximum(self._noise[slots] + ABOVE_NOISE_DB, SPEECH_FLOOR_DB)
        if speech.any():
            self._level(slots[speech], db[speech])

    def _gate(self, slots: NDArray[np.int64], db: Floats) -> None:
        quiet = np.where(db < CLOSE_DB, self._quiet_for[slots] + 1, 0)
        self._quiet_for[slots] = quiet
        self.open[slots] = (db > OPEN_DB) | (self.open[slots] & (quiet < HANGOVER))

    def _level(self, slots: NDArray[np.int64], db: Floats) -> None:
        settling = self._spoken[slots] < SETTLING
        share = np.where(settling, _QUICK, _SLOW)
        loudness = self._loudness[slots]
        loudness = np.where(self._spoken[slots] == 0, db, loudness + share * (db - loudness))
        self._loudness[slots] = loudness
        self._spoken[slots] += 1
        wanted = np.clip(SPEECH_DB - loudness, LEAST_GAIN_DB, MOST_GAIN_DB)
        step = wanted - self.gain_db[slots]
        up, down = np.where(settling, FIRST_DB, UP_DB), np.where(settling, FIRST_DB, DOWN_DB)
        self.gain_db[slots] += np.clip(step, -down, up)
