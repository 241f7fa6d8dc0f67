"""Passing a room on: post it, send it, copy its address, show it as a picture to be scanned."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.queries.shared import SHARE, share_token
from rooms.queries import oembed, qr_codes
from rooms.queries import sharing as queries
from rooms.queries.outside import outside
from rooms.services import share_links


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """All ways to pass a room on. Posting gives the asker an address of their own first, by which is counted."""
    if request.method == "POST":
        share_links.make(actor=request.user, room_id=room_id)
        return redirect("room_share", room_id)
    page = queries.sharing(room_id=room_id, viewer=request.user)
    site = queries.site(asked_for=request.build_absolute_uri("/"))
    shown = outside(room_id=room_id, now=timezone.now())
    frame = oembed.frame(room=shown, site=site) if shown and not shown.is_neutral else ""
    return render(request, "rooms/share.html", {"page": page, "url": site + page.path, "frame": frame})


@require_safe
def qr_code(request: HttpRequest, room_id: UUID, kind: str) -> HttpResponse:
    """The address of a room as a picture for phones; `?s=` is the token that it carries."""
    queries.known_room(room_id=room_id, viewer=request.user)
    path = queries.room_path(room_id=room_id, token=share_token(request.GET.get(SHARE, "")))
    picture = qr_codes.picture(url=queries.site(asked_for=request.build_absolute_uri("/")) + path, kind=kind)
    headers = {"Cache-Control": "private, max-age=3600"}
    return HttpResponse(picture, content_type=qr_codes.CONTENT_TYPES[kind], headers=headers)
