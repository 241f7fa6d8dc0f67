"""Packets → sound, for one leg: decode, in-band FEC, concealment. A packet that breaks it costs 20 ms, no more."""

from typing import Protocol

import av
import numpy as np

from media_worker.engine import opus
from media_worker.engine.frames import SAMPLE_RATE
from media_worker.engine.opus import MAX_PACKET_SAMPLES, Pcm


class _Decodes(Protocol):
    def decode(self, payload: bytes | None, samples: int, *, fec: bool) -> Pcm: ...


class OpusDecoder:
    """Decodes one stream of Opus packets to mono at 48 kHz.

    Never raises for what is in a packet: a bad one is concealed, counted in `broken`, and the
    decoder is made anew when it refuses.
    """

    def __init__(self, *, use_libopus: bool = opus.AVAILABLE) -> None:
        self.broken = 0
        self._use_libopus = use_libopus
        self._inner: _Decodes = self._fresh()

    def _fresh(self) -> _Decodes:
        return _LibopusDecoder() if self._use_libopus else _AvDecoder()

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
        except (opus.OpusError, av.FFmpegError, EOFError, ValueError):
            self.broken += 1
            self._inner = self._fresh()
            return np.zeros(samples, np.float32)
        if pcm.size != samples:
            pcm = np.resize(pcm, samples) if pcm.size > samples else np.pad(pcm, (0, samples - pcm.size))
        return pcm


class _LibopusDecoder:
    """Writes into one buffer of its own: what `decode` returns is valid until the next call."""

    def __init__(self) -> None:
        self._decoder = opus.Decoder()
        self._buffer: Pcm = np.zeros(MAX_PACKET_SAMPLES, np.float32)
        self._address = self._buffer.ctypes.data

    def decode(self, payload: bytes | None, samples: int, *, fec: bool) -> Pcm:
        count = self._decoder.decode_to(payload, self._address, samples, fec=fec)
        return self._buffer[:count]


class _AvDecoder:
    """PyAV, where no libopus was found: no FEC, and concealment by repeating the last TOC byte."""

    def __init__(self) -> None:
        context = av.CodecContext.create("libopus", "r")
        context.sample_rate = SAMPLE_RATE
        context.layout = "mono"
        self._context = context
        self._toc = b""

    def decode(self, payload: bytes | None, samples: int, *, fec: bool) -> Pcm:
        data = self._toc if payload is None or fec else payload
        if not data:
            return np.zeros(samples, np.float32)
        self._toc = data[:1]
        frames = self._context.decode(av.Packet(data))
        if not frames:
            return np.zeros(samples, np.float32)
        pcm = np.concatenate([_as_float(frame) for frame in frames])
        return pcm[:samples]


def _as_float(frame: av.AudioFrame) -> Pcm:
    raw = frame.to_ndarray()
    if raw.dtype == np.int16:
        return (raw.reshape(-1) / np.float32(32768)).astype(np.float32)
    return raw.astype(np.float32).reshape(-1)
