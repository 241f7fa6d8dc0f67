"""SDP offers of one Opus audio line, and our answers (RFC 8866, 8839 ICE, 8842 DTLS, 7587 Opus).

The offer is a stranger's text: every defect is an `SdpError` whose text says what to do.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_OFFER_BYTES = 16 * 1024
_MAX_LINES = 600
_MAX_CANDIDATES = 64
_MAX_MEDIA = 8
_AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
_PROTOCOLS = frozenset({"UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF"})
_REVERSED = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
_HASH_SIZES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`{|}~]{1,64}")
_MEDIA_LINE = re.compile(r"([a-z]{1,16}) ([0-9]{1,5})(?:/[0-9]{1,3})? ([!-~]{1,32}) ([!-~][ -~]{0,511})")
_RTPMAP = re.compile(r"([0-9]{1,3}) opus/48000/2", re.IGNORECASE | re.ASCII)
_RED = re.compile(r"([0-9]{1,3}) red/48000/2", re.IGNORECASE | re.ASCII)
_EXTENSION = re.compile(r"([0-9]{1,3})(?:/[a-z]{1,8})? ([!-~]{1,255})(?: .*)?")
#: Opus as we want it: mono speech with FEC, 32 kbit/s (RFC 7587 section 6.1).
OPUS_PARAMETERS = "minptime=10;useinbandfec=1;stereo=0;maxaveragebitrate=32000"


class SdpError(ValueError):
    """The offer can't be answered; the text says what to do, and may be shown to whoever made the offer."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What we need of an offer."""

    ufrag: str
    password: str
    #: (hash name in lower case, digest), any one of which may be the certificate's.
    fingerprints: tuple[tuple[str, bytes], ...]
    #: The client's view: sendrecv, sendonly, recvonly or inactive.
    direction: str
    payload_type: int
    #: Payload type of Opus with earlier packets sent along (RFC 2198), None when not offered.
    red_type: int | None
    #: Id of the RFC 6464 header extension, None when not offered.
    level_extension: int | None
    mid: str | None
    bundled: bool
    #: Kinds, protocols and formats of all media lines in order; ours is the one at `audio_index`.
    media: tuple["MediaLine", ...]
    audio_index: int


@dataclass(frozen=True, slots=True)
class MediaLine:
    """One m-line: kind, protocol and formats as offered, with its mid."""

    kind: str
    protocol: str
    formats: str
    mid: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One address that the node can be reached at."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What the leg puts into its answer."""

    session_id: int
    version: int
    ufrag: str
    password: str
    fingerprint: str
    ssrc: int
    cname: str
    candidates: tuple[Candidate, ...]


@dataclass(slots=True)
class _Section:
    media: MediaLine | None = None
    port: int = 0
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def values(self, name: str) -> list[str]:
        return self.attributes.get(name, [])

    def first(self, name: str) -> str | None:
        values = self.attributes.get(name)
        return values[0] if values else None


def parse_offer(text: str) -> Offer:
    """Read an offer of exactly one audio line. Raises SdpError, and nothing else."""
    if len(text) > MAX_OFFER_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_OFFER_BYTES:
        raise SdpError(f"The offer is larger than {MAX_OFFER_BYTES} bytes. Send one audio line and no candidates.")
    session, sections = _sections(text)
    audio = _the_audio(sections)
    ours = sections[audio]
    assert ours.media is not None
    if ours.media.protocol not in _PROTOCOLS:
        raise SdpError("The audio line does not use DTLS-SRTP. Offer it as UDP/TLS/RTP/SAVPF.")
    if "rtcp-mux" not in ours.attributes:
        raise SdpError("The offer has no a=rtcp-mux. Send RTP and RTCP on one port.")
    if (ours.first("setup") or session.first("setup") or "actpass") not in ("actpass", "active"):
        raise SdpError("The server is the DTLS server. Offer a=setup:actpass or a=setup:active.")
    ufrag = ours.first("ice-ufrag") or session.first("ice-ufrag") or ""
    password = ours.first("ice-pwd") or session.first("ice-pwd") or ""
    if not _UFRAG.fullmatch(ufrag) or not _PASSWORD.fullmatch(password):
        raise SdpError("The offer has no valid a=ice-ufrag and a=ice-pwd. Make a new offer with ICE credentials.")
    opus = _opus(ours)
    return Offer(
        ufrag=ufrag,
        password=password,
        fingerprints=_fingerprints(ours.values("fingerprint") or session.values("fingerprint")),
        direction=_direction(ours, session),
        payload_type=opus,
        red_type=_red(ours, opus),
        level_extension=_level_extension(ours.values("extmap")),
        mid=ours.media.mid,
        bundled=any(ours.media.mid in group.split()[1:] for group in session.values("group") if group[:6] == "BUNDLE"),
        media=tuple(section.media for section in sections if section.media),
        audio_index=audio,
    )


