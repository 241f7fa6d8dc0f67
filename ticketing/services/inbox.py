"""Events of the processor: stored first, worked on afterwards, each once."""

from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from django.db import transaction

from spaces_site.enqueue import enqueue_on_commit
from ticketing import stripe_gateway
from ticketing.models import WebhookEvent
from ticketing.services import orders, refunds

log = structlog.get_logger(__name__)

#: A task that took an event and says nothing for so long was lost.
PATIENCE = timedelta(seconds=30)
MOST_ATTEMPTS = 50
BATCH = 200


class Received(StrEnum):
    """What became of a message."""

    STORED = "stored"
    KNOWN = "known"
    #: Of the other mode, test or live: not about our money.
    IGNORED = "ignored"
    FORGED = "forged"


def receive(*, body: bytes, signature: str, now: datetime) -> Received:
    """Store one webhook, once."""
    try:
        event = stripe_gateway.read_event(body=body, signature=signature, now=now)
    except stripe_gateway.BadSignature:
        return Received.FORGED
    if event.live != stripe_gateway.is_live():
        return Received.IGNORED
    with transaction.atomic():
        told = {"type": event.type, "subject": event.subject, "payload": event.payload, "received_at": now}
        _row, is_new = WebhookEvent.objects.get_or_create(stripe_id=event.id, defaults=told)
        if is_new:
            enqueue_on_commit("ticketing.tasks.apply_event", event_id=event.id)
    return Received.STORED if is_new else Received.KNOWN


def apply_event(*, event_id: str, now: datetime) -> bool:
    """Work on one event: it is a doorbell, and what it is about is read again. False when it must be tried again."""
    event = WebhookEvent.objects.filter(pk=event_id, processed_at=None).first()
    if event is None:
        return True
    try:
        _answer(event, now)
    except (*stripe_gateway.FAILURES, orders.WrongAmount) as error:
        unknown = isinstance(error, stripe_gateway.Refused) and error.code == "resource_missing"
        log.warning("event_not_applied", event_id=event_id, error=str(error))
        WebhookEvent.objects.filter(pk=event_id).update(
            attempts=event.attempts + 1,
            error=str(error.__cause__ or error)[:300],
            # Not of ours: nothing will come of asking again.
            processed_at=now if unknown else None,
        )
        return unknown
    WebhookEvent.objects.filter(pk=event_id).update(processed_at=now, attempts=event.attempts + 1, error="")
    return True


def apply_waiting(*, now: datetime) -> int:
    """Events whose task was lost or failed; how many were worked on."""
    waiting = WebhookEvent.objects.filter(
        processed_at=None, received_at__lt=now - PATIENCE, attempts__lt=MOST_ATTEMPTS
    ).order_by("received_at")
    return sum(apply_event(event_id=pk, now=now) for pk in waiting.values_list("pk", flat=True)[:BATCH])


def _answer(event: WebhookEvent, now: datetime) -> None:
    if event.type.startswith("checkout.session."):
        orders.sync_session(session_id=event.subject, now=now)
    elif event.type.startswith("refund."):
        refunds.sync_refund(refund_id=event.subject, now=now)


def apply_again(*, event_id: str, now: datetime) -> bool:
    """Staff have one event worked on once more; what is done already stays as it is."""
    WebhookEvent.objects.filter(pk=event_id).update(processed_at=None)
    return apply_event(event_id=event_id, now=now)
