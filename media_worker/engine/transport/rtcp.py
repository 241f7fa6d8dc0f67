"""RTCP sender and receiver reports (RFC 3550 section 6): build ours, read theirs."""

import struct
from dataclasses import dataclass, field

from media_worker.engine.transport.rtp import ReportBlock

_SENDER_REPORT, _RECEIVER_REPORT, _DESCRIPTION = 200, 201, 202
#: Seconds from 1900 (NTP) to 1970.
_NTP_OFFSET = 2_208_988_800


class RtcpError(ValueError):
    """The bytes are no compound RTCP packet."""


@dataclass(slots=True)
class Reports:
    """What a compound packet told us."""

    #: SSRC of the first report's sender.
    sender: int
    #: Middle 32 bits of the sender's NTP clock, None when it sends no media.
    sender_ntp: int | None = None
    blocks: list[ReportBlock] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SenderInfo:
    """What we say about our own sending. `wall` in seconds since 1970."""

    wall: float
    timestamp: int
    packets: int
    octets: int


def ntp_middle(wall: float) -> int:
    """Middle 32 bits of the NTP time: seconds and 1/65536 s, both 16 bit."""
    return int((wall + _NTP_OFFSET) * 65536) & 0xFFFFFFFF


def build(ssrc: int, cname: bytes, info: SenderInfo | None, block: ReportBlock | None) -> bytes:
    """A compound packet: SR (with `info`) or RR, then the SDES with our CNAME."""
    reports = _pack_block(block) if block else b""
    count = 0x80 | (1 if block else 0)
    if info:
        seconds = info.wall + _NTP_OFFSET
        body = struct.pack(
            "!IIIII",
            int(seconds) & 0xFFFFFFFF,
            int(seconds % 1 * 2**32),
            info.timestamp,
            info.packets & 0xFFFFFFFF,
            info.octets & 0xFFFFFFFF,
        )
        head = struct.pack("!BBHI", count, _SENDER_REPORT, 6 + len(reports) // 4, ssrc)
        report = head + body + reports
    else:
        report = struct.pack("!BBHI", count, _RECEIVER_REPORT, 1 + len(reports) // 4, ssrc) + reports
    item = b"\x01" + bytes([len(cname)]) + cname
    item += b"\0" * (4 - len(item) % 4)
    return report + struct.pack("!BBHI", 0x81, _DESCRIPTION, 1 + len(item) // 4, ssrc) + item


def _pack_block(block: ReportBlock) -> bytes:
    return struct.pack(
        "!IIIIII",
        block.ssrc,
        block.fraction_lost << 24 | block.lost & 0xFFFFFF,
        block.highest_sequence,
        block.jitter,
        block.last_sr,
        block.delay_since_last_sr,
    )


def parse(data: bytes) -> Reports:
    """Read a compound packet; kinds that we don't use are skipped. Raises RtcpError."""
    if len(data) < 8:
        raise RtcpError("too short")
    reports = Reports(sender=int.from_bytes(data[4:8]))
    at = 0
    while at < len(data):
        if at + 4 > len(data) or data[at] >> 6 != 2:
            raise RtcpError("no RTCP header")
        end = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4])
        if end > len(data):
            raise RtcpError("packet beyond the end")
        _read(reports, data[at + 1], data[at] & 0x1F, data[at + 4 : end])
        at = end
    return reports


def _read(reports: Reports, kind: int, count: int, body: bytes) -> None:
    if kind not in (_SENDER_REPORT, _RECEIVER_REPORT):
        return
    at = 24 if kind == _SENDER_REPORT else 4
    if len(body) < at + 24 * count:
        raise RtcpError("report blocks beyond the end")
    if kind == _SENDER_REPORT:
        reports.sender_ntp = int.from_bytes(body[6:10])
    for start in range(at, at + 24 * count, 24):
        ssrc, loss, highest, jitter, last, delay = struct.unpack_from("!IIIIII", body, start)
        lost = loss & 0xFFFFFF
        lost -= 0x1000000 if lost & 0x800000 else 0
        reports.blocks.append(ReportBlock(ssrc, loss >> 24, lost, highest, jitter, last, delay))
