"""Tasks of ticketing: each runs one service, and twice is once."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from ticketing.services import inbox, letters, refunds, sweeping


@shared_task(name="ticketing.tasks.apply_event")
def apply_event(*, event_id: str, **kwargs: Any) -> None:
    """Work on one webhook."""
    inbox.apply_event(event_id=event_id, now=timezone.now())


@shared_task(name="ticketing.tasks.process_events")
def process_events(**kwargs: Any) -> None:
    """Work on webhooks whose task was lost."""
    inbox.apply_waiting(now=timezone.now())


@shared_task(name="ticketing.tasks.run_command")
def run_command(*, command_id: int, **kwargs: Any) -> None:
    """Tell the processor one thing."""
    refunds.run_command(command_id=command_id, now=timezone.now())


@shared_task(name="ticketing.tasks.sweep_orders")
def sweep_orders(**kwargs: Any) -> None:
    """End holds, follow rooms, run what is due."""
    sweeping.sweep(now=timezone.now())


@shared_task(name="ticketing.tasks.follow_room")
def follow_room(*, room_id: str, **kwargs: Any) -> None:
    """A room was called off or is over."""
    sweeping.follow_room(room_id=room_id, now=timezone.now())


@shared_task(name="ticketing.tasks.mail_ticket")
def mail_ticket(*, order_id: str, **kwargs: Any) -> None:
    """Send a ticket."""
    letters.mail_ticket(order_id=order_id, now=timezone.now())


@shared_task(name="ticketing.tasks.mail_refund")
def mail_refund(*, order_id: str, **kwargs: Any) -> None:
    """Tell of a refund."""
    letters.mail_refund(order_id=order_id)


@shared_task(name="ticketing.tasks.mail_moved")
def mail_moved(*, order_id: str, **kwargs: Any) -> None:
    """Tell of a room that was moved."""
    letters.mail_moved(order_id=order_id)


@shared_task(name="ticketing.tasks.mail_decision")
def mail_decision(*, application_id: str, **kwargs: Any) -> None:
    """Answer an application."""
    letters.mail_decision(application_id=application_id)
