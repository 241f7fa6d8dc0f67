"""One peer connection: ICE, DTLS and SRTP put together, and its states."""

import secrets
import time
from collections import Counter
from typing import Protocol

from media_worker.engine.ports import LegListener, LegState
from media_worker.engine.transport import stun
from media_worker.engine.transport.dtls import Address, DtlsServer, Identity, SrtpKeys
from media_worker.engine.transport.ice import ASK_CONSENT_SECONDS, CONSENT_SECONDS, Credentials, IceLite, random_text
from media_worker.engine.transport.media import LegStats, MediaStream
from media_worker.engine.transport.pace import PerSecond
from media_worker.engine.transport.sdp import AnswerFacts, Candidate, Offer, build_answer

#: Neither media nor checks nor answers to our own checks for so long: SILENT.
SILENT_SECONDS = 2.5
#: Quiet for so long: ask. Clients that only listen check us every 2.5 to 6 s, which alone is too seldom.
_PROBE_AFTER_SECONDS = 1.2
#: A leg that isn't connected by then is given up.
HANDSHAKE_SECONDS = 30.0
_REPORT_SECONDS = 1.0
#: DTLS datagrams a second that an established leg looks at.
_MAX_DTLS = 50
#: Checks a second that a leg looks at, from addresses that it knows and from all others together. Clients pace
#: theirs at 20 to 50 ms; each costs us two hashes, whoever sends it.
MAX_CHECKS, MAX_NEW_CHECKS = 100, 50


class Wire(Protocol):
    """What a leg needs of the port."""

    def transmit(self, data: bytes, address: Address) -> None: ...

    def drop(self, reason: str) -> None: ...

    def busy(self, leg: "PeerLeg") -> None:
        """The leg wants `on_fast_timer`."""

    def forget(self, leg: "PeerLeg") -> None:
        """The leg is closed."""


