"""One speaker's sound, 20 ms at a time: jitter buffer, decoder, and the fine control of the delay.

Delay is given back and gained in steps of one frame. In silence a frame is left out or said twice;
in speech single periods are cut out or put in (`stretch`), so nobody hears the control at work.
"""

from collections import deque

import numpy as np

from media_worker.engine import stretch
from media_worker.engine.decoder import OpusDecoder
from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE
from media_worker.engine.jitter_buffer import MARGIN, JitterBuffer, Play, Pull
from media_worker.engine.opus import Pcm
from media_worker.engine.ports import MediaPacket

#: Frames over which there must be too much delay, all the time, before any is given back.
WATCH = 50
#: Frames over which there must be too little before some is gained.
WATCH_SHORTAGE = 10
#: Delay kept above the target when some is given back.
SLACK = 0.003
#: Mean square below which a frame is silence (−50 dBFS).
SILENT = 1e-5
#: RFC 6464 level from which a packet need not be decoded while the person is silent anyway (−65 dBov).
QUIET_LEVEL = 65
#: A frame of three bytes is 1.2 kb/s: no codec mode says a word with that.
QUIET_BYTES = 3
#: Packets kept undecoded; they are decoded first when sound comes back, so that the decoder has caught up.
PRIMER = 3


class Playout:
    """Packets in, frames out. Bounded: at most the jitter buffer's packets and one frame of sound."""

    def __init__(self) -> None:
        self.buffer = JitterBuffer()
        self.decoder = OpusDecoder()
        self._rest: Pcm = np.zeros(0, np.float32)
        #: Samples of delay still to give back (+) or to gain (−).
        self._owed = 0
        self._too_much = self._too_little = 0
        #: The least excess since there has been too much, seconds.
        self._least = 0.0
        self._primer: deque[bytes] = deque(maxlen=PRIMER)

    def put(self, packet: MediaPacket) -> None:
        """Take a packet as it arrives."""
        self.buffer.put(packet)

    @property
    def wait(self) -> tuple[float, float] | None:
        """How long packets wait to be played and how long the network asks for, in seconds; None in silence."""
        buffer = self.buffer
        return None if buffer.resting or self._owed else (buffer.delay, buffer.target)

    def frame_into(self, row: Pcm, now: float, *, idle: bool) -> bool:
        """Write the 960 samples that are due at `now` into `row`; False (row untouched) when there is no sound.

        `idle` says that nobody hears this speaker at the moment, so packets that name themselves
        silent need not be decoded.
        """
        if not self._rest.size and not self._owed:
            pull = self.buffer.pull(now)
            if pull.play is Play.SILENCE or (idle and self._may_rest(pull)):
                return False
            pcm = self._sound(pull)
            self._watch()
            if pull.samples == FRAME_SAMPLES and not self._owed:
                row[:] = pcm
                return True
            self._rest = pcm.copy()
        return self._adjusted(row, now)

    # -- the way with leftovers and adjustments --------------------------------------------------

    def _adjusted(self, row: Pcm, now: float) -> bool:
        if self._owed < 0:
            self._gain_delay(now)
        while self._rest.size < FRAME_SAMPLES:
            if not self._append(now):
                return self._run_out(row)
        if self._owed > 0:
            self._give_delay_back(now)
        row[:] = self._rest[:FRAME_SAMPLES]
        self._rest = self._rest[FRAME_SAMPLES:].copy()
        if not self._owed and self._rest.size < stretch.SHORTEST and _silent(row):
            # Crumbs of the last adjustment: away with them where nobody can hear it.
            self._rest = self._rest[:0]
        return True

    def _append(self, now: float) -> bool:
        pull = self.buffer.pull(now + self._rest.size / SAMPLE_RATE)
        if pull.play is Play.SILENCE:
            return False
        self._rest = np.concatenate((self._rest, self._sound(pull)))
        self._watch()
        return True

    def _run_out(self, row: Pcm) -> bool:
        """The sound ended inside a frame: play what is left."""
        left = self._rest.size
        row[:left] = self._rest
        row[left:] = 0.0
        self._rest = self._rest[:0]
        self._owed = 0
        return left > 0

    def _give_delay_back(self, now: float) -> None:
        room = self._rest.size - FRAME_SAMPLES
        if room < stretch.SHORTEST:
            if self._owed < stretch.SHORTEST or not self.buffer.next_is_here() or not self._append(now):
                self._owed = 0 if self._owed < stretch.SHORTEST else self._owed
                return
            room = self._rest.size - FRAME_SAMPLES
        if _silent(self._rest):
            cut = min(room, self._owed)
            self._rest = self._rest[cut:].copy()
        else:
            shorter = stretch.shorten(self._rest, min(room, max(self._owed, stretch.SHORTEST)))
            cut = self._rest.size - shorter.size
            self._rest = shorter
        self._owed = max(0, self._owed - cut)

    def _gain_delay(self, now: float) -> None:
        while self._rest.size < FRAME_SAMPLES:
            if not self._append(now):
                return
        if _silent(self._rest):
            longer = np.concatenate((self._rest[:FRAME_SAMPLES], self._rest))
        else:
            longer = stretch.lengthen(self._rest, min(stretch.LONGEST, max(-self._owed, stretch.SHORTEST)))
        self._owed = min(0, self._owed + longer.size - self._rest.size)
        self._rest = longer

    # -- decoding and control ----------------------------------------------------------------------

    def _may_rest(self, pull: Pull) -> bool:
        """Leave a silent packet undecoded, but keep it: the decoder must have heard it before the next word."""
        if pull.play is not Play.PACKET:
            # What is lost of a silence need not be invented.
            return True
        quiet = pull.level is not None and pull.level >= QUIET_LEVEL
        if not (quiet or len(pull.payload) <= QUIET_BYTES):
            return False
        self._primer.append(pull.payload)
        return True

    def _sound(self, pull: Pull) -> Pcm:
        while self._primer:
            self.decoder.decode(self._primer.popleft())
        if pull.play is Play.PACKET:
            return self.decoder.decode(pull.payload)
        if pull.play is Play.FEC:
            return self.decoder.recover(pull.payload, pull.samples)
        return self.decoder.conceal(pull.samples)

    def _watch(self) -> None:
        """After each packet: has there been too much delay for a second, or too little for a while?"""
        if self._owed:
            return
        excess = self.buffer.excess()
        self._least = min(self._least, excess) if self._too_much else excess
        self._too_much = self._too_much + 1 if excess > FRAME_SECONDS + SLACK else 0
        self._too_little = self._too_little + 1 if excess < -MARGIN / 2 else 0
        if self._too_much >= WATCH:
            self._owed = int(self._least / FRAME_SECONDS) * FRAME_SAMPLES
        elif self._too_little >= WATCH_SHORTAGE:
            self._owed = -FRAME_SAMPLES
        if self._owed:
            self._too_much = self._too_little = 0


def _silent(pcm: Pcm) -> bool:
    return float(np.dot(pcm, pcm)) < SILENT * pcm.size
