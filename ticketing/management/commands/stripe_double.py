"""The demo's payment service: a double of the processor, at which nothing is paid."""

import threading
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from ticketing.demo.double import Double, Record
from ticketing.demo.server import DoubleServer, deliver

#: A webhook that was not taken is sent again, so often and after so many seconds.
TRIES, PAUSE = 5, 2.0


class Command(BaseCommand):
    """Serves until it is stopped."""

    help = "Stands in for Stripe in the demo: a test checkout without real money."

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses to stand in where real money could be meant."""
        if settings.SPACES_ENV != "demo":
            raise CommandError("The double of Stripe is for the demo alone (SPACES_ENV=demo).")
        if not settings.STRIPE_SECRET_KEY.startswith("sk_test_"):
            raise CommandError("The double of Stripe takes keys that begin with sk_test_ alone.")
        call_command("seed_tickets")
        double = Double(on_event=_send_later)
        server = DoubleServer(double, settings.STRIPE_DOUBLE_PORT)
        self.stdout.write(f"Test checkout without real money at {double.address}")
        server.serve_forever()


def _send_later(event: Record) -> None:
    threading.Thread(target=_send, args=(event,), daemon=True).start()


def _send(event: Record) -> None:
    url = f"http://127.0.0.1:{settings.PORT}/webhooks/stripe/"
    secret = settings.STRIPE_WEBHOOK_SECRET[0]
    for _ in range(TRIES):
        if deliver(event, url=url, secret=secret, at=time.time()) == 200:
            return
        time.sleep(PAUSE)
