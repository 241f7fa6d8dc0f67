"""Offers: what is taken, and what is refused with which words."""

import pytest

from media_worker.engine.transport.addresses import candidates_of
from media_worker.engine.transport.port import MediaUdpPort
from media_worker.engine.transport.sdp import MAX_OFFER_BYTES, Candidate, SdpError, parse_offer
from tests.media_worker.transport.clients import Ear
from tests.media_worker.transport.raw_client import OFFER

GOOD = OFFER.format(direction="sendrecv", ufrag="abcd", password="p" * 22, fingerprint=":".join(["AB"] * 32))
WITH_RED = GOOD.replace("SAVPF 111", "SAVPF 111 63 9") + "a=rtpmap:63 red/48000/2\na=fmtp:63 111/111\n"
VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\na=mid:1\na=rtpmap:96 VP8/90000\n"


def test_a_good_offer_is_read() -> None:
    offer = parse_offer(GOOD.replace("\n", "\r\n"))
    assert (offer.ufrag, offer.password, offer.direction) == ("abcd", "p" * 22, "sendrecv")
    assert (offer.payload_type, offer.level_extension, offer.mid, offer.bundled) == (111, 1, "0", True)
    assert offer.fingerprints == (("sha-256", b"\xab" * 32),)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("v=0", "hello"), "begins with v=0"),
        (("v=0", "v=0\nx"), "x=value"),
        (("m=audio", "m=video"), "0 audio lines"),
        (("m=audio 9", "m=audio 0"), "port 0"),
        (("m=audio 9", "m=audio nine"), "malformed"),
        (("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "DTLS-SRTP"),
        (("a=rtcp-mux", "a=x"), "rtcp-mux"),
        (("setup:actpass", "setup:passive"), "actpass"),
        (("ice-ufrag:abcd", "ice-ufrag:ab"), "ice-ufrag"),
        (("ice-pwd:pp", "ice-pwd:\x7f"), "x=value"),
        (("sha-256", "sha-1"), "sha-256"),
        (("opus/48000/2", "PCMU/8000"), "Opus"),
        (("rtpmap:111", "rtpmap:72"), "Opus"),
        (("a=mid:0", "a=mid:a b"), "a=mid"),
        (("a=mid:0", "a=mid:0" + "\na=candidate:1" * 65), "64 candidates"),
        (("a=mid:0", "a=mid:0\n" + "a=x\n" * 700), "600 lines"),
        (("a=mid:0", "a=mid:0\na=x:" + "y" * MAX_OFFER_BYTES), "16384 bytes"),
        (("a=mid:0", "a=mid:0\na=x:" + "é" * (MAX_OFFER_BYTES // 2)), "16384 bytes"),
    ],
)
def test_a_defect_is_refused_with_words_that_help(change: tuple[str, str], words: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(SdpError, match=words):
        parse_offer(GOOD.replace(*change))


def test_two_audio_lines_are_refused_and_video_is_declined() -> None:
    audio = GOOD[GOOD.index("m=audio") :]
    with pytest.raises(SdpError, match="2 audio lines"):
        parse_offer(GOOD + audio)
    with pytest.raises(SdpError, match="8 media lines"):
        parse_offer(GOOD + VIDEO * 8)
    assert [media.kind for media in parse_offer(GOOD + VIDEO).media] == ["audio", "video"]


def test_limit_sdp_and_ice_candidates_at_their_borders() -> None:
    room = MAX_OFFER_BYTES - len(GOOD) - len("a=x:\n")
    assert parse_offer(GOOD + "a=x:" + "y" * room + "\n").mid == "0"
    with pytest.raises(SdpError):
        parse_offer(GOOD + "a=x:" + "y" * (room + 1) + "\n")
    assert parse_offer(GOOD + "a=candidate:1\n" * 64).mid == "0"


def test_the_answer_names_every_address_and_refuses_video() -> None:
    port = MediaUdpPort(["192.0.2.9:4444", "[2001:db8::9]", "192.0.2.10"], 0)
    port.candidates = candidates_of(port._addresses, 5000, ipv6=True)
    answer = port.answer(GOOD + VIDEO, participant_id="p", device="d", listener=Ear()).sdp.split("\r\n")
    assert "a=candidate:1 1 udp 2130706431 192.0.2.9 4444 typ host" in answer
    assert "a=candidate:2 1 udp 2130706175 2001:db8::9 5000 typ host" in answer
    assert "a=end-of-candidates" in answer
    assert "a=ice-lite" in answer
    assert "a=setup:passive" in answer
    assert "m=video 0 UDP/TLS/RTP/SAVPF 96" in answer
    assert "a=group:BUNDLE 0" in answer
    assert "a=fmtp:111 minptime=10;useinbandfec=1;stereo=0;maxaveragebitrate=32000" in answer


def test_without_configuration_the_machines_own_addresses_come_first() -> None:
    candidates = candidates_of([], 7, ipv6=False)
    assert candidates[-1] == Candidate("127.0.0.1", 7)
    assert all(not candidate.host.startswith(("127.", "169.254.", "fe80")) for candidate in candidates[:-1])


@pytest.mark.parametrize("text", ["somewhere", "1.2.3", "[::1", "1.2.3.4:x"])
def test_a_malformed_address_of_the_operator_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        candidates_of([text], 1, ipv6=True)
