"""Fill an empty site with the demo's people and rooms; safe to run again."""

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from media_worker.demo import cast
from media_worker.demo.seed import check_may_seed, seed


class Command(BaseCommand):
    """`manage.py seed_demo`; with `--migrate` the tables are made first, in the same process."""

    help = "Fill an empty site with demo people, follows and rooms. Refuses in production."
    # They load every page and API view, for which a newcomer would wait.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--migrate", action="store_true", help="bring the tables up to date first")

    def handle(self, *args: object, **options: object) -> None:
        check_may_seed()
        if options["migrate"]:
            call_command("migrate", verbosity=0)
            self.stdout.write("Tables are up to date")
            self.stdout.flush()
        rooms = seed(now=timezone.now())
        # By name: neither of the two apps knows the other.
        call_command("seed_demo_reports")
        self.stdout.write(f"{len(cast.PEOPLE)} people, {len(rooms)} live rooms, {len(cast.PLANS)} scheduled")
