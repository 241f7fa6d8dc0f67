"""SRTP and RTCP of one leg: one source in, one source out (RFC 3711, RFC 3550)."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from pylibsrtp import Error as SrtpError
from pylibsrtp import Policy, Session

from media_worker.engine.frames import SAMPLE_RATE
from media_worker.engine.ports import MediaPacket
from media_worker.engine.transport import red, rtcp, rtp
from media_worker.engine.transport.dtls import SrtpKeys

MAX_PACKETS_PER_SECOND = 250
MAX_BYTES_PER_SECOND = 256_000 // 8
#: A leg has one source; another one may follow when the first has been quiet for so long.
_SOURCE_QUIET_SECONDS = 2.0
_PROFILES = {
    b"SRTP_AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    b"SRTP_AES128_CM_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
}
#: Share of packets lost, of 256, from which on the packet before is sent along, and for how long after the report.
_LOSSY, _REDUNDANT_SECONDS = 3, 30.0
#: Wall clock of our reports: never steps, whatever happens to the machine's clock.
_WALL_OFFSET = time.time() - time.monotonic()


@dataclass(frozen=True, slots=True)
class LegStats:
    """Figures of one leg since it began. Times in seconds."""

    packets_received: int
    bytes_received: int
    packets_lost: int
    jitter: float
    packets_sent: int
    bytes_sent: int
    #: Of the packets sent, those with the one before in them.
    redundant_sent: int
    #: Measured by the client's reports on what we send; None before the first one.
    round_trip: float | None
    remote_packets_lost: int
    remote_fraction_lost: float
    remote_jitter: float
    #: Datagrams of this leg that were dropped, by reason.
    dropped: dict[str, int]


class Budget:
    """At most so many packets and bytes in each second."""

    __slots__ = ("_bytes", "_packets", "_until")

    def __init__(self) -> None:
        self._until = 0.0
        self._packets = self._bytes = 0

    def allows(self, size: int, now: float) -> bool:
        """Count one packet of `size` bytes; False when this second's share is used up."""
        if now >= self._until:
            self._until = now + 1.0
            self._packets = self._bytes = 0
        self._packets += 1
        self._bytes += size
        return self._packets <= MAX_PACKETS_PER_SECOND and self._bytes <= MAX_BYTES_PER_SECOND


