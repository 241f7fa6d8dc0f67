"""`manage.py recount_followers`: sets every follower count that differs from the follows themselves."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.services import follows


class Command(BaseCommand):
    """Needed only after rows were changed by hand: the services keep the counts right."""

    help = "Correct follower counts that differ from the follows themselves."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{follows.recount()} people corrected")
