"""The shop in any order: people press, pay and give back, answers and webhooks get lost, time passes, hosts cancel.

After each step seats, orders, passes and books agree; in the end every payment is a ticket or back with its buyer.
`SHOP_RUNS` walks (20 in every run), each of up to 25 steps.
"""

import json
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from rooms.models import RoomPass
from rooms.services import lifecycle
from spaces_site.errors import DomainError
from tests.fakes.stripe_double import FaultyDouble
from tests.rooms.cast import person
from tests.ticketing.cast import Shop, open_shop
from ticketing import stripe_gateway
from ticketing.demo.server import signature
from ticketing.models import Account, Order, SaleState, WebhookEvent
from ticketing.services import checkout, inbox, ledger, orders, refunds, sweeping

pytestmark = pytest.mark.django_db
RUNS = int(os.environ.get("SHOP_RUNS", "20"))
SECRET = "whsec_test"
PEOPLE = st.integers(0, 1)
AWAY = (DomainError, stripe_gateway.Refused)


def machine(stripe: FaultyDouble, seen: Counter[str]) -> type[RuleBasedStateMachine]:
    """The walk through a shop at this double."""

    class Walk(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.begin = transaction.savepoint()
            double = stripe.double
            for memory in (double.sessions, double.intents, double.charges, double.refunds, double.transactions):
                memory.clear()
            stripe.events.clear()
            stripe.before.clear()
            self.shop: Shop = open_shop(capacity=1)
            stripe.now = self.shop.now.timestamp()
            self.fans = [person(f"fan_{number}") for number in range(2)]

        @property
        def now(self) -> datetime:
            return datetime.fromtimestamp(stripe.now, UTC)

        def open_pages(self, who: int) -> list[str]:
            attempts = Order.objects.filter(buyer=self.fans[who]).values_list("attempts__session_id", flat=True)
            return [one for one in attempts if one and stripe.double.sessions[one]["status"] == "open"]

        @rule(who=PEOPLE)
        def press(self, who: int) -> None:
            self.attempt(self.shop.buy, self.fans[who], now=self.now)

        @rule(who=PEOPLE)
        def pay(self, who: int) -> None:
            for page in self.open_pages(who)[:1]:
                stripe.double.pay(page)

        @rule(who=PEOPLE)
        def press_and_pay(self, who: int) -> None:
            self.press(who)
            self.pay(who)

        @rule(who=PEOPLE)
        def press_pay_and_come_back(self, who: int) -> None:
            self.press_and_pay(who)
            self.come_back(who)

        @rule(who=PEOPLE)
        def come_back(self, who: int) -> None:
            for order in Order.objects.filter(buyer=self.fans[who]):
                self.attempt(orders.look_again, person=self.fans[who], order_id=order.pk, now=self.now)

        @rule(who=PEOPLE)
        def give_up(self, who: int) -> None:
            for order in Order.objects.filter(buyer=self.fans[who]):
                self.attempt(checkout.give_up, actor=self.fans[who], order_id=order.pk, now=self.now)

        @rule(who=PEOPLE)
        def give_back(self, who: int) -> None:
            for order in Order.objects.paid().filter(buyer=self.fans[who]):
                self.attempt(refunds.return_ticket, actor=self.fans[who], order_id=order.pk, now=self.now)

        @rule(seed=st.integers(0, 99))
        def webhooks(self, seed: int) -> None:
            stripe.deliver(self.receive, seed=seed)
            for event in WebhookEvent.objects.filter(processed_at=None):
                inbox.apply_event(event_id=event.pk, now=self.now)

        @rule(path=st.sampled_from(["/checkout/sessions", "/refunds", "/expire"]), done=st.booleans())
        def break_down(self, path: str, done: bool) -> None:
            (stripe.lose_answer if done else stripe.refuse)(path, times=3)

        @rule(minutes=st.sampled_from([1, 10, 35]))
        def wait(self, minutes: int) -> None:
            stripe.now += minutes * 60
            sweeping.sweep(now=self.now)

        @rule(who=PEOPLE)
        def a_slow_bank_pays_a_closed_page(self, who: int) -> None:
            for order in Order.objects.filter(buyer=self.fans[who], state__in=("EXPIRED", "CANCELLED")):
                page = stripe.double.sessions[str(order.attempts.latest("n").session_id)]
                if page["status"] == "expired":
                    page |= {"status": "open", "expires_at": stripe.now + 60}
                    stripe.double.pay(page["id"])

        @precondition(lambda self: stripe.double.sessions)
        @rule(chance=st.sampled_from([False] * 5 + [True]))
        def cancel(self, chance: bool) -> None:
            if chance:
                lifecycle.cancel_room(actor=self.shop.host, room_id=self.shop.room.pk, now=self.now)
                sweeping.follow_room(room_id=self.shop.room.pk, now=self.now)

        def attempt(self, act: Any, *told: Any, **named: Any) -> None:
            """What a rule refuses, or the processor, changes nothing that does not hold."""
            try:
                act(*told, **named)
            except AWAY:
                return

        def receive(self, event: dict[str, Any]) -> None:
            body = json.dumps(event).encode()
            inbox.receive(body=body, signature=signature(body, SECRET, stripe.now), now=self.now)

        @invariant()
        def seats_orders_and_passes_agree(self) -> None:
            sale, own = self.shop.sale, Order.objects.filter(sale__room=self.shop.room)
            assert (sale.held, sale.sold) == (own.holding().count(), own.paid().count())
            assert sale.held + sale.sold <= sale.capacity
            holders = set(RoomPass.objects.standing().values_list("person_id", flat=True))
            assert holders == set(own.paid().values_list("buyer_id", flat=True))
            assert sale.state != SaleState.CANCELLED or not own.paid().exists()

        @invariant()
        def books_balance(self) -> None:
            assert sum(ledger.balance(account=one, currency="eur").amount for one in Account) == 0

        def teardown(self) -> None:
            try:
                self.recover()
            finally:
                transaction.savepoint_rollback(self.begin)

        def recover(self) -> None:
            """Everything works again, and time goes on: what was owed is done."""
            seen["payments"] += len(stripe.double.charges)
            seen["refunds"] += len(stripe.double.refunds)
            stripe.before.clear()
            for _ in range(4):
                stripe.now += timedelta(hours=2).total_seconds()
                stripe.deliver(self.receive)
                inbox.apply_waiting(now=self.now)
                sweeping.sweep(now=self.now)
            self.seats_orders_and_passes_agree()
            for charge in stripe.double.charges.values():
                kept = Order.objects.paid().filter(charge=charge["id"]).count()
                assert kept + charge["refunded"] == 1, charge
            assert not Order.objects.holding().exists()
            balance = ledger.balance(account=Account.STRIPE_BALANCE, currency="eur").amount
            assert balance == stripe.balance("eur")

    return Walk


@pytest.mark.timeout(300)
def test_f12_whatever_is_lost_every_payment_is_a_ticket_or_goes_back(stripe: FaultyDouble) -> None:
    steps = settings(
        max_examples=RUNS,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    seen: Counter[str] = Counter()
    run_state_machine_as_test(machine(stripe, seen), settings=steps)
    # Deep enough: people paid, and were given back.
    assert seen["payments"] > RUNS / 2, seen
    assert seen["refunds"] > RUNS / 8, seen
