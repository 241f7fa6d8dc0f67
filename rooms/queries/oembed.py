"""oEmbed 1.0: what a site shows for an address of a room that somebody put into a text of theirs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext

from rooms import refusals
from rooms.queries.outside import Outside, outside
from spaces_site.boundary.own_pages import page_at

WIDTH, HEIGHT = 600, 180
#: Seconds for which an answer may be kept; the frame itself is always new.
KEPT = 300
_PAGES = {"room_page", "room_embed"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: an address on the site that is called `host`, and the largest size."""

    url: str
    host: str
    max_width: int = WIDTH
    max_height: int = HEIGHT


def oembed(*, wanted: Wanted, site: str, now: datetime) -> dict[str, Any]:
    """The answer for an address of a room. Raises `NoSuchRoom`."""
    room = outside(room_id=_room_at(wanted), now=now)
    if room is None:
        raise refusals.NoSuchRoom
    width, height = min(WIDTH, wanted.max_width), min(HEIGHT, wanted.max_height)
    answer = {
        "version": "1.0",
        "type": "rich",
        "provider_name": "Spaces",
        "provider_url": f"{site}/",
        "cache_age": KEPT,
        "title": room.title or gettext("A room on Spaces"),
        "html": frame(room=room, site=site, width=str(width), height=height),
        "width": width,
        "height": height,
    }
    if room.people:
        host = room.people[0]
        answer |= {"author_name": host.name, "author_url": site + reverse("profile", args=[host.handle])}
    return answer


def frame(*, room: Outside, site: str, width: str = "100%", height: int = HEIGHT) -> str:
    """The piece of HTML that puts a room into another page."""
    return format_html(
        '<iframe src="{}" width="{}" height="{}" title="{}" allow="autoplay" loading="lazy" frameborder="0"></iframe>',
        site + reverse("room_embed", args=[room.id]),
        width,
        height,
        room.title or gettext("A room on Spaces"),
    )


def _room_at(wanted: Wanted) -> UUID:
    match = page_at(wanted.url, host=wanted.host)
    if match is None or match.url_name not in _PAGES:
        raise refusals.NoSuchRoom
    room_id: UUID = match.kwargs["room_id"]
    return room_id
