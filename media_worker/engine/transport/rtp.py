"""RTP packets (RFC 3550, RFC 8285 extensions, RFC 6464 levels) and statistics of reception."""

import struct
from dataclasses import dataclass

from media_worker.engine.frames import SAMPLE_RATE

_HEADER = struct.Struct("!BBHII")
HEADER_SIZE = 12
#: RFC 3550 A.1: a jump of more than this is a restart of the sender, not loss.
_MAX_DROPOUT = 3000
_MAX_MISORDER = 100


class RtpError(ValueError):
    """The bytes are no RTP packet that we accept."""


# Not frozen: made 50 times a second for each speaker, and a frozen one takes three times as long.
@dataclass(slots=True)
class RtpPacket:
    """What a media session needs of a packet. `sequence` 16 bit, `timestamp` 32 bit."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    #: 0 (loudest) to 127 (silence), None when not sent.
    audio_level: int | None


def header(payload_type: int, sequence: int, timestamp: int, ssrc: int) -> bytes:
    """The fixed header, 12 bytes, without marker, extension or contributors."""
    return _HEADER.pack(0x80, payload_type, sequence, timestamp, ssrc)


def parse(data: bytes, level_extension: int | None = None) -> RtpPacket:
    """Parse one packet; `level_extension` is the negotiated id of the RFC 6464 element. Raises RtpError."""
    if len(data) < HEADER_SIZE or data[0] >> 6 != 2:
        raise RtpError("no RTP header")
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    at = HEADER_SIZE + 4 * (first & 0x0F)
    end = len(data)
    level = None
    if first & 0x10:
        if at + 4 > end:
            raise RtpError("extension beyond the end")
        body = at + 4
        at = body + 4 * int.from_bytes(data[at + 2 : at + 4])
        if level_extension is not None and at <= end and data[body - 4 : body - 2] == b"\xbe\xde":
            level = _audio_level(data, body, at, level_extension)
    if first & 0x20:
        end -= data[-1] or end
    if at > end:
        raise RtpError("header or padding beyond the end")
    return RtpPacket(second & 0x7F, sequence, timestamp, ssrc, data[at:end], level)


def _audio_level(data: bytes, at: int, end: int, wanted: int) -> int | None:
    """Level in a one-byte-header extension block (RFC 8285 4.2), None when it isn't there."""
    while at < end:
        identifier = data[at] >> 4
        if identifier == 15:
            return None
        if identifier == 0:
            at += 1
            continue
        if identifier == wanted and at + 1 < end:
            return data[at + 1] & 0x7F
        at += 2 + (data[at] & 0x0F)
    return None


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """One report block of an RTCP SR or RR (RFC 3550 6.4.1), times as raw 32-bit fields."""

    ssrc: int
    #: Lost since the last report, 0…255 (of 256), and in all (signed 24 bit).
    fraction_lost: int
    lost: int
    highest_sequence: int
    jitter: int
    last_sr: int
    delay_since_last_sr: int


class Reception:
    """Statistics of one incoming source: RFC 3550 A.1 (sequence), A.3 (loss), A.8 (jitter)."""

    __slots__ = (
        "_base", "_cycles", "_expected_before", "_highest", "_jitter", "_received_before", "_resume_at", "_transit",
        "last_sr", "last_sr_at", "received", "ssrc",
    )  # fmt: skip

    def __init__(self, ssrc: int, sequence: int) -> None:
        self.ssrc = ssrc
        self.received = 0
        #: Middle 32 bits of the sender's last NTP time, and our monotonic clock when it came.
        self.last_sr = 0
        self.last_sr_at = 0.0
        self._jitter = 0.0
        self._transit: float | None = None
        self._expected_before = 0
        self._received_before = 0
        self._restart(sequence)

    def _restart(self, sequence: int) -> None:
        self._base = sequence
        self._highest = sequence
        self._cycles = 0
        self._resume_at: int | None = None
        self.received = 0
        self._expected_before = self._received_before = 0

    def add(self, sequence: int, timestamp: int, arrived: float) -> None:
        """Count one authenticated packet; `arrived` in monotonic seconds."""
        ahead = (sequence - self._highest) & 0xFFFF
        if ahead < _MAX_DROPOUT:
            if sequence < self._highest:
                self._cycles += 0x10000
            self._highest = sequence
            self._resume_at = None
        elif ahead <= 0x10000 - _MAX_MISORDER:
            if sequence != self._resume_at:
                self._resume_at = (sequence + 1) & 0xFFFF
                return
            self._restart(sequence)
        self.received += 1
        transit = arrived * SAMPLE_RATE - timestamp
        if self._transit is not None:
            moved = abs(transit - self._transit)
            if moved > 0x80000000:
                # The timestamp wraps at 32 bits; a difference beyond half of it is a wrap, not jitter.
                moved = abs(0x100000000 - moved)
            self._jitter += (moved - self._jitter) / 16
        self._transit = transit

    @property
    def expected(self) -> int:
        """Packets that the sequence numbers say were sent."""
        return self._cycles + self._highest - self._base + 1

    @property
    def lost(self) -> int:
        """Packets that never came; duplicates and late ones may make it smaller, never negative."""
        return max(0, self.expected - self.received)

    @property
    def jitter_seconds(self) -> float:
        """Interarrival jitter."""
        return self._jitter / SAMPLE_RATE

    def report(self, now: float) -> ReportBlock:
        """The block for the next RTCP report; starts a new interval of `fraction_lost`."""
        expected = self.expected
        interval = expected - self._expected_before
        gone = interval - (self.received - self._received_before)
        self._expected_before, self._received_before = expected, self.received
        delay = int((now - self.last_sr_at) * 65536) & 0xFFFFFFFF if self.last_sr else 0
        return ReportBlock(
            ssrc=self.ssrc,
            fraction_lost=min(255, max(0, (gone << 8) // interval)) if interval > 0 else 0,
            lost=min(self.lost, 0x7FFFFF),
            highest_sequence=(self._cycles + self._highest) & 0xFFFFFFFF,
            jitter=int(self._jitter) & 0xFFFFFFFF,
            last_sr=self.last_sr,
            delay_since_last_sr=delay,
        )
