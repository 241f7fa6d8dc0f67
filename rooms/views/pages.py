"""The pages round the rooms: home, upcoming, topics, search, create, help."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries.shared import SHARE, share_token
from accounts.services import profile
from rooms import eligibility
from rooms.forms import RoomForm, room_form_initial
from rooms.queries import first_run
from rooms.queries import home as queries
from rooms.queries.filters import Filters
from rooms.queries.phone import phone_door
from rooms.queries.search_page import KINDS
from rooms.queries.shared import shared_rooms
from rooms.services import finding, lifecycle
from spaces_site.boundary.pages import own_path, submit
from spaces_site.boundary.plain_text import LONGEST_QUERY, plain_line


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Who is live now."""
    filters = _filters(request)
    page = queries.home(viewer=request.user, filters=filters, token=_token(request), now=timezone.now())
    steps = first_run.first_run(viewer=request.user, secure=request.is_secure(), host=request.get_host())
    # The numbers of the header and the rings came with the rest.
    known = {"waiting_numbers": page.waiting, "live_stages": page.stages}
    return render(request, "rooms/home.html", {"home": page, "filters": filters, "first_run": steps, **known})


@require_safe
def upcoming(request: HttpRequest) -> HttpResponse:
    """Rooms to come, by day."""
    filters = _filters(request)
    page = queries.upcoming(viewer=request.user, filters=filters, token=_token(request), now=timezone.now())
    return render(request, "rooms/upcoming.html", {"page": page, "filters": filters, "live_stages": page.stages})


@require_safe
def topic(request: HttpRequest, name: str) -> HttpResponse:
    """What is live about a topic, and what comes."""
    name = plain_line(name)
    if not name:
        # Nothing chosen is everything: a page without a name would list all rooms.
        raise Http404
    page = queries.topic(name=name, viewer=request.user, token=_token(request), now=timezone.now())
    return render(request, "rooms/topic.html", {"page": page, "live_stages": page.stages})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Rooms, people and topics by words."""
    query = plain_line(request.GET.get("q", ""))[:LONGEST_QUERY]
    kind = request.GET.get("kind", "all")
    found = finding.find_page(
        query=query,
        kind=kind if kind in KINDS else "all",
        token=_token(request),
        viewer=request.user,
        now=timezone.now(),
    )
    return render(request, "rooms/search.html", {"found": found, "live_stages": found.stages})


@require_safe
def rooms_of_person(request: HttpRequest, handle: str) -> HttpResponse:
    """Somebody's rooms: a piece of their profile for htmx, a page of its own without."""
    rooms = queries.rooms_of_person(handle=handle, viewer=request.user, token=_token(request), now=timezone.now())
    if rooms is None:
        raise Http404
    template = "rooms/_person_rooms.html" if request.headers.get("HX-Request") else "rooms/person_rooms.html"
    return render(request, template, {"rooms": rooms})


@require_safe
def room_card(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """The card of a shared room anew, for pages that stay open; empty once the reader may not know of the room."""
    card = shared_rooms(room_ids=[room_id], viewer=request.user).get(room_id)
    context = {"card": card, "share": share_token(request.GET.get(SHARE, ""))}
    return render(request, "accounts/_shared_room.html", context) if card else HttpResponse()


@require_http_methods(["GET", "HEAD", "POST"])
def create_room(request: HttpRequest) -> HttpResponse:
    """Open a room now, or schedule one; somebody who may not sees why, with numbers."""
    standing = eligibility.hosting_standing(person=request.user)
    form = RoomForm(request.POST or None, initial=room_form_initial())
    if request.method == "POST" and form.is_valid():
        service = lifecycle.schedule_room if "scheduled_start" in form.cleaned_data else lifecycle.open_room
        room = submit(form, service, creator=request.user, now=timezone.now(), **form.room_fields())
        if room is not None:
            return redirect("room_page", room.pk)
    status = 422 if form.is_bound else 200
    return render(request, "rooms/create.html", {"form": form, "standing": standing}, status=status)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How it works, in a minute."""
    phone = phone_door(host=request.get_host(), secure=request.is_secure())
    return render(request, "rooms/help.html", {"phone": phone})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "rooms/accessibility.html")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep a language: in the account of whoever has one, and in a cookie."""
    language = request.POST.get("language", "")
    response = HttpResponseRedirect(own_path(request, request.POST.get("next", "")) or "/")
    if language in dict(settings.LANGUAGES):
        if request.user.is_authenticated and not request.user.is_guest:
            profile.change_profile(actor=request.user, changes={"language": language})
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax")
    return response


def _filters(request: HttpRequest) -> Filters:
    """What the address chooses rooms by."""
    return Filters(
        language=plain_line(request.GET.get("lang", "")),
        topic=plain_line(request.GET.get("topic", "")),
        is_free=request.GET.get("free") == "1",
        following=request.GET.get("following") == "1",
    )


def _token(request: HttpRequest) -> str:
    """`?after=`, where a page of a list begins."""
    return request.GET.get("after", "")[:200]
