"""A WebRTC client in plain sight: every datagram can be held back, changed, or sent from elsewhere."""

import asyncio
import secrets
import socket
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from media_worker.engine.ports import Answer, LegListener
from media_worker.engine.transport import rtp, stun
from media_worker.engine.transport.addresses import own_addresses
from media_worker.engine.transport.dtls import Address, pack_records
from media_worker.engine.transport.hello import split_records
from media_worker.engine.transport.port import MediaUdpPort

OFFER = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
a={direction}
a=rtcp-mux
a=setup:actpass
a=ice-ufrag:{ufrag}
a=ice-pwd:{password}
a=fingerprint:sha-256 {fingerprint}
a=rtpmap:111 opus/48000/2
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
"""


class Certificate:
    """A client's key and certificate; made once, they cost more than all the rest."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "client")])
        builder = x509.CertificateBuilder(name, name, self.key.public_key(), x509.random_serial_number())
        today = datetime.now(UTC)
        builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=9))
        self.certificate = builder.sign(self.key, hashes.SHA256())
        self.fingerprint = self.certificate.fingerprint(hashes.SHA256()).hex(":")


def selected_of(port: MediaUdpPort) -> Address:
    """Where the first leg's media goes."""
    selected = port.legs[0].ice.selected
    assert selected is not None
    return selected