def _sections(text: str) -> tuple[_Section, list[_Section]]:
    """The session part and the media parts of an offer."""
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if lines[0] != "v=0":
        raise SdpError("This is no SDP. Send the text of an offer, which begins with v=0.")
    if len(lines) > _MAX_LINES:
        raise SdpError(f"The offer has more than {_MAX_LINES} lines. Send one audio line.")
    session, sections = _Section(), list[_Section]()
    current = session
    for line in lines:
        if len(line) < 2 or line[1] != "=" or not line.isprintable():
            raise SdpError("A line of the offer is not of the form x=value. Send the offer as your browser made it.")
        if line[0] == "m":
            current = _media_section(line[2:])
            sections.append(current)
        elif line[0] == "a":
            name, _, value = line[2:].partition(":")
            current.attributes.setdefault(name, []).append(value)
    for section in sections:
        _finish(section)
    return session, sections


def _media_section(value: str) -> _Section:
    match = _MEDIA_LINE.fullmatch(value)
    if match is None:
        raise SdpError("A media line of the offer is malformed. Send the offer as your browser made it.")
    kind, port, protocol, formats = match.groups()
    return _Section(MediaLine(kind, protocol, formats), int(port))


def _finish(section: _Section) -> None:
    """Limit the candidates and put the mid, checked, into the media line."""
    if len(section.values("candidate")) > _MAX_CANDIDATES:
        raise SdpError(f"The offer has more than {_MAX_CANDIDATES} candidates. Leave them out: the server needs none.")
    mid = section.first("mid")
    if mid is not None and not _TOKEN.fullmatch(mid):
        raise SdpError("The a=mid of a media line is malformed. Send the offer as your browser made it.")
    assert section.media is not None
    section.media = MediaLine(section.media.kind, section.media.protocol, section.media.formats, mid)


def _the_audio(sections: list[_Section]) -> int:
    if len(sections) > _MAX_MEDIA:
        raise SdpError(f"The offer has more than {_MAX_MEDIA} media lines. Offer one audio line.")
    audio = [index for index, section in enumerate(sections) if section.media and section.media.kind == "audio"]
    if len(audio) != 1:
        raise SdpError(f"The offer has {len(audio)} audio lines. Offer exactly one, and no video.")
    if sections[audio[0]].port == 0 and "bundle-only" not in sections[audio[0]].attributes:
        raise SdpError("The audio line of the offer is switched off (port 0). Offer one that is in use.")
    return audio[0]


def _fingerprints(values: list[str]) -> tuple[tuple[str, bytes], ...]:
    found = []
    for value in values[:8]:
        name, _, digits = value.partition(" ")
        try:
            digest = bytes.fromhex(digits.replace(":", ""))
        except ValueError:
            continue
        if _HASH_SIZES.get(name.lower()) == len(digest):
            found.append((name.lower(), digest))
    if not found:
        raise SdpError("The offer has no usable a=fingerprint. Use sha-256, sha-384 or sha-512.")
    return tuple(found)


def _direction(ours: _Section, session: _Section) -> str:
    for section in (ours, session):
        for direction in _REVERSED:
            if direction in section.attributes:
                return direction
    return "sendrecv"


