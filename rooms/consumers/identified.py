"""A websocket whose person is known: slots, sign-in, silence. What it is for, subclasses say."""

import asyncio

from django.conf import settings

from rooms.consumers import door
from rooms.consumers.base import CommandConsumer
from rooms.hub import Hub, hub
from rooms.protocol import SILENT_SECONDS, CloseCode
from spaces_site.boundary.identity import Identity
from spaces_site.boundary.origin import Origin
from spaces_site.boundary.sockets import refusal_of


class IdentifiedConsumer(CommandConsumer):
    """Accepts, finds out who it is, takes a slot of the address and one of the person; then `welcome`."""

    handshake: door.Handshake
    identity: Identity
    #: The key of one's device; until one is in a room, that of the ticket that one came by.
    device = ""
    #: Sockets of one kind share the slots of a person and of an address.
    kind = ""

    def __init__(self) -> None:
        super().__init__()
        self._slots: list[str] = []
        self.known_at = self.heard_at = 0.0
        self._silence: asyncio.TimerHandle | None = None
        # The hub of this socket's loop; asked for once, since at the end of a process it may be gone.
        self.hub: Hub = hub()

    async def welcome(self) -> None:
        """The person is known: go on."""
        raise NotImplementedError

    def watches_itself(self) -> bool:
        """Whether nobody else closes this socket when its peer falls silent."""
        return True

    async def begin(self) -> None:
        """Accept, and find out who it is."""
        self.handshake = door.read_handshake(self.scope)
        await self.accept(self.handshake.subprotocol)
        address = self.handshake.address
        if address and not self._take_slot(f"{self.kind}address:{address}", settings.SOCKETS_PER_ADDRESS):
            return
        who = await self.call(door.identify, handshake=self.handshake)
        if who.refusal is not None:
            self.turn_away(who.refusal)
            return
        self.identity, self.device = who.value.identity, who.value.device
        self.language = self.identity.language
        self.origin = Origin(self.identity.session, address)
        self.known_at = self.heard_at = asyncio.get_running_loop().time()
        self._watch_silence()
        if self._take_slot(f"{self.kind}person:{self.identity.person_id}", settings.SOCKETS_PER_PERSON):
            await self.welcome()

    def _take_slot(self, key: str, limit: int) -> bool:
        if not self.hub.take_slot(key, limit):
            self.turn_away(refusal_of(door.TooManySockets(retry_after=30), self.language))
            return False
        self._slots.append(key)
        return True

    def _watch_silence(self) -> None:
        if not self.watches_itself() or self.outbox.closed:
            return
        loop = asyncio.get_running_loop()
        left = self.heard_at + SILENT_SECONDS - loop.time()
        if left <= 0:
            self.close(CloseCode.TOO_SLOW)
        else:
            self._silence = loop.call_later(left, self._watch_silence)

    def heard(self) -> None:
        """The peer is alive."""
        self.heard_at = asyncio.get_running_loop().time()

    def end(self) -> None:
        """The peer is gone: give the slots back."""
        if self._silence is not None:
            self._silence.cancel()
        for key in self._slots:
            self.hub.free_slot(key)
