"""The processor, as this app knows it: the only module that imports `stripe`.

It asks and tells; it decides nothing. What comes back are plain dataclasses, what goes wrong are two errors.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

import stripe
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from spaces_site.errors import DomainError, Kind
from ticketing.money import Money

#: Connecting and answering, in seconds; the library's own would hold a request for minutes.
TIMEOUT = (3.0, 10.0)
#: How far a webhook's time may lie from ours, either way. The library looks at one side alone.
TOLERANCE = timedelta(seconds=300)
#: Languages of the payment page that we have.
_LOCALES = ("en", "fr")

Answer = TypeVar("Answer")


class PaymentsOff(DomainError):
    """No key of the processor is set."""

    kind = Kind.UNAVAILABLE
    code = "payments_off"
    text = _("Tickets cannot be paid for here at the moment.")


class PaymentsAway(DomainError):
    """The processor did not answer, or not as it must."""

    kind = Kind.UNAVAILABLE
    code = "payments_away"
    text = _("The payment service does not answer just now. Nothing was charged. Try again in a moment.")


class Refused(Exception):
    """The processor said no for good; `code` is its own word for it."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


#: Whatever a call may end with instead of an answer.
FAILURES = (PaymentsOff, PaymentsAway, Refused)


class BadSignature(Exception):
    """A webhook that was not signed with one of our secrets, or not now."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that came in. `fee` is None until the processor has booked it."""

    id: str
    payment_intent: str
    amount: Money
    fee: Money | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A payment page. `status`: open, complete, expired; `paid`: money is there."""

    id: str
    order_id: str
    url: str
    status: str
    paid: bool
    total: Money
    expires_at: datetime
    charge: Charge | None


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that goes back. `status`: succeeded, pending, requires_action, failed, canceled."""

    id: str
    charge: str
    amount: Money
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook: what happened to which object."""

    id: str
    type: str
    subject: str
    live: bool
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a payment page is made for."""

    order_id: str
    sale_id: str
    price: Money
    title: str
    email: str
    language: str
    expires_at: datetime
    success_url: str
    cancel_url: str
    #: Only methods that say at once whether there is money.
    instant_only: bool


def is_on() -> bool:
    """Whether anything can be paid for here."""
    return bool(settings.STRIPE_SECRET_KEY)


def create_session(*, purchase: Purchase, key: str) -> Session:
    """Make the payment page; the same key gives the same page. Raises `PaymentsAway`, `Refused`."""
    told = _ask(lambda client: client.v1.checkout.sessions.create(_session(purchase), {"idempotency_key": key}))
    return _read_session(told)


def read_session(*, session_id: str) -> Session:
    """The page as it is now, with its charge. Raises `PaymentsAway`, `Refused`."""
    expand: Any = {"expand": ["payment_intent.latest_charge.balance_transaction"]}
    return _read_session(_ask(lambda client: client.v1.checkout.sessions.retrieve(session_id, expand)))


def expire_session(*, session_id: str) -> bool:
    """Close the page: nobody can pay there any more. False when it was closed or paid before."""
    try:
        _ask(lambda client: client.v1.checkout.sessions.expire(session_id))
    except Refused:
        # Whatever it is instead of open, reading it again tells.
        return False
    return True


def sessions_since(*, since: datetime) -> Iterator[Session]:
    """All pages made since a moment, for what was made while the answer got lost."""
    params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
    told = _ask(lambda client: list(client.v1.checkout.sessions.list(params).auto_paging_iter()))
    return (_read_session(one) for one in told)


def create_refund(*, payment_intent: str, order_id: str, key: str) -> Refund:
    """Give all of a payment back; the same key does it once. Raises `PaymentsAway`, `Refused`."""
    params: Any = {
        "payment_intent": payment_intent,
        "reason": "requested_by_customer",
        "metadata": {"order": order_id},
    }
    return _read_refund(_ask(lambda client: client.v1.refunds.create(params, {"idempotency_key": key})))


def refunds_of(*, payment_intent: str) -> list[Refund]:
    """What was given back of a payment, newest first."""
    params: Any = {"payment_intent": payment_intent, "limit": 100}
    told = _ask(lambda client: client.v1.refunds.list(params))
    return [_read_refund(one) for one in told.data]


def read_refund(*, refund_id: str) -> Refund:
    """A refund as it is now."""
    return _read_refund(_ask(lambda client: client.v1.refunds.retrieve(refund_id)))


