"""Putting a room's tickets on sale: the fee card before, and what may change after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import staff
from rooms import refusals
from rooms.models import Room, RoomState
from rooms.services import passes, places
from spaces_site.errors import DomainError, Kind
from ticketing import eligibility, stripe_gateway
from ticketing.fees import Bearer, FeeCard, FeeRates, fee_card
from ticketing.models import PlatformFee, SaleState, TicketSale
from ticketing.money import CURRENCIES, Money

CAPACITY_MAX = 100_000
#: The processor holds money for 90 days; 10 of them are for the room, the payout and what may go wrong.
AHEAD = timedelta(days=80)
MINUTES = range(10, 481)


class BadCurrency(DomainError):
    """Not one of those that tickets are sold in here."""

    code = "bad_currency"
    text = _("Tickets are not sold in this currency here.")


class BadPrice(DomainError):
    """Below or above what a ticket may cost."""

    code = "bad_price"
    text = _("A ticket cannot cost that.")


class PriceTooSmall(BadPrice):
    """So little that fees would take the most of it."""

    code = "price_too_small"
    text = _("At this price the fees would take more than you do. Choose a higher price, or make the tickets free.")


class BadCapacity(DomainError):
    """Not a number of tickets."""

    code = "bad_capacity"
    text = _("Sell 1 to 100,000 tickets.")


class FewerThanSold(DomainError):
    """More seats are sold or being paid for."""

    kind = Kind.CONFLICT
    code = "fewer_than_sold"
    text = _("More tickets than that are sold or being paid for.")


class BadSalesEnd(DomainError):
    """Sales must end between now and the end of the room."""

    code = "bad_sales_end"
    text = _("The sale must end in the future, and before the room does.")


class BadMinutes(DomainError):
    """For how long the room is announced."""

    code = "bad_minutes"
    text = _("Announce the room for 10 minutes to 8 hours.")


class NotScheduled(DomainError):
    """Only rooms that are still to come."""

    kind = Kind.CONFLICT
    code = "room_not_scheduled"
    text = _("Tickets are sold for rooms that are still to come. Schedule one first.")


class TooFarAhead(DomainError):
    """The processor does not hold money for so long."""

    kind = Kind.CONFLICT
    code = "too_far_ahead_to_sell"
    text = _("Tickets can be sold at most 80 days before the room.")


class AlreadyOnSale(DomainError):
    """A room has one sale."""

    kind = Kind.CONFLICT
    code = "already_on_sale"
    text = _("The tickets of this room are on sale already.")


class NoTicketsHere(DomainError):
    """The room has no sale."""

    kind = Kind.NOT_FOUND
    code = "no_tickets_here"
    text = _("There are no tickets for this room.")


class SaleOver(DomainError):
    """Cancelled, or the room is over."""

    kind = Kind.CONFLICT
    code = "sale_over"
    text = _("The sale of these tickets is over.")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a host wants to sell."""

    price: Money
    capacity: int
    minutes: int = 60
    #: None: until the room starts.
    sales_end: datetime | None = None


def current_rates(*, currency: str, now: datetime) -> FeeRates:
    """The rates of a sale that is published now."""
    rows = PlatformFee.objects.filter(valid_from__lte=now).order_by("-valid_from", "-pk")
    bps = rows.values_list("bps", flat=True).first()
    share, fixed = settings.TICKET_PROCESSOR_FEES[currency]
    bearer = Bearer(settings.TICKET_PROCESSOR_FEE_BEARER.upper())
    return FeeRates(settings.TICKET_FEE_BPS if bps is None else bps, share, fixed, bearer)


def preview(*, amount: int, currency: str, now: datetime) -> FeeCard:
    """The fee card of a ticket at this price, before it is published. Raises `BadCurrency`, `BadPrice`."""
    if currency not in settings.TICKET_CURRENCIES:
        raise BadCurrency(field="currency")
    price = Money(amount, currency)
    _check_price(price)
    card = fee_card(price, current_rates(currency=currency, now=now))
    if price and not card.host_has_majority:
        raise PriceTooSmall(field="price")
    return card


def publish(*, actor: User, room_id: UUID | str, offer: Offer, now: datetime) -> TicketSale:
    """Put the tickets of a room of one's own on sale; from now on the room needs them.

    Raises what `eligibility.check_may_sell` and `preview` raise, `NotScheduled`, `AlreadyOnSale`, …
    """
    with transaction.atomic():
        room = _own_room(actor, room_id)
        eligibility.check_may_sell(person=actor, now=now)
        if room.state != RoomState.SCHEDULED or room.scheduled_start is None:
            raise NotScheduled
        if TicketSale.objects.filter(room=room).exists():
            raise AlreadyOnSale
        card = preview(amount=offer.price.amount, currency=offer.price.currency, now=now)
        if card.price and not stripe_gateway.is_on():
            raise stripe_gateway.PaymentsOff
        sale = _new_sale(room, room.scheduled_start, offer, now)
        passes.require_passes(room=room, now=now)
    return sale


