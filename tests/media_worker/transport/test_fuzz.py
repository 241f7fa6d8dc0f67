"""Seeded damage: whatever bytes come, the parsers raise their own error or answer, and nothing else."""

import random
from collections.abc import Callable

import pytest

from media_worker.engine.transport import red, rtcp, rtp, sdp, stun
from media_worker.engine.transport.hello import HelloGate, split_records
from tests.media_worker.transport.raw_client import forged_hello
from tests.media_worker.transport.test_sdp import GOOD, VIDEO, WITH_RED
from tests.media_worker.transport.test_stun import REQUEST

CASES = 100_000
pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(60)]


def damage(source: random.Random, data: bytes, pieces: tuple[bytes, ...] = ()) -> bytes:
    """One to four changes: a byte, a cut, a repetition, an insertion, a known piece."""
    changed = bytearray(data)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(changed) + 1)
        kind = source.randrange(6)
        if kind == 0 and at < len(changed):
            changed[at] = source.choice((0, 1, 0x7F, 0x80, 0xFF, source.randrange(256)))
        elif kind == 1:
            del changed[at : at + source.randrange(1, 9)]
        elif kind == 2:
            changed[at:at] = changed[at : at + source.randrange(1, 40)]
        elif kind == 3:
            changed[at:at] = source.randbytes(source.randrange(1, 5))
        elif kind == 4:
            del changed[at:]
        elif pieces:
            changed[at:at] = source.choice(pieces)
    return bytes(changed)


def survive(seeds: list[bytes], target: Callable[[bytes], object], error: type[Exception]) -> int:
    """How many of the cases were taken; anything but `error` fails the test with its case."""
    taken = 0
    for case in range(CASES):
        source = random.Random(case)
        data = damage(source, source.choice(seeds))
        try:
            target(data)
            taken += 1
        except error:
            continue
        except Exception as wrong:
            pytest.fail(f"case {case}, {data.hex()}: {wrong!r}")
    return taken


def refinger(data: bytes) -> bytes:
    """Length and FINGERPRINT made right again, or the damage would never reach the attributes."""
    if len(data) < 28:
        return data
    body = data[:-8]
    body = body[:2] + (len(body) - 12).to_bytes(2) + body[4:]
    return body + b"\x80\x28\0\4" + stun._fingerprint(body)


def test_threat_13_stun_survives() -> None:
    def read(data: bytes) -> None:
        message = stun.parse(refinger(data))
        stun.failure(message, 420, "Unknown Attribute", "x")
        message.is_signed_with("x")
        assert all(isinstance(part, str) for part in message.username)

    answer = stun.success(stun.parse(REQUEST), "192.0.2.1", 5, "x")
    assert survive([REQUEST, answer], read, stun.StunError) > 1000


def test_threat_13_rtp_survives() -> None:
    plain = rtp.header(111, 7, 960, 5) + bytes(range(60))
    extended = bytes([0x90]) + plain[1:12] + b"\xbe\xde\0\2\x10\x05\x21\1\2\0\0\0" + plain[12:]
    padded = bytes([0xB2]) + plain[1:12] + bytes(8) + b"\xbe\xde\0\1\x10\x05\0\0" + b"opus\0\0\3"
    assert survive([plain, extended, padded], lambda data: rtp.parse(data, 1), rtp.RtpError) > 1000


def test_threat_13_red_survives() -> None:
    seeds = [red.pack(b"new" * 20, b"old" * 20, 960, 111) or b"", bytes((111,)) + b"alone"]
    assert survive(seeds, lambda data: red.newest(data, 111), ValueError) == CASES


def test_threat_13_rtcp_survives() -> None:
    block = rtp.ReportBlock(5, 10, 20, 70000, 48, 1, 65536)
    seeds = [
        rtcp.build(7, b"name", rtcp.SenderInfo(1.0, 2, 3, 4), block),
        rtcp.build(7, b"name", None, block) + b"\x81\xcb\0\1\0\0\0\7",
        rtcp.build(7, b"name", None, None) + b"\x8f\xce\0\2" + bytes(8),
    ]
    assert survive(seeds, rtcp.parse, rtcp.RtcpError) > 1000


def test_threat_13_sdp_survives() -> None:
    def read(data: bytes) -> None:
        offer = sdp.parse_offer(data.decode("utf-8", "surrogateescape"))
        facts = sdp.AnswerFacts(1, 1, "u", "p", "f", 1, "c", (sdp.Candidate("192.0.2.1", 1),))
        answer = sdp.build_answer(offer, facts)
        assert answer.isascii()
        assert "\n" not in answer.replace("\r\n", "")

    assert survive([GOOD.encode(), (GOOD + VIDEO).encode(), WITH_RED.encode()], read, sdp.SdpError) > 1000


def test_threat_13_client_hellos_survive() -> None:
    gate = HelloGate()

    def read(data: bytes) -> None:
        for record in split_records(data):
            if record.is_client_hello:
                gate.add(record)
        assert len(gate._assemblies) <= 8

    random.seed(1)
    assert survive([forged_hello(), forged_hello(True), forged_hello() * 2], read, ValueError) == CASES
