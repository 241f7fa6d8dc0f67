"""Buying: a seat, a payment page, a ticket; once, whatever is lost on the way."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail

from accounts.services import blocks
from rooms import refusals
from rooms.models import RoomPass
from rooms.services import lifecycle
from tests.fakes.stripe_double import FaultyDouble
from tests.patience import busy
from tests.rooms.cast import come_in, guest, person
from tests.rooms.test_concurrency import at_once
from tests.ticketing.cast import ORIGIN, Shop, open_shop, proved, session_of
from ticketing import stripe_gateway
from ticketing.models import Account, CheckoutAttempt, JournalTxn, Order, TicketSale
from ticketing.money import Money
from ticketing.services import checkout, ledger, letters, orders, sales, sweeping

pytestmark = pytest.mark.django_db


def pay(shop: Shop, stripe: FaultyDouble, who: Any) -> Order:
    """Press, pay, and come back."""
    shop.buy(who)
    order = shop.order_of(who)
    assert stripe.double.pay(session_of(order))
    return orders.look_again(person=who, order_id=order.pk, now=shop.now)


def counts(shop: Shop) -> tuple[int, int]:
    return shop.sale.held, shop.sale.sold


def test_a_buyer_presses_pays_and_comes_in(shop: Shop, stripe: FaultyDouble) -> None:
    fan = proved(person("fan"))
    started = shop.buy(fan)
    assert started.url.startswith(f"{stripe.double.address}/pay/cs_test")
    assert (shop.order_of(fan).state, counts(shop)) == ("CHECKOUT", (1, 0))
    order = pay(shop, stripe, fan)
    assert (order.state, counts(shop)) == ("PAID", (0, 1))
    assert RoomPass.objects.standing().get().person == fan
    opening = shop.at(hours=72)
    lifecycle.start_room(actor=shop.host, room_id=shop.room.pk, now=opening)
    assert come_in(fan, shop.room, now=opening).left_at is None


def test_what_is_asked_for_is_what_the_order_says(shop: Shop, stripe: FaultyDouble) -> None:
    fan = proved(person("fan", language="fr"))
    shop.buy(fan)
    order = shop.order_of(fan)
    page = stripe.double.sessions[session_of(order)]
    assert (page["amount_total"], page["currency"], page["locale"]) == (900, "eur", "fr")
    assert (page["client_reference_id"], page["metadata"]["order"]) == (str(order.pk), str(order.pk))
    assert page["_intent"]["metadata"]["order"] == str(order.pk)
    assert page["_intent"]["transfer_group"] == f"sale_{shop.sale.pk}"
    assert page["success_url"] == f"{ORIGIN}/tickets/{order.pk}/paid/?session={{CHECKOUT_SESSION_ID}}"
    assert (page["customer_email"], stripe.posts("sessions")) == ("fan@example.org", [f"order-{order.pk}-session-1"])


def test_pressed_again_it_is_the_same_page(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    assert shop.buy(fan) == shop.buy(fan, now=shop.at(minutes=5))
    assert (Order.objects.count(), len(stripe.double.sessions), counts(shop)) == (1, 1, (1, 0))


def test_one_ticket_for_each_person(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    pay(shop, stripe, fan)
    with pytest.raises(checkout.HasTicket):
        shop.buy(fan)


def test_the_last_seat_is_sold_once_and_comes_free_again(shop: Shop, stripe: FaultyDouble) -> None:
    fans = [person(f"fan_{number}") for number in range(4)]
    for fan in fans[:3]:
        shop.buy(fan)
    with pytest.raises(checkout.SoldOut):
        shop.buy(fans[3])
    checkout.give_up(actor=fans[0], order_id=shop.order_of(fans[0]).pk, now=shop.now)
    assert shop.order_of(fans[0]).state == "CANCELLED"
    assert shop.buy(fans[3]).url


def test_who_may_not_hold_a_pass_may_not_buy(shop: Shop) -> None:
    foe = person("foe")
    blocks.block_person(actor=shop.host, person_id=foe.pk, now=shop.now)
    for who, error in (
        (foe, refusals.NoSuchRoom), (AnonymousUser(), refusals.NoGuests), (guest(), refusals.NoGuests),
        (shop.host, checkout.OwnRoom),
    ):  # fmt: skip
        with pytest.raises(error):
            shop.buy(who)
    assert counts(shop) == (0, 0)


def test_nothing_is_bought_when_the_sale_is_closed_or_over(shop: Shop) -> None:
    fan = person("fan")
    with pytest.raises(checkout.NotOnSale):
        shop.buy(fan, now=shop.at(hours=72))
    sales.set_open(actor=shop.host, room_id=shop.room.pk, is_open=False, now=shop.now)
    with pytest.raises(checkout.NotOnSale):
        shop.buy(fan)
    lifecycle.cancel_room(actor=shop.host, room_id=shop.room.pk, now=shop.now)
    with pytest.raises(refusals.RoomCancelled):
        shop.buy(fan)


def test_a_free_ticket_needs_no_processor(db: None, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    shop, fan = open_shop(price=0, capacity=1), person("fan")
    assert shop.buy(fan).url == ""
    assert (shop.order_of(fan).state, counts(shop)) == ("PAID", (0, 1))
    assert RoomPass.objects.standing().get().person == fan
    assert not JournalTxn.objects.exists()
    with pytest.raises(checkout.SoldOut):
        shop.buy(person("other"))


@pytest.mark.parametrize(("hours", "instant"), [(24, True), (24 * 8, False)])
def test_slow_methods_only_while_there_is_time(
    stripe: FaultyDouble, hours: int, instant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    real = stripe_gateway.create_session
    monkeypatch.setattr(stripe_gateway, "create_session", lambda **told: asked.append(told) or real(**told))
    open_shop(hours=hours).buy(person("fan"))
    assert asked[0]["purchase"].instant_only is instant


# --- the return page, without any webhook -----------------------------------------------------------


def test_the_return_page_knows_within_a_second_without_a_webhook(client: Any, shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    client.force_login(fan)
    answer = client.post(f"/rooms/{shop.room.pk}/tickets/")
    assert (answer.status_code, answer["Location"]) == (302, shop.buy(fan).url)
    stripe.double.pay(session_of(shop.order_of(fan)))
    began = time.monotonic()
    page = client.get(f"/tickets/{shop.order_of(fan).pk}/paid/", follow=True)
    assert time.monotonic() - began < busy(1)
    assert "You have a ticket" in page.content.decode()
    assert stripe.events != []


def test_nobody_elses_order_is_shown(client: Any, shop: Shop, stripe: FaultyDouble) -> None:
    order = pay(shop, stripe, person("fan"))
    client.force_login(person("thief"))
    for path in ("", "paid/", "ticket.ics"):
        assert client.get(f"/tickets/{order.pk}/{path}").status_code == 404
    for path in ("give-up/", "give-back/"):
        assert client.post(f"/tickets/{order.pk}/{path}").status_code == 404
    order.refresh_from_db()
    assert order.state == "PAID"


def test_a_processor_that_is_away_leaves_a_page_that_asks_again(client: Any, shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    shop.buy(fan)
    order = shop.order_of(fan)
    stripe.double.pay(session_of(order))
    stripe.refuse(session_of(order), times=9)
    client.force_login(fan)
    page = client.get(f"/tickets/{order.pk}/")
    assert "data-waiting" in page.content.decode()
    stripe.before.clear()
    assert "You have a ticket" in client.get(f"/tickets/{order.pk}/").content.decode()


# --- exactly once ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_told_by_many_at_once_it_is_one_ticket_one_entry_one_mail(stripe: FaultyDouble) -> None:
    shop = open_shop()
    fan = proved(person("fan"))
    shop.buy(fan)
    order = shop.order_of(fan)
    session = session_of(order)
    stripe.double.pay(session)
    told = at_once(*[lambda: orders.sync_session(session_id=session, now=shop.now)] * 8)
    assert told == [None] * 8
    assert (RoomPass.objects.count(), JournalTxn.objects.count(), counts(shop)) == (1, 1, (0, 1))
    assert [letters.mail_ticket(order_id=order.pk, now=shop.now) for _ in range(3)] == [True, False, False]
    assert len(mail.outbox) == 1
    assert order.number in mail.outbox[0].body


def test_the_ledger_has_the_fee_that_the_processor_took(shop: Shop, stripe: FaultyDouble) -> None:
    order = pay(shop, stripe, person("fan"))
    assert order.processor_fee == 39
    assert ledger.balance(account=Account.STRIPE_BALANCE, currency="eur") == Money(stripe.balance("eur"), "eur")
    assert ledger.balance(account=Account.BUYER_FUNDS, currency="eur") == Money(-900, "eur")


def test_another_amount_or_currency_is_no_payment_of_the_order(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    shop.buy(fan)
    order = shop.order_of(fan)
    for field, value in (("amount_total", 100), ("currency", "jpy")):
        session = dict(stripe.double.sessions[session_of(order)])
        stripe.double.sessions[session_of(order)][field] = value
        stripe.double.pay(session_of(order))
        with pytest.raises(orders.WrongAmount):
            orders.sync_session(session_id=session_of(order), now=shop.now)
        stripe.double.sessions[session_of(order)] = session
    assert (shop.order_of(fan).state, RoomPass.objects.count()) == ("CHECKOUT", 0)


def test_two_pages_of_one_order_paid_is_one_ticket_and_one_refund(
    shop: Shop, stripe: FaultyDouble, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr("spaces_site.enqueue._send", lambda name, ids: sent.append(name))
    fan = person("fan")
    shop.buy(fan)
    order = shop.order_of(fan)
    first = session_of(order)
    # A second page, as a fault of ours or of the processor's would make it.
    made = stripe.double.sessions[first]
    stripe.double.sessions["cs_test_second"] = made | {"id": "cs_test_second"}
    CheckoutAttempt.objects.create(order=order, n=2, session_id="cs_test_second", expires_at=shop.at(minutes=31))
    with django_capture_on_commit_callbacks(execute=True):
        for session in (first, "cs_test_second"):
            assert stripe.double.pay(session)
            orders.sync_session(session_id=session, now=shop.now)
    # Nobody is told that their ticket is not valid: it is.
    assert [name for name in sent if "mail" in name] == ["ticketing.tasks.mail_ticket"]
    sweeping.sweep(now=shop.at(seconds=1))
    assert (shop.order_of(fan).state, counts(shop)) == ("PAID", (0, 1))
    assert [one["status"] for one in stripe.double.refunds.values()] == ["succeeded"]
    assert stripe.double.charges[shop.order_of(fan).charge]["refunded"] is False


# --- answers that are lost --------------------------------------------------------------------------


def test_a_lost_answer_is_asked_again_under_the_same_key(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    stripe.lose_answer("/checkout/sessions")
    assert shop.buy(fan).url
    assert len(set(stripe.posts("sessions"))) == 1
    assert (len(stripe.double.sessions), counts(shop)) == (1, (1, 0))


def test_a_press_after_a_dead_one_finds_the_same_page(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    stripe.lose_answer("/checkout/sessions", times=9)
    with pytest.raises(stripe_gateway.PaymentsAway):
        shop.buy(fan)
    stripe.before.clear()
    assert shop.order_of(fan).state == "HELD"
    assert shop.buy(fan, now=shop.at(seconds=20)).url
    assert (len(stripe.double.sessions), counts(shop)) == (1, (1, 0))


def test_a_page_whose_answer_was_lost_is_found_by_its_order_and_paid(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    stripe.lose_answer("/checkout/sessions", times=9)
    with pytest.raises(stripe_gateway.PaymentsAway):
        shop.buy(fan)
    stripe.before.clear()
    (session,) = stripe.double.sessions
    stripe.double.pay(session)
    orders.sync_session(session_id=session, now=shop.now)
    assert (shop.order_of(fan).state, counts(shop)) == ("PAID", (0, 1))


# --- time -------------------------------------------------------------------------------------------


def later(shop: Shop, stripe: FaultyDouble, **ago: float) -> Any:
    """Both clocks go on."""
    stripe.now = shop.at(**ago).timestamp()
    return shop.at(**ago)


def test_a_hold_ends_and_its_seat_is_free_within_90_seconds(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    shop.buy(fan)
    order = shop.order_of(fan)
    assert checkout.seconds_left(order=order, now=shop.now) == 31 * 60
    sweeping.sweep(now=later(shop, stripe, minutes=30))
    assert counts(shop) == (1, 0)
    assert sweeping.sweep(now=later(shop, stripe, minutes=31, seconds=21)).holds_ended == 1
    assert (shop.order_of(fan).state, counts(shop)) == ("EXPIRED", (0, 0))
    # The page of the processor takes no money any more.
    assert stripe.double.pay(session_of(order)) is False


def test_the_page_is_closed_before_the_seat_is_free(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    shop.buy(fan)
    # Our clock is ahead: the page would still take money.
    sweeping.sweep(now=shop.at(minutes=32))
    assert counts(shop) == (0, 0)
    assert stripe.double.pay(session_of(shop.order_of(fan))) is False


def test_a_hold_that_turns_out_to_be_paid_is_a_ticket(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    shop.buy(fan)
    stripe.double.pay(session_of(shop.order_of(fan)))
    sweeping.sweep(now=later(shop, stripe, minutes=40))
    assert (shop.order_of(fan).state, counts(shop)) == ("PAID", (0, 1))


def test_while_the_processor_is_away_no_seat_is_freed(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    shop.buy(fan)
    stripe.refuse("/expire", times=9)
    sweeping.sweep(now=later(shop, stripe, minutes=40) - timedelta(minutes=8))
    stripe.before.clear()
    assert counts(shop) in ((1, 0), (0, 0))
    sweeping.sweep(now=later(shop, stripe, minutes=41))
    assert (shop.order_of(fan).state, counts(shop)) == ("EXPIRED", (0, 0))


def late_payment(shop: Shop, stripe: FaultyDouble, fan: Any) -> str:
    """Money that arrives for an order that has run out: a slow bank."""
    shop.buy(fan)
    order = shop.order_of(fan)
    session = session_of(order)
    sweeping.sweep(now=later(shop, stripe, minutes=40))
    page = stripe.double.sessions[session]
    page |= {"status": "open", "expires_at": stripe.now + 60}
    assert stripe.double.pay(session)
    return session


def test_a_late_payment_with_a_free_seat_is_a_ticket(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    orders.sync_session(session_id=late_payment(shop, stripe, fan), now=shop.at(minutes=41))
    assert (shop.order_of(fan).state, counts(shop)) == ("PAID", (0, 1))
    assert RoomPass.objects.standing().count() == 1


def test_a_late_payment_without_a_seat_goes_back(stripe: FaultyDouble, db: None) -> None:
    shop, fan, other = open_shop(capacity=1), person("fan"), person("other")
    session = late_payment(shop, stripe, fan)
    shop.buy(other, now=shop.at(minutes=41))
    orders.sync_session(session_id=session, now=shop.at(minutes=42))
    assert (shop.order_of(fan).state, shop.order_of(fan).why) == ("REFUND_DUE", "LATE")
    sweeping.sweep(now=shop.at(minutes=43))
    assert (shop.order_of(fan).state, counts(shop)) == ("REFUNDED", (1, 0))
    assert RoomPass.objects.count() == 0


def test_a_new_attempt_only_after_the_old_page_is_closed(shop: Shop, stripe: FaultyDouble) -> None:
    fan = person("fan")
    first = shop.buy(fan)
    sweeping.sweep(now=later(shop, stripe, minutes=40))
    second = shop.buy(fan, now=shop.at(minutes=41))
    assert first.url != second.url
    assert [one["status"] for one in stripe.double.sessions.values()] == ["expired", "open"]


# --- many at once -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_threat_17_asvs_2_3_4_two_hundred_threads_for_fifty_seats(
    stripe: FaultyDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty rounds: fifty have a seat, never one more, never one less."""
    monkeypatch.setattr(checkout, "_payment_page", lambda order, origin, now: "")
    shop = open_shop(capacity=50)
    fans = [person(f"fan_{number}") for number in range(200)]
    for _round in range(20):
        results = at_once(*(lambda fan=fan: shop.buy(fan) for fan in fans))
        assert sum(isinstance(one, checkout.Started) for one in results) == 50, results[:5]
        assert sum(isinstance(one, checkout.SoldOut) for one in results) == 150
        assert (shop.sale.held, Order.objects.holding().count()) == (50, 50)
        Order.objects.all().delete()
        TicketSale.objects.update(held=0)
