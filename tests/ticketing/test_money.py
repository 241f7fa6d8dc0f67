"""Money: whole minor units, one currency, and nothing is lost on the way to a reader and back."""

from decimal import Decimal

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from ticketing.money import CURRENCIES, MixedCurrencies, Money, total

currencies = st.sampled_from(sorted(CURRENCIES))
amounts = st.integers(-(10**12), 10**12)


@given(amounts, currencies)
def test_what_is_written_in_major_units_is_read_back(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert Money.of_major(money.major, currency) == money
    assert Money.of_major(str(money.major), currency) == money


@given(st.lists(amounts), currencies)
def test_sums_are_exact(parts: list[int], currency: str) -> None:
    assert total((Money(part, currency) for part in parts), currency).amount == sum(parts)


@pytest.mark.parametrize(
    ("currency", "typed", "amount"),
    [("eur", "9.5", 950), ("jpy", "900", 900), ("kwd", "1.250", 1250), ("usd", "999", 99_900), ("bhd", "0.01", 10)],
)
def test_minor_units_follow_the_currency(currency: str, typed: str, amount: int) -> None:
    assert Money.of_major(typed, currency).amount == amount


@pytest.mark.parametrize(
    ("typed", "currency"), [("9.505", "eur"), ("9.5", "jpy"), ("NaN", "eur"), ("Infinity", "eur"), ("9,5", "eur"),
                            ("", "eur"), ("9", "xxx"), ("1e40", "eur")],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed: str, currency: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        Money.of_major(typed, currency)


@pytest.mark.parametrize("amount", [9.0, "9", Decimal(9), True, None])
def test_an_amount_is_a_whole_number_and_nothing_else(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "eur")


def test_a_currency_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no such currency"):
        Money(100, "EUR")


def test_two_currencies_never_meet() -> None:
    euro, yen = Money(100, "eur"), Money(100, "jpy")
    for mix in (lambda: euro + yen, lambda: euro - yen, lambda: euro < yen, lambda: euro <= yen):
        with pytest.raises(MixedCurrencies):
            mix()


@pytest.mark.parametrize(
    ("money", "english", "french"),
    [
        (Money(900, "eur"), "€9.00", "9,00\xa0€"),
        (Money(37_800, "eur"), "€378.00", "378,00\xa0€"),
        (Money(900, "jpy"), "¥900", "900\xa0JPY"),
        (Money(1250, "kwd"), "KWD1.250", "1,250\xa0KWD"),
    ],
)
def test_amounts_are_written_by_language(money: Money, english: str, french: str) -> None:
    assert money.text("en").replace("KWD\xa0", "KWD") == english
    assert money.text("fr").replace("\u202f", "\xa0").replace("¥", "JPY").replace("JPYJPY", "JPY") == french


def test_prices_lie_between_1_and_999_in_major_units() -> None:
    bounds = {code: (CURRENCIES[code].smallest_price, CURRENCIES[code].largest_price) for code in ("eur", "jpy", "kwd")}
    assert bounds == {"eur": (100, 99_900), "jpy": (100, 99_900), "kwd": (1000, 999_000)}


def test_what_one_may_sell_in_is_a_setting_of_known_currencies() -> None:
    assert settings.TICKET_CURRENCIES == ["eur", "usd", "gbp", "chf", "cad", "jpy"]
    assert set(settings.TICKET_CURRENCIES) <= set(CURRENCIES)
