"""Fixtures of ticketing's tests: the processor's double, and a shop."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.fakes.stripe_double import FaultyDouble, faulty_double
from tests.ticketing.cast import Shop, open_shop
from ticketing.demo.server import signature

SECRET = "whsec_test"


@pytest.fixture
def stripe(settings: Any) -> Iterator[FaultyDouble]:
    """The double on a port of its own; the real library talks to it."""
    with faulty_double(timezone.now().timestamp()) as server:
        settings.STRIPE_SECRET_KEY = "sk_test_double"
        settings.STRIPE_API_BASE = server.double.address
        settings.STRIPE_WEBHOOK_SECRET = ["whsec_old", SECRET]
        yield server


@pytest.fixture
def shop(db: None, stripe: FaultyDouble) -> Shop:
    """Three tickets of 9 € on sale."""
    return open_shop()


@pytest.fixture
def post_event(client: Client) -> Callable[..., Any]:
    """Send one event to the webhook, signed as the processor signs."""

    def send(event: dict[str, Any], *, at: float | None = None, secret: str = SECRET) -> Any:
        body = json.dumps(event).encode()
        stamp = at if at is not None else timezone.now().timestamp()
        headers = {"Stripe-Signature": signature(body, secret, stamp)}
        return client.post("/webhooks/stripe/", body, content_type="application/json", headers=headers)

    return send
