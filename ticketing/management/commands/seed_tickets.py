"""A ticketed room for the demo, so that a newcomer can buy a ticket."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from rooms.services import lifecycle
from ticketing.models import TicketSale
from ticketing.money import Money
from ticketing.services import sales, sellers

TITLE = "Pricing a voice: a masterclass"
PRICE, TICKETS, IN_HOURS = Money(900, "eur"), 120, 46


class Command(BaseCommand):
    """Runs as often as one likes: there is one such room to come."""

    help = "Puts tickets of a demo room on sale."

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses where real money could be meant; without the demo's people it does nothing."""
        if settings.SPACES_ENV != "demo":
            raise CommandError("Demo tickets are for the demo alone (SPACES_ENV=demo).")
        now = timezone.now()
        host, staff = User.objects.filter(handle="maya").first(), User.objects.filter(is_staff=True).first()
        if host is None or staff is None or TicketSale.objects.buyable(now).filter(room__title=TITLE).exists():
            return
        start = (now + timedelta(hours=IN_HOURS)).replace(minute=0, second=0, microsecond=0)
        sellers.grant(actor=staff, person=host, note="Host of the demo", now=now)
        room = lifecycle.schedule_room(
            creator=host, title=TITLE, scheduled_start=start, description="What a voice is worth, and why.", now=now
        )
        sales.publish(actor=host, room_id=room.pk, offer=sales.Offer(price=PRICE, capacity=TICKETS), now=now)
