"""Who may sell, what for, and what a host reads before publishing."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import User
from rooms.models import Room, RoomState
from rooms.services import lifecycle
from tests.fakes.stripe_double import FaultyDouble
from tests.rooms.cast import guest, open_room, person
from tests.ticketing.cast import Shop, planned, proved, seller
from ticketing import eligibility, stripe_gateway
from ticketing.models import SellerApplication, SellerGrant, TicketSale
from ticketing.money import Money
from ticketing.services import sales, sellers

pytestmark = pytest.mark.django_db
EURO = sales.Offer(price=Money(900, "eur"), capacity=10)


@pytest.fixture
def now() -> Any:
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def bursar() -> User:
    return person("bursar", is_staff=True)


def veteran(handle: str = "veteran") -> User:
    """Somebody above every threshold."""
    who = proved(person(handle, follower_count=1000))
    for _ in range(3):
        room = open_room(who)
        Room.objects.filter(pk=room.pk).update(state=RoomState.ENDED, started_at=timezone.now())
    return who


# --- onto the list --------------------------------------------------------------------------------


def test_above_the_thresholds_one_applies_and_staff_decide(now: Any, bursar: User, mailoutbox: Any) -> None:
    who = veteran()
    assert eligibility.seller_standing(person=who, now=now).may_apply
    asked = sellers.apply(actor=who, words="A course", born_on=date(1990, 5, 1), now=now)
    standing = eligibility.seller_standing(person=who, now=now)
    assert (standing.may_sell, standing.may_apply, standing.application) == (False, False, "open")
    sellers.decide(actor=bursar, application_id=asked.pk, accept=True, answer="Welcome", now=now)
    assert eligibility.seller_standing(person=who, now=now).may_sell
    with pytest.raises(sellers.NotOpen):
        sellers.decide(actor=bursar, application_id=asked.pk, accept=False, answer="", now=now)
    sellers.withdraw(actor=bursar, person=who, why="Complaints", now=now)
    with pytest.raises(eligibility.NotASeller):
        eligibility.check_may_sell(person=who, now=now)


def test_a_refused_one_may_apply_again(now: Any, bursar: User) -> None:
    who = veteran()
    asked = sellers.apply(actor=who, words="A course", born_on=date(1990, 5, 1), now=now)
    sellers.decide(actor=bursar, application_id=asked.pk, accept=False, answer="Later", now=now)
    standing = eligibility.seller_standing(person=who, now=now)
    assert (standing.may_apply, standing.application, standing.answer) == (True, "refused", "Later")


@pytest.mark.parametrize(("setting", "value"), [("TICKET_SELLER_FOLLOWERS", 1001), ("TICKET_SELLER_ROOMS", 4)])
def test_each_threshold_is_a_setting(now: Any, settings: Any, setting: str, value: int) -> None:
    who = veteran()
    eligibility.check_may_apply(person=who, now=now)
    setattr(settings, setting, value)
    with pytest.raises(eligibility.NotYetASeller) as told:
        eligibility.check_may_apply(person=who, now=now)
    assert told.value.data == {"needed": value, "have": value - 1}


def test_address_and_second_factor_are_asked_of_sellers_too(now: Any, settings: Any) -> None:
    who = person("hasty", follower_count=2000)
    SellerGrant.objects.create(person=who, note="x", granted_at=now)
    with pytest.raises(eligibility.ProveYourEmail):
        eligibility.check_may_sell(person=who, now=now)
    settings.TICKET_SELLER_TWO_FACTORS = True
    with pytest.raises(eligibility.NeedsTwoFactors):
        eligibility.check_may_sell(person=seller(), now=now)


@pytest.mark.parametrize("years", [17, 121])
def test_the_age_is_asked(now: Any, years: int) -> None:
    born = now.date() - timedelta(days=365 * years + years // 4)
    with pytest.raises(eligibility.TooYoung):
        sellers.apply(actor=veteran(), words="A course", born_on=born, now=now)


def test_on_the_eighteenth_birthday_one_is_eighteen() -> None:
    eligibility.check_age(born_on=date(2008, 11, 27), today=date(2026, 11, 27))
    with pytest.raises(eligibility.TooYoung):
        eligibility.check_age(born_on=date(2008, 11, 28), today=date(2026, 11, 27))


def test_nobody_and_guests_sign_in_first(now: Any) -> None:
    for who in (AnonymousUser(), guest()):
        with pytest.raises(eligibility.SignInToSell):
            eligibility.check_may_sell(person=who, now=now)


def test_one_application_at_a_time_and_words_in_it(now: Any) -> None:
    who = veteran()
    with pytest.raises(sellers.SayMore):
        sellers.apply(actor=who, words=" \u200b ", born_on=date(1990, 5, 1), now=now)
    sellers.apply(actor=who, words="A course", born_on=date(1990, 5, 1), now=now)
    with pytest.raises(eligibility.AlreadyApplied):
        sellers.apply(actor=who, words="Again", born_on=date(1990, 5, 1), now=now)
    assert SellerApplication.objects.count() == 1


# --- the card and the offer -----------------------------------------------------------------------


def test_the_card_has_the_rates_of_the_day(now: Any, bursar: User) -> None:
    card = sales.preview(amount=900, currency="eur", now=now)
    assert (card.processor.amount, card.platform.amount, card.host.amount) == (39, 27, 834)
    sales.set_platform_fee(actor=bursar, bps=500, valid_from=now + timedelta(days=1), note="", now=now)
    assert sales.preview(amount=900, currency="eur", now=now).platform.amount == 27
    assert sales.preview(amount=900, currency="eur", now=now + timedelta(days=1)).platform.amount == 45


def test_who_bears_the_processors_fee_is_a_setting(now: Any, settings: Any) -> None:
    settings.TICKET_PROCESSOR_FEE_BEARER = "platform"
    card = sales.preview(amount=900, currency="eur", now=now)
    assert (card.host.amount, card.platform.amount, card.platform_keeps.amount) == (873, 27, -12)


@pytest.mark.parametrize(
    ("amount", "currency", "error"),
    [(99, "eur", sales.BadPrice), (99_901, "eur", sales.BadPrice), (99, "jpy", sales.BadPrice),
     (900, "kwd", sales.BadCurrency), (900, "xxx", sales.BadCurrency)],
)  # fmt: skip
def test_a_price_lies_within_its_bounds(amount: int, currency: str, error: type[Exception], now: Any) -> None:
    with pytest.raises(error):
        sales.preview(amount=amount, currency=currency, now=now)


@pytest.mark.parametrize(("amount", "currency"), [(100, "eur"), (99_900, "eur"), (100, "jpy"), (0, "eur")])
def test_the_bounds_themselves_are_prices(amount: int, currency: str, now: Any) -> None:
    assert sales.preview(amount=amount, currency=currency, now=now).price == Money(amount, currency)


def test_the_last_digit_of_three_is_a_zero(now: Any, settings: Any) -> None:
    settings.TICKET_CURRENCIES = ["kwd"]
    settings.TICKET_PROCESSOR_FEES = {"kwd": [250, 0]}
    assert sales.preview(amount=1250, currency="kwd", now=now).host.amount == 1250 - 37 - 32
    with pytest.raises(sales.BadPrice):
        sales.preview(amount=1255, currency="kwd", now=now)


def test_the_majority_is_the_hosts_or_nothing_is_sold(now: Any, settings: Any) -> None:
    settings.TICKET_PROCESSOR_FEES = {"eur": [150, 50]}
    with pytest.raises(sales.PriceTooSmall):
        sales.preview(amount=100, currency="eur", now=now)


def test_the_fee_of_sold_tickets_never_changes(shop: Shop, bursar_of_shop: User) -> None:
    sales.set_platform_fee(actor=bursar_of_shop, bps=1000, valid_from=shop.now, note="", now=shop.now)
    assert shop.sale.rates.platform_bps == 300


@pytest.fixture
def bursar_of_shop(shop: Shop) -> User:
    return User.objects.get(handle="bursar")


def test_fees_are_set_by_staff_for_what_is_to_come(now: Any, bursar: User) -> None:
    with pytest.raises(Exception, match="not_staff"):
        sales.set_platform_fee(actor=person("fan"), bps=1, valid_from=now, note="", now=now)
    for bps, days in ((5000, 1), (-1, 1), (300, -1)):
        with pytest.raises(sales.BadPrice):
            sales.set_platform_fee(actor=bursar, bps=bps, valid_from=now + timedelta(days=days), note="", now=now)


def test_publishing_freezes_everything_and_shuts_the_door(shop: Shop) -> None:
    sale = shop.sale
    assert (sale.price, sale.currency, sale.capacity, sale.state) == (900, "eur", 3, "OPEN")
    assert (sale.platform_bps, sale.processor_bps, sale.processor_fixed) == (300, 150, 25)
    assert (sale.sales_end, sale.starts_at) == (shop.room.scheduled_start, shop.room.scheduled_start)
    assert shop.room.needs_pass
    with pytest.raises(sales.AlreadyOnSale):
        sales.publish(actor=shop.host, room_id=shop.room.pk, offer=EURO, now=shop.now)


def test_only_sellers_publish_and_only_their_own(now: Any, stripe: FaultyDouble) -> None:
    host, other = seller(), seller("other")
    room = planned(host, now=now)
    with pytest.raises(Exception, match="not_a_host"):
        sales.publish(actor=other, room_id=room.pk, offer=EURO, now=now)
    novice = person("novice", follower_count=600)
    own = planned(novice, now=now)
    with pytest.raises(eligibility.NotASeller):
        sales.publish(actor=novice, room_id=own.pk, offer=EURO, now=now)
    assert not TicketSale.objects.exists()


def test_tickets_are_for_rooms_to_come_and_not_too_far(now: Any, stripe: FaultyDouble) -> None:
    host = seller()
    with pytest.raises(sales.NotScheduled):
        sales.publish(actor=host, room_id=open_room(host).pk, offer=EURO, now=now)
    with pytest.raises(sales.TooFarAhead):
        sales.publish(actor=host, room_id=planned(host, hours=81 * 24, now=now).pk, offer=EURO, now=now)


@pytest.mark.parametrize(
    ("change", "error"),
    [({"capacity": 0}, sales.BadCapacity), ({"capacity": 100_001}, sales.BadCapacity),
     ({"minutes": 9}, sales.BadMinutes), ({"minutes": 481}, sales.BadMinutes)],
)  # fmt: skip
def test_numbers_of_an_offer_are_checked(
    change: dict[str, int], error: type[Exception], now: Any, stripe: FaultyDouble
) -> None:
    host = seller()
    room = planned(host, now=now)
    offer = sales.Offer(price=Money(900, "eur"), **{"capacity": 5, **change})
    with pytest.raises(error):
        sales.publish(actor=host, room_id=room.pk, offer=offer, now=now)
    assert not Room.objects.get(pk=room.pk).needs_pass


def test_the_end_of_the_sale_lies_ahead_and_within_the_room(now: Any, stripe: FaultyDouble) -> None:
    host = seller()
    room = planned(host, hours=5, now=now)
    for hours in (0, 7):
        offer = sales.Offer(price=Money(900, "eur"), capacity=5, sales_end=now + timedelta(hours=hours))
        with pytest.raises(sales.BadSalesEnd):
            sales.publish(actor=host, room_id=room.pk, offer=offer, now=now)


def test_without_a_key_only_free_tickets(now: Any, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    host = seller()
    room = planned(host, now=now)
    with pytest.raises(stripe_gateway.PaymentsOff):
        sales.publish(actor=host, room_id=room.pk, offer=EURO, now=now)
    free = sales.Offer(price=Money(0, "eur"), capacity=5)
    assert sales.publish(actor=host, room_id=room.pk, offer=free, now=now).price == 0


# --- afterwards -----------------------------------------------------------------------------------


def test_capacity_grows_and_shrinks_to_what_is_sold(shop: Shop) -> None:
    TicketSale.objects.update(sold=1, held=1)
    told = {"actor": shop.host, "room_id": shop.room.pk, "now": shop.now}
    assert sales.change_capacity(capacity=100, **told).capacity == 100
    assert sales.change_capacity(capacity=2, **told).capacity == 2
    with pytest.raises(sales.FewerThanSold):
        sales.change_capacity(capacity=1, **told)


def test_the_database_refuses_one_seat_too_many(shop: Shop) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        TicketSale.objects.update(sold=3, held=1)


def test_a_sale_is_stopped_and_goes_on(shop: Shop) -> None:
    told = {"actor": shop.host, "room_id": shop.room.pk, "now": shop.now}
    assert sales.set_open(is_open=False, **told).state == "CLOSED"
    assert sales.set_open(is_open=False, **told).state == "CLOSED"
    assert sales.set_open(is_open=True, **told).state == "OPEN"
    with pytest.raises(Exception, match="not_a_host"):
        sales.set_open(actor=person("fan"), room_id=shop.room.pk, is_open=False, now=shop.now)
    lifecycle.cancel_room(actor=shop.host, room_id=shop.room.pk, now=shop.now)
    TicketSale.objects.update(state="CANCELLED")
    with pytest.raises(sales.SaleOver):
        sales.set_open(is_open=True, **told)
