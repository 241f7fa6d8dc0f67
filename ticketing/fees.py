"""What becomes of a ticket's price: pure arithmetic, to the last minor unit."""

from dataclasses import dataclass
from enum import StrEnum

from ticketing.money import Money

#: Hundredths of a per cent in a whole.
WHOLE = 10_000


class Bearer(StrEnum):
    """Who bears the processor's fee."""

    HOST = "HOST"
    PLATFORM = "PLATFORM"


@dataclass(frozen=True, slots=True)
class FeeRates:
    """The rates that a sale is published with, and keeps. Basis points are hundredths of a per cent."""

    platform_bps: int
    processor_bps: int
    processor_fixed: int
    bearer: Bearer


@dataclass(frozen=True, slots=True)
class FeeCard:
    """One ticket: what the buyer pays, and who gets which part of it. The parts sum up to the price."""

    price: Money
    #: The processor's fee: an estimate until the processor has said.
    processor: Money
    #: What the site takes, and what is left of it when the site bears the processor's fee.
    platform: Money
    platform_keeps: Money
    host: Money

    @property
    def host_has_majority(self) -> bool:
        """Whether more than half of the price is the host's."""
        return self.host.amount * 2 > self.price.amount


def platform_fee(price: Money, *, bps: int) -> Money:
    """The site's part, rounded down: a host never loses the last cent."""
    return Money(price.amount * bps // WHOLE, price.currency)


def processor_estimate(price: Money, rates: FeeRates) -> Money:
    """What the processor will probably keep, rounded up; it keeps nothing of what costs nothing."""
    if not price:
        return Money(0, price.currency)
    share = -(-price.amount * rates.processor_bps // WHOLE)
    return Money(share + rates.processor_fixed, price.currency)


def fee_card(price: Money, rates: FeeRates, *, processor: Money | None = None) -> FeeCard:
    """The card of one ticket; with `processor`, the fee as the processor said it, exact instead of estimated."""
    fee = processor_estimate(price, rates) if processor is None else processor
    platform = platform_fee(price, bps=rates.platform_bps)
    if rates.bearer is Bearer.HOST:
        return FeeCard(price, fee, platform, platform, price - platform - fee)
    return FeeCard(price, fee, platform, platform - fee, price - platform)