class PeerLeg:
    """`ports.Leg` over the node's UDP port. Use it on the event loop's thread only."""

    def __init__(
        self,
        wire: Wire,
        identity: Identity,
        offer: Offer,
        participant_id: str,
        device: str,
        listener: LegListener,
    ) -> None:
        now = time.monotonic()
        self.id = secrets.token_hex(8)
        self.participant_id = participant_id
        self.device = device
        self._wire = wire
        self._identity = identity
        self._listener = listener
        self._state = LegState.NEW
        self._began = self._last_heard = now
        self._next_report = now + _REPORT_SECONDS
        self._session = (secrets.randbits(62), 0)
        self._dropped: Counter[str] = Counter()
        self._dtls_pace = PerSecond(_MAX_DTLS)
        self._check_pace, self._new_check_pace = PerSecond(MAX_CHECKS), PerSecond(MAX_NEW_CHECKS)
        credentials = Credentials(random_text(8), random_text(24), offer.ufrag, offer.password)
        self.ice = IceLite(credentials, wire.transmit, now)
        self._dtls = DtlsServer(identity, offer.fingerprints, wire.transmit, self._on_keys, self.close)
        self._media = MediaStream(self._drop)
        self._sends = False
        self._accept(offer)

    @property
    def state(self) -> LegState:
        """Where the connection stands."""
        return self._state

    @property
    def wants_fast_timer(self) -> bool:
        """Whether a handshake or a check of ours is under way."""
        return self._state is not LegState.CLOSED and (self._dtls.handshaking or self.ice.proving)

    def send(self, payload: bytes, timestamp: int) -> None:
        """Send one Opus packet; `timestamp` in samples at 48 kHz. Never blocks, drops when not connected."""
        address = self.ice.selected
        if self._sends and address is not None:
            datagram = self._media.protect(payload, timestamp)
            if datagram is not None:
                self._wire.transmit(datagram, address)

    def close(self) -> None:
        """Stop at once: DTLS close-notify, then nothing is sent or accepted."""
        if self._state is LegState.CLOSED:
            return
        self._dtls.close()
        self._sends = False
        self._wire.forget(self)
        self._move(LegState.CLOSED)

    @property
    def receives(self) -> bool:
        """Whether the client's last offer wants sound from us."""
        return self._sends

    def stats(self) -> LegStats:
        """Loss, jitter, round-trip time and counters, as of now."""
        return self._media.stats(self._dropped)

    # --- signalling

    def is_of(self, offer: Offer) -> bool:
        """Whether the offer comes from the same peer connection: the certificate is the same."""
        return self._state is not LegState.CLOSED and self._dtls.fingerprints == offer.fingerprints

    def renegotiate(self, offer: Offer, listener: LegListener) -> None:
        """A later offer of the same peer connection: an ICE restart, another direction, or both."""
        self._listener = listener
        self.ice.restart(offer.ufrag, offer.password)
        self._accept(offer)

    def _accept(self, offer: Offer) -> None:
        self._media.payload_type = offer.payload_type
        self._media.red_type = offer.red_type
        self._media.level_extension = offer.level_extension
        self._sends = offer.direction in ("sendrecv", "recvonly")

    def answer(self, offer: Offer, candidates: tuple[Candidate, ...]) -> str:
        """The SDP answer to an offer that was accepted."""
        session_id, version = self._session
        self._session = (session_id, version + 1)
        facts = AnswerFacts(
            session_id=session_id,
            version=version,
            ufrag=self.ice.current.ufrag,
            password=self.ice.current.password,
            fingerprint=self._identity.fingerprint,
            ssrc=self._media.ssrc,
            cname="spaces",
            candidates=candidates,
        )
        return build_answer(offer, facts)

    # --- datagrams

    def may_check(self, address: Address, now: float) -> bool:
        """Whether a check from there is looked at; strangers can't use up the share of known addresses."""
        pace = self._check_pace if address in self.ice.validated else self._new_check_pace
        return pace.allows(now)

    def on_check(self, request: stun.Message, address: Address, now: float) -> bool:
        """A client's signed STUN request (`ice.is_signed`); True when it validates `address`."""
        if not self.ice.answer_check(request, address, now):
            return False
        self._hear(now)
        return True

    def on_nomination(self, address: Address, now: float) -> None:
        """The check that validated `address` carried USE-CANDIDATE."""
        self.ice.nominated(address, now)
        self._want_timer()

    def on_check_answer(self, response: stun.Message, address: Address, now: float) -> bool:
        """An answer to a check of ours; True when it is right."""
        if not self.ice.on_success(response, address, now):
            return False
        self.ice.validated[address] = now
        self._dtls.moved(address)
        self._hear(now)
        return True

    def on_dtls(self, data: bytes, address: Address, now: float) -> None:
        """A DTLS datagram from a validated address."""
        if self._state is not LegState.NEW and not self._dtls_pace.allows(now):
            self._drop("over_budget")
            return
        self._dtls.receive(data, address, now)
        if self._dtls.handshaking and self.ice.selected is not None:
            self.ice.want(address, now)
        self._want_timer()

    def on_media(self, data: bytes, address: Address, now: float) -> None:
        """An SRTP or SRTCP datagram from a validated address."""
        if 192 <= data[1] <= 223:
            if self._media.receive_rtcp(data, now):
                self._hear_media(address, now)
            return
        packet = self._media.receive(data, now)
        if packet is not None:
            self._hear_media(address, now)
            self._listener.on_packet(self, packet)

    def _hear_media(self, address: Address, now: float) -> None:
        self.ice.heard(address, now)
        if address != self.ice.selected:
            self._want_timer()
        self._hear(now)

    def _hear(self, now: float) -> None:
        self._last_heard = now
        if self._state is LegState.SILENT:
            self._move(LegState.CONNECTED)

    def _on_keys(self, keys: SrtpKeys, address: Address) -> None:
        self._media.start(keys)
        self.ice.selected = address
        self._last_heard = time.monotonic()
        if self._state is not LegState.CONNECTED:
            self._move(LegState.CONNECTED)

    # --- time

    def on_fast_timer(self, now: float) -> None:
        """Every 50 ms while `wants_fast_timer`."""
        self._dtls.on_timer()
        self.ice.on_timer(now)

    def on_slow_timer(self, now: float) -> None:
        """Every 250 ms: consent, silence, reports."""
        if now - self.ice.consented > CONSENT_SECONDS:
            self.close()
        elif self._state is LegState.NEW:
            if now - self._began > HANDSHAKE_SECONDS:
                self.close()
        else:
            self._watch_silence(now)
            if now >= self._next_report:
                self._next_report = max(self._next_report + _REPORT_SECONDS, now)
                self._report(now)

    def _watch_silence(self, now: float) -> None:
        quiet = now - self._last_heard
        if quiet > _PROBE_AFTER_SECONDS or now - self.ice.consented > ASK_CONSENT_SECONDS:
            self.ice.probe(now)
            self._want_timer()
        if quiet > SILENT_SECONDS and self._state is LegState.CONNECTED:
            self._move(LegState.SILENT)

    def _report(self, now: float) -> None:
        datagram = self._media.report(now, sending=self._sends)
        if datagram is not None and self.ice.selected is not None:
            self._wire.transmit(datagram, self.ice.selected)

    # --- small things

    def _want_timer(self) -> None:
        if self.wants_fast_timer:
            self._wire.busy(self)

    def _move(self, state: LegState) -> None:
        self._state = state
        self._listener.on_leg_state(self, state)

    def _drop(self, reason: str) -> None:
        self._dropped[reason] += 1
        self._wire.drop(reason)
