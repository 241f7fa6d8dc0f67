"""A room with tickets, its seller and its buyers; all of it goes through services."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from rooms.models import Room
from rooms.services import lifecycle
from tests.rooms.cast import Cast, person
from ticketing.models import Order, SellerApplication, TicketSale, WebhookEvent
from ticketing.money import Money
from ticketing.services import checkout, fulfilment, ledger, sales, sellers

ORIGIN = "https://spaces.example.org"


def proved(who: User) -> User:
    """With a verified e-mail address."""
    who.email = f"{who.handle}@example.org"
    who.save(update_fields=["email"])
    EmailAddress.objects.create(user=who, email=who.email, verified=True, primary=True)
    return who


def seller(handle: str = "seller", **fields: Any) -> User:
    """Somebody whom staff let sell."""
    who = proved(person(handle, **{"follower_count": 1200, **fields}))
    staff = User.objects.filter(handle="bursar").first() or person("bursar", is_staff=True)
    sellers.grant(actor=staff, person=who, note="Pilot", now=timezone.now())
    return who


def planned(host: User, *, hours: float = 72, title: str = "Pricing a voice: a masterclass", now: datetime) -> Room:
    """A room that begins in so many hours."""
    return lifecycle.schedule_room(creator=host, title=title, scheduled_start=now + timedelta(hours=hours), now=now)


@dataclass(frozen=True, slots=True)
class Shop:
    """A sale and its people."""

    room: Room
    host: User
    now: datetime

    @property
    def sale(self) -> TicketSale:
        return TicketSale.objects.get(room=self.room)

    def at(self, **ago: float) -> datetime:
        """So much later than the shop was opened."""
        return self.now + timedelta(**ago)

    def buy(self, who: User | AnonymousUser, *, now: datetime | None = None) -> checkout.Started:
        """Press the button."""
        return checkout.start_checkout(actor=who, room_id=self.room.pk, origin=ORIGIN, now=now or self.now)

    def order_of(self, who: User) -> Order:
        """Somebody's newest order."""
        return Order.objects.filter(sale__room=self.room, buyer=who).latest("created_at")


def open_shop(
    *, price: int = 900, currency: str = "eur", capacity: int = 3, hours: float = 72, now: datetime | None = None
) -> Shop:
    """Tickets on sale."""
    now = now or timezone.now().replace(microsecond=0)
    host = seller()
    room = planned(host, hours=hours, now=now)
    sales.publish(
        actor=host, room_id=room.pk, offer=sales.Offer(price=Money(price, currency), capacity=capacity), now=now
    )
    return Shop(Room.objects.get(pk=room.pk), host, now)


def session_of(order: Order) -> str:
    """The newest payment page of an order."""
    return str(order.attempts.latest("n").session_id)


def free_ticket(cast: Cast, buyer: User | None = None) -> Order:
    """A ticket (the speaker's) of the cast's room, which costs nothing and is on sale though the room is live."""
    start = timezone.now() + timedelta(hours=1)
    sale = TicketSale.objects.create(
        room=cast.room, price=0, currency="eur", capacity=50, minutes=60, sales_end=start, starts_at=start,
        published_at=timezone.now(), platform_bps=300, processor_bps=150, processor_fixed=25,
        processor_fee_bearer="HOST",
    )  # fmt: skip
    return fulfilment.give_free_ticket(sale=sale, buyer=buyer or cast.speaker, now=timezone.now())


def fill_books(cast: Cast, staff: User, *, now: datetime) -> None:
    """One row of everything that staff look after."""
    order = free_ticket(cast)
    ledger.book_charge(charge="ch_1", gross=Money(900, "eur"), fee=Money(39, "eur"), at=now, order_id=order.pk)
    fulfilment.queue_refund(order=order, charge="ch_1", payment_intent="pi_1", now=now)
    sellers.grant(actor=staff, person=cast.host, note="Pilot", now=now)
    sales.set_platform_fee(actor=staff, bps=300, valid_from=now, note="From the start", now=now)
    SellerApplication.objects.create(person=cast.stranger, words="A course", born_on=date(1990, 5, 1), applied_at=now)
    WebhookEvent.objects.create(stripe_id="evt_1", type="balance.available", payload={}, received_at=now)
