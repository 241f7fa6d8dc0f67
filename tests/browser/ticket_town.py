"""The town with tickets: free ones, so that every state of the pages is there without a payment service."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from rooms.models import Room
from rooms.services import passes
from tests.browser.town import Town
from tests.ticketing.cast import proved
from ticketing.models import Order, SellerGrant, TicketSale
from ticketing.money import Money
from ticketing.services import checkout, refunds, sales


def _sale(town: Town, *, capacity: int = 120) -> Room:
    """Karim's plan, with tickets."""
    room = Room.objects.scheduled().get(creator=town.people["karim"])
    if not TicketSale.objects.filter(room=room).exists():
        _seller(town)
        offer = sales.Offer(price=Money(0, "eur"), capacity=capacity)
        sales.publish(actor=town.people["karim"], room_id=room.pk, offer=offer, now=timezone.now())
    return room


def _seller(town: Town) -> None:
    karim = User.objects.get(handle="karim")
    proved(karim)
    SellerGrant.objects.create(person=karim, note="Pilot", granted_at=timezone.now())


def _buy(town: Town, who: str) -> Order:
    room = _sale(town)
    started = checkout.start_checkout(
        actor=town.people[who], room_id=room.pk, origin="http://127.0.0.1", now=timezone.now()
    )
    return Order.objects.get(pk=started.order_id)


def on_sale(town: Town) -> str:
    """Tickets of 9 €."""
    room = _sale(town)
    TicketSale.objects.update(price=900)
    return f"/rooms/{room.pk}/tickets/"


def upcoming(town: Town) -> str:
    """Among the plans is one with tickets: those without are a choice."""
    _sale(town)
    return "/upcoming/"


def sold_out(town: Town) -> str:
    """One ticket, and somebody else has it."""
    room = _sale(town, capacity=1)
    _buy(town, "bo")
    return f"/rooms/{room.pk}/tickets/"


def bought(town: Town) -> str:
    """Maya's ticket."""
    return f"/tickets/{_buy(town, 'maya').pk}/"


def given_back(town: Town) -> str:
    """Maya's ticket, which is none any more."""
    order = _buy(town, "maya")
    refunds.return_ticket(actor=town.people["maya"], order_id=order.pk, now=timezone.now())
    return f"/tickets/{order.pk}/"


def orders(town: Town) -> str:
    """What Maya bought."""
    _buy(town, "maya")
    return "/tickets/"


def may_apply(town: Town) -> str:
    """Somebody above every threshold."""
    proved(town.people["bo"])
    User.objects.filter(handle="bo").update(follower_count=settings.TICKET_SELLER_FOLLOWERS)
    now = timezone.now()
    for number in range(settings.TICKET_SELLER_ROOMS):
        Room.objects.create(
            creator=town.people["bo"], title=f"Past evening {number}", state="ENDED", started_at=now - timedelta(days=1)
        )
    return "/tickets/sell/"


def to_sell(town: Town) -> str:
    """Karim, who may sell, before he does."""
    _seller(town)
    return f"/rooms/{Room.objects.scheduled().get(creator=town.people['karim']).pk}/sale/"


def own_sale(town: Town) -> str:
    """What Karim sold, with a guest on the list."""
    room = _sale(town)
    _buy(town, "bo")
    passes.add_guest(actor=town.people["karim"], room_id=room.pk, handle="lea", now=timezone.now())
    return f"/rooms/{room.pk}/sale/"


def door(town: Town) -> str:
    """In front of Karim's room."""
    return f"/rooms/{_sale(town).pk}/"
