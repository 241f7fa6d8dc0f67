"""Chores of this app."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts.services import deliveries, guests, suspension


@shared_task(name="accounts.tasks.forget_guests")
def forget_guests(**_: Any) -> None:
    """Hourly: delete guests of yesterday who are in no room. Running it twice changes nothing more."""
    guests.forget_guests(now=timezone.now())


@shared_task(name="accounts.tasks.end_suspensions")
def end_suspensions(**_: Any) -> None:
    """Every ten seconds: accounts whose suspension is over. Running it twice changes nothing more."""
    suspension.end_suspensions(now=timezone.now())


@shared_task(name="accounts.tasks.send_deliveries")
def send_deliveries(**_: Any) -> None:
    """Every two seconds: mails and pushes that are due. Run twice, or at one time, each goes out once."""
    deliveries.work(clock=timezone.now)
