"""Buying: a seat by one conditional UPDATE, then a payment page of the processor's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms import admission, refusals
from rooms.models import Room
from rooms.services import places
from spaces_site.errors import DomainError, Kind
from ticketing import stripe_gateway
from ticketing.models import HOLDING, AttemptState, CheckoutAttempt, Order, OrderState, TicketSale
from ticketing.services import fulfilment, orders, sales

log = structlog.get_logger(__name__)

#: The processor lets a page be open for 30 minutes at least; a minute more for the way there.
MARGIN = timedelta(minutes=1)
#: Before a room starts so soon, only methods that say at once whether there is money.
INSTANT_WITHIN = timedelta(days=7)


class OwnRoom(DomainError):
    """The host wants to buy."""

    kind = Kind.CONFLICT
    code = "own_room"
    text = _("This is your own room: you need no ticket.")


class HasTicket(DomainError):
    """One ticket for each person."""

    kind = Kind.CONFLICT
    code = "has_ticket"
    text = _("You have a ticket for this room.")


class SoldOut(DomainError):
    """No seat is free."""

    kind = Kind.CONFLICT
    code = "sold_out"
    text = _("All tickets are sold or being paid for. Look again later: seats may come free.")


class NotOnSale(DomainError):
    """The host stopped the sale, or its end is past."""

    kind = Kind.CONFLICT
    code = "not_on_sale"
    text = _("These tickets are not on sale.")


class SlowPayment(DomainError):
    """The payment is on its way already."""

    kind = Kind.CONFLICT
    code = "payment_processing"
    text = _("Your payment is on its way. You have the ticket as soon as it arrives.")


@dataclass(frozen=True, slots=True)
class Started:
    """What came of pressing the button: an order, and where to pay; no address for what is free."""

    order_id: UUID
    url: str


def start_checkout(*, actor: User | AnonymousUser, room_id: UUID | str, origin: str, now: datetime) -> Started:
    """Hold a seat and make the payment page, or come back to both. A free ticket is there at once.

    `origin` is this site's address for the way back. Raises what `admission.check_may_hold_pass` raises,
    `OwnRoom`, `HasTicket`, `NotOnSale`, `SoldOut`, `SlowPayment`, `stripe_gateway.PaymentsAway`.
    """
    order = _hold(actor, room_id, now)
    if order.state == OrderState.PAID:
        return Started(order.pk, "")
    return Started(order.pk, _payment_page(order, origin, now))


def give_up(*, actor: User, order_id: UUID, now: datetime) -> None:
    """The buyer does not want the seat: its pages are closed at the processor first, then it is free.

    Nothing happens when the order is anything but unpaid. Raises `orders.NoSuchOrder`.
    """
    order = orders.own_order(person=actor, order_id=order_id)
    if order.state in (OrderState.HELD, OrderState.CHECKOUT):
        orders.close(order_id=order.pk, to=OrderState.CANCELLED, now=now)


def _hold(actor: User | AnonymousUser, room_id: UUID | str, now: datetime) -> Order:
    """A seat for this buyer: the one that they have, or a new one."""
    room = Room.objects.select_related("creator").filter(pk=places.as_id(room_id)).first()
    if room is None:
        raise refusals.NoSuchRoom
    admission.check_may_hold_pass(person=actor, room=room, now=now)
    if isinstance(actor, AnonymousUser):
        raise refusals.SignInFirst
    if room.creator_id == actor.pk:
        raise OwnRoom
    sale = TicketSale.objects.filter(room=room).first()
    if sale is None:
        raise sales.NoTicketsHere
    return _live_order(sale, actor) or _new_order(sale, actor, now)


def _live_order(sale: TicketSale, buyer: User) -> Order | None:
    order = Order.objects.live().select_related("sale__room", "buyer").filter(sale=sale, buyer=buyer).first()
    if order is not None and order.state == OrderState.PAID:
        raise HasTicket
    if order is not None and order.state == OrderState.PROCESSING:
        raise SlowPayment
    return order


def _new_order(sale: TicketSale, buyer: User, now: datetime) -> Order:
    try:
        with transaction.atomic():
            if sale.price == 0:
                return fulfilment.give_free_ticket(sale=sale, buyer=buyer, now=now)
            if not TicketSale.objects.hold_seat(sale.pk, now):
                raise _why_no_seat(sale, now)
            order = Order.objects.create(
                sale=sale,
                buyer=buyer,
                amount=sale.price,
                currency=sale.currency,
                created_at=now,
                hold_expires_at=_page_ends(now),
            )
    except fulfilment.NoSeat:
        raise _why_no_seat(sale, now) from None
    except IntegrityError:
        # Pressed twice at once: the other one has the seat.
        other = _live_order(sale, buyer)
        if other is None:
            raise
        return other
    return order


def _why_no_seat(sale: TicketSale, now: datetime) -> DomainError:
    return SoldOut() if TicketSale.objects.buyable(now).filter(pk=sale.pk).exists() else NotOnSale()


def _page_ends(now: datetime) -> datetime:
    # Whole seconds: the processor's are.
    return now.replace(microsecond=0) + timedelta(minutes=settings.TICKET_HOLD_MINUTES) + MARGIN


def _payment_page(order: Order, origin: str, now: datetime) -> str:
    """The address of the order's one open page; made, or made again, where there is none."""
    attempt = order.attempts.order_by("-n").first()
    if attempt is not None and attempt.state == AttemptState.OPEN:
        if attempt.session_id and attempt.expires_at > now:
            return attempt.url
        if attempt.session_id:
            # Over: closed at the processor before another one can be paid.
            orders.sync_session(session_id=attempt.session_id, now=now)
            raise NotOnSale(_("The time to pay is over. Press the button again for a new seat."))
    if attempt is None or attempt.session_id or _is_stale(attempt, now):
        attempt = _next_attempt(order, attempt, now)
    return _make_page(order, attempt, origin, now)