def read_event(*, body: bytes, signature: str, now: datetime) -> Event:
    """A webhook's event, whose signature over the raw body fits one of our secrets. Raises `BadSignature`."""
    for secret in settings.STRIPE_WEBHOOK_SECRET:
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, tolerance=None)
            told = stripe.Webhook.construct_event_without_verification(body).to_dict()
        except (stripe.SignatureVerificationError, ValueError, UnicodeDecodeError, AttributeError, KeyError, TypeError):
            continue
        _check_time(signature, now)
        subject = told.get("data", {}).get("object", {})
        return Event(
            id=str(told["id"]),
            type=str(told["type"]),
            subject=str(subject.get("id", "")),
            live=bool(told.get("livemode")),
            payload=told,
        )
    raise BadSignature


def is_live() -> bool:
    """Whether the key moves real money."""
    return "_live_" in settings.STRIPE_SECRET_KEY


def _check_time(signature: str, now: datetime) -> None:
    stamps = [part.partition("=")[2] for part in signature.split(",") if part.startswith("t=")]
    if len(stamps) != 1 or not stamps[0].isdigit() or len(stamps[0]) > 12:
        raise BadSignature
    if abs(now.timestamp() - int(stamps[0])) > TOLERANCE.total_seconds():
        raise BadSignature


def _session(purchase: Purchase) -> Any:
    product = {"name": purchase.title}
    price = {"currency": purchase.price.currency, "unit_amount": purchase.price.amount, "product_data": product}
    metadata = {"order": purchase.order_id, "sale": purchase.sale_id}
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": purchase.order_id,
        # Twice: there is no payment before the buyer begins to pay.
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "transfer_group": f"sale_{purchase.sale_id}"},
        "expires_at": int(purchase.expires_at.timestamp()),
        "success_url": purchase.success_url,
        "cancel_url": purchase.cancel_url,
        "locale": purchase.language if purchase.language in _LOCALES else "auto",
        # A price in another currency would not be what the order says.
        "adaptive_pricing": {"enabled": False},
    }
    if purchase.email:
        params["customer_email"] = purchase.email
    if purchase.instant_only:
        params["allowed_payment_method_types"] = ["card"]
    return params


def _ask(call: Callable[[stripe.StripeClient], Answer]) -> Answer:
    if not is_on():
        raise PaymentsOff
    try:
        return call(_client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, os.getpid()))
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise Refused(error.code or "", str(error.user_message or error)) from error
    except stripe.StripeError as error:
        # Away, too many requests, a wrong key: nothing that asking otherwise would help.
        raise PaymentsAway(retry_after=5) from error


@lru_cache(maxsize=4)
def _client(key: str, base: str, pid: int) -> stripe.StripeClient:
    """One client for each process: its connections must not be shared across a fork."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else None,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
        max_network_retries=2,
    )


def _read_session(told: Any) -> Session:
    intent = getattr(told, "payment_intent", None)
    latest = getattr(intent, "latest_charge", None) if not isinstance(intent, str) else None
    charge = _read_charge(latest, told.payment_intent.id) if latest and not isinstance(latest, str) else None
    metadata = told.metadata.to_dict() if told.metadata is not None else {}
    return Session(
        id=told.id,
        order_id=str(metadata.get("order") or told.client_reference_id or ""),
        url=told.url or "",
        status=told.status or "",
        paid=told.payment_status in ("paid", "no_payment_required"),
        total=Money(told.amount_total or 0, told.currency or "eur"),
        expires_at=datetime.fromtimestamp(told.expires_at, UTC),
        charge=charge,
    )


def _read_charge(told: Any, payment_intent: str) -> Charge:
    booked = told.balance_transaction
    fee = Money(booked.fee, booked.currency) if booked is not None and not isinstance(booked, str) else None
    return Charge(
        id=told.id,
        payment_intent=payment_intent,
        amount=Money(told.amount, told.currency),
        fee=fee,
        created_at=datetime.fromtimestamp(told.created, UTC),
    )


def _read_refund(told: Any) -> Refund:
    charge = told.charge if isinstance(told.charge, str) or told.charge is None else told.charge.id
    return Refund(
        id=told.id,
        charge=charge or "",
        amount=Money(told.amount, told.currency),
        status=told.status or "",
        created_at=datetime.fromtimestamp(told.created, UTC),
    )
