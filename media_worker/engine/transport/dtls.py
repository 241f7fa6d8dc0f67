"""DTLS 1.2 server side of one leg (RFC 6347, RFC 5764), by pyOpenSSL with memory BIOs.

Nothing here touches a socket: datagrams go in with `receive`, what comes out goes to `transmit`.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from media_worker.engine.transport.hello import HANDSHAKE, Hello, HelloGate, Record, split_records

_DTLS_1_2 = 0xFEFD
_MTU = 1200
_CIPHERS = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"
_PROFILES = b"SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"
#: Profile name → (bytes of master key, bytes of master salt).
_KEY_SIZES = {b"SRTP_AEAD_AES_128_GCM": (16, 12), b"SRTP_AES128_CM_SHA1_80": (16, 14)}
_CHANGE_CIPHER_SPEC = 20
#: Challenges that one leg sends in a second at most: forged ClientHellos cost nothing more.
_MAX_CHALLENGES = 20

Address = tuple[str, int] | tuple[str, int, int, int]


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """Master key and salt, together, of both directions."""

    profile: bytes
    incoming: bytes
    outgoing: bytes


class Identity:
    """The node's ECDSA certificate and the context of all its handshakes."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "media")])
        today = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=365))
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
        self.context = SSL.Context(SSL.DTLS_SERVER_METHOD)
        self.context.set_min_proto_version(_DTLS_1_2)
        self.context.set_max_proto_version(_DTLS_1_2)
        self.context.set_cipher_list(_CIPHERS)
        self.context.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
        self.context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        self.context.set_tlsext_use_srtp(_PROFILES)
        # Browsers' certificates are self-signed: the fingerprint in the SDP is what is checked.
        self.context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _any_certificate)
        self.context.use_certificate(certificate)
        self.context.use_privatekey(key)
        self.context.set_cookie_generate_callback(_cookie_of)
        self.context.set_cookie_verify_callback(_is_cookie_of)


def _any_certificate(connection: SSL.Connection, certificate: object, error: int, depth: int, ok: int) -> bool:
    return depth == 0


def _cookie_of(connection: SSL.Connection) -> bytes:
    cookie = connection.get_app_data()
    assert isinstance(cookie, bytes)
    return cookie


def _is_cookie_of(connection: SSL.Connection, cookie: bytes) -> bool:
    return secrets.compare_digest(cookie, _cookie_of(connection))


