"""Single-use tickets that let a client without our cookie open a room's websocket."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import redis
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import events
from spaces_site.errors import DomainError, Kind

TICKET_SECONDS = 30
#: Stands for the room in tickets to the websocket outside of rooms.
NO_ROOM = "me"


class NoTickets(DomainError):
    """The broker that keeps them is away."""

    kind = Kind.UNAVAILABLE
    code = "no_tickets"
    text = _("The room cannot be opened right now. Try again in a moment.")


class AccountNeeded(DomainError):
    """Guests follow nobody, and nothing is told to them outside of rooms."""

    kind = Kind.UNAUTHENTICATED
    code = "account_needed"
    text = _("Sign in to see who of the people you follow is live.")


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Whom a ticket was made for, the session that it came from (`device:<token id>`, or empty), the device key."""

    person_id: str
    session: str
    device: str


def issue_ticket(*, person: User, room_id: UUID | str, now: datetime, session: str = "", device: str = "") -> str:
    """A ticket for one websocket to this room, or to `NO_ROOM`, within 30 s. Raises `NoTickets`, `AccountNeeded`.

    The end of `session` closes the websocket that the ticket opened; `device` is its key where it names none.
    """
    if room_id == NO_ROOM and person.is_guest:
        raise AccountNeeded
    ticket = secrets.token_urlsafe(32)
    try:
        events.broker().set(_key(ticket), f"{person.pk} {room_id} {session} {device}", ex=TICKET_SECONDS)
    except redis.RedisError as error:
        raise NoTickets(retry_after=2) from error
    return ticket


def redeem_ticket(*, ticket: str, room_id: UUID | str) -> Redeemed | None:
    """Whom a ticket for this room was made for; it is used up by asking. None for any other."""
    if not ticket or len(ticket) > 100:
        return None
    try:
        kept = events.broker().getdel(_key(ticket))
    except redis.RedisError:
        return None
    # A ticket of the version before this one names no device.
    person_id, for_room, session, device = (str(kept or "") + "   ").split(" ")[:4]
    return Redeemed(person_id, session, device) if person_id and for_room == str(room_id) else None


def socket_url(*, room_id: UUID | str, origin: str) -> str:
    """The websocket's address of a room, or of `NO_ROOM`, on the site at `origin` (https://host)."""
    path = "me" if room_id == NO_ROOM else f"rooms/{room_id}"
    return f"{origin.replace('http', 'ws', 1)}/ws/{path}/"


def _key(ticket: str) -> str:
    return f"spaces:ticket:{ticket}"
