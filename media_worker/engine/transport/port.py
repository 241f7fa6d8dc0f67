"""The node's one UDP port: which datagram belongs to which leg, and the legs' clocks.

A datagram is told apart by its first byte (RFC 7983) and then by its source address, which counts
only once a signed STUN check came from it; before that, by the USERNAME of the check itself.
Whatever fits nowhere is dropped and counted; strangers get no answer of any kind.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Sequence

from media_worker.engine.ports import Answer, LegListener
from media_worker.engine.transport import stun
from media_worker.engine.transport.addresses import candidates_of
from media_worker.engine.transport.dtls import Address, Identity
from media_worker.engine.transport.ice import MAX_ADDRESSES
from media_worker.engine.transport.leg import PeerLeg
from media_worker.engine.transport.sdp import Candidate, parse_offer
from media_worker.engine.transport.udp import Control, UdpSocket

_log = logging.getLogger(__name__)

_TICK_SECONDS = 0.05
_SLOW_EVERY = 5
#: Datagrams read in one turn of the event loop, so that a flood leaves room for the rest.
_BATCH = 64
_MAX_DATAGRAM = 1472
#: An address that its leg was heard from so lately can't be taken over by another leg.
_ADDRESS_HELD_SECONDS = 5.0


class MediaUdpPort:
    """All legs of one node on one UDP socket. Use it on one event loop's thread only.

    `addresses` are what browsers can reach the node at, IPv4 or IPv6, each with an own port where the outside
    one differs (`203.0.113.5:40000`, `[2001:db8::5]:40000`); empty means the machine's own. `port` 0 takes a free one.
    """

    def __init__(self, addresses: Sequence[str], port: int = 0) -> None:
        self._addresses = tuple(addresses)
        #: The bound UDP port, once started.
        self.port = port
        self.candidates: tuple[Candidate, ...] = ()
        #: Datagrams dropped since the start, by reason.
        self.dropped: Counter[str] = Counter()
        self._identity = Identity()
        self._socket: UdpSocket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ticks = 0
        self._legs: dict[tuple[str, str], PeerLeg] = {}
        self._by_address: dict[Address, PeerLeg] = {}
        self._by_ufrag: dict[str, PeerLeg] = {}
        self._ufrags: dict[PeerLeg, set[str]] = {}
        self._busy: dict[PeerLeg, None] = {}

    def start(self) -> None:
        """Bind and listen, on the running event loop. Raises OSError when the port is taken."""
        self._socket = UdpSocket(self.port)
        self.port = self._socket.port
        self.candidates = candidates_of(self._addresses, self.port, ipv6=self._socket.ipv6)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._on_readable)

    def close(self) -> None:
        """Close every leg, then the socket."""
        for leg in list(self._ufrags):
            leg.close()
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None and self._loop is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    @property
    def legs(self) -> list[PeerLeg]:
        """All legs that are not closed."""
        return list(self._ufrags)

    def answer(self, offer: str, *, participant_id: str, device: str, listener: LegListener) -> Answer:
        """Answer an SDP offer. A known (participant, device) with the same certificate keeps its leg: an ICE restart.

        Raises `transport.sdp.SdpError` with a text that says what to do.
        """
        wanted = parse_offer(offer)
        key = (participant_id, device)
        leg = self._legs.get(key)
        restarted = leg is not None and leg.is_of(wanted)
        if leg is not None and restarted:
            leg.renegotiate(wanted, listener)
        else:
            if leg is not None:
                leg.close()
            leg = self._legs[key] = PeerLeg(self, self._identity, wanted, participant_id, device, listener)
        self._learn_ufrags(leg)
        self._run_clock()
        return Answer(leg.answer(wanted, self.candidates), leg, restarted)

    def _learn_ufrags(self, leg: PeerLeg) -> None:
        ufrags = {credentials.ufrag for credentials in (leg.ice.current, leg.ice.previous) if credentials}
        for old in self._ufrags.get(leg, set()) - ufrags:
            self._by_ufrag.pop(old, None)
        self._ufrags[leg] = ufrags
        for ufrag in ufrags:
            self._by_ufrag[ufrag] = leg

    # --- what legs need (leg.Wire)

    def transmit(self, data: bytes, address: Address) -> None:
        """Send one datagram; a full or broken socket drops it, as the network would."""
        if self._socket is not None:
            try:
                self._socket.send(data, address)
            except OSError:
                self.dropped["not_sent"] += 1

    def drop(self, reason: str) -> None:
        """Count one dropped datagram."""
        self.dropped[reason] += 1

    def busy(self, leg: PeerLeg) -> None:
        """The leg wants its fast timer."""
        self._busy[leg] = None

    def forget(self, leg: PeerLeg) -> None:
        """A leg closed: its addresses and ufrags mean nothing any more."""
        for ufrag in self._ufrags.pop(leg, set()):
            self._by_ufrag.pop(ufrag, None)
        for address in leg.ice.validated:
            self._release(address, leg)
        self._busy.pop(leg, None)
        key = (leg.participant_id, leg.device)
        if self._legs.get(key) is leg:
            del self._legs[key]

    # --- datagrams

    def _on_readable(self) -> None:
        assert self._socket is not None
        receive = self._socket.receive
        for _ in range(_BATCH):
            try:
                data, control, address = receive()
            except BlockingIOError:
                return
            except OSError:
                # An ICMP error of an earlier send says nothing about the next datagram; or a listener closed the port.
                continue
            try:
                self.on_datagram(data, address, control)
            except Exception:
                # One person's datagram must never stop the others' sound.
                self.dropped["error"] += 1
                _log.exception("A datagram could not be handled")

    def on_datagram(self, data: bytes, address: Address, control: Control) -> None:
        """Take one datagram, as it came, with the kernel's word on which of our addresses it came to."""
        if len(data) < 2 or len(data) > _MAX_DATAGRAM:
            self.dropped["size"] += 1
            return
        first = data[0]
        if first < 4:
            self._on_stun(data, address, control)
            return
        leg = self._by_address.get(address)
        if leg is None:
            self.dropped["stranger"] += 1
        elif 127 < first < 192:
            leg.on_media(data, address, time.monotonic())
        elif 19 < first < 64:
            leg.on_dtls(data, address, time.monotonic())
        else:
            self.dropped["unknown"] += 1

    def _on_stun(self, data: bytes, address: Address, control: Control) -> None:
        now = time.monotonic()
        try:
            message = stun.parse(data)
            taken = (
                self._on_check(message, address, control, now)
                if message.kind is stun.Kind.REQUEST
                else self._on_check_answer(message, address, now)
            )
        except stun.StunError:
            self.dropped["stun_malformed"] += 1
            return
        if not taken:
            self.dropped["stun_refused"] += 1

    def _on_check(self, request: stun.Message, address: Address, control: Control, now: float) -> bool:
        leg = self._by_ufrag.get(request.username[0])
        if leg is None or not self._may_hold(leg, address, now):
            return False
        if not leg.may_check(address, now) or not leg.ice.is_signed(request):
            return False
        if address not in leg.ice.validated and self._socket is not None:
            self._socket.learn(address, control)
        if not leg.on_check(request, address, now):
            return False
        self._validate(leg, address, now)
        if stun.Attribute.USE_CANDIDATE in request.attributes:
            leg.on_nomination(address, now)
        return True

    def _on_check_answer(self, message: stun.Message, address: Address, now: float) -> bool:
        leg = self._by_address.get(address)
        return leg is not None and message.kind is stun.Kind.SUCCESS and leg.on_check_answer(message, address, now)

    def _may_hold(self, leg: PeerLeg, address: Address, now: float) -> bool:
        """No leg can take away an address that another one is using: its sender may forge sources."""
        holder = self._by_address.get(address)
        if holder is None or holder is leg:
            return True
        return now - holder.ice.validated.get(address, 0.0) > _ADDRESS_HELD_SECONDS

    def _validate(self, leg: PeerLeg, address: Address, now: float) -> None:
        validated = leg.ice.validated
        if address not in validated and len(validated) >= MAX_ADDRESSES:
            oldest = next(known for known in validated if known != leg.ice.selected)
            del validated[oldest]
            self._release(oldest, leg)
        validated[address] = now
        validated.move_to_end(address)
        self._by_address[address] = leg

    def _release(self, address: Address, leg: PeerLeg) -> None:
        if self._by_address.get(address) is leg:
            del self._by_address[address]
            if self._socket is not None:
                self._socket.forget(address)

    # --- time

    def _run_clock(self) -> None:
        """Tick while there are legs: a node without any sleeps."""
        if self._timer is None and self._loop is not None:
            self._timer = self._loop.call_later(_TICK_SECONDS, self._on_tick)

    def _on_tick(self) -> None:
        now = time.monotonic()
        self._timer = None
        self._ticks += 1
        for leg in list(self._busy):
            leg.on_fast_timer(now)
            if not leg.wants_fast_timer:
                self._busy.pop(leg, None)
        if self._ticks % _SLOW_EVERY == 0:
            for leg in list(self._ufrags):
                leg.on_slow_timer(now)
        if self._ufrags:
            self._run_clock()
