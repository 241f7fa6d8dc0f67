"""The demo's speaking bots: real clients of the public API, one process for all of them."""

import asyncio
import os
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from media_worker.demo.bots import run


class Command(BaseCommand):
    """`manage.py run_bots --site http://127.0.0.1:8000`"""

    # They load every page and API view, for which a newcomer would wait.
    requires_system_checks = ()
    help = "Let the demo's people speak in their rooms, through the same door as everybody."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", default=f"http://127.0.0.1:{settings.PORT}", help="address of the web server")

    def handle(self, *args: object, **options: str) -> None:
        asyncio.run(run(options["site"], on_stage=self._say))

    def _say(self, title: str) -> None:
        started = os.environ.get("SPACES_STARTED")
        since = f" ({time.time() - float(started):.0f} s)" if started else ""
        self.stdout.write(f"two people are talking: {title}{since}")
        self.stdout.flush()