def _opus(ours: _Section) -> int:
    assert ours.media is not None
    formats = ours.media.formats.split()
    for value in ours.values("rtpmap"):
        match = _RTPMAP.fullmatch(value)
        if match and match[1] in formats and _is_free_type(int(match[1])):
            return int(match[1])
    raise SdpError("The audio line does not offer Opus. Offer opus/48000/2.")


def _red(ours: _Section, opus: int) -> int | None:
    """The type of RED whose blocks are all of this Opus."""
    assert ours.media is not None
    formats = ours.media.formats.split()
    blocks = dict(value.split(" ", 1) for value in ours.values("fmtp") if " " in value)
    for value in ours.values("rtpmap"):
        match = _RED.fullmatch(value)
        if match and match[1] in formats and _is_free_type(int(match[1])) and int(match[1]) != opus:
            named = blocks.get(match[1], "").split("/")
            return int(match[1]) if len(named) > 1 and set(named) == {str(opus)} else None
    return None


def _is_free_type(number: int) -> bool:
    # 64…95 would be taken for RTCP on the shared port (RFC 5761 section 4).
    return number < 64 or 96 <= number < 128


def _level_extension(values: list[str]) -> int | None:
    for value in values:
        match = _EXTENSION.fullmatch(value)
        if match and match[2] == _AUDIO_LEVEL and 1 <= int(match[1]) <= 14:
            return int(match[1])
    return None


def build_answer(offer: Offer, facts: AnswerFacts) -> str:
    """The answer: our audio line, every other line of the offer refused with port 0."""
    lines = ["v=0", f"o=- {facts.session_id} {facts.version} IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite"]
    if offer.bundled:
        lines.append(f"a=group:BUNDLE {offer.mid}")
    lines.append("a=msid-semantic: WMS *")
    for index, media in enumerate(offer.media):
        lines += _audio_answer(offer, facts, media) if index == offer.audio_index else _refusal(media)
    return "\r\n".join(lines) + "\r\n"


def _refusal(media: MediaLine) -> Iterable[str]:
    yield f"m={media.kind} 0 {media.protocol} {media.formats}"
    yield "c=IN IP4 0.0.0.0"
    if media.mid is not None:
        yield f"a=mid:{media.mid}"
    yield "a=inactive"


def _audio_answer(offer: Offer, facts: AnswerFacts, media: MediaLine) -> Iterable[str]:
    opus, direction = offer.payload_type, _REVERSED[offer.direction]
    first = facts.candidates[0]
    # Opus comes first: that is what the client sends; RED is what it must also take.
    red = () if offer.red_type is None else (offer.red_type,)
    yield f"m=audio {first.port} {media.protocol} {' '.join(map(str, (opus, *red)))}"
    yield f"c=IN IP{6 if ':' in first.host else 4} {first.host}"
    yield "a=rtcp-mux"
    if offer.mid is not None:
        yield f"a=mid:{offer.mid}"
    yield f"a={direction}"
    yield f"a=rtpmap:{opus} opus/48000/2"
    yield f"a=fmtp:{opus} {OPUS_PARAMETERS}"
    for number in red:
        yield f"a=rtpmap:{number} red/48000/2"
        yield f"a=fmtp:{number} {opus}/{opus}"
    yield "a=ptime:20"
    if offer.level_extension is not None:
        yield f"a=extmap:{offer.level_extension} {_AUDIO_LEVEL}"
    if direction in ("sendrecv", "sendonly"):
        yield f"a=msid:{facts.cname} audio"
        yield f"a=ssrc:{facts.ssrc} cname:{facts.cname}"
    yield f"a=ice-ufrag:{facts.ufrag}"
    yield f"a=ice-pwd:{facts.password}"
    yield f"a=fingerprint:sha-256 {facts.fingerprint}"
    yield "a=setup:passive"
    for index, candidate in enumerate(facts.candidates):
        priority = (126 << 24) | ((65535 - index) << 8) | 255
        yield f"a=candidate:{index + 1} 1 udp {priority} {candidate.host} {candidate.port} typ host"
    yield "a=end-of-candidates"
