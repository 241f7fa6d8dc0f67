"""Money as it is counted here: whole minor units of one currency. Never a float, never two currencies in one sum."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_symbol


@dataclass(frozen=True, slots=True)
class Currency:
    """One currency. `exponent`: digits after the point; `step`: what amounts are multiples of at the processor."""

    code: str
    exponent: int
    step: int = 1

    @property
    def smallest_price(self) -> int:
        """1 in major units; 100 where there are no minor ones."""
        return 10**self.exponent if self.exponent else 100

    @property
    def largest_price(self) -> int:
        """999 in major units; 99,900 where there are no minor ones."""
        return 999 * self.smallest_price


_ZERO_DECIMAL = (
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
)  # fmt: skip
_TWO_DECIMAL = (
    "aud", "cad", "chf", "czk", "dkk", "eur", "gbp", "hkd", "mxn", "nok", "nzd", "pln", "ron", "sek", "sgd", "usd",
)  # fmt: skip
_THREE_DECIMAL = ("bhd", "jod", "kwd", "omr", "tnd")
#: Every currency whose exponent is known here; what may be sold in is the setting `TICKET_CURRENCIES`.
CURRENCIES: dict[str, Currency] = (
    {code: Currency(code, 0) for code in _ZERO_DECIMAL}
    | {code: Currency(code, 2) for code in _TWO_DECIMAL}
    # The processor takes these only with a zero as the last digit.
    | {code: Currency(code, 3, step=10) for code in _THREE_DECIMAL}
)


class MixedCurrencies(TypeError):
    """Two currencies in one sum or comparison: a fault of the program, never of a person."""


@dataclass(frozen=True, slots=True)
class Money:
    """So many minor units of a currency that is known here. May be negative: in a ledger it often is."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError("an amount of money is a whole number of minor units")
        if self.currency not in CURRENCIES:
            raise ValueError(f"no such currency here: {self.currency!r}")

    @classmethod
    def of_major(cls, text: str | Decimal, currency: str) -> "Money":
        """What a person typed, such as 9.50. Raises `ValueError` for no number, or more digits than there are."""
        try:
            scaled = Decimal(text).scaleb(CURRENCIES[currency].exponent)
        except (InvalidOperation, KeyError) as error:
            raise ValueError(f"no amount of {currency!r}: {text!r}") from error
        if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > 10**15:
            raise ValueError(f"no amount of {currency!r}: {text!r}")
        return cls(int(scaled), currency)

    @property
    def major(self) -> Decimal:
        """The amount as people write it."""
        return Decimal(self.amount).scaleb(-CURRENCIES[self.currency].exponent)

    def text(self, language: str) -> str:
        """For reading in that language: €9.00, 9,00 €."""
        return format_currency(self.major, self.currency.upper(), locale=language.replace("-", "_"))

    def symbol(self, language: str) -> str:
        """€, US$, …"""
        return get_currency_symbol(self.currency.upper(), locale=language.replace("-", "_"))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __bool__(self) -> bool:
        return self.amount != 0

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency}")
        return other.amount


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Their sum; nothing sums up to zero of `currency`."""
    return sum(amounts, start=Money(0, currency))
