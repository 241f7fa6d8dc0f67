"""RTP and RTCP: parsing, and the arithmetic of RFC 3550."""

import pytest

from media_worker.engine.transport import rtcp, rtp

HEAD = rtp.header(111, 7, 960, 0xABCD)


def test_a_plain_packet_is_read() -> None:
    packet = rtp.parse(HEAD + b"opus")
    assert packet == rtp.RtpPacket(111, 7, 960, 0xABCD, b"opus", None)


def test_contributors_padding_and_level_are_read() -> None:
    extension = b"\xbe\xde\0\2" + b"\x20\x01" + b"\x10\x85" + bytes(4)
    head = bytes([0xB2, 0x80 | 111]) + HEAD[2:] + bytes(8)
    packet = rtp.parse(head + extension + b"opus" + b"\0\0\3", level_extension=1)
    assert packet.payload == b"opus"
    assert packet.audio_level == 5
    assert packet.payload_type == 111


@pytest.mark.parametrize(
    "data",
    [b"", HEAD[:11], b"\x40" + HEAD[1:], b"\x8f" + HEAD[1:], b"\x90" + HEAD[1:], b"\x90" + HEAD[1:] + b"\xbe\xde\0\1",
     b"\xa0" + HEAD[1:] + b"\0\0\x09", b"\xa0" + HEAD[1:] + b"ab\0"],
)  # fmt: skip
def test_malformed_packets_are_refused(data: bytes) -> None:
    with pytest.raises(rtp.RtpError):
        rtp.parse(data, 1)


def received(sequences: list[int]) -> rtp.Reception:
    reception = rtp.Reception(1, sequences[0])
    for index, sequence in enumerate(sequences):
        reception.add(sequence & 0xFFFF, index * 960, index * 0.02)
    return reception


def test_loss_is_counted_over_the_wrap() -> None:
    reception = received([number for number in range(65000, 67000) if number % 10])
    assert reception.expected == 1999
    assert reception.lost == 1999 - reception.received == 199
    block = reception.report(now=40.0)
    assert block.fraction_lost == pytest.approx(25, abs=1)
    assert block.highest_sequence == 0x10000 + (66999 & 0xFFFF)
    assert reception.report(now=41.0).fraction_lost == 0


def test_reordered_and_doubled_packets_are_no_loss() -> None:
    assert received([1, 2, 4, 3, 5, 5, 6]).lost == 0


def test_one_wild_sequence_number_changes_nothing_and_two_are_a_restart() -> None:
    assert received([1, 2, 40000, 3, 4]).expected == 4
    assert received([1, 2, 40000, 40001, 40002]).expected == 2


def test_jitter_follows_the_rfc() -> None:
    reception = rtp.Reception(1, 0)
    for index in range(400):
        reception.add(index, (index * 960) & 0xFFFFFFFF, index * 0.02 + (0.005 if index % 2 else 0.0))
    assert reception.jitter_seconds == pytest.approx(0.005, rel=0.05)


def test_reports_are_written_and_read() -> None:
    block = rtp.ReportBlock(5, 10, 20, 70000, 48, 0x11112222, 65536)
    info = rtcp.SenderInfo(wall=1000.5, timestamp=9, packets=3, octets=200)
    read = rtcp.parse(rtcp.build(77, b"name", info, block))
    assert read.sender == 77
    assert read.sender_ntp == rtcp.ntp_middle(1000.5)
    assert read.blocks == [block]
    assert rtcp.parse(rtcp.build(77, b"name", None, None)).sender_ntp is None


@pytest.mark.parametrize("data", [b"", b"\x80\xc9\0\1", b"\x81\xc9\0\1\0\0\0\1", b"\x80\xc9\0\x09\0\0\0\1", bytes(8)])
def test_malformed_reports_are_refused(data: bytes) -> None:
    with pytest.raises(rtcp.RtcpError):
        rtcp.parse(data)
