"""The DTLS cookie exchange, without state per stranger (RFC 6347 section 4.2.1).

A ClientHello forged with the client's own address must not start a handshake: the client would
take the answer for its own and fail. So every ClientHello must first bring back a cookie, which
somebody who can't read the client's mail never sees. There is one cookie a leg: whichever answer
the client takes, and from whichever of its addresses it goes on, its cookie is right.

Browsers split a large ClientHello (post-quantum key shares) into fragments, which OpenSSL's
`DTLSv1_listen` refuses, so they are put together here.
"""

import hmac
import secrets
import struct
from collections import OrderedDict
from dataclasses import dataclass

_RECORD = struct.Struct("!BHH6sH")
RECORD_HEADER = 13
_HANDSHAKE_HEADER = 12
_DTLS_1_0, _DTLS_1_2 = 0xFEFF, 0xFEFD
_CLIENT_HELLO, _HELLO_VERIFY = 1, 3
_MAX_HELLO = 8192
_MAX_ASSEMBLIES = 8
ALERT, HANDSHAKE = 21, 22


@dataclass(frozen=True, slots=True)
class Record:
    """One DTLS record of a datagram, `data` with its header."""

    kind: int
    epoch: int
    data: bytes

    @property
    def is_client_hello(self) -> bool:
        """A (fragment of a) ClientHello in the clear."""
        return self.epoch == 0 and self.kind == HANDSHAKE and self.data[RECORD_HEADER : RECORD_HEADER + 1] == b"\x01"


def split_records(data: bytes) -> list[Record]:
    """The whole records of a datagram or of a memory BIO; what is malformed at the end is left out."""
    records = []
    at = 0
    while at + RECORD_HEADER <= len(data):
        kind, version, epoch, _, length = _RECORD.unpack_from(data, at)
        end = at + RECORD_HEADER + length
        if version >> 8 != 0xFE or end > len(data):
            break
        records.append(Record(kind, epoch, data[at:end]))
        at = end
    return records


@dataclass(frozen=True, slots=True)
class Hello:
    """A whole ClientHello that brought a cookie or not."""

    random: bytes
    cookie: bytes
    #: One record with the unfragmented message, as OpenSSL wants it.
    record: bytes


class HelloGate:
    """Puts ClientHellos together and asks for the cookie; one per leg, bounded."""

    def __init__(self) -> None:
        self.cookie = secrets.token_bytes(20)
        self._assemblies: OrderedDict[tuple[int, int], dict[int, bytes]] = OrderedDict()

    def admits(self, hello: Hello) -> bool:
        """Whether the ClientHello brought the cookie back."""
        return hmac.compare_digest(hello.cookie, self.cookie)

    @property
    def challenge(self) -> bytes:
        """The HelloVerifyRequest, one record."""
        body = struct.pack("!HB", _DTLS_1_0, len(self.cookie)) + self.cookie
        size = len(body).to_bytes(3)
        message = bytes([_HELLO_VERIFY]) + size + b"\0\0" + b"\0\0\0" + size + body
        # Sequence 0 and no other: OpenSSL's own records begin at 1, and a client drops what it has seen.
        return _RECORD.pack(HANDSHAKE, _DTLS_1_0, 0, bytes(6), len(message)) + message

    def add(self, record: Record) -> Hello | None:
        """Take one ClientHello record; the whole message once all its bytes are there."""
        data = record.data
        if len(data) < RECORD_HEADER + _HANDSHAKE_HEADER:
            return None
        total = int.from_bytes(data[14:17])
        sequence = int.from_bytes(data[17:19])
        offset = int.from_bytes(data[19:22])
        fragment = data[25 : 25 + int.from_bytes(data[22:25])]
        if not fragment or offset + len(fragment) > total or total > _MAX_HELLO or sequence > 1:
            return None
        body = self._assemble((sequence, total), offset, fragment)
        return _read_hello(body, sequence, data[5:11]) if body is not None else None

    def _assemble(self, key: tuple[int, int], offset: int, fragment: bytes) -> bytes | None:
        total = key[1]
        if len(fragment) == total:
            return fragment
        pieces = self._assemblies.setdefault(key, {})
        self._assemblies.move_to_end(key)
        if len(self._assemblies) > _MAX_ASSEMBLIES:
            self._assemblies.popitem(last=False)
        if len(pieces) >= 16:
            pieces.clear()
        pieces[offset] = fragment
        body = b""
        for start in sorted(pieces):
            if start > len(body):
                return None
            body = body[:start] + pieces[start]
        if len(body) != total:
            return None
        del self._assemblies[key]
        return body


def _read_hello(body: bytes, sequence: int, record_sequence: bytes) -> Hello | None:
    """Find random and cookie in a ClientHello body; None when it is none."""
    if len(body) < 36:
        return None
    at = 35 + body[34]
    cookie = body[at + 1 : at + 1 + body[at]] if at < len(body) else b""
    if at >= len(body) or len(cookie) != body[at]:
        return None
    size = len(body).to_bytes(3)
    message = bytes([_CLIENT_HELLO]) + size + sequence.to_bytes(2) + b"\0\0\0" + size + body
    record = _RECORD.pack(HANDSHAKE, _DTLS_1_2, 0, record_sequence, len(message)) + message
    return Hello(body[2:34], cookie, record)