def _is_stale(attempt: CheckoutAttempt, now: datetime) -> bool:
    """Never answered, and so old that its parameters would be refused."""
    return attempt.expires_at < now + timedelta(minutes=30)


def _next_attempt(order: Order, last: CheckoutAttempt | None, now: datetime) -> CheckoutAttempt:
    """The row first, with everything that the call depends on: a repeat is then the same call."""
    ends = _page_ends(now)
    with transaction.atomic():
        held = Order.objects.holding().filter(pk=order.pk)
        if not held.update(hold_expires_at=ends):
            raise NotOnSale
        if last is not None and not last.session_id:
            # The answer was lost: the sweeper finds the page by its order, should there be one.
            log.warning("checkout_attempt_given_up", key=last.key)
        made, _is_new = CheckoutAttempt.objects.get_or_create(
            order=order, n=(last.n if last else 0) + 1, defaults={"expires_at": ends}
        )
    return made


def _make_page(order: Order, attempt: CheckoutAttempt, origin: str, now: datetime) -> str:
    sale, room, buyer = order.sale, order.sale.room, order.buyer
    purchase = stripe_gateway.Purchase(
        order_id=str(order.pk),
        sale_id=str(sale.pk),
        price=order.money,
        title=room.title,
        email=buyer.email,
        language=buyer.language or "en",
        expires_at=attempt.expires_at,
        success_url=f"{origin}{reverse('order_return', args=[order.pk])}?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{origin}{reverse('room_tickets', args=[room.pk])}",
        instant_only=sale.starts_at < order.created_at + INSTANT_WITHIN,
    )
    try:
        session = stripe_gateway.create_session(purchase=purchase, key=attempt.key)
    except stripe_gateway.Refused as error:
        # Said for good under this key: the next press makes another attempt.
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(state=AttemptState.EXPIRED)
        log.warning("checkout_refused", key=attempt.key, code=error.code)
        raise stripe_gateway.PaymentsAway from error
    with transaction.atomic():
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(session_id=session.id, url=session.url)
        Order.objects.move(order.pk, (OrderState.HELD,), OrderState.CHECKOUT)
    return session.url


def seconds_left(*, order: Order, now: datetime) -> int:
    """For how long the seat is still held."""
    return max(0, round((order.hold_expires_at - now).total_seconds())) if order.state in HOLDING else 0
