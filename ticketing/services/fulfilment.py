"""A ticket comes into being exactly once, with everything that belongs to it, in one transaction."""

from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from accounts.models import User
from rooms.models import PassSource
from rooms.services import passes
from spaces_site.enqueue import enqueue_on_commit
from ticketing.models import (
    HOLDING,
    CommandKind,
    Order,
    OrderState,
    StripeCommand,
    TicketSale,
    WhyRefunded,
)
from ticketing.services import ledger
from ticketing.stripe_gateway import Charge

log = structlog.get_logger(__name__)


class NoSeat(Exception):
    """Nobody has a seat to give."""


def give_free_ticket(*, sale: TicketSale, buyer: User, now: datetime) -> Order:
    """A ticket that costs nothing, within the caller's transaction. Raises `NoSeat`."""
    if not TicketSale.objects.sell_free_seat(sale.pk, now):
        raise NoSeat
    order = Order.objects.create(
        sale=sale,
        buyer=buyer,
        state=OrderState.PAID,
        amount=0,
        currency=sale.currency,
        created_at=now,
        hold_expires_at=now,
        paid_at=now,
    )
    _hand_out(order, now)
    return order


def payment_arrived(*, order: Order, charge: Charge, now: datetime) -> None:
    """Money of this order is at the processor: it becomes a ticket, or goes back. Told again, nothing happens."""
    with transaction.atomic():
        # Held by an UPDATE, as everywhere: two who tell of the same payment come one after the other.
        Order.objects.filter(pk=order.pk).update(number=order.number)
        order = Order.objects.select_related("sale").get(pk=order.pk)
        if charge.fee is not None:
            ledger.book_charge(
                charge=charge.id, gross=charge.amount, fee=charge.fee, at=charge.created_at, order_id=order.pk
            )
        if order.charge == charge.id:
            return
        if order.charge:
            # Two pages of one order were paid.
            give_back(order=order, charge=charge, now=now)
            return
        paid = {
            "charge": charge.id,
            "payment_intent": charge.payment_intent,
            "paid_at": now,
            "processor_fee": charge.fee.amount if charge.fee is not None else None,
        }
        if _takes_seat(order, paid):
            _hand_out(order, now)
        else:
            _too_late(order, charge, paid, now)


def give_back(*, order: Order, charge: Charge, now: datetime) -> None:
    """Queue the refund of one payment; the same payment is queued once."""
    queue_refund(order=order, charge=charge.id, payment_intent=charge.payment_intent, now=now)


def queue_refund(*, order: Order, charge: str, payment_intent: str, now: datetime) -> None:
    """Write down, within the caller's transaction, that the processor must give a payment back."""
    key = f"refund-{charge}-1"
    command, is_new = StripeCommand.objects.get_or_create(
        key=key,
        defaults={
            "kind": CommandKind.REFUND,
            "order": order,
            "payment_intent": payment_intent,
            "charge": charge,
            "made_at": now,
            "next_try_at": now,
        },
    )
    if is_new:
        enqueue_on_commit("ticketing.tasks.run_command", command_id=command.pk)


def _takes_seat(order: Order, paid: dict[str, object]) -> bool:
    """Whether the order is paid by this: its held seat is sold, or a free one where it came late."""
    sale_id = order.sale_id
    if order.state in HOLDING:
        if TicketSale.objects.sell_held(sale_id):
            return Order.objects.move(order.pk, HOLDING, OrderState.PAID, **paid)
        TicketSale.objects.give_up_held(sale_id)
        return False
    if order.state not in (OrderState.EXPIRED, OrderState.CANCELLED):
        return False
    try:
        with transaction.atomic():
            late = (OrderState.EXPIRED, OrderState.CANCELLED)
            if not TicketSale.objects.sell_late(sale_id):
                return False
            return Order.objects.move(order.pk, late, OrderState.PAID, **paid)
    except IntegrityError:
        # They have another ticket by now.
        return False


def _too_late(order: Order, charge: Charge, paid: dict[str, object], now: datetime) -> None:
    from_ = (*HOLDING, OrderState.EXPIRED, OrderState.CANCELLED)
    Order.objects.move(order.pk, from_, OrderState.REFUND_DUE, why=WhyRefunded.LATE, **paid)
    give_back(order=order, charge=charge, now=now)
    enqueue_on_commit("ticketing.tasks.mail_refund", order_id=str(order.pk))
    log.info("payment_too_late", order=str(order.pk))


def _hand_out(order: Order, now: datetime) -> None:
    room_id = TicketSale.objects.values_list("room_id", flat=True).get(pk=order.sale_id)
    passes.issue_pass(room_id=room_id, person_id=order.buyer_id, source=PassSource.TICKET, now=now)
    enqueue_on_commit("ticketing.tasks.mail_ticket", order_id=str(order.pk))
