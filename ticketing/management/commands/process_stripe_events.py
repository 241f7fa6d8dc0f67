"""One go over events whose task was lost."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ticketing.services import inbox


class Command(BaseCommand):
    """Runs once and says what it did."""

    help = "Works on events of the payment service that wait."

    def handle(self, *args: Any, **options: Any) -> None:
        """One go."""
        self.stdout.write(f"events_processed={inbox.apply_waiting(now=timezone.now())}")
