"""The ICE-lite side of one leg (RFC 8445 section 2.5): credentials, checks, addresses, consent.

We never look for the client: it checks us. Its checks, signed with the password of our answer,
validate its addresses. Media goes to one *selected* address only, and every address that media is
to move to must first answer one signed check of our own, or we could be aimed at a victim.
"""

import secrets
import struct
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from media_worker.engine.transport import stun
from media_worker.engine.transport.dtls import Address

#: RFC 7675: without a check of the client, or an answer to one of ours, for this long, we must stop sending.
CONSENT_SECONDS = 30.0
#: A client that has not checked us for so long is asked, in good time: some check every six seconds only,
#: and after a cut of twenty one more would come too late.
ASK_CONSENT_SECONDS = 12.0
MAX_ADDRESSES = 16
#: A nomination moves the media only when the selected address has been quiet for so long.
_QUIET_SECONDS = 1.0
_PROOF_RETRY_SECONDS = 0.05
_PROOF_TRIES = 8
#: Retries wait twice as long each time, but no longer than 0.8 s: a line that heals is found at once.
_PROOF_DOUBLINGS = 4
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def random_text(length: int) -> str:
    """ice-chars from the system's randomness."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


@dataclass(frozen=True, slots=True)
class Credentials:
    """The ufrags and passwords of one offer and its answer."""

    ufrag: str
    password: str
    remote_ufrag: str
    remote_password: str


@dataclass(slots=True)
class _Proof:
    """Our own signed check of an address, under way."""

    address: Address
    transaction: bytes
    credentials: Credentials
    #: When it is sent again.
    due: float
    tries: int = 1


class IceLite:
    """Addresses and credentials of one leg."""

    def __init__(self, credentials: Credentials, transmit: Callable[[bytes, Address], None], now: float) -> None:
        self.current = credentials
        #: The credentials before an ICE restart, valid until the new ones are used.
        self.previous: Credentials | None = None
        #: Validated address → monotonic seconds of its last authenticated datagram.
        self.validated: OrderedDict[Address, float] = OrderedDict()
        self.selected: Address | None = None
        #: When the client last agreed to be sent to.
        self.consented = now
        self._transmit = transmit
        self._proof: _Proof | None = None

    @property
    def proving(self) -> bool:
        """Whether `on_timer` is wanted."""
        return self._proof is not None

    @property
    def proof_transaction(self) -> bytes | None:
        """Transaction of our own check under way."""
        return self._proof.transaction if self._proof else None

    def restart(self, remote_ufrag: str, remote_password: str) -> None:
        """Answer an offer with other credentials: new ones of ours, the old stay until these are used."""
        if (remote_ufrag, remote_password) != (self.current.remote_ufrag, self.current.remote_password):
            # An answer that the client never used is forgotten; what it does use stays.
            self.previous = self.previous or self.current
            self.current = Credentials(random_text(8), random_text(24), remote_ufrag, remote_password)

    def credentials_for(self, ufrag: str) -> Credentials | None:
        """Ours by our ufrag, current or previous."""
        for credentials in (self.current, self.previous):
            if credentials is not None and credentials.ufrag == ufrag:
                return credentials
        return None

    def is_signed(self, request: stun.Message) -> bool:
        """Whether a check names credentials of ours and theirs, and is signed with our password."""
        ufrag, remote = request.username
        credentials = self.credentials_for(ufrag)
        return (
            credentials is not None
            and remote == credentials.remote_ufrag
            and request.is_signed_with(credentials.password)
        )

    def answer_check(self, request: stun.Message, address: Address, now: float) -> bool:
        """Answer a check that `is_signed`; True when it validates `address`."""
        credentials = self.credentials_for(request.username[0])
        assert credentials is not None
        refusal = _refusal(request)
        if refusal is not None:
            self._transmit(stun.failure(request, *refusal, credentials.password), address)
            return False
        if credentials is self.current:
            self.previous = None
        self.consented = now
        self._transmit(stun.success(request, address[0], address[1], credentials.password), address)
        return True

    def nominated(self, address: Address, now: float) -> None:
        """The client nominated a validated address: worth a move when the selected one is quiet."""
        if self.selected is not None and now - self.validated.get(self.selected, 0.0) > _QUIET_SECONDS:
            self.want(address, now)

    def heard(self, address: Address, now: float) -> None:
        """Authenticated media came from a validated address: the client uses it, so should we."""
        self.validated[address] = now
        if self.selected is not None and address != self.selected:
            self.want(address, now)

    def want(self, address: Address, now: float) -> None:
        """Prove `address` by one signed check; the media moves when the client answers it."""
        if address == self.selected or (self._proof is not None and self._proof.address == address):
            return
        self._ask(address, now)

    def probe(self, now: float) -> None:
        """Ask a client that has been quiet for a while whether it is still there."""
        if self.selected is not None and self._proof is None:
            self._ask(self.selected, now)

    def _ask(self, address: Address, now: float) -> None:
        self._proof = _Proof(address, secrets.token_bytes(12), self.current, now + 2 * _PROOF_RETRY_SECONDS)
        self._send_proof(self._proof)

    def on_timer(self, now: float) -> None:
        """Repeat our check with doubling pauses, give up after four seconds."""
        proof = self._proof
        if proof is None or now < proof.due:
            return
        if proof.tries >= _PROOF_TRIES:
            self._proof = None
            return
        proof.due += _PROOF_RETRY_SECONDS * 2 ** min(proof.tries, _PROOF_DOUBLINGS)
        proof.tries += 1
        self._send_proof(proof)

    def on_success(self, response: stun.Message, address: Address, now: float) -> bool:
        """Whether this answers our check, signed, from the address itself; then it is the selected one."""
        proof = self._proof
        if proof is None or response.transaction != proof.transaction or address != proof.address:
            return False
        if not response.is_signed_with(proof.credentials.remote_password):
            return False
        self._proof = None
        self.selected = address
        self.consented = now
        return True

    def _send_proof(self, proof: _Proof) -> None:
        credentials = proof.credentials
        attributes = [
            (int(stun.Attribute.USERNAME), f"{credentials.remote_ufrag}:{credentials.ufrag}".encode()),
            (int(stun.Attribute.PRIORITY), struct.pack("!I", 110 << 24)),
            (int(stun.Attribute.ICE_CONTROLLED), bytes(8)),
        ]
        request = stun.build(stun.Kind.REQUEST, proof.transaction, attributes, credentials.remote_password)
        self._transmit(request, proof.address)


def _refusal(request: stun.Message) -> tuple[int, str] | None:
    """Code and reason when a signed check can't be accepted."""
    if request.not_understood:
        return 420, "Unknown Attribute"
    if stun.Attribute.ICE_CONTROLLED in request.attributes:
        # A lite agent is always the controlled one (RFC 8445 section 6.1.1).
        return 487, "Role Conflict"
    if stun.Attribute.ICE_CONTROLLING not in request.attributes:
        return 400, "Bad Request"
    return None
