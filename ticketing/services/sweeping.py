"""What time does: holds end, rooms move, are called off or not held, commands become due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import F, Q

from rooms.models import RoomState
from spaces_site.enqueue import enqueue_on_commit
from ticketing import stripe_gateway
from ticketing.models import CommandState, Order, OrderState, SaleState, StripeCommand, TicketSale, WhyCancelled
from ticketing.services import orders, refunds

log = structlog.get_logger(__name__)

#: Looked at in one go.
BATCH = 200
#: On sale, or not just now.
GOING = (SaleState.OPEN, SaleState.CLOSED)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one go did."""

    holds_ended: int
    sales_moved: int
    sales_cancelled: int
    sales_ended: int
    commands_run: int


def sweep(*, now: datetime) -> Swept:
    """Everything that is due at `now`, each by itself: what fails does not hold up the rest."""
    return Swept(_end_holds(now), _follow_moves(now), _call_off(now), _end_sales(now), _run_commands(now))


def follow_room(*, room_id: UUID | str, now: datetime) -> None:
    """Something happened to a room: its sale follows at once, without waiting for the next go."""
    sales = TicketSale.objects.filter(room_id=room_id, state__in=GOING).select_related("room")
    for sale in sales:
        why = refunds.why_not_held(sale=sale, now=now)
        if why is not None:
            refunds.cancel_sale(sale_id=sale.pk, why=why, now=now)


def _end_holds(now: datetime) -> int:
    """Holds that are over: the pages are closed first, and one may turn out to have been paid."""
    ended = 0
    over = Order.objects.holding().filter(hold_expires_at__lte=now).order_by("hold_expires_at")
    for order in over[:BATCH]:
        try:
            orders.adopt_lost_pages(order=order)
            orders.close(order_id=order.pk, to=OrderState.EXPIRED, now=now)
            ended += 1
        except (*stripe_gateway.FAILURES, orders.WrongAmount):
            log.exception("hold_not_ended", order=str(order.pk))
    return ended


def _follow_moves(now: datetime) -> int:
    """Rooms that were moved: tickets stay valid, and their holders are told and may give them back."""
    moved = TicketSale.objects.filter(state__in=GOING, room__state=RoomState.SCHEDULED)
    moved = moved.exclude(room__scheduled_start=F("starts_at")).exclude(room__scheduled_start=None)
    for sale in (found := list(moved.select_related("room")[:BATCH])):
        start = sale.room.scheduled_start
        assert start is not None, "rooms without a time were left out"
        ends = start if sale.sales_end == sale.starts_at else min(sale.sales_end, start)
        same = TicketSale.objects.filter(pk=sale.pk, starts_at=sale.starts_at)
        if same.update(starts_at=start, moved_at=now, sales_end=ends):
            for order_id in Order.objects.paid().filter(sale=sale).values_list("pk", flat=True):
                enqueue_on_commit("ticketing.tasks.mail_moved", order_id=str(order_id))
    return len(found)


def _call_off(now: datetime) -> int:
    """Sales whose rooms were called off, not begun in time, or over too early; and those left half-way."""
    patience = timedelta(minutes=settings.TICKET_NO_SHOW_MINUTES)
    late = Q(room__state=RoomState.SCHEDULED, starts_at__lte=now - patience)
    suspect = late | Q(room__state=RoomState.LIVE) | Q(room__state__in=(RoomState.CANCELLED, RoomState.ENDED))
    cancelled = 0
    for sale in TicketSale.objects.filter(suspect, state__in=GOING).select_related("room")[:BATCH]:
        why = refunds.why_not_held(sale=sale, now=now)
        cancelled += why is not None and refunds.cancel_sale(sale_id=sale.pk, why=why, now=now)
    for sale in TicketSale.objects.filter(state=SaleState.CANCELLED, orders__state=OrderState.PAID).distinct()[:BATCH]:
        refunds.cancel_sale(sale_id=sale.pk, why=WhyCancelled(sale.why_cancelled), now=now)
    return cancelled


def _end_sales(now: datetime) -> int:
    """Rooms that took place: nothing is sold any more, and what was sold is owed to the host."""
    over = TicketSale.objects.filter(state__in=GOING, room__state=RoomState.ENDED)
    return over.update(state=SaleState.ENDED, closed_at=now)


def _run_commands(now: datetime) -> int:
    due = StripeCommand.objects.filter(state=CommandState.DUE, next_try_at__lte=now).order_by("next_try_at")
    return sum(refunds.run_command(command_id=pk, now=now) for pk in due.values_list("pk", flat=True)[:BATCH])
