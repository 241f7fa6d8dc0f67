"""STUN messages as ICE uses them (RFC 8489, RFC 8445): parse, check, build.

Everything here reads bytes of strangers: any defect is a `StunError`, nothing else ever comes out.
"""

import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum

MAGIC_COOKIE = 0x2112A442
_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_FINGERPRINT_XOR = 0x5354554E
#: Attributes that must be understood (type below 0x8000) and that we do understand.
_UNDERSTOOD = frozenset({0x0006, 0x0008, 0x0009, 0x000A, 0x001C, 0x0020, 0x0024, 0x0025})


class Kind(IntEnum):
    """Method *binding* with its class, as the first 16 bits of a message."""

    REQUEST = 0x0001
    INDICATION = 0x0011
    SUCCESS = 0x0101
    ERROR = 0x0111


class Attribute(IntEnum):
    """Attribute types that we read or write."""

    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    XOR_MAPPED_ADDRESS = 0x0020
    PRIORITY = 0x0024
    USE_CANDIDATE = 0x0025
    FINGERPRINT = 0x8028
    ICE_CONTROLLED = 0x8029
    ICE_CONTROLLING = 0x802A


class StunError(ValueError):
    """The datagram is no STUN message that we accept."""


@dataclass(frozen=True, slots=True)
class Message:
    """One parsed message; its fingerprint is already right, its integrity not yet checked."""

    kind: Kind
    transaction: bytes
    #: First occurrence of each attribute before MESSAGE-INTEGRITY; those after it are ignored (RFC 8489 14.5).
    attributes: dict[int, bytes]
    raw: bytes
    #: Offset of MESSAGE-INTEGRITY in `raw`, None when there is none.
    integrity_at: int | None

    @property
    def username(self) -> tuple[str, str]:
        """(ufrag of the receiver, ufrag of the sender). Raises StunError."""
        try:
            receiver, _, sender = self.attributes[Attribute.USERNAME].decode("ascii").partition(":")
        except (KeyError, UnicodeDecodeError):
            raise StunError("no usable USERNAME") from None
        return receiver, sender

    @property
    def not_understood(self) -> list[int]:
        """Types of the attributes that the sender wants understood and that we don't know."""
        return [kind for kind in self.attributes if kind < 0x8000 and kind not in _UNDERSTOOD]

    def is_signed_with(self, password: str) -> bool:
        """Whether MESSAGE-INTEGRITY (HMAC-SHA1, short-term credential) is there and right."""
        if self.integrity_at is None:
            return False
        at = self.integrity_at
        want = _integrity(self.raw[:at], password)
        return hmac.compare_digest(want, self.raw[at + 4 : at + 24])


def parse(data: bytes) -> Message:
    """Parse one datagram, with a right FINGERPRINT as its last attribute. Raises StunError."""
    if len(data) < 20 or len(data) % 4:
        raise StunError("no STUN length")
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if cookie != MAGIC_COOKIE or length != len(data) - 20:
        raise StunError("no STUN header")
    try:
        known = Kind(kind)
    except ValueError:
        raise StunError("not a binding message") from None
    attributes, integrity_at = _read_attributes(data)
    return Message(known, transaction, attributes, data, integrity_at)


def _read_attributes(data: bytes) -> tuple[dict[int, bytes], int | None]:
    attributes: dict[int, bytes] = {}
    integrity_at: int | None = None
    at, end = 20, len(data)
    while at < end:
        kind, length = _ATTRIBUTE.unpack_from(data, at)
        value = data[at + 4 : at + 4 + length]
        if len(value) != length:
            raise StunError("attribute beyond the end")
        if kind == Attribute.FINGERPRINT:
            if at + 8 != end or length != 4 or _fingerprint(data[:at]) != value:
                raise StunError("wrong FINGERPRINT")
            return attributes, integrity_at
        if integrity_at is None:
            if kind == Attribute.MESSAGE_INTEGRITY:
                if length != 20:
                    raise StunError("wrong length of MESSAGE-INTEGRITY")
                integrity_at = at
            else:
                attributes.setdefault(kind, value)
        at += 4 + length + (-length % 4)
    raise StunError("no FINGERPRINT")


def build(kind: Kind, transaction: bytes, attributes: list[tuple[int, bytes]], password: str | None = None) -> bytes:
    """Bytes of a message, signed with `password` when given, always with FINGERPRINT."""
    body = b"".join(_ATTRIBUTE.pack(name, len(value)) + value + b"\0" * (-len(value) % 4) for name, value in attributes)
    message = _HEADER.pack(kind, len(body), MAGIC_COOKIE, transaction) + body
    if password is not None:
        message += _ATTRIBUTE.pack(Attribute.MESSAGE_INTEGRITY, 20) + _integrity(message, password)
    message = message[:2] + struct.pack("!H", len(message) - 20 + 8) + message[4:]
    return message + _ATTRIBUTE.pack(Attribute.FINGERPRINT, 4) + _fingerprint(message)


def success(request: Message, host: str, port: int, password: str) -> bytes:
    """The signed answer to a request from `host`:`port`."""
    mapped = xor_address(host, port, request.transaction)
    return build(Kind.SUCCESS, request.transaction, [(Attribute.XOR_MAPPED_ADDRESS, mapped)], password)


def failure(request: Message, code: int, reason: str, password: str) -> bytes:
    """A signed error answer; 420 names the attributes that were not understood."""
    attributes = [(int(Attribute.ERROR_CODE), struct.pack("!HBB", 0, code // 100, code % 100) + reason.encode())]
    if code == 420:
        unknown = request.not_understood[:16]
        attributes.append((int(Attribute.UNKNOWN_ATTRIBUTES), struct.pack(f"!{len(unknown)}H", *unknown)))
    return build(Kind.ERROR, request.transaction, attributes, password)


def xor_address(host: str, port: int, transaction: bytes) -> bytes:
    """Value of XOR-MAPPED-ADDRESS (RFC 8489 14.2); an IPv4-mapped IPv6 address counts as IPv4."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    mask = struct.pack("!I", MAGIC_COOKIE) + transaction
    packed = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    return struct.pack("!BBH", 0, 1 if address.version == 4 else 2, port ^ (MAGIC_COOKIE >> 16)) + packed


def _integrity(before: bytes, password: str) -> bytes:
    # The length field covers the message up to and with MESSAGE-INTEGRITY, without FINGERPRINT.
    covered = before[:2] + struct.pack("!H", len(before) - 20 + 24) + before[4:]
    return hmac.digest(password.encode(), covered, "sha1")


def _fingerprint(before: bytes) -> bytes:
    return struct.pack("!I", zlib.crc32(before) ^ _FINGERPRINT_XOR)