class DtlsServer:
    """Handshakes of one leg. A later handshake, by the same certificate, replaces the keys."""

    def __init__(
        self,
        identity: Identity,
        fingerprints: tuple[tuple[str, bytes], ...],
        transmit: Callable[[bytes, Address], None],
        on_keys: Callable[[SrtpKeys, Address], None],
        on_closed: Callable[[], None],
    ) -> None:
        self._identity = identity
        self.fingerprints = fingerprints
        self._transmit = transmit
        self._on_keys = on_keys
        self._on_closed = on_closed
        self._gate = HelloGate()
        self._established: SSL.Connection | None = None
        self._pending: SSL.Connection | None = None
        self._random = b""
        #: Where flights go: the address that the cookie was brought back from.
        self._address: Address | None = None
        self._challenges = (0.0, 0)

    @property
    def handshaking(self) -> bool:
        """Whether timers are wanted."""
        return self._pending is not None

    def receive(self, data: bytes, address: Address, now: float) -> None:
        """Take one datagram from an address that passed the client's own ICE check."""
        rest: list[Record] = []
        for record in split_records(data):
            if record.is_client_hello:
                hello = self._gate.add(record)
                if hello is not None:
                    self._on_hello(hello, address, now)
            elif record.epoch > 0 or record.kind in (HANDSHAKE, _CHANGE_CIPHER_SPEC):
                # Alerts in the clear carry no proof of who sent them: left out.
                rest.append(record)
        if rest and self._pending is not None:
            self._pending.bio_write(b"".join(record.data for record in rest))
            self._advance()
        elif rest and self._established is not None:
            protected = b"".join(record.data for record in rest if record.epoch > 0)
            if protected:
                self._established.bio_write(protected)
                self._read_established()

    def on_timer(self) -> None:
        """Let OpenSSL send its flight again when it is due; call a few times a second while `handshaking`."""
        if self._pending is None:
            return
        try:
            self._pending.DTLSv1_handle_timeout()
        except SSL.Error:
            self._pending = None
            return
        self._flush(self._pending)

    def close(self) -> None:
        """Say goodbye (close_notify) to an established client."""
        established, self._established, self._pending = self._established, None, None
        if established is not None:
            try:
                established.shutdown()
            except SSL.Error:
                return
            self._flush(established)

    def _on_hello(self, hello: Hello, address: Address, now: float) -> None:
        if not self._gate.admits(hello):
            second, sent = self._challenges
            if now - second >= 1.0:
                second, sent = now, 0
            self._challenges = (second, sent + 1)
            if sent < _MAX_CHALLENGES:
                self._transmit(self._gate.challenge, address)
        elif hello.random != self._random:
            self._begin(hello, address)

    def _begin(self, hello: Hello, address: Address) -> None:
        connection = SSL.Connection(self._identity.context)
        connection.set_app_data(self._gate.cookie)
        connection.set_ciphertext_mtu(_MTU)
        connection.set_accept_state()
        try:
            connection.bio_write(hello.record)
            connection.DTLSv1_listen()
        except SSL.Error:
            return
        self._pending, self._address, self._random = connection, address, hello.random
        self._advance()

    def _advance(self) -> None:
        connection = self._pending
        assert connection is not None
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            self._flush(connection)
            return
        except SSL.Error:
            # The client may begin anew with another ClientHello; an established one stays.
            self._flush(connection)
            self._pending = None
            self._random = b""
            return
        self._flush(connection)
        self._pending = None
        self._finish(connection)

    def _finish(self, connection: SSL.Connection) -> None:
        keys = _srtp_keys(connection)
        if keys is None or not self._is_the_one_in_the_offer(connection):
            self._random = b""
            return
        self._established = connection
        assert self._address is not None
        self._on_keys(keys, self._address)

    def _is_the_one_in_the_offer(self, connection: SSL.Connection) -> bool:
        certificate = connection.get_peer_certificate(as_cryptography=True)
        if certificate is None:
            return False
        der = certificate.public_bytes(Encoding.DER)
        return any(
            secrets.compare_digest(hashlib.new(name.replace("-", ""), der).digest(), digest)
            for name, digest in self.fingerprints
        )

    def _read_established(self) -> None:
        """Let OpenSSL see what came: an alert, or a Finished whose answer was lost."""
        connection = self._established
        assert connection is not None
        try:
            while True:
                connection.recv(2048)
        except SSL.WantReadError:
            self._flush(connection)
        except SSL.Error:
            self._on_closed()

    def _flush(self, connection: SSL.Connection) -> None:
        """Send what OpenSSL wrote, its records packed into datagrams."""
        written = []
        while True:
            try:
                written.append(connection.bio_read(65536))
            except SSL.Error:
                break
        if written and self._address is not None:
            for datagram in pack_records(split_records(b"".join(written))):
                self._transmit(datagram, self._address)

    def moved(self, address: Address) -> None:
        """The client proved another address: flights go there from now on."""
        self._address = address


def pack_records(records: Iterable[Record]) -> list[bytes]:
    """Datagrams of at most 1200 bytes; a memory BIO knows no datagram borders."""
    datagrams = [b""]
    for record in records:
        if datagrams[-1] and len(datagrams[-1]) + len(record.data) > _MTU:
            datagrams.append(b"")
        datagrams[-1] += record.data
    return [datagram for datagram in datagrams if datagram]


def _srtp_keys(connection: SSL.Connection) -> SrtpKeys | None:
    """RFC 5764 section 4.2: client key, server key, client salt, server salt."""
    profile = connection.get_selected_srtp_profile()
    if profile not in _KEY_SIZES:
        return None
    key, salt = _KEY_SIZES[profile]
    material = connection.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
    client = material[:key] + material[2 * key : 2 * key + salt]
    server = material[key : 2 * key] + material[2 * key + salt :]
    return SrtpKeys(profile, incoming=client, outgoing=server)
