"""Who holds tickets of a room, for its hosts."""

from dataclasses import dataclass
from datetime import datetime

from rooms.protocol import PersonCard
from rooms.queries.cards import person_card
from rooms.queries.catalogue import Page
from spaces_site.boundary import cursor
from ticketing.models import Order, TicketSale


@dataclass(frozen=True, slots=True)
class BuyerRecord:
    """Somebody who bought a ticket, or was given a free one. `state` as in `OrderRecord`: paid, refunded, …"""

    person: PersonCard
    state: str
    bought_at: datetime


def buyers_of(*, sale: TicketSale, page: Page) -> tuple[list[BuyerRecord], str | None]:
    """Whoever paid, whatever became of it, newest first, and the next page's token; one query. Raises BadCursor."""
    paid = Order.objects.filter(sale=sale).exclude(paid_at=None).select_related("buyer")
    found, next_token = cursor.page_of(paid, key="paid_at", token=page.token, size=page.size)
    return [BuyerRecord(person_card(one.buyer), one.state.lower(), one.paid_at) for one in found], next_token
