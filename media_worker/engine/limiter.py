"""Keeps the sum of many voices below full scale without clipping one sample: gain goes down in ramps, in time.

Gain is a line between corners LOOKAHEAD samples (1.25 ms) apart. A corner is never above what the
block on either side of it allows, so no sample of the line is either: the limiter cannot clip.
"""

import numpy as np
from numpy.typing import NDArray

from media_worker.engine.frames import FRAME_SAMPLES
from media_worker.engine.levels import Floats
from media_worker.engine.opus import Pcm

#: Samples between corners, and how far ahead the input must reach.
LOOKAHEAD = 60
BLOCKS = FRAME_SAMPLES // LOOKAHEAD
#: −1 dBFS: room for what a codec adds.
CEILING = np.float32(0.891)
#: Gain comes back by this factor a corner: 40 dB/s.
_RELEASE = np.float32(10 ** (40 / 20 * LOOKAHEAD / 48_000))
_LINE = np.linspace(0.0, 1.0, LOOKAHEAD, endpoint=False, dtype=np.float32)


class Limiter:
    """Gains of the full mix and of each slot's own mix, from frame to frame."""

    def __init__(self, slots: int) -> None:
        # Row 0 is the full mix, row 1 + slot the mix without that slot.
        self._gain: Floats = np.ones(slots + 1, np.float32)

    def forget(self, slot: int) -> None:
        """Somebody new hears the full mix up to now, so begin with its gain."""
        self._gain[slot + 1] = self._gain[0]

    def rest(self, silence: Pcm) -> Pcm:
        """A tick in which nobody sounds: gains come back, silence stays silence."""
        np.minimum(self._gain * _RELEASE**BLOCKS, 1.0, out=self._gain)
        return silence

    def apply(self, slots: NDArray[np.int64], mixes: Pcm) -> Pcm:
        """Limit (1 + len(slots), LOOKAHEAD + 960) → (…, 960): the full mix first, then one row a slot.

        Slots that are not named follow the full mix, which is what they hear.
        """
        rows = np.concatenate(([0], slots + 1))
        peaks = np.maximum(mixes.max(axis=1), -mixes.min(axis=1))
        gains = self._gain[rows]
        if peaks.max() <= CEILING and gains.min() >= 1.0:
            self._gain[:] = 1.0
            return np.ascontiguousarray(mixes[:, :FRAME_SAMPLES])
        blocks = np.abs(mixes).reshape(len(rows), BLOCKS + 1, LOOKAHEAD).max(axis=2)
        allowed = CEILING / np.maximum(blocks, CEILING)
        corners = np.empty((len(rows), BLOCKS + 1), np.float32)
        # Float rounding may leave the first corner a hair above: the block itself has the last word.
        corners[:, 0] = np.minimum(gains, allowed[:, 0])
        ahead = np.minimum(allowed[:, :-1], allowed[:, 1:])
        for corner in range(BLOCKS):
            corners[:, corner + 1] = np.minimum(np.minimum(corners[:, corner] * _RELEASE, 1.0), ahead[:, corner])
        # Later corners must not stand above an earlier block either; `ahead` looks at both sides of each.
        self._gain[:] = corners[0, -1]
        self._gain[rows] = corners[:, -1]
        steps = corners[:, 1:] - corners[:, :-1]
        line = corners[:, :-1, np.newaxis] + steps[:, :, np.newaxis] * _LINE
        limited: Pcm = mixes[:, :FRAME_SAMPLES] * line.reshape(len(rows), FRAME_SAMPLES)
        return limited
