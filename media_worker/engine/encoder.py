"""Mixes → packets: Opus for legs, AAC-LC for playback.

Opus for legs is CELT at 32 kb/s (`LOWDELAY`: 2.5 ms of lookahead). Everybody who is silent gets one
shared encode of the full mix; whoever is heard gets an encode of their own of the mix without them.
The change of encoder is inaudible: somebody who begins to speak goes on with a *copy of the shared
encoder's state*, so their decoder sees one unbroken stream; somebody who has fallen silent goes back
only when both encoders have heard the same sound for a while.
"""

from dataclasses import dataclass

import av
import numpy as np

from media_worker.engine import opus
from media_worker.engine.frames import SAMPLE_RATE
from media_worker.engine.mixer import Mixed
from media_worker.engine.opus import Pcm

BIT_RATE = 32_000
#: CELT's complexity of the shared encoder, and of people's own: the more talk at once, the less work for each.
#: (Most people heard, complexity): 3.2, 2.4 and 1.6 ms of CPU a second each.
COMPLEXITY = 5
CROWD = ((4, 5), (8, 2), (1_000, 0))
#: Ticks with the same sound in both encoders before somebody goes back to the shared one.
SETTLE = 10
#: Ticks of silence after which the last packet is sent again instead of encoding zeros.
SILENCE_SETTLED = 10
#: Encoders kept for the next person who speaks.
MAX_SPARE = 8

#: Playback: AAC-LC, mono.
AAC_BIT_RATE = 64_000
AAC_FRAME = 1_024


def leg_encoder() -> "opus.Encoder":
    """An encoder for legs; all are alike, so that states can be copied between them."""
    return opus.Encoder(application=opus.APPLICATION_LOWDELAY, bit_rate=BIT_RATE, complexity=COMPLEXITY)


@dataclass(slots=True)
class _Own:
    encoder: "opus.Encoder"
    #: Ticks since this person was last heard.
    silent_for: int = 0


class LegEncoders:
    """The shared encoder of a room and those of the people who are heard."""

    def __init__(self) -> None:
        self._shared = leg_encoder()
        self._own: dict[int, _Own] = {}
        self._spare: list[opus.Encoder] = []
        self._complexity = COMPLEXITY
        self._silent_for = 0
        self._last = b""

    def encode(self, mixed: Mixed, wanted: set[int]) -> tuple[bytes, dict[int, bytes]]:
        """One tick → the packet for all who are silent, and slot → packet for those who are not.

        A private mix is encoded like the mix of somebody who is heard, under its own key.
        `wanted`: slots and keys that have somebody to listen; the others get no encode of their own.
        """
        packets: dict[int, bytes] = {}
        self._fit_crowd(len(mixed.audible))
        for row, slot in enumerate([*mixed.audible, *mixed.private]):
            if slot in wanted:
                own = self._own.get(slot) or self._begin(slot)
                own.silent_for = 0
                packets[slot] = own.encoder.encode(mixed.minus[row])
        for slot in [slot for slot in self._own if slot not in packets]:
            self._settle(slot, mixed, wanted, packets)
        return self._encode_shared(mixed), packets

    def _begin(self, slot: int) -> _Own:
        encoder = self._spare.pop() if self._spare else leg_encoder()
        # Before the shared encoder takes this tick's frame: both stand at the end of the last one.
        encoder.copy_state(self._shared)
        encoder.set_complexity(self._complexity)
        self._own[slot] = own = _Own(encoder)
        return own

    def _fit_crowd(self, heard: int) -> None:
        complexity = next(complexity for most, complexity in CROWD if heard <= most)
        if complexity != self._complexity:
            self._complexity = complexity
            for own in self._own.values():
                own.encoder.set_complexity(complexity)

    def _settle(self, slot: int, mixed: Mixed, wanted: set[int], packets: dict[int, bytes]) -> None:
        own = self._own[slot]
        own.silent_for += 1
        if own.silent_for > SETTLE or slot not in wanted:
            self.forget(slot)
        else:
            packets[slot] = own.encoder.encode(mixed.full)

    def forget(self, slot: int) -> None:
        """The person in this slot is silent for good, or gone."""
        own = self._own.pop(slot, None)
        if own is not None and len(self._spare) < MAX_SPARE:
            self._spare.append(own.encoder)

    def _encode_shared(self, mixed: Mixed) -> bytes:
        self._silent_for = 0 if mixed.audible else self._silent_for + 1
        if self._silent_for <= SILENCE_SETTLED or not self._last:
            self._last = self._shared.encode(mixed.full)
        return self._last


class AacEncoder:
    """AAC-LC for playback. Frames of 960 go in, packets of 1024 come out."""

    def __init__(self, *, bit_rate: int = AAC_BIT_RATE) -> None:
        context = av.CodecContext.create("aac", "w")
        context.sample_rate = SAMPLE_RATE
        context.layout = "mono"
        context.format = "fltp"
        context.bit_rate = bit_rate
        # The quick coder costs half of the default one; intensity and mid/side are for stereo.
        context.options = {"aac_coder": "fast", "aac_tns": "0", "aac_pns": "0"}
        context.open()
        self._context = context
        self._waiting: Pcm = np.zeros(0, np.float32)
        self._pts = 0

    @property
    def config(self) -> bytes:
        """AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1)."""
        return bytes(self._context.extradata or b"")

    def encode(self, pcm: Pcm) -> list[bytes]:
        """Any number of samples → the packets of 1024 samples that became complete."""
        self._waiting = np.concatenate((self._waiting, pcm))
        packets: list[bytes] = []
        while self._waiting.size >= AAC_FRAME:
            frame = av.AudioFrame(format="fltp", layout="mono", samples=AAC_FRAME)
            frame.sample_rate = SAMPLE_RATE
            frame.pts = self._pts
            frame.planes[0].update(self._waiting[:AAC_FRAME].tobytes())
            self._waiting = self._waiting[AAC_FRAME:]
            self._pts += AAC_FRAME
            packets += [bytes(packet) for packet in self._context.encode(frame)]
        return packets
