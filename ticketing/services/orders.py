"""Making our orders agree with the processor: webhook, return page and sweeper all come here.

Nothing is believed of a message: the payment page is read again, and what it says is applied by conditional
UPDATEs, so that whoever comes second changes nothing.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from spaces_site.errors import DomainError, Kind
from ticketing import stripe_gateway
from ticketing.models import HOLDING, AttemptState, CheckoutAttempt, Order, OrderState, TicketSale
from ticketing.services import fulfilment

log = structlog.get_logger(__name__)


class NoSuchOrder(DomainError):
    """None of this person's."""

    kind = Kind.NOT_FOUND
    code = "no_such_order"
    text = _("You have no such order.")


class WrongAmount(Exception):
    """The processor has another amount or currency than the order: for an operator, nothing is handed out."""


def own_order(*, person: User, order_id: UUID | str) -> Order:
    """An order of this person's. Raises `NoSuchOrder`."""
    found = Order.objects.select_related("sale__room__creator", "buyer").filter(pk=order_id, buyer=person).first()
    if found is None:
        raise NoSuchOrder
    return found


def look_again(*, person: User, order_id: UUID | str, now: datetime) -> Order:
    """The return page: ask the processor itself how the order stands, and tell it."""
    order = own_order(person=person, order_id=order_id)
    if order.state in HOLDING:
        for session_id in _open_pages(order.pk):
            try:
                sync_session(session_id=session_id, now=now)
            except stripe_gateway.PaymentsAway:
                # The page says "on its way" and asks again; webhook and sweeper come as well.
                log.warning("order_not_read", order=str(order.pk))
    return own_order(person=person, order_id=order_id)


def sync_session(*, session_id: str, now: datetime) -> None:
    """Read a payment page and make its order agree. Unknown pages are somebody else's and nothing.

    Raises `WrongAmount`, `stripe_gateway.PaymentsAway`, `stripe_gateway.Refused`.
    """
    _agree(stripe_gateway.read_session(session_id=session_id), OrderState.EXPIRED, now)


def _agree(session: stripe_gateway.Session, when_closed: OrderState, now: datetime) -> None:
    order = _order_of(session)
    if order is None:
        return
    if session.paid:
        _check_amount(order, session)
        if session.charge is not None:
            fulfilment.payment_arrived(order=order, charge=session.charge, now=now)
        _page(session.id).update(state=AttemptState.COMPLETE)
    elif session.status == "complete":
        Order.objects.move(order.pk, (OrderState.HELD, OrderState.CHECKOUT), OrderState.PROCESSING)
    elif session.status == "expired":
        _page_closed(order.pk, session.id, when_closed)


def close(*, order_id: UUID, to: OrderState, now: datetime) -> None:
    """End an unpaid order: every page that was made for it is closed first, and only then is its seat free.

    A page that turns out to be paid makes it a ticket instead.
    """
    for session_id in _open_pages(order_id):
        stripe_gateway.expire_session(session_id=session_id)
        _agree(stripe_gateway.read_session(session_id=session_id), to, now)
    if not _open_pages(order_id):
        with transaction.atomic():
            _free(order_id, to)


def adopt_lost_pages(*, order: Order) -> None:
    """Find the pages whose making was not answered: by the order that they name."""
    lost = CheckoutAttempt.objects.filter(order=order, session_id=None, state=AttemptState.OPEN)
    attempts = list(lost.order_by("n"))
    if not attempts:
        return
    made = [
        session
        for session in stripe_gateway.sessions_since(since=order.created_at)
        if session.order_id == str(order.pk) and not _page(session.id).exists()
    ]
    for session in reversed(made):
        if attempts:
            attempt = attempts.pop(0)
            lost.filter(pk=attempt.pk).update(session_id=session.id, url=session.url)
    lost.update(state=AttemptState.EXPIRED)


def _order_of(session: stripe_gateway.Session) -> Order | None:
    by_page = Order.objects.filter(attempts__session_id=session.id).first()
    if by_page is not None:
        return by_page
    # The answer that named the page was lost.
    try:
        order = Order.objects.filter(pk=UUID(session.order_id)).first()
    except ValueError:
        return None
    if order is not None:
        adopt_lost_pages(order=order)
    return order


def _check_amount(order: Order, session: stripe_gateway.Session) -> None:
    paid = [session.total, *([session.charge.amount] if session.charge else [])]
    if any(money != order.money for money in paid):
        log.error("wrong_amount", order=str(order.pk), session=session.id)
        raise WrongAmount(f"{session.id} does not cost what order {order.pk} does")


def _page_closed(order_id: UUID, session_id: str, to: OrderState) -> None:
    with transaction.atomic():
        _page(session_id).update(state=AttemptState.EXPIRED)
        if not CheckoutAttempt.objects.filter(order_id=order_id, state=AttemptState.OPEN).exists():
            _free(order_id, to)


def _free(order_id: UUID, to: OrderState) -> None:
    """The seat of an unpaid order is free again, once."""
    from_ = (OrderState.HELD, OrderState.CHECKOUT) if to == OrderState.CANCELLED else HOLDING
    if Order.objects.move(order_id, from_, to):
        TicketSale.objects.give_up_held(Order.objects.values_list("sale_id", flat=True).get(pk=order_id))


def _open_pages(order_id: UUID) -> list[str]:
    opened = CheckoutAttempt.objects.filter(order_id=order_id, state=AttemptState.OPEN).exclude(session_id=None)
    return [str(one) for one in opened.order_by("n").values_list("session_id", flat=True)]


def _page(session_id: str) -> Any:
    return CheckoutAttempt.objects.filter(session_id=session_id)
