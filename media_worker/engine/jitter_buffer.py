"""Packets as they come → packets in time: reorders, unwraps, and decides what sounds now.

Pure: no decoder, no sound, no clock of its own. The delay follows the network: it starts at one
frame, its target is the 95th percentile of the jitter of the last three seconds, and whoever
plays (`playout`) asks `excess()` to know how much delay may be given back or must be added.
RFC 3550 section A.1 for sequence numbers; RFC 7587 for Opus (48 kHz timestamps, DTX gaps).
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from media_worker.engine import opus
from media_worker.engine.frames import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE
from media_worker.engine.ports import MediaPacket

#: Packets held at most (one second of 20 ms packets); the oldest goes first.
CAPACITY = 50
#: After a stall not more than this is played late; what is older is dropped at once.
STALL_PACKETS = 10
#: Concealed frames in a row before silence: longer inventions sound like a robot.
MAX_CONCEALED = 5
#: A sequence number further away than this is a new stream, believed when a second packet confirms it.
MAX_JUMP = 1_000
#: A timestamp gap that sequence numbers do not explain is silence by DTX up to here, beyond it a new timeline.
MAX_DTX_SAMPLES = 30 * SAMPLE_RATE
#: Packets whose arrival is remembered: three seconds.
HISTORY = 150
#: A DTX or "nothing to say" packet is one or two bytes (RFC 6716 section 2.1.9).
DTX_BYTES = 2
#: FEC needs the packet after the lost one, so one frame of delay more, until so many packets came without loss.
FEC_MEMORY = 250
#: What a target is at least above the 95th percentile: scheduling of both ends.
MARGIN = 0.002


class Play(Enum):
    """What to do for the next stretch of sound."""

    PACKET = auto()  #: decode `payload`
    FEC = auto()  #: `payload` is the packet after the lost one: decode the copy in it
    CONCEAL = auto()  #: invent `samples`
    SILENCE = auto()  #: nobody is sending: DTX, not begun, or gone


@dataclass(slots=True)
class Pull:
    """One decision: what to play, how long it is, and the bytes for it."""

    play: Play
    samples: int = FRAME_SAMPLES
    payload: bytes = b""
    #: RFC 6464 level of the packet, 0 (loudest) to 127; None when the sender names none.
    level: int | None = None


@dataclass(slots=True)
class Counts:
    """What happened so far, in packets."""

    received: int = 0
    played: int = 0
    recovered: int = 0
    concealed: int = 0
    duplicate: int = 0
    late: int = 0
    refused: int = 0
    overflow: int = 0
    resets: int = 0


@dataclass(slots=True)
class _Held:
    payload: bytes
    timestamp: int
    samples: int
    level: int | None


_SILENCE = Pull(Play.SILENCE)


class JitterBuffer:
    """One leg's packets. `put` when one arrives, `pull` when sound is due."""

    def __init__(self) -> None:
        self.counts = Counts()
        #: Seconds between the fastest packet's arrival and the moment of playing (of the last packet played).
        self.delay = 0.0
        #: Seconds of delay that the network asks for now.
        self.target = 0.0
        self._held: dict[int, _Held] = {}
        self._transits: deque[float] = deque(maxlen=HISTORY)
        self._fastest = 0.0
        self._since_target = 0
        self._last_fec: int | None = None
        self._suspect: int | None = None
        self._start_over()

    def _start_over(self) -> None:
        self._held.clear()
        self._transits.clear()
        self._newest_seq: int | None = None
        self._newest_ts = 0
        self._next_seq: int | None = None
        self._next_ts = 0
        self._last_samples = FRAME_SAMPLES
        self._concealed = 0
        self._resting = True

    def __len__(self) -> int:
        return len(self._held)

    # -- arrivals ------------------------------------------------------------------------------

    def put(self, packet: MediaPacket) -> None:
        """Take one packet; whatever is wrong with it is counted, never raised."""
        counts = self.counts
        counts.received += 1
        samples = opus.packet_samples(packet.payload)
        if not samples:
            counts.refused += 1
            return
        seq = self._unwrap(packet)
        if seq is None:
            counts.refused += 1
            return
        timestamp = self._newest_ts + _signed(packet.timestamp - self._newest_ts, 32)
        if seq >= (self._newest_seq or 0):
            if self._newest_seq is not None and not -SAMPLE_RATE < timestamp - self._newest_ts < MAX_DTX_SAMPLES:
                self._begin_again(packet)
                seq, timestamp = packet.sequence, packet.timestamp
            self._newest_seq, self._newest_ts = seq, timestamp
        self._note_arrival(packet.arrived - timestamp / SAMPLE_RATE)
        if self._next_seq is not None and seq < self._next_seq and not self._may_rewind(seq):
            counts.late += 1
            return
        if seq in self._held:
            counts.duplicate += 1
            return
        self._held[seq] = _Held(packet.payload, timestamp, samples, packet.audio_level)
        if len(self._held) > CAPACITY:
            del self._held[min(self._held)]
            counts.overflow += 1

    def _unwrap(self, packet: MediaPacket) -> int | None:
        """The packet's place in the endless sequence, or None while a jump waits to be confirmed."""
        if self._newest_seq is None:
            self._begin_again(packet, counted=False)
            return packet.sequence
        step = _signed(packet.sequence - self._newest_seq, 16)
        if -MAX_JUMP < step < MAX_JUMP:
            self._suspect = None
            return self._newest_seq + step
        if packet.sequence != self._suspect:
            self._suspect = (packet.sequence + 1) & 0xFFFF
            return None
        self._begin_again(packet)
        return packet.sequence

    def _begin_again(self, packet: MediaPacket, *, counted: bool = True) -> None:
        """A new stream on the same leg: another SSRC, or a sender that started anew."""
        self.counts.resets += counted
        self._start_over()
        self._suspect = None
        self._newest_seq, self._newest_ts = packet.sequence, packet.timestamp

    def _may_rewind(self, seq: int) -> bool:
        """A late packet is still played when nothing but inventions took its place: the delay grows by them."""
        if self._next_seq is None or not self._concealed or seq < self._next_seq - self._concealed or self._held:
            return False
        self._next_seq = seq
        self._concealed = 0
        return True

    def _note_arrival(self, transit: float) -> None:
        transits = self._transits
        transits.append(transit)
        self._since_target += 1
        late = transit - self._fastest > self.target
        if len(transits) == 1 or transit < self._fastest:
            self._fastest = transit
        elif self._since_target >= (5 if late else 25):
            self._measure()

    def _measure(self) -> None:
        ordered = sorted(self._transits)
        self._fastest = ordered[0]
        self._since_target = 0
        wanted = ordered[int(len(ordered) * 0.95)] - ordered[0] + MARGIN
        if self._last_fec is not None and self.counts.received - self._last_fec < FEC_MEMORY:
            wanted += FRAME_SECONDS
        self.target = min(wanted, STALL_PACKETS * FRAME_SECONDS)

    # -- playing -------------------------------------------------------------------------------

    def pull(self, now: float) -> Pull:
        """What to play from `now` (monotonic seconds of the tick, as planned) on."""
        held = self._held
        if self._next_seq is not None:
            ready = held.get(self._next_seq)
            if ready is not None and not self._resting and ready.timestamp <= self._next_ts:
                return self._play(self._next_seq, ready, now)
        if not held:
            return self._nothing_there()
        first = min(held)
        if self._resting:
            return self._begin(first, now)
        return self._gap(first, now)

    def _play(self, seq: int, packet: _Held, now: float) -> Pull:
        del self._held[seq]
        if self._concealed:
            # Nothing came late for what was invented meanwhile: it was lost.
            self._note_loss(packet)
        self._next_seq = seq + 1
        self._next_ts = packet.timestamp + packet.samples
        self._last_samples = packet.samples
        self._concealed = 0
        self._resting = len(packet.payload) <= DTX_BYTES
        self.delay = now - packet.timestamp / SAMPLE_RATE - self._fastest
        self.counts.played += 1
        return Pull(Play.PACKET, packet.samples, packet.payload, packet.level)

    def _begin(self, first: int, now: float) -> Pull:
        """Start of sound, or the end of a silence: wait until the jitter's share has passed, then play."""
        while len(self._held) > STALL_PACKETS:
            del self._held[first]
            self.counts.late += 1
            first = min(self._held)
        packet = self._held[first]
        planned = packet.timestamp / SAMPLE_RATE + self._fastest + self.target
        if now + 0.001 < planned and len(self._held) < STALL_PACKETS:
            return _SILENCE
        return self._play(first, packet, now)

    def _gap(self, first: int, now: float) -> Pull:
        """The packet that is due is not here, later ones are."""
        packet = self._held[first]
        missing = first - (self._next_seq or 0)
        if missing <= 0 or missing > MAX_CONCEALED:
            # Silence by DTX, or more lost than anybody would believe: go on with what is here.
            self._resting = True
            return self._begin(first, now)
        self._note_loss(packet)
        if missing == 1 and opus.has_fec(packet.payload):
            return self._advance(Pull(Play.FEC, self._last_samples, packet.payload))
        return self._advance(Pull(Play.CONCEAL, self._last_samples))

    def _note_loss(self, following: _Held) -> None:
        """After a loss: remember whether the sender guards against it, so that waiting for FEC pays."""
        if opus.has_fec(following.payload):
            self._last_fec = self.counts.received

    def _nothing_there(self) -> Pull:
        if self._resting or self._concealed >= MAX_CONCEALED:
            self._resting = True
            return _SILENCE
        self._concealed += 1
        return self._advance(Pull(Play.CONCEAL, self._last_samples))

    def _advance(self, pull: Pull) -> Pull:
        self._next_seq = (self._next_seq or 0) + 1
        self._next_ts += pull.samples
        if pull.play is Play.FEC:
            self.counts.recovered += 1
        else:
            self.counts.concealed += 1
        return pull

    @property
    def resting(self) -> bool:
        """Whether nobody is sending sound at the moment."""
        return self._resting

    def excess(self) -> float:
        """Seconds of delay beyond what the network asks for; negative when there is too little."""
        return self.delay - self.target

    def next_is_here(self) -> bool:
        """Whether the packet that is due after the last one has come."""
        return self._next_seq in self._held and not self._resting


def _signed(difference: int, bits: int) -> int:
    """The shortest way between two counters that wrap at `bits`."""
    half = 1 << (bits - 1)
    return ((difference + half) & ((1 << bits) - 1)) - half
