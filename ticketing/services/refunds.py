"""Money goes back: for one ticket, or for all of a room that did not take place as it was sold."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import staff
from rooms.models import PassSource, RoomState
from rooms.services import lifecycle, passes
from spaces_site.enqueue import enqueue_on_commit
from spaces_site.errors import DomainError, Kind
from ticketing import stripe_gateway
from ticketing.models import (
    CommandState,
    Order,
    OrderState,
    SaleState,
    StripeCommand,
    TicketSale,
    WhyCancelled,
    WhyRefunded,
)
from ticketing.services import fulfilment, ledger, orders
from ticketing.stripe_gateway import Refund

log = structlog.get_logger(__name__)

#: Orders that one transaction gives back.
BATCH = 50
#: A worker that took a command and says nothing for so long has died.
CLAIM_HOLDS = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=1)
#: So many failures under one key, and another is made: the processor repeats its own errors under the old one.
TRIES_PER_KEY = 3


class TooLateToReturn(DomainError):
    """The buyer's right to give the ticket back is over."""

    kind = Kind.CONFLICT
    code = "too_late_to_return"
    text = _("This ticket cannot be given back any more. You get the money back if the room does not take place.")


def return_until(*, order: Order) -> datetime:
    """Until when the buyer may give the ticket back, of their own accord."""
    sale = order.sale
    ordinary = sale.starts_at - timedelta(hours=settings.TICKET_RETURN_HOURS)
    if sale.moved_at is None:
        return ordinary
    # Sold for another time: a right of its own, as long as the room has not begun.
    moved = min(sale.moved_at + timedelta(hours=settings.TICKET_MOVED_HOURS), sale.starts_at)
    return max(ordinary, moved)


def return_ticket(*, actor: User, order_id: UUID, now: datetime) -> Order:
    """The buyer gives a ticket back in time. Raises `NoSuchOrder`, `TooLateToReturn`. Twice is once."""
    order = orders.own_order(person=actor, order_id=order_id)
    if order.state == OrderState.PAID:
        if now >= return_until(order=order) or order.sale.room.state != RoomState.SCHEDULED:
            raise TooLateToReturn
        refund_order(order_id=order.pk, why=WhyRefunded.BUYER, now=now)
    return orders.own_order(person=actor, order_id=order_id)


def refund_by_staff(*, actor: User, order_id: UUID, reason: str, now: datetime) -> bool:
    """Staff give a ticket's money back; False when there was nothing to give back."""
    staff.check_is_staff(actor)
    with transaction.atomic():
        order = Order.objects.select_related("buyer", "sale__room").get(pk=order_id)
        if not refund_order(order_id=order_id, why=WhyRefunded.STAFF, now=now):
            return False
        facts = {"person": order.buyer, "room": order.sale.room, "after": {"order": order.number}}
        staff.tell_act(actor=actor, act="tickets.refunded", why=reason, **facts)
    return True


def refund_order(*, order_id: UUID, why: WhyRefunded, now: datetime) -> bool:
    """A ticket is not valid any more, its seat is free, its holder out of the room, its money on the way back.

    False when it is not paid (any more).
    """
    with transaction.atomic():
        order = Order.objects.select_related("sale").get(pk=order_id)
        to = OrderState.REFUND_DUE if order.amount else OrderState.CANCELLED
        if not Order.objects.move(order.pk, (OrderState.PAID,), to, why=why):
            return False
        TicketSale.objects.give_up_sold(order.sale_id)
        passes.revoke_pass(room_id=order.sale.room_id, person_id=order.buyer_id, source=PassSource.TICKET, now=now)
        if order.amount:
            fulfilment.queue_refund(order=order, charge=order.charge, payment_intent=order.payment_intent, now=now)
        enqueue_on_commit("ticketing.tasks.mail_refund", order_id=str(order.pk))
    return True


def why_not_held(*, sale: TicketSale, now: datetime) -> WhyCancelled | None:
    """Why the buyers of this sale must have their money back; None where the room took place, or still may."""
    room, patience = sale.room, timedelta(minutes=settings.TICKET_NO_SHOW_MINUTES)
    if room.state == RoomState.CANCELLED:
        return WhyCancelled.HOST
    if room.state == RoomState.SCHEDULED:
        return WhyCancelled.NO_SHOW if now >= (room.scheduled_start or sale.starts_at) + patience else None
    if room.started_at is not None and room.started_at > sale.starts_at + patience:
        return WhyCancelled.NO_SHOW
    if room.state != RoomState.ENDED or room.started_at is None or room.ended_at is None:
        return None
    if room.end_reason == "staff":
        return WhyCancelled.STAFF
    least = timedelta(minutes=sale.minutes) * settings.TICKET_LEAST_PERCENT / 100
    return WhyCancelled.CUT_SHORT if room.ended_at - room.started_at < least else None