def change_capacity(*, actor: User, room_id: UUID | str, capacity: int, now: datetime) -> TicketSale:
    """More tickets, or fewer, but not fewer than are sold and held. Raises `FewerThanSold`, `SaleOver`."""
    _check_capacity(capacity)
    with transaction.atomic():
        sale = _own_sale(actor, room_id)
        if not TicketSale.objects.set_capacity(sale.pk, capacity):
            raise FewerThanSold(field="capacity")
    return _own_sale(actor, room_id)


def set_open(*, actor: User, room_id: UUID | str, is_open: bool, now: datetime) -> TicketSale:
    """Stop selling for a while, or go on. What is sold stays sold."""
    with transaction.atomic():
        sale = _own_sale(actor, room_id)
        to, from_ = (SaleState.OPEN, SaleState.CLOSED) if is_open else (SaleState.CLOSED, SaleState.OPEN)
        TicketSale.objects.move(sale.pk, from_, to)
    return _own_sale(actor, room_id)


def set_platform_fee(*, actor: User, bps: int, valid_from: datetime, note: str, now: datetime) -> PlatformFee:
    """Staff set the site's part from a date on, which is not past; what was published before keeps its own."""
    staff.check_is_staff(actor)
    if not 0 <= bps < 5000 or valid_from < now:
        raise BadPrice(_("From now on or later, and below 50 %: the majority of a ticket is the host’s."), field="bps")
    with transaction.atomic():
        row = PlatformFee.objects.create(bps=bps, valid_from=valid_from, note=note[:300], set_by=actor, set_at=now)
        staff.tell_act(actor=actor, act="tickets.fee", why=note, after={"bps": bps, "from": valid_from.isoformat()})
    return row


def _new_sale(room: Room, start: datetime, offer: Offer, now: datetime) -> TicketSale:
    _check_capacity(offer.capacity)
    if offer.minutes not in MINUTES:
        raise BadMinutes(field="minutes")
    if start > now + AHEAD:
        raise TooFarAhead
    end = offer.sales_end or start
    if not now < end <= start + timedelta(minutes=offer.minutes):
        raise BadSalesEnd(field="sales_end")
    rates = current_rates(currency=offer.price.currency, now=now)
    return TicketSale.objects.create(
        room=room,
        price=offer.price.amount,
        currency=offer.price.currency,
        capacity=offer.capacity,
        minutes=offer.minutes,
        sales_end=end,
        starts_at=start,
        published_at=now,
        platform_bps=rates.platform_bps,
        processor_bps=rates.processor_bps,
        processor_fixed=rates.processor_fixed,
        processor_fee_bearer=rates.bearer,
    )


def _check_price(price: Money) -> None:
    currency = CURRENCIES[price.currency]
    if price.amount == 0:
        return
    if not currency.smallest_price <= price.amount <= currency.largest_price or price.amount % currency.step:
        facts: dict[str, Any] = {
            "least": Money(currency.smallest_price, currency.code).major,
            "most": Money(currency.largest_price, currency.code).major,
            "currency": currency.code.upper(),
        }
        raise BadPrice(_("A ticket costs %(least)s to %(most)s %(currency)s, or nothing.") % facts, field="price")


def _check_capacity(capacity: int) -> None:
    if not 1 <= capacity <= CAPACITY_MAX:
        raise BadCapacity(field="capacity")


def _own_room(actor: User, room_id: UUID | str) -> Room:
    room = places.hold_room(room_id=room_id)
    places.check_owner(person=actor, room=room)
    return room


def _own_sale(actor: User, room_id: UUID | str) -> TicketSale:
    """The open or closed sale of one's own room. Raises `NoTicketsHere`, `SaleOver`."""
    room = Room.objects.filter(pk=places.as_id(room_id)).first()
    if room is None:
        raise refusals.NoSuchRoom
    places.check_owner(person=actor, room=room)
    sale = TicketSale.objects.select_related("room").filter(room=room).first()
    if sale is None:
        raise NoTicketsHere
    if sale.state not in (SaleState.OPEN, SaleState.CLOSED):
        raise SaleOver
    return sale
