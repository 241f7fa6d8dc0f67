"""Waiting for rooms: reminders, and rooms in calendars."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.services.access import Person
from accounts.views.own import people_only
from rooms.queries import calendars
from rooms.queries import home as queries
from rooms.services import calendar_feeds, reminders
from spaces_site.boundary.pages import back_url

#: The looks of the button in `rooms/_remind.html`.
LOOKS = ("slot", "door", "second", "card")


@people_only
@require_safe
def own_reminders(request: HttpRequest, person: Person) -> HttpResponse:
    """The rooms that one waits for, by day."""
    token = request.GET.get("after", "")[:200]
    slots, next_token = queries.awaited(person=person, token=token)
    context = {"slots": slots, "is_first": not token, "next_token": next_token}
    return render(request, "rooms/reminders.html", context)


@people_only
@require_POST
def remind(request: HttpRequest, person: Person, room_id: UUID) -> HttpResponse:
    """Remind me."""
    reminders.remind(actor=person, room_id=room_id, now=timezone.now())
    return _button(request, room_id, is_on=True)


@people_only
@require_POST
def forget(request: HttpRequest, person: Person, room_id: UUID) -> HttpResponse:
    """Do not remind me any more."""
    reminders.forget(actor=person, room_id=room_id)
    return _button(request, room_id, is_on=False)


@require_safe
@never_cache
def room_calendar(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """One room as a file for a calendar."""
    return _calendar(calendars.room_calendar(room_id=room_id, viewer=request.user), "room.ics")


@require_safe
@never_cache
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody's rooms for their calendar, which cannot sign in: the address is the secret."""
    told = calendars.feed_of_token(token=token, now=timezone.now())
    if told is None:
        raise Http404
    return _calendar(told, "spaces.ics")


@people_only
@require_http_methods(["GET", "HEAD", "POST"])
def own_calendar(request: HttpRequest, person: Person) -> HttpResponse:
    """The secret address of one's feed; a new one makes the old one a dead one."""
    if request.method == "POST":
        calendar_feeds.renew(actor=person)
        messages.success(request, gettext("This is your new address. The old one leads nowhere any more."))
        return redirect("own-calendar")
    address = request.build_absolute_uri(calendars.feed_path(person=person))
    return render(request, "rooms/calendar.html", {"address": address})


def _calendar(told: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Robots-Tag": "noindex"}
    return HttpResponse(told, content_type="text/calendar; charset=utf-8", headers=headers)


def _button(request: HttpRequest, room_id: UUID, *, is_on: bool) -> HttpResponse:
    """For htmx the button anew; else back to where one came from."""
    if not request.headers.get("HX-Request"):
        said = gettext("You are reminded of this room.") if is_on else gettext("You are not reminded any more.")
        messages.success(request, said)
        return redirect(back_url(request, "reminders"))
    look = request.POST.get("look", "")
    look = look if look in LOOKS else "slot"
    context = {"room_id": room_id, "is_on": is_on, "title": request.POST.get("title", "")[:80], "look": look}
    return render(request, "rooms/_remind.html", context)
