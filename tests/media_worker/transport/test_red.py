"""The packet before, sent along: its form, when it is sent, and what is taken of a client's own."""

import pytest
from pylibsrtp import Policy, Session

from media_worker.engine.frames import FRAME_SAMPLES
from media_worker.engine.transport import red, rtcp, rtp
from media_worker.engine.transport.addresses import candidates_of
from media_worker.engine.transport.dtls import SrtpKeys
from media_worker.engine.transport.media import MediaStream
from media_worker.engine.transport.port import MediaUdpPort
from media_worker.engine.transport.sdp import parse_offer
from tests.media_worker.transport.clients import Ear
from tests.media_worker.transport.test_sdp import WITH_RED

OPUS, RED = 111, 63
KEYS = SrtpKeys(b"SRTP_AEAD_AES_128_GCM", b"i" * 28, b"o" * 28)
PROFILE = Policy.SRTP_PROFILE_AEAD_AES_128_GCM


class Line:
    """A stream and the client at its other end."""

    def __init__(self, red_type: int | None = RED) -> None:
        self.dropped: list[str] = []
        self.stream = MediaStream(self.dropped.append)
        self.stream.payload_type, self.stream.red_type = OPUS, red_type
        self.stream.start(KEYS)
        self._out = Session(Policy(KEYS.incoming, Policy.SSRC_ANY_OUTBOUND, srtp_profile=PROFILE))
        self._in = Session(Policy(KEYS.outgoing, Policy.SSRC_ANY_INBOUND, srtp_profile=PROFILE))
        self._tick = 0

    def send(self, payload: bytes) -> rtp.RtpPacket:
        """What the client receives for a packet of the session."""
        self._tick += 1
        datagram = self.stream.protect(payload, self._tick * FRAME_SAMPLES)
        assert datagram is not None
        return rtp.parse(self._in.unprotect(datagram))

    def report(self, fraction_lost: int, now: float) -> None:
        """The client says which share (of 256) of our packets was lost lately."""
        block = rtp.ReportBlock(self.stream.ssrc, fraction_lost, 1, 1, 0, 0, 0)
        assert self.stream.receive_rtcp(self._out.protect_rtcp(rtcp.build(7, b"c", None, block)), now)

    def receive(self, payload: bytes, payload_type: int) -> bytes | None:
        """What the session gets of a packet of the client."""
        self._tick += 1
        head = rtp.header(payload_type, self._tick, self._tick * FRAME_SAMPLES, 7)
        packet = self.stream.receive(self._out.protect(head + payload), 0.0)
        return packet.payload if packet else None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The stream's monotonic time, as a list of one."""
    now = [1000.0]
    monkeypatch.setattr("media_worker.engine.transport.media.time.monotonic", lambda: now[0])
    return now


def test_two_packets_in_one_have_the_form_of_the_rfc() -> None:
    # RFC 2198 section 3: F, block type, offset, length; then F = 0 and the type of the newest block.
    assert red.pack(b"new", b"old!", 960, OPUS) == bytes.fromhex("ef0f0004") + b"\x6f" + b"old!new"


@pytest.mark.parametrize(("before", "ticks"), [(b"", 960), (b"x" * 1024, 960), (b"x", 16384), (b"x", 0), (b"x", -960)])
def test_what_does_not_fit_is_not_packed(before: bytes, ticks: int) -> None:
    assert red.pack(b"new", before, ticks, OPUS) is None


def test_nothing_is_sent_twice_on_a_good_line(clock: list[float]) -> None:
    line = Line()
    line.report(2, clock[0])
    assert [line.send(payload) for payload in (b"one", b"two")][1].payload == b"two"
    assert line.stream.stats({}).redundant_sent == 0


def test_the_packet_before_comes_along_for_half_a_minute_after_a_report_of_loss(clock: list[float]) -> None:
    line = Line()
    line.send(b"one")
    line.report(13, clock[0])
    packet = line.send(b"two")
    assert (packet.payload_type, packet.payload) == (RED, red.pack(b"two", b"one", FRAME_SAMPLES, OPUS))
    clock[0] += 29
    assert line.send(b"three").payload_type == RED
    line.report(0, clock[0])
    clock[0] += 2
    packet = line.send(b"four")
    assert (packet.payload_type, packet.payload) == (OPUS, b"four")
    assert line.stream.stats({}).redundant_sent == 2


def test_a_client_that_did_not_offer_it_gets_none(clock: list[float]) -> None:
    line = Line(red_type=None)
    line.send(b"one")
    line.report(128, clock[0])
    assert line.send(b"two").payload == b"two"


def test_of_a_clients_own_the_newest_block_counts() -> None:
    line = Line()
    assert line.receive(red.pack(b"new", b"old", 960, OPUS) or b"", RED) == b"new"
    assert line.receive(bytes((OPUS,)) + b"alone", RED) == b"alone"
    assert line.receive(bytes.fromhex("ef0f0003 ef078002 6f") + b"aaabbnew", RED) == b"new"
    assert line.receive(b"plain", OPUS) == b"plain"
    for wrong in (b"\xef", b"\xef\0\0\0", b"\x70x", bytes.fromhex("ef0f03ff6f") + b"short"):
        assert line.receive(wrong, RED) is None
    assert line.dropped == ["empty"] * 4
    assert Line(red_type=None).receive(bytes((OPUS,)) + b"alone", RED) is None


def test_an_offer_of_red_is_answered_after_opus() -> None:
    assert parse_offer(WITH_RED).red_type == RED
    port = MediaUdpPort(["192.0.2.9"])
    port.candidates = candidates_of(port._addresses, 5000, ipv6=False)
    answer = port.answer(WITH_RED, participant_id="p", device="d", listener=Ear()).sdp
    assert "m=audio 5000 UDP/TLS/RTP/SAVPF 111 63\r\n" in answer
    assert "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n" in answer


@pytest.mark.parametrize(
    "change",
    [("63 111/111", "63 111/0"), ("63 111/111", "63 111"), ("a=fmtp:63 111/111", "a=x"), ("111 63 9", "111 9"),
     ("rtpmap:63 red", "rtpmap:63 RED8"), ("63", "72")],
)  # fmt: skip
def test_red_of_another_form_is_left_alone(change: tuple[str, str]) -> None:
    assert parse_offer(WITH_RED.replace(*change)).red_type is None
