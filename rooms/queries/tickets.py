"""What tickets of rooms cost and how many are left. The app above sells them; here is what a room tells of it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from rooms import signals
from rooms.models import Room


@dataclass(frozen=True, slots=True)
class Price:
    """`amount_minor` in the currency's smallest unit, 0 for what is free; `currency` in small letters."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class TicketTerms:
    """What one ticket of a room costs, and how many there are still."""

    price: Price
    left: int


def ticket_terms(*, room_ids: Collection[UUID]) -> dict[UUID, TicketTerms]:
    """The terms of those of these rooms that sell tickets; asked for none, nobody is asked."""
    terms: dict[UUID, TicketTerms] = {}
    if room_ids:
        for _receiver, told in signals.ticket_terms_wanted.send(sender=Room, room_ids=room_ids):
            terms |= cast("dict[UUID, TicketTerms]", told)
    return terms
