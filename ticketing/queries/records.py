"""How sales, orders and fee cards are told: one shape each, for pages and API."""

from dataclasses import dataclass
from datetime import datetime

from rooms.models import Room
from ticketing.fees import FeeCard
from ticketing.models import HOLDING, Order, OrderState, SaleState, TicketSale
from ticketing.money import Money


@dataclass(frozen=True, slots=True)
class MoneyRecord:
    """`amount_minor` in the currency's smallest unit; `text` in the reader's language."""

    amount_minor: int
    currency: str
    text: str


@dataclass(frozen=True, slots=True)
class FeeCardRecord:
    """What becomes of one ticket's price. `processor` is an estimate until it is paid."""

    price: MoneyRecord
    processor: MoneyRecord
    platform: MoneyRecord
    you_receive: MoneyRecord
    platform_bps: int
    processor_fee_bearer: str


@dataclass(frozen=True, slots=True)
class SaleRecord:
    """The tickets of a room, as buyers see them. `state` is open, closed, cancelled, ended or settled."""

    room_id: str
    price: MoneyRecord
    tickets_left: int
    capacity: int
    state: str
    #: Whether one can be bought now.
    on_sale: bool
    sales_end: datetime
    starts_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class OwnSaleRecord:
    """The same for its host, with what is sold."""

    sale: SaleRecord
    card: FeeCardRecord
    sold: int
    held: int
    #: Held for the host until the room has taken place, by estimate.
    expected: MoneyRecord


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One's own order. `state` is held, checkout, processing, paid, refund_due, refunded, …"""

    id: str
    number: str
    room_id: str
    room_title: str
    state: str
    price: MoneyRecord
    made_at: datetime
    #: Until when the seat is held; null once it is not any more.
    held_until: datetime | None
    paid_at: datetime | None
    #: Why the money went back: host, no_show, cut_short, buyer, staff, late, twice, or empty.
    why: str
    #: Until when the ticket may be given back; null where it may not.
    return_until: datetime | None
    starts_at: datetime


def money_record(money: Money, language: str) -> MoneyRecord:
    """An amount to count with and to read."""
    return MoneyRecord(money.amount, money.currency, money.text(language))


def card_record(card: FeeCard, *, platform_bps: int, bearer: str, language: str) -> FeeCardRecord:
    """A fee card in the reader's language."""
    return FeeCardRecord(
        price=money_record(card.price, language),
        processor=money_record(card.processor, language),
        platform=money_record(card.platform, language),
        you_receive=money_record(card.host, language),
        platform_bps=platform_bps,
        processor_fee_bearer=bearer.lower(),
    )


def sale_record(sale: TicketSale, *, language: str, now: datetime) -> SaleRecord:
    """A sale for anybody."""
    return SaleRecord(
        room_id=str(sale.room_id),
        price=money_record(sale.price_money, language),
        tickets_left=sale.left,
        capacity=sale.capacity,
        state=sale.state.lower(),
        on_sale=sale.state == SaleState.OPEN and sale.sales_end > now,
        sales_end=sale.sales_end,
        starts_at=sale.starts_at,
        minutes=sale.minutes,
    )


def order_record(order: Order, *, room: Room, return_until: datetime | None, language: str) -> OrderRecord:
    """An order for its buyer."""
    return OrderRecord(
        id=str(order.pk),
        number=order.number,
        room_id=str(room.pk),
        room_title=room.title,
        state=order.state.lower(),
        price=money_record(order.money, language),
        made_at=order.created_at,
        held_until=order.hold_expires_at if order.state in HOLDING else None,
        paid_at=order.paid_at,
        why=order.why.lower(),
        return_until=return_until if order.state == OrderState.PAID else None,
        starts_at=order.sale.starts_at,
    )
