"""What rooms tell of their tickets, to anybody."""

from collections.abc import Collection
from uuid import UUID

from rooms.queries.tickets import Price, TicketTerms
from ticketing.models import TicketSale


def terms_of(*, room_ids: Collection[UUID]) -> dict[UUID, TicketTerms]:
    """Price and tickets left of those of these rooms that sell any; one query."""
    return {
        sale.room_id: TicketTerms(Price(sale.price, sale.currency), sale.left)
        for sale in TicketSale.objects.filter(room_id__in=room_ids)
    }