class MediaStream:
    """Protects what goes out, checks what comes in, counts both."""

    def __init__(self, drop: Callable[[str], None]) -> None:
        self.ssrc = secrets.randbits(32) or 1
        self.payload_type = 111
        self.red_type: int | None = None
        self.level_extension: int | None = None
        self._drop = drop
        self._sequence = secrets.randbits(15)
        self._offset = secrets.randbits(32)
        self._budget = Budget()
        self._out: Session | None = None
        self._in: Session | None = None
        self._source = b""
        self._source_heard = 0.0
        self._reception: rtp.Reception | None = None
        self._bytes_received = self._packets_sent = self._bytes_sent = self._redundant_sent = 0
        self._last_timestamp = 0
        self._last_payload = b""
        self._last_sent = self._redundant_until = 0.0
        self._remote: rtp.ReportBlock | None = None
        self._round_trip: float | None = None

    def start(self, keys: SrtpKeys) -> None:
        """Begin with the keys of a finished handshake; a second handshake replaces them."""
        profile = _PROFILES[keys.profile]
        self._in = Session(Policy(keys.incoming, Policy.SSRC_ANY_INBOUND, srtp_profile=profile))
        self._out = Session(Policy(keys.outgoing, Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile))
        self._source = b""

    def protect(self, payload: bytes, timestamp: int) -> bytes | None:
        """The datagram for one Opus packet, None before the handshake is done."""
        if self._out is None:
            return None
        self._sequence = (self._sequence + 1) & 0xFFFF
        before, self._last_timestamp = self._last_timestamp, (timestamp + self._offset) & 0xFFFFFFFF
        self._last_sent = time.monotonic()
        body, payload_type = payload, self.payload_type
        if self._last_sent < self._redundant_until and self.red_type is not None:
            packed = red.pack(payload, self._last_payload, self._last_timestamp - before, payload_type)
            if packed is not None:
                body, payload_type = packed, self.red_type
                self._redundant_sent += 1
        self._last_payload = payload
        self._packets_sent += 1
        self._bytes_sent += len(body)
        head = rtp.header(payload_type, self._sequence, self._last_timestamp, self.ssrc)
        datagram: bytes = self._out.protect(head + body)
        return datagram

    def receive(self, data: bytes, now: float) -> MediaPacket | None:
        """Check one SRTP datagram; None (and a counted reason) when it isn't the client's."""
        if self._in is None or len(data) < rtp.HEADER_SIZE:
            self._drop("media_early")
            return None
        source = data[8:12]
        # Cheap and before the budget, so that junk with a forged address can't use up the client's share.
        if data[1] & 0x7F not in (self.payload_type, self.red_type):
            self._drop("payload_type")
            return None
        if source != self._source and self._source and now - self._source_heard < _SOURCE_QUIET_SECONDS:
            self._drop("second_source")
            return None
        if not self._budget.allows(len(data), now):
            self._drop("over_budget")
            return None
        try:
            packet = rtp.parse(self._in.unprotect(data), self.level_extension)
        except (SrtpError, ValueError):
            self._drop("srtp")
            return None
        self._count(packet, source, len(data), now)
        payload = packet.payload
        if packet.payload_type == self.red_type:
            payload = red.newest(payload, self.payload_type)
        if not payload:
            self._drop("empty")
            return None
        return MediaPacket(payload, packet.sequence, packet.timestamp, now, packet.audio_level)

    def _count(self, packet: rtp.RtpPacket, source: bytes, size: int, now: float) -> None:
        if source != self._source or self._reception is None:
            self._source = source
            self._reception = rtp.Reception(packet.ssrc, packet.sequence)
        self._source_heard = now
        self._bytes_received += size
        self._reception.add(packet.sequence, packet.timestamp, now)

    def receive_rtcp(self, data: bytes, now: float) -> bool:
        """Read one SRTCP datagram; whether it was the client's."""
        if self._in is None:
            self._drop("media_early")
            return False
        if not self._budget.allows(len(data), now):
            self._drop("over_budget")
            return False
        try:
            reports = rtcp.parse(self._in.unprotect_rtcp(data))
        except (SrtpError, ValueError):
            self._drop("srtcp")
            return False
        self._read_reports(reports, now)
        return True

    def _read_reports(self, reports: rtcp.Reports, now: float) -> None:
        reception = self._reception
        if reports.sender_ntp is not None and reception is not None and reception.ssrc == reports.sender:
            reception.last_sr, reception.last_sr_at = reports.sender_ntp, now
        for block in reports.blocks:
            if block.ssrc == self.ssrc:
                self._remote = block
                if block.fraction_lost >= _LOSSY:
                    self._redundant_until = now + _REDUNDANT_SECONDS
                if block.last_sr:
                    trip = (
                        rtcp.ntp_middle(now + _WALL_OFFSET) - block.last_sr - block.delay_since_last_sr
                    ) & 0xFFFFFFFF
                    # A reordered or forged time would give hours.
                    self._round_trip = trip / 65536 if trip < 60 << 16 else self._round_trip

    def report(self, now: float, *, sending: bool) -> bytes | None:
        """The protected SR (while `sending`) or RR of this second."""
        if self._out is None:
            return None
        info = None
        if sending and self._packets_sent:
            # What timestamp has the sound of this instant: the last one sent, moved on by the clock.
            timestamp = int(self._last_timestamp + (now - self._last_sent) * SAMPLE_RATE) & 0xFFFFFFFF
            info = rtcp.SenderInfo(now + _WALL_OFFSET, timestamp, self._packets_sent, self._bytes_sent)
        block = self._reception.report(now) if self._reception else None
        datagram: bytes = self._out.protect_rtcp(rtcp.build(self.ssrc, b"spaces", info, block))
        return datagram

    def stats(self, dropped: dict[str, int]) -> LegStats:
        """A snapshot of all counters."""
        reception, remote = self._reception, self._remote
        return LegStats(
            packets_received=reception.received if reception else 0,
            bytes_received=self._bytes_received,
            packets_lost=reception.lost if reception else 0,
            jitter=reception.jitter_seconds if reception else 0.0,
            packets_sent=self._packets_sent,
            bytes_sent=self._bytes_sent,
            redundant_sent=self._redundant_sent,
            round_trip=self._round_trip,
            remote_packets_lost=remote.lost if remote else 0,
            remote_fraction_lost=remote.fraction_lost / 256 if remote else 0.0,
            remote_jitter=remote.jitter / SAMPLE_RATE if remote else 0.0,
            dropped=dict(dropped),
        )
