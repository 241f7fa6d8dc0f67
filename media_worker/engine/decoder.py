"""Packets → sound, for one leg: decode, in-band FEC, concealment. A packet that breaks it costs 20 ms, no more."""

import numpy as np

from media_worker.engine import opus
from media_worker.engine.opus import MAX_PACKET_SAMPLES, Pcm


class OpusDecoder:
    """Decodes one stream of Opus packets to mono at 48 kHz.

    Never raises for what is in a packet: a bad one is concealed, counted in `broken`, and the
    decoder is made anew when it refuses.
    """

    def __init__(self) -> None:
        self.broken = 0
        self._inner = _Buffered()

    def decode(self, payload: bytes) -> Pcm:
        """The sound of one packet: as many samples as the packet says."""
        samples = opus.packet_samples(payload)
        return self._guarded(payload, samples or 960, fec=False)

    def recover(self, following: bytes, samples: int) -> Pcm:
        """The lost frame of `samples`, from the copy in the packet after it."""
        return self._guarded(following, samples, fec=True)

    def conceal(self, samples: int) -> Pcm:
        """An invention for a lost frame: goes on as it was and fades."""
        return self._guarded(None, samples, fec=False)

    def _guarded(self, payload: bytes | None, samples: int, *, fec: bool) -> Pcm:
        try:
            pcm = self._inner.decode(payload, samples, fec=fec)
        except opus.OpusError:
            self.broken += 1
            self._inner = _Buffered()
            return np.zeros(samples, np.float32)
        if pcm.size != samples:
            pcm = np.resize(pcm, samples) if pcm.size > samples else np.pad(pcm, (0, samples - pcm.size))
        return pcm


class _Buffered:
    """Writes into one buffer of its own: what `decode` returns is valid until the next call."""

    def __init__(self) -> None:
        self._decoder = opus.Decoder()
        self._buffer: Pcm = np.zeros(MAX_PACKET_SAMPLES, np.float32)
        self._address = self._buffer.ctypes.data

    def decode(self, payload: bytes | None, samples: int, *, fec: bool) -> Pcm:
        count = self._decoder.decode_to(payload, self._address, samples, fec=fec)
        return self._buffer[:count]
