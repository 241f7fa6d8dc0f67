"""The websocket of somebody who is anywhere on the site: `/ws/me/`. It tells whose ring is lit, and the bell."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from rooms.consumers.identified import IdentifiedConsumer
from rooms.protocol import Command
from rooms.services.tickets import AccountNeeded
from spaces_site.boundary.sockets import DONE, refusal_of
from spaces_site.errors import DomainError, Kind


class NotHere(DomainError):
    """A command that belongs into a room."""

    kind = Kind.INVALID
    code = "not_here"
    text = _("That is said in a room: open the websocket of the room.")


class MeConsumer(IdentifiedConsumer):
    """One person's socket outside of rooms."""

    kind = "me-"
    person_id: UUID
    _is_watching = False

    async def welcome(self) -> None:
        """Send the rings and the bell as they are, and from then on what changes."""
        person = self.identity.person
        if person.is_guest:
            self.turn_away(refusal_of(AccountNeeded(), self.language))
            return
        self.person_id = person.pk
        self._is_watching = True
        await self.hub.guard(self)
        await self.hub.rings.add(self)
        await self.hub.bells.add(self)

    async def do(self, command: Command) -> None:
        """Nothing but saying that one is there, and asking for the bell anew: another page may stand now."""
        if command.type in ("ping", "hello"):
            self.answer(command, DONE)
            if command.type == "hello" and self._is_watching:
                await self.hub.bells.say(self)
        else:
            self.refuse(command.id, refusal_of(NotHere(), self.language))

    def end(self) -> None:
        """The peer is gone."""
        if self._is_watching:
            self.hub.rings.remove(self)
            self.hub.bells.remove(self)
            self.hub.unguard(self)
        super().end()
