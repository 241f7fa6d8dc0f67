"""What the doors show: a room's tickets, one's orders, a host's sale."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import get_language

from accounts.models import User
from rooms import admission, refusals
from rooms.models import Room, RoomState
from rooms.protocol import PersonCard
from rooms.queries.cards import person_card
from rooms.queries.catalogue import Page
from rooms.services import passes, places
from spaces_site.boundary import cursor
from ticketing.fees import fee_card
from ticketing.models import Order, OrderState, TicketSale
from ticketing.money import Money
from ticketing.queries import records
from ticketing.queries.buyers import BuyerRecord, buyers_of
from ticketing.services import orders, refunds, sales

#: Orders that the page shows.
MOST = Page(size=200)


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A room's tickets as one viewer sees them."""

    room_id: UUID
    title: str
    language: str
    host: PersonCard
    scheduled_start: datetime | None
    sale: records.SaleRecord
    #: The viewer's own order that is paid or being paid for.
    order: records.OrderRecord | None
    is_own: bool
    has_pass: bool
    #: Where to pay on, while a seat is held.
    pay_url: str


@dataclass(frozen=True, slots=True)
class HostPage:
    """A host's own room: what to sell, or what is sold."""

    room_id: UUID
    title: str
    language: str
    is_scheduled: bool
    own: records.OwnSaleRecord | None
    guests: list[PersonCard]


def ticket_page(*, room_id: UUID | str, viewer: User | AnonymousUser, now: datetime) -> TicketPage:
    """The tickets of a room. Raises `NoSuchRoom`, `sales.NoTicketsHere`."""
    room = Room.objects.select_related("creator").filter(pk=places.as_id(room_id)).first()
    if room is None:
        raise refusals.NoSuchRoom
    admission.check_may_know(person=viewer, room=room)
    sale = TicketSale.objects.filter(room=room).first()
    if sale is None:
        raise sales.NoTicketsHere
    order = Order.objects.live().select_related("sale__room").filter(sale=sale, buyer_id=viewer.pk).first()
    attempt = order.attempts.order_by("-n").first() if order else None
    return TicketPage(
        room_id=room.pk,
        title=room.title,
        language=room.language,
        host=person_card(room.creator),
        scheduled_start=room.scheduled_start,
        sale=records.sale_record(sale, language=_language(), now=now),
        order=_told(order) if order else None,
        is_own=room.creator_id == viewer.pk,
        has_pass=admission.has_pass(person_id=viewer.pk, room=room),
        pay_url=attempt.url if attempt and order and order.state == OrderState.CHECKOUT else "",
    )


def own_order(*, person: User, order_id: UUID | str) -> records.OrderRecord:
    """One of one's own orders. Raises `NoSuchOrder`."""
    return _told(orders.own_order(person=person, order_id=order_id))


def own_orders(*, person: User, page: Page = MOST) -> tuple[list[records.OrderRecord], str | None]:
    """One's orders, newest first, and the next page's token. Raises BadCursor."""
    mine = Order.objects.select_related("sale__room").filter(buyer=person)
    found, next_token = cursor.page_of(mine, key="created_at", token=page.token, size=page.size)
    return [_told(order) for order in found], next_token


def buyers(*, actor: User, room_id: UUID | str, page: Page) -> tuple[list[BuyerRecord], str | None]:
    """For its hosts. Raises `NoSuchRoom`, `NotAHost`, `sales.NoTicketsHere`, BadCursor."""
    room = Room.objects.filter(pk=places.as_id(room_id)).first()
    if room is None:
        raise refusals.NoSuchRoom
    places.check_host(person=actor, room=room)
    sale = TicketSale.objects.filter(room=room).first()
    if sale is None:
        raise sales.NoTicketsHere
    return buyers_of(sale=sale, page=page)


def host_page(*, actor: User, room_id: UUID | str, now: datetime) -> HostPage:
    """The host's own page. Raises `NoSuchRoom`, `NotAHost`."""
    room = Room.objects.filter(pk=places.as_id(room_id)).first()
    if room is None:
        raise refusals.NoSuchRoom
    places.check_owner(person=actor, room=room)
    sale = TicketSale.objects.filter(room=room).first()
    return HostPage(
        room_id=room.pk,
        title=room.title,
        language=room.language,
        is_scheduled=room.state == RoomState.SCHEDULED,
        own=own_sale_record(sale, now=now) if sale else None,
        guests=passes.guest_list(actor=actor, room_id=room.pk),
    )


def own_sale(*, actor: User, room_id: UUID | str, now: datetime) -> records.OwnSaleRecord:
    """The sale of one's own room. Raises `NoSuchRoom`, `NotAHost`, `NoTicketsHere`."""
    told = host_page(actor=actor, room_id=room_id, now=now).own
    if told is None:
        raise sales.NoTicketsHere
    return told


def public_sale(*, room_id: UUID | str, viewer: User | AnonymousUser, now: datetime) -> records.SaleRecord:
    """A room's tickets, for anybody who may know of it."""
    return ticket_page(room_id=room_id, viewer=viewer, now=now).sale


def card_preview(*, amount: int, currency: str, now: datetime) -> records.FeeCardRecord:
    """The fee card before publishing. Raises as `sales.preview` does."""
    card = sales.preview(amount=amount, currency=currency, now=now)
    rates = sales.current_rates(currency=currency, now=now)
    return records.card_record(card, platform_bps=rates.platform_bps, bearer=rates.bearer, language=_language())


def own_sale_record(sale: TicketSale, *, now: datetime) -> records.OwnSaleRecord:
    """A sale with what it brings, at the rates that it was published with."""
    card = fee_card(sale.price_money, sale.rates)
    language = _language()
    return records.OwnSaleRecord(
        sale=records.sale_record(sale, language=language, now=now),
        card=records.card_record(
            card, platform_bps=sale.platform_bps, bearer=sale.processor_fee_bearer, language=language
        ),
        sold=sale.sold,
        held=sale.held,
        expected=records.money_record(Money(card.host.amount * sale.sold, sale.currency), language),
    )


def _told(order: Order) -> records.OrderRecord:
    room = order.sale.room
    until = refunds.return_until(order=order) if room.state == RoomState.SCHEDULED else None
    return records.order_record(order, room=room, return_until=until, language=_language())


def _language() -> str:
    return (get_language() or "en")[:2]
