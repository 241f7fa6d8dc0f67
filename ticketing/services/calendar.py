"""A ticket outside of this site: as a calendar entry, and as a code to point a telephone at."""

from datetime import datetime, timedelta
from uuid import UUID

import segno
from django.urls import reverse
from icalendar import Calendar, Event

from accounts.models import User
from ticketing.services import letters, orders


def ticket_ics(*, person: User, order_id: UUID, now: datetime) -> bytes:
    """The room's time as iCalendar, in UTC. Raises `NoSuchOrder`."""
    order = orders.own_order(person=person, order_id=order_id)
    room, sale = order.sale.room, order.sale
    event = Event()
    event.add("uid", f"{room.pk}@spaces")
    event.add("dtstamp", now)
    event.add("dtstart", sale.starts_at)
    event.add("dtend", sale.starts_at + timedelta(minutes=sale.minutes))
    event.add("summary", room.title)
    event.add("url", letters.site() + reverse("room_page", args=[room.pk]))
    calendar = Calendar()
    calendar.add("prodid", "-//Spaces//Tickets//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def ticket_code(*, order_id: UUID) -> str:
    """The address of the ticket as a picture, by a data address."""
    address = letters.site() + reverse("order", args=[order_id])
    return segno.make(address, micro=False).svg_data_uri(scale=4, border=3, dark="#1b1525", light="#fff")
