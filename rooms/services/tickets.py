"""Single-use tickets that let a client without our cookie open a room's websocket."""

import secrets
from datetime import datetime
from uuid import UUID

import redis
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import events
from spaces_site.errors import DomainError, Kind

TICKET_SECONDS = 30


class NoTickets(DomainError):
    """The broker that keeps them is away."""

    kind = Kind.UNAVAILABLE
    code = "no_tickets"
    text = _("The room cannot be opened right now. Try again in a moment.")


def issue_ticket(*, person: User, room_id: UUID | str, now: datetime) -> str:
    """A ticket for one websocket to this room within 30 s. Raises `NoTickets`."""
    ticket = secrets.token_urlsafe(32)
    try:
        events.broker().set(_key(ticket), f"{person.pk} {room_id}", ex=TICKET_SECONDS)
    except redis.RedisError as error:
        raise NoTickets(retry_after=2) from error
    return ticket


def redeem_ticket(*, ticket: str, room_id: UUID | str) -> str | None:
    """The person id of a ticket for this room, which is used up by asking; None for any other."""
    if not ticket or len(ticket) > 100:
        return None
    try:
        kept = events.broker().getdel(_key(ticket))
    except redis.RedisError:
        return None
    person_id, _space, for_room = str(kept or "").partition(" ")
    return person_id if person_id and for_room == str(room_id) else None


def _key(ticket: str) -> str:
    return f"spaces:ticket:{ticket}"
