"""What other sites show of a room: a frame, and what is told about an address of it. Nobody is asked who they are."""

from uuid import UUID

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from rooms.queries import link_cards, sharing
from rooms.queries import oembed as oembed_queries
from rooms.queries import outside as queries
from rooms.services import link_card

#: Digits of a size that we read; nobody's screen has more.
_MOST_DIGITS = 6


@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]
@require_safe
def embed(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """A room in a page of somebody else: the one page that may be framed. It needs no cookie and sets none."""
    room = queries.outside(room_id=room_id, now=timezone.now())
    return render(request, "rooms/embed.html", {"room": room}, status=200 if room else 404)


@require_safe
def card(request: HttpRequest, room_id: UUID, version: str) -> HttpResponse:
    """The picture for link previews. An address of what the room was leads to what it is."""
    now_drawn = link_cards.link_card(room_id=room_id, now=timezone.now())
    if now_drawn is None:
        raise Http404
    if version != now_drawn.version:
        return redirect("room_link_card", room_id, now_drawn.version)
    # Not for longer than a day: what moderators close, and faces that people take away, must go from caches as well.
    headers = {"Cache-Control": "public, max-age=86400, immutable", "Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(link_card.png(card=now_drawn), content_type="image/png", headers=headers)


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """oEmbed: `url` and, where they are less than ours, `maxwidth` and `maxheight`."""
    if request.GET.get("format", "json") != "json":
        # What the standard answers for a format that a provider does not speak.
        return HttpResponse(status=501)
    wanted = oembed_queries.Wanted(
        url=request.GET.get("url", "")[:500],
        host=request.get_host(),
        max_width=_size(request.GET.get("maxwidth", ""), oembed_queries.WIDTH),
        max_height=_size(request.GET.get("maxheight", ""), oembed_queries.HEIGHT),
    )
    site = sharing.site(asked_for=request.build_absolute_uri("/"))
    told = oembed_queries.oembed(wanted=wanted, site=site, now=timezone.now())
    # Other sites' scripts may read what is told to everybody.
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": f"public, max-age={oembed_queries.KEPT}"}
    return JsonResponse(told, headers=headers)


def _size(text: str, otherwise: int) -> int:
    """A number of pixels; anything else is no wish."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number and int(text) else otherwise