def cancel_sale(*, sale_id: UUID, why: WhyCancelled, now: datetime) -> bool:
    """Call a sale off: nobody buys any more, and everybody who paid has the money back. Called again, it goes on.

    First the sale, so that a payment that comes now is given back; then order by order, so that whoever dies
    half-way leaves only what the next call does.
    """
    for state in (SaleState.OPEN, SaleState.CLOSED, SaleState.ENDED):
        if TicketSale.objects.move(sale_id, state, SaleState.CANCELLED, why_cancelled=why, closed_at=now):
            break
    sale = TicketSale.objects.select_related("room__creator").get(pk=sale_id)
    if sale.state != SaleState.CANCELLED:
        return False
    if sale.room.state == RoomState.SCHEDULED:
        lifecycle.cancel_room(actor=sale.room.creator, room_id=sale.room_id, now=now)
    while paid := list(Order.objects.paid().filter(sale=sale).values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            for order_id in paid:
                refund_order(order_id=order_id, why=WhyRefunded(sale.why_cancelled), now=now)
    return True


def run_command(*, command_id: int, now: datetime) -> bool:
    """Tell the processor what is due, once at a time; False when another worker does, or it is not due yet."""
    due = StripeCommand.objects.filter(pk=command_id, state=CommandState.DUE, next_try_at__lte=now)
    if not due.update(next_try_at=now + CLAIM_HOLDS):
        return False
    command = StripeCommand.objects.select_related("order").get(pk=command_id)
    try:
        refund = _refund(command)
    except stripe_gateway.PaymentsAway as error:
        _later(command, str(error.__cause__ or error), now)
        return False
    except stripe_gateway.Refused as error:
        _for_an_operator(command, f"{error.code} {error}")
        return False
    with transaction.atomic():
        StripeCommand.objects.filter(pk=command.pk).update(
            state=CommandState.DONE, result_id=refund.id, attempts=command.attempts + 1, last_error=""
        )
        apply_refund(refund=refund, now=now)
    return True


def sync_refund(*, refund_id: str, now: datetime) -> None:
    """Read a refund and make our books and orders agree."""
    apply_refund(refund=stripe_gateway.read_refund(refund_id=refund_id), now=now)


def apply_refund(*, refund: Refund, now: datetime) -> None:
    """What the processor says of a refund. Told again, nothing happens; of somebody else's, neither."""
    with transaction.atomic():
        own = Order.objects.filter(charge=refund.charge).first() if refund.charge else None
        second = StripeCommand.objects.select_related("order").filter(charge=refund.charge).first()
        order = own or (second.order if second else None)
        if order is None:
            return
        if own is not None and own.state == OrderState.PAID and refund.amount == own.money:
            # Given back at the processor's own desk.
            refund_order(order_id=own.pk, why=WhyRefunded.STAFF, now=now)
        ledger.book_refund(refund=refund.id, amount=refund.amount, at=refund.created_at, order_id=order.pk)
        failed = refund.status in ("failed", "canceled")
        if failed:
            ledger.book_refund_failed(refund=refund.id, amount=refund.amount, at=now, order_id=order.pk)
        if own is None:
            return
        if failed:
            from_ = (OrderState.REFUND_DUE, OrderState.REFUNDED)
            Order.objects.move(own.pk, from_, OrderState.REFUND_FAILED, refund=refund.id)
            log.error("refund_failed", order=str(own.pk), refund=refund.id)
        elif refund.status == "succeeded":
            done = {"refund": refund.id, "refunded_at": now}
            Order.objects.move(own.pk, (OrderState.REFUND_DUE,), OrderState.REFUNDED, **done)


def _refund(command: StripeCommand) -> Refund:
    """Give the payment back, or find that it was. Raises `PaymentsAway`, `Refused`."""
    if command.attempts and (done := _given_back(command)):
        return done
    n = 1 + command.attempts // TRIES_PER_KEY
    key = command.key.rpartition("-")[0] + f"-{n}"
    try:
        return stripe_gateway.create_refund(
            payment_intent=command.payment_intent, order_id=str(command.order_id), key=key
        )
    except stripe_gateway.Refused as error:
        if error.code == "charge_already_refunded" and (done := _given_back(command)):
            return done
        raise


def _given_back(command: StripeCommand) -> Refund | None:
    known = stripe_gateway.refunds_of(payment_intent=command.payment_intent)
    return next((one for one in known if one.status in ("succeeded", "pending", "requires_action")), None)


def _later(command: StripeCommand, error: str, now: datetime) -> None:
    wait = min(timedelta(seconds=5 * 2 ** min(command.attempts, 12)), LONGEST_WAIT)
    StripeCommand.objects.filter(pk=command.pk).update(
        attempts=command.attempts + 1, next_try_at=now + wait, last_error=error[:300]
    )


def _for_an_operator(command: StripeCommand, error: str) -> None:
    log.error("command_refused", key=command.key, error=error)
    with transaction.atomic():
        StripeCommand.objects.filter(pk=command.pk).update(
            state=CommandState.FAILED, attempts=command.attempts + 1, last_error=error[:300]
        )
        if command.charge == command.order.charge:
            Order.objects.move(command.order_id, (OrderState.REFUND_DUE,), OrderState.REFUND_FAILED)
