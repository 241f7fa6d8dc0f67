"""Looking for rooms and people as often as one may; what fits, `queries.search` says."""

from datetime import datetime

from rooms.queries import catalogue, search
from rooms.queries import search_page as pages
from rooms.queries.search import Found, Viewer
from rooms.services import pace


def find_page(*, query: str, kind: str, token: str, viewer: Viewer, now: datetime) -> pages.SearchPage:
    """`search_page`; the page without words looks for nothing, and is not counted. Raises SlowDown, BadCursor."""
    if query:
        _count(viewer)
    return pages.search_page(query=query, kind=kind, token=token, viewer=viewer, now=now)


def find_rooms(*, query: str, state: str, viewer: Viewer, now: datetime, page: catalogue.Page) -> catalogue.RoomList:
    """`catalogue.search_rooms`. Raises SlowDown, BadCursor."""
    _count(viewer)
    return catalogue.search_rooms(query=query, state=state, viewer=viewer, now=now, page=page)


def find_people(*, query: str, viewer: Viewer, now: datetime) -> list[Found]:
    """`search.find_people`. Raises SlowDown."""
    _count(viewer)
    return search.find_people(query=query, viewer=viewer, now=now)


def _count(viewer: Viewer) -> None:
    pace.check(pace.SEARCHES, viewer.pk or "")
