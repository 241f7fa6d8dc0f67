"""Tickets from both sides in a real browser: the fee card, the sale, the payment page, the ticket, the refund."""

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from rooms.models import Room
from tests.browser.town import Town, make_people, plan
from tests.fakes.stripe_double import FaultyDouble, faulty_double
from tests.ticketing.cast import proved
from ticketing.models import Order, SellerGrant
from ticketing.services import sweeping

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stripe(settings: Any) -> Iterator[FaultyDouble]:
    """The double, which the pages may lead to."""
    with faulty_double(timezone.now().timestamp()) as server:
        settings.STRIPE_SECRET_KEY = "sk_test_double"
        settings.STRIPE_API_BASE = server.double.address
        policy = deepcopy(settings.CONTENT_SECURITY_POLICY)
        policy["DIRECTIVES"]["form-action"] = ["'self'", server.double.address]
        settings.CONTENT_SECURITY_POLICY = policy
        yield server


@pytest.fixture
def town() -> Town:
    """A host who may sell, with a room to come."""
    people = make_people()
    SellerGrant.objects.create(person=proved(people["karim"]), note="Pilot", granted_at=timezone.now())
    room = plan(people["karim"], "Lunch with an archivist", timezone.now() + timedelta(days=3))
    return Town(people, [room])


def publish(page: Any) -> None:
    """Nine euros, two tickets; the card first."""
    page.get_by_label("Price of one ticket").fill("9.00")
    page.get_by_label("Number of tickets").fill("2")
    page.get_by_role("button", name="Show the fees").click()
    card = page.get_by_role("region", name="What becomes of one ticket")
    expect(card).to_contain_text("€8.34")
    page.get_by_role("button", name="Put on sale").click()
    expect(page.get_by_text("0 / 2")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_host_sells_and_a_buyer_pays_and_is_refunded_when_it_is_cancelled(
    open_page: Any, town: Town, stripe: FaultyDouble, script: bool
) -> None:
    room: Room = town.rooms[0]
    host = open_page(f"/rooms/{room.pk}/sale/", person=town.people["karim"], script=script)
    publish(host)
    allowed = (f"asked another host: {stripe.double.address}", "favicon")
    buyer = open_page(f"/rooms/{room.pk}/", person=town.people["maya"], script=script, allow=allowed)
    buyer.get_by_role("link", name="Get a ticket").click()
    buyer.get_by_role("button", name="Pay €9.00").click()
    # Nobody takes this page for a real one.
    expect(buyer).to_have_title("Test checkout – no real money")
    buyer.get_by_role("button", name="Go back without paying").click()
    expect(buyer.get_by_text(re.compile("Seat held for"))).to_be_visible()
    if script:
        expect(buyer.get_by_role("timer").locator("b")).to_have_text(re.compile(r"^30:\d\d$"))
    order = Order.objects.get()
    buyer.goto(order.attempts.get().url)
    buyer.get_by_role("button", name="Pretend to pay").click()
    expect(buyer.get_by_role("heading", name="You have a ticket")).to_be_visible()
    expect(buyer.get_by_text("Paid: €9.00")).to_be_visible()
    host.reload()
    expect(host.get_by_text("1 / 2")).to_be_visible()
    host.get_by_role("button", name="Cancel this room").click()
    expect(host.get_by_role("heading", name="Lunch with an archivist")).to_be_visible()
    sweeping.sweep(now=timezone.now())
    buyer.reload()
    expect(buyer.get_by_text("€9.00 were refunded.")).to_be_visible()
