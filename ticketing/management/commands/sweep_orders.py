"""One go of what beat does every 20 seconds."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ticketing.services import sweeping


class Command(BaseCommand):
    """Runs once and says what it did."""

    help = "Ends holds that are over, follows rooms that moved or did not take place, gives back what is due."

    def handle(self, *args: Any, **options: Any) -> None:
        """One go."""
        done = asdict(sweeping.sweep(now=timezone.now()))
        self.stdout.write(" ".join(f"{name}={number}" for name, number in done.items()))
