"""Opus (RFC 6716) through the libopus that PyAV carries: the few calls that the engine needs.

PyAV itself can neither decode in-band FEC nor copy an encoder's state; the C library can, and a
ctypes call releases the GIL.
"""

import ctypes
import ctypes.util
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from media_worker.engine.frames import FRAME_SAMPLES, SAMPLE_RATE

#: PCM as everything in the engine holds it: float32, mono, full scale at ±1.
Pcm = NDArray[np.float32]

#: The largest packet that RFC 6716 section 3.4 allows for one 20 ms frame and a little more; larger is junk.
MAX_PACKET_BYTES = 1_500
#: Longest duration of one packet, samples (120 ms).
MAX_PACKET_SAMPLES = 5_760

#: Values of opus_defines.h.
APPLICATION_VOIP = 2048
APPLICATION_LOWDELAY = 2051
_SET_BITRATE, _SET_COMPLEXITY, _SET_VBR_CONSTRAINT = 4002, 4010, 4020
_SET_INBAND_FEC, _SET_PACKET_LOSS_PERC = 4012, 4014

_FRAME_48KHZ = {
    **{config: (480, 960, 1920, 2880)[config % 4] for config in range(12)},
    **{config: (480, 960)[config % 2] for config in range(12, 16)},
    **{config: (120, 240, 480, 960)[config % 4] for config in range(16, 32)},
}


class OpusError(Exception):
    """libopus refused a packet or could not be set up."""


def _library() -> ctypes.CDLL:
    """The wheel's own libopus, else the system's. Raises `OpusError`: without it there is no sound at all."""
    beside = Path(av.__file__).parent.parent
    bundled = sorted((beside / "av.libs").glob("libopus*")) + sorted((beside / "av" / ".dylibs").glob("libopus*"))
    system = ctypes.util.find_library("opus")
    for name in [*map(str, bundled), *([system] if system else [])]:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise OpusError("libopus was not found: install it (apt-get install libopus0) or the av wheel, which carries it")


def _declare(lib: ctypes.CDLL) -> None:
    pointer, number = ctypes.c_void_p, ctypes.c_int
    lib.opus_encoder_get_size.argtypes = [number]
    lib.opus_decoder_get_size.argtypes = [number]
    lib.opus_encoder_init.argtypes = [pointer, number, number, number]
    lib.opus_decoder_init.argtypes = [pointer, number, number]
    lib.opus_encoder_ctl.argtypes = [pointer, number, number]
    lib.opus_encode_float.argtypes = [pointer, pointer, number, pointer, number]
    lib.opus_decode_float.argtypes = [pointer, ctypes.c_char_p, number, pointer, number, number]


_LIB = _library()
_declare(_LIB)


def packet_samples(payload: bytes) -> int:
    """Duration of a packet in samples at 48 kHz (RFC 6716 section 3.1), 0 for one that cannot be valid."""
    if not payload or len(payload) > MAX_PACKET_BYTES:
        return 0
    toc = payload[0]
    code = toc & 3
    if code == 3:
        if len(payload) < 2:
            return 0
        frames = payload[1] & 0x3F
    else:
        frames = 1 if code == 0 else 2
    samples = frames * _FRAME_48KHZ[toc >> 3]
    return samples if samples <= MAX_PACKET_SAMPLES else 0


def has_fec(payload: bytes) -> bool:
    """Whether a packet carries a copy of the frame before it (the LBRR flag, RFC 6716 section 4.2.4).

    Only packets of one SILK or hybrid frame are looked into: that is what browsers send.
    """
    if len(payload) < 2 or payload[0] & 3 or payload[0] >> 3 >= 16:
        return False
    silk_frames = max(1, _FRAME_48KHZ[payload[0] >> 3] // FRAME_SAMPLES)
    return bool(payload[1] >> (7 - silk_frames) & 1)


class Encoder:
    """One mono libopus encoder. Its whole state is one block of memory, so it can be copied."""

    __slots__ = ("_address", "_out", "_out_address", "_size", "_state", "application")

    def __init__(self, *, application: int, bit_rate: int, complexity: int, expected_loss_percent: int = 0) -> None:
        self.application = application
        self._size = _LIB.opus_encoder_get_size(1)
        self._state = ctypes.create_string_buffer(self._size)
        self._address = ctypes.addressof(self._state)
        if _LIB.opus_encoder_init(self._address, SAMPLE_RATE, 1, application) != 0:
            raise OpusError("libopus could not make an encoder")
        for request, value in (
            (_SET_BITRATE, bit_rate),
            (_SET_COMPLEXITY, complexity),
            (_SET_VBR_CONSTRAINT, 1),
            (_SET_INBAND_FEC, int(expected_loss_percent > 0)),
            (_SET_PACKET_LOSS_PERC, expected_loss_percent),
        ):
            _LIB.opus_encoder_ctl(self._address, request, value)
        self._out = ctypes.create_string_buffer(MAX_PACKET_BYTES)
        self._out_address = ctypes.addressof(self._out)

    def encode(self, pcm: Pcm) -> bytes:
        """One frame of 960 contiguous float32 samples → one packet. Raises OpusError."""
        return self.encode_at(pcm.ctypes.data)

    def encode_at(self, address: int) -> bytes:
        """`encode` for a frame known by its address: saves numpy's lookup where a matrix is encoded row by row."""
        size = _LIB.opus_encode_float(self._address, address, FRAME_SAMPLES, self._out_address, MAX_PACKET_BYTES)
        if size < 0:
            raise OpusError(f"encoding failed with code {size}")
        return ctypes.string_at(self._out_address, size)

    def set_complexity(self, complexity: int) -> None:
        """How much work the encoder may do from the next frame on, 0 to 10."""
        _LIB.opus_encoder_ctl(self._address, _SET_COMPLEXITY, complexity)

    def copy_state(self, other: "Encoder") -> None:
        """Go on exactly where `other` stands now: a decoder fed by it does not notice the change of encoder."""
        ctypes.memmove(self._address, other._address, self._size)


class Decoder:
    """One mono libopus decoder."""

    __slots__ = ("_address", "_state")

    def __init__(self) -> None:
        self._state = ctypes.create_string_buffer(_LIB.opus_decoder_get_size(1))
        self._address = ctypes.addressof(self._state)
        if _LIB.opus_decoder_init(self._address, SAMPLE_RATE, 1) != 0:
            raise OpusError("libopus could not make a decoder")

    def decode_to(self, payload: bytes | None, address: int, samples: int, *, fec: bool = False) -> int:
        """Decode into `samples` float32 at `address`; None conceals. Returns samples written. Raises OpusError."""
        size = len(payload) if payload is not None else 0
        count: int = _LIB.opus_decode_float(self._address, payload, size, address, samples, int(fec))
        if count < 0:
            raise OpusError(f"decoding failed with code {count}")
        return count
