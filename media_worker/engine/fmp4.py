"""Fragmented MP4 for one AAC track (ISO/IEC 14496-12 and 14496-14, CMAF): an init segment and chunks.

Written by hand because it is short, and because durations and decode times must be exact.
"""

import struct
from collections.abc import Sequence

from media_worker.engine.frames import SAMPLE_RATE

_TRACK = 1
_UNITY_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
#: sample_depends_on = 2: every AAC frame stands alone.
_SYNC_SAMPLE = 0x02000000
#: tfhd flags: default-base-is-moof, default sample duration and flags.
_TFHD_FLAGS = 0x020000 | 0x000008 | 0x000020
#: trun flags: data offset, sample sizes.
_TRUN_FLAGS = 0x000001 | 0x000200


def _box(kind: bytes, *payload: bytes) -> bytes:
    body = b"".join(payload)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, version: int, flags: int, *payload: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *payload)


def _descriptor(tag: int, *payload: bytes) -> bytes:
    body = b"".join(payload)
    return bytes((tag, len(body))) + body


def _esds(config: bytes, bit_rate: int) -> bytes:
    decoder = _descriptor(4, struct.pack(">BB3sII", 0x40, 0x15, b"\0\0\0", bit_rate, bit_rate), _descriptor(5, config))
    return _full(b"esds", 0, 0, _descriptor(3, struct.pack(">HB", _TRACK, 0), decoder, _descriptor(6, b"\x02")))


def init_segment(config: bytes, bit_rate: int) -> bytes:
    """ftyp and moov for an AudioSpecificConfig."""
    rate = SAMPLE_RATE << 16
    entry = _box(b"mp4a", struct.pack(">6xH8xHH4xI", 1, 1, 16, rate), _esds(config, bit_rate))
    tables = b"".join(_full(kind, 0, 0, struct.pack(">I", 0)) for kind in (b"stts", b"stsc", b"stco"))
    sample_table = _box(
        b"stbl",
        _full(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        tables,
        _full(b"stsz", 0, 0, struct.pack(">II", 0, 0)),
    )
    data_info = _box(b"dinf", _full(b"dref", 0, 0, struct.pack(">I", 1), _full(b"url ", 0, 1)))
    media_info = _box(b"minf", _full(b"smhd", 0, 0, bytes(4)), data_info, sample_table)
    media = _box(
        b"mdia",
        _full(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, SAMPLE_RATE, 0, 0x55C4, 0)),
        _full(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, b"soun"), b"Sound\0"),
        media_info,
    )
    header = struct.pack(">IIIII8xhhhH", 0, 0, _TRACK, 0, 0, 0, 0, 0x0100, 0) + _UNITY_MATRIX + bytes(8)
    track = _box(b"trak", _full(b"tkhd", 0, 7, header), media)
    movie = struct.pack(">IIIIIH10x", 0, 0, SAMPLE_RATE, 0, 0x10000, 0x0100) + _UNITY_MATRIX + bytes(24)
    extends = _box(b"mvex", _full(b"trex", 0, 0, struct.pack(">IIIII", _TRACK, 1, 1024, 0, _SYNC_SAMPLE)))
    brands = _box(b"ftyp", b"iso6", struct.pack(">I", 0), b"iso6cmfcmp41")
    return brands + _box(b"moov", _full(b"mvhd", 0, 0, movie + struct.pack(">I", _TRACK + 1)), track, extends)


def chunk(sequence: int, start: int, packets: Sequence[bytes], samples_each: int) -> bytes:
    """moof and mdat: `packets` from decode time `start` on (samples at 48 kHz)."""
    sizes = struct.pack(f">{len(packets)}I", *map(len, packets))
    # moof 8, mfhd 16, traf 8, tfhd 24, tfdt 20, trun 20 + sizes, mdat header 8.
    offset = 8 + 16 + 8 + 24 + 20 + 20 + len(sizes) + 8
    fragment = _box(
        b"traf",
        _full(b"tfhd", 0, _TFHD_FLAGS, struct.pack(">III", _TRACK, samples_each, _SYNC_SAMPLE)),
        _full(b"tfdt", 1, 0, struct.pack(">Q", start)),
        _full(b"trun", 0, _TRUN_FLAGS, struct.pack(">II", len(packets), offset), sizes),
    )
    header = _full(b"mfhd", 0, 0, struct.pack(">I", sequence & 0xFFFFFFFF))
    return _box(b"moof", header, fragment) + _box(b"mdat", *packets)
