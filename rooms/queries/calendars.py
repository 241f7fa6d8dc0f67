"""Rooms in people's calendars (RFC 5545): one room as a file, and everything that one waits for as a feed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from icalendar import Calendar, Event

from accounts.models import User
from accounts.queries import notifications
from rooms import admission, refusals
from rooms.models import Room, RoomState

#: How long a room lasts nobody knows; calendars want an end.
LASTS = timedelta(hours=1)
#: What is over stays in the feed for so long, so that a calendar hears that it was moved or cancelled.
KEPT = timedelta(days=30)
MOST = 500
_SALT = "rooms.calendar.v1"

_STATUS = {RoomState.CANCELLED: "CANCELLED"}


def room_calendar(*, room_id: UUID, viewer: User | AnonymousUser) -> bytes:
    """One room that has a time. Raises `NoSuchRoom`."""
    room = Room.objects.select_related("creator").filter(pk=room_id).exclude(scheduled_start=None).first()
    if room is None:
        raise refusals.NoSuchRoom
    admission.check_may_know(person=viewer, room=room)
    return _calendar([room])


def feed_of_token(*, token: str, now: datetime) -> bytes | None:
    """Rooms that its owner waits for or hosts, in the owner's language; None for an address that is no more."""
    try:
        person_id, number = signing.loads(token, salt=_SALT)
        person = User.objects.people().filter(pk=UUID(person_id), calendar_number=number).first()
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None
    if person is None:
        return None
    mine = Q(reminders__person=person) | Q(creator=person)
    rooms = Room.objects.filter(mine, admission.rooms_known_to(viewer_id=person.pk), scheduled_start__gt=now - KEPT)
    soonest = rooms.select_related("creator").distinct().order_by("scheduled_start", "pk")
    with translation.override(notifications.language_of(person)):
        return _calendar(soonest[:MOST])


def feed_path(*, person: User) -> str:
    """The secret address of somebody's feed, until they take a new one."""
    token = signing.dumps([str(person.pk), person.calendar_number], salt=_SALT)
    return reverse("calendar-feed", args=[token])


def _calendar(rooms: Iterable[Room]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Spaces//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Spaces")
    for room in rooms:
        calendar.add_component(_event(room))
    told: bytes = calendar.to_ical()
    return told


def _event(room: Room) -> Event:
    """The same UID for ever and a number that grows: a moved room moves, a cancelled one is crossed out."""
    site = settings.PUBLIC_URL or f"http://127.0.0.1:{settings.PORT}"
    link = site + reverse("room_page", args=[room.pk])
    event = Event()
    event.add("uid", f"{room.pk}@{urlsplit(site).hostname}")
    event.add("sequence", room.calendar_sequence)
    event.add("dtstamp", room.updated_at)
    event.add("last-modified", room.updated_at)
    event.add("dtstart", room.scheduled_start)
    event.add("dtend", _end(room))
    event.add("summary", room.title)
    event.add("status", _STATUS.get(RoomState(room.state), "CONFIRMED"))
    event.add("url", link)
    event.add("location", link)
    host = gettext("With %(host)s") % {"host": room.creator.display_name or room.creator.handle}
    event.add("description", "\n".join(filter(None, (host, room.description, link))))
    return event


def _end(room: Room) -> datetime:
    assert room.scheduled_start is not None, "only rooms with a time are in calendars"
    is_over = room.state == RoomState.ENDED and room.ended_at and room.ended_at > room.scheduled_start
    return room.ended_at if is_over and room.ended_at else room.scheduled_start + LASTS
