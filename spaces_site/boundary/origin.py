"""From which device and network address a deed comes, whatever the door: bound there, read where deeds are counted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from spaces_site.boundary.addresses import client_address, network_of


@dataclass(frozen=True, slots=True)
class Origin:
    """A device (a web session's key, or an app's as sessions are named) and a network; "" where unknown.

    `address` is what `addresses.network_of` makes of the client's own.
    """

    device: str = ""
    address: str = ""


NOWHERE = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def current() -> Origin:
    """Where what is being done comes from; an empty origin outside of all doors, as in a task."""
    return _current.get()


@contextmanager
def acting_from(origin: Origin) -> Iterator[None]:
    """What is done within comes from there."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def name_device(device: str) -> None:
    """The device became known within the door: an app has shown its token."""
    _current.set(replace(_current.get(), device=device))


class OriginMiddleware:
    """Binds the origin of each request. Needs the session's middleware before it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_from(origin_of(request)):
            return self.get_response(request)


def origin_of(request: HttpRequest) -> Origin:
    """The origin by cookies and headers.

    A browser that is not signed in is known by its CSRF cookie, of which only a digest is kept.
    """
    forwarded, peer = request.META.get("HTTP_X_FORWARDED_FOR", ""), request.META.get("REMOTE_ADDR", "")
    device = request.session.session_key or ""
    unsigned = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
    if not device and unsigned:
        device = "browser:" + salted_hmac("origin.device", unsigned).hexdigest()[:32]
    return Origin(device, network_of(client_address(forwarded=forwarded, peer=peer)))