def local_socket() -> socket.socket:
    """A bound, non-blocking UDP socket on this machine's own address."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.bind((own_addresses()[0], 0))
    return made


class RawClient:
    """Offers, checks, shakes hands and sends one step at a time."""

    def __init__(self, port: MediaUdpPort, certificate: Certificate | None = None) -> None:
        self.port = port
        self.node = (own_addresses()[0], port.port)
        self.certificate = certificate or Certificate()
        self.ufrag, self.password = "abcd", "p" * 24
        self.socket = local_socket()
        self.answers_checks = True
        self.failed = False
        self.responses: list[stun.Message] = []
        self.asked: list[tuple[str, int]] = []
        self.received: list[bytes] = []
        self.ssrc, self.sequence, self.timestamp = secrets.randbits(32), 1000, 0
        self._loop = asyncio.get_running_loop()
        self._sockets: list[socket.socket] = []
        self._dtls: SSL.Connection | None = None
        self.srtp: Session | None = None
        #: Opens what the server sends.
        self.inbound: Session | None = None
        self.answer: Answer | None = None
        self.server_ufrag = self.server_password = ""
        self.watch(self.socket)

    def watch(self, sock: socket.socket) -> None:
        """Take datagrams from one more socket, too: the client's other network."""
        self._sockets.append(sock)
        self._loop.add_reader(sock.fileno(), self._read, sock)

    def join(self, listener: LegListener, participant_id: str = "p", **changes: str) -> Answer:
        """Signalling alone."""
        offer = self.offer(**changes)
        self.answer = self.port.answer(offer, participant_id=participant_id, device="d", listener=listener)
        self.accept(self.answer.sdp)
        return self.answer

    def offer(self, **changes: str) -> str:
        """The SDP to be answered."""
        values = {"ufrag": self.ufrag, "password": self.password, "direction": "sendrecv"}
        return OFFER.format(**{**values, "fingerprint": self.certificate.fingerprint, **changes})

    def accept(self, sdp: str) -> None:
        """Take the answer in."""
        lines = dict(line.split(":", 1) for line in sdp.splitlines() if line[:6] == "a=ice-" and ":" in line)
        self.server_ufrag, self.server_password = lines["a=ice-ufrag"], lines["a=ice-pwd"]

    def check(
        self, sock: socket.socket | None = None, *, nominate: bool = True, password: str = "", role: int = 0x802A
    ) -> bytes:
        """Send one connectivity check; its bytes."""
        attributes = [(6, f"{self.server_ufrag}:{self.ufrag}".encode()), (0x24, b"\1\2\3\4"), (role, bytes(8))]
        if nominate:
            attributes.append((0x25, b""))
        data = stun.build(stun.Kind.REQUEST, secrets.token_bytes(12), attributes, password or self.server_password)
        (sock or self.socket).sendto(data, self.node)
        return data

    def hello(self, sock: socket.socket | None = None, *, newest: int = 0xFEFD) -> None:
        """Begin the DTLS handshake, in `newest` version at most."""
        context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        context.set_max_proto_version(newest)
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.use_certificate(self.certificate.certificate)
        context.use_privatekey(self.certificate.key)
        context.set_tlsext_use_srtp(b"SRTP_AEAD_AES_128_GCM")
        context.set_options(SSL.OP_NO_QUERY_MTU)
        self._dtls = SSL.Connection(context)
        self._dtls.set_ciphertext_mtu(1200)
        self._dtls.set_connect_state()
        self._shake(sock or self.socket)

    def resend(self) -> None:
        """Let the DTLS client send its flight again, when it is due."""
        assert self._dtls is not None
        self._dtls.DTLSv1_handle_timeout()
        self._flush(self.socket)

    def _shake(self, sock: socket.socket) -> None:
        assert self._dtls is not None
        try:
            self._dtls.do_handshake()
        except SSL.WantReadError:
            self._flush(sock)
            return
        except SSL.Error:
            self.failed = True
            return
        self._flush(sock)
        if self.srtp is None:
            material = self._dtls.export_keying_material(b"EXTRACTOR-dtls_srtp", 56)
            profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
            ours, theirs = material[:16] + material[32:44], material[16:32] + material[44:56]
            self.inbound = Session(Policy(theirs, Policy.SSRC_ANY_INBOUND, srtp_profile=profile))
            self.srtp = Session(Policy(ours, Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile))

    def _flush(self, sock: socket.socket) -> None:
        assert self._dtls is not None
        try:
            written = self._dtls.bio_read(65536)
        except SSL.Error:
            return
        for datagram in pack_records(split_records(written)):
            sock.sendto(datagram, self.node)

    def packet(self, payload: bytes = b"\xf8\xff\xfe", ssrc: int | None = None) -> bytes:
        """The next protected media datagram."""
        assert self.srtp is not None
        self.sequence, self.timestamp = self.sequence + 1, self.timestamp + 960
        head = rtp.header(111, self.sequence & 0xFFFF, self.timestamp, self.ssrc if ssrc is None else ssrc)
        return bytes(self.srtp.protect(head + payload))

    def send(self, data: bytes | None = None, sock: socket.socket | None = None) -> None:
        """Send one datagram, by default the next of the microphone."""
        (sock or self.socket).sendto(self.packet() if data is None else data, self.node)

    def _read(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(2048)
        except OSError:
            return
        if data[0] < 4:
            self._on_stun(data, sock)
        elif 19 < data[0] < 64 and self._dtls is not None:
            self._dtls.bio_write(data)
            if self.srtp is None:
                self._shake(sock)
        else:
            self.take(data)

    def take(self, data: bytes) -> None:
        """A datagram of media came."""
        self.received.append(data)

    def _on_stun(self, data: bytes, sock: socket.socket) -> None:
        message = stun.parse(data)
        if message.kind is not stun.Kind.REQUEST:
            self.responses.append(message)
            return
        self.asked.append(sock.getsockname())
        if self.answers_checks and message.is_signed_with(self.password):
            sock.sendto(stun.success(message, *self.node, self.password), self.node)

    async def connect(self, listener: LegListener, until: Callable[..., object]) -> Answer:
        """Everything, up to the first possible media packet."""
        answer = self.join(listener)
        self.check()
        await until(lambda: self.responses)  # type: ignore[misc]
        self.hello()
        await until(lambda: self.srtp)  # type: ignore[misc]
        await until(lambda: answer.leg.state == "connected")  # type: ignore[misc]
        return answer

    def close(self) -> None:
        for sock in self._sockets:
            self._loop.remove_reader(sock.fileno())
            sock.close()


def forged_hello(fragment: bool = False) -> bytes:
    """A ClientHello of somebody who can't read the answers."""
    body = b"\xfe\xfd" + secrets.token_bytes(32) + b"\0\0" + b"\0\2\xc0\x2b" + b"\1\0"
    size = len(body).to_bytes(3)
    part = body[:20] if fragment else body
    message = b"\1" + size + b"\0\0" + b"\0\0\0" + len(part).to_bytes(3) + part
    return b"\x16\xfe\xff" + bytes(8) + struct.pack("!H", len(message)) + message
