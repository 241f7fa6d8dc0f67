"""The fee card: every cent of a price is somebody's, and the most of them the host's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.fees import Bearer, FeeRates, fee_card, platform_fee
from ticketing.money import CURRENCIES, Money

EUROPE = FeeRates(platform_bps=300, processor_bps=150, processor_fixed=25, bearer=Bearer.HOST)
rates = st.builds(
    FeeRates,
    platform_bps=st.integers(0, 2000),
    processor_bps=st.integers(0, 500),
    processor_fixed=st.integers(0, 50),
    bearer=st.sampled_from(Bearer),
)
prices = st.builds(Money, st.integers(0, 99_900), st.sampled_from(sorted(CURRENCIES)))


@given(prices, rates)
def test_the_parts_sum_up_to_the_price(price: Money, told: FeeRates) -> None:
    card = fee_card(price, told)
    assert card.host + card.platform_keeps + card.processor == price
    assert card.platform.amount == price.amount * told.platform_bps // 10_000


@given(prices, rates, st.integers(0, 500))
def test_the_true_fee_of_the_processor_changes_who_gets_what_and_not_the_sum(
    price: Money, told: FeeRates, fee: int
) -> None:
    exact = Money(fee, price.currency)
    card = fee_card(price, told, processor=exact)
    assert card.processor == exact
    assert card.host + card.platform_keeps + exact == price


@given(prices, rates)
def test_whoever_bears_it_the_other_one_loses_nothing(price: Money, told: FeeRates) -> None:
    card = fee_card(price, told)
    if told.bearer is Bearer.HOST:
        assert card.platform_keeps == card.platform
    else:
        assert card.host == price - card.platform


@pytest.mark.parametrize(
    ("amount", "processor", "platform", "host"),
    # 3 % down, 1.5 % up and 25: by hand.
    [(900, 39, 27, 834), (100, 27, 3, 70), (99_900, 1524, 2997, 95_379), (1, 26, 0, -25), (0, 0, 0, 0),
     (999, 40, 29, 930)],
)  # fmt: skip
def test_the_card_by_hand(amount: int, processor: int, platform: int, host: int) -> None:
    card = fee_card(Money(amount, "eur"), EUROPE)
    assert (card.processor.amount, card.platform.amount, card.host.amount) == (processor, platform, host)


def test_fees_have_no_fractions_of_a_yen() -> None:
    told = FeeRates(platform_bps=300, processor_bps=360, processor_fixed=0, bearer=Bearer.HOST)
    card = fee_card(Money(100, "jpy"), told)
    assert (card.processor.amount, card.platform.amount, card.host.amount) == (4, 3, 93)


def test_the_host_never_loses_the_last_cent() -> None:
    assert platform_fee(Money(99, "eur"), bps=300) == Money(2, "eur")


def test_a_majority_is_more_than_half() -> None:
    half = FeeRates(platform_bps=5000, processor_bps=0, processor_fixed=0, bearer=Bearer.HOST)
    assert not fee_card(Money(1000, "eur"), half).host_has_majority
    assert fee_card(Money(1001, "eur"), half).host_has_majority
