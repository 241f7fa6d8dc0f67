"""Fill an empty site with the demo's people and rooms; safe to run again."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from media_worker.demo import cast
from media_worker.demo.seed import seed


class Command(BaseCommand):
    """`manage.py seed_demo`"""

    help = "Fill an empty site with demo people, follows and rooms. Refuses in production."

    def handle(self, *args: object, **options: object) -> None:
        rooms = seed(now=timezone.now())
        self.stdout.write(f"{len(cast.PEOPLE)} people, {len(rooms)} live rooms, {len(cast.PLANS)} scheduled")
