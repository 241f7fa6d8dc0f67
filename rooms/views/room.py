"""The page of one room, and the plain forms that serve it without a script."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries.shared import SHARE, share_token
from accounts.services import guests
from accounts.services.access import Person, check_signed_in
from rooms.forms import ChangeForm, RoomSettingsForm, change_form_initial
from rooms.queries.after import AfterRoom, after_room
from rooms.queries.link_cards import card_path
from rooms.queries.listed import room_languages
from rooms.queries.pins import pins_seen_by
from rooms.queries.room_page import RoomPage, own_scheduled
from rooms.queries.room_page import room_page as read_page
from rooms.queries.sharing import site
from rooms.services import entry, invitations, knocks, lifecycle
from spaces_site.boundary.pages import submit

#: A key of an invitation's link has 22 characters.
LONGEST_KEY = 100


@require_safe
@never_cache
def room_page(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """Before joining a preview with its door; after it the room itself."""
    page = read_page(room_id=room_id, viewer=request.user, now=timezone.now())
    # Whoever is inside and opens an invitation's link comes by the door again: only a press answers it.
    key = request.GET.get("invitation", "")[:LONGEST_KEY]
    if page.you is None or (key and page.you.role == "listener"):
        may_listen = page.door.opens_to_invited if key else page.door.is_open
        share = share_token(request.GET.get(SHARE, ""))
        context = {"page": page, "may_listen": may_listen, "invitation_key": key, "share": share}
        context |= {"site": site(asked_for=request.build_absolute_uri("/")), "card": card_path(room=page.outside)}
        context["after"] = _after(request, page)
        return render(request, "rooms/room_door.html", context)
    context = {
        "page": page,
        "config": _config(page),
        "host_side": page.you.role in ("host", "co_host"),
        "languages": room_languages(),
        "pins": pins_seen_by(room_id=room_id, viewer=request.user, now=timezone.now()),
    }
    return render(request, "rooms/room.html", context)


@require_POST
def listen(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """Come in: as oneself, or as a guest made on the spot; unnamed where the host allows it."""
    now = timezone.now()
    key = request.POST.get("invitation", "")[:LONGEST_KEY]
    if key and request.user.is_authenticated and not request.user.is_guest:
        _use_link(request, request.user, room_id, key)
    person = guests.ensure_guest(request, now=now)
    entry.join_room(
        actor=person,
        room_id=room_id,
        device=request.POST.get("device", ""),
        hidden=request.POST.get("hidden") == "1",
        session=request.session.session_key or "",
        share=share_token(request.POST.get("share", "")),
        now=now,
    )
    return redirect("room_page", room_id)


def _use_link(request: HttpRequest, person: Person, room_id: UUID, key: str) -> None:
    """A link that no longer works keeps nobody out: one comes in as anybody may, and is told."""
    try:
        invitations.use_link(actor=person, room_id=room_id, key=key, now=timezone.now())
    except (invitations.NoSuchInvitation, invitations.TooManyInvitations) as refusal:
        messages.info(request, str(refusal.text))


@require_POST
def knock(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """Ask to come in where hosts let people in one by one."""
    knocks.knock(actor=check_signed_in(request.user), room_id=room_id, now=timezone.now())
    return redirect("room_page", room_id)


@require_POST
def leave(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """Go out, and home."""
    if request.user.is_authenticated:
        entry.leave_room(actor=request.user, room_id=room_id, now=timezone.now())
    return redirect("home")


@require_POST
def end(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """End the room for everyone."""
    lifecycle.end_room(actor=check_signed_in(request.user), room_id=room_id, now=timezone.now())
    return redirect("room_page", room_id)


@require_POST
def start(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """Open a scheduled room now."""
    lifecycle.start_room(actor=check_signed_in(request.user), room_id=room_id, now=timezone.now())
    return redirect("room_page", room_id)


@require_POST
def cancel(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """Call a scheduled room off, or all of its series."""
    person, end_series = check_signed_in(request.user), request.POST.get("all") == "1"
    lifecycle.cancel_room(actor=person, room_id=room_id, end_series=end_series, now=timezone.now())
    return redirect("room_page", room_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reschedule(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """Title, words and time of a room to come; whoever waits for it is told of a new time."""
    person = check_signed_in(request.user)
    page = own_scheduled(room_id=room_id, viewer=person, now=timezone.now())
    form = ChangeForm(request.POST or None, initial=change_form_initial(**page.words()))
    if form.is_valid():
        arguments = {"actor": person, "room_id": room_id, "changes": form.changes(), "now": timezone.now()}
        if submit(form, lifecycle.change_room, **arguments) is not None:
            messages.success(request, gettext("Saved. Whoever waits for the room is told of a new time."))
            return redirect("room_page", room_id)
    status = 422 if form.is_bound else 200
    return render(request, "rooms/reschedule.html", {"form": form, "page": page}, status=status)


@require_POST
def change_settings(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """The host's settings of a running room; the room itself hears of them by its websocket."""
    person = check_signed_in(request.user)
    form = RoomSettingsForm(request.POST)
    if not form.is_valid():
        faults = [str(error) for errors in form.errors.values() for error in errors]
        return HttpResponse(escape(" ".join(faults)), status=422)
    lifecycle.change_room(actor=person, room_id=room_id, changes=form.changes(), now=timezone.now())
    return HttpResponse(status=204)


def _after(request: HttpRequest, page: RoomPage) -> AfterRoom | None:
    """What a room that is over leaves behind, for whoever it is over for by itself; nothing where staff closed it."""
    if page.door.door != "ENDED" or page.is_closed:
        return None
    return after_room(room_id=page.id, viewer=request.user, now=timezone.now())


def _config(page: RoomPage) -> dict[str, object]:
    """What the room's script needs to begin."""
    return {
        "id": str(page.id),
        "url": reverse("room_page", args=[page.id]),
        "socketUrl": f"/ws/rooms/{page.id}/",
        "hidden": page.you.hidden if page.you else False,
    }
