"""Mounts every app's websocket routing behind one check of where the page comes from."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from channels.routing import URLRouter
from django.http.request import split_domain_port
from django.urls import re_path

import moderation.consumers  # noqa: F401  it answers a command of the rooms' websocket
import rooms.routing
from rooms.protocol import TICKET_PREFIX, CloseCode
from spaces_site.boundary.addresses import is_our_name

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_DEFAULT_PORTS = {"http": "80", "https": "443"}


class OwnOrigin:
    """Lets in pages of our own origin, and clients without an origin that bring a ticket.

    A foreign page, or one whose origin is `null`, gets HTTP 403 before any handshake: it could
    use the reader's cookie (cross-site websocket hijacking). ALLOWED_HOSTS alone is no answer,
    since a demo allows every host.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope["headers"]
        origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
        hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
        if not origins and not any(name.startswith(TICKET_PREFIX) for name in scope.get("subprotocols", [])):
            # No browser: the cookie is not asked, and the client is told what it needs.
            await accept_and_close(receive, send, CloseCode.RENEW)
        elif origins and not (len(origins) == len(hosts) == 1 and is_own_origin(origins[0], hosts[0])):
            log.warning("socket_origin_refused", origin=origins[:1], host=hosts[:1])
            await receive()
            await send({"type": "websocket.close"})
        else:
            await self.application(scope, receive, send)


def is_own_origin(origin: str, host: str) -> bool:
    """Same host and port (RFC 6454 section 5), where the host is one that we answer to."""
    try:
        parts = urlsplit(origin)
        port = str(parts.port or _DEFAULT_PORTS[parts.scheme])
    except (ValueError, KeyError):
        return False
    if not is_our_name(host):
        return False
    name, own_port = split_domain_port(host)
    own = name.strip("[]").rstrip("."), own_port or _DEFAULT_PORTS[parts.scheme]
    return own == ((parts.hostname or "").rstrip("."), port)


async def no_such_path(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept and close with 4404, so that a client can tell a wrong address from a dead server."""
    await accept_and_close(receive, send, CloseCode.NOT_FOUND)


async def accept_and_close(receive: Receive, send: Send, code: int) -> None:
    """Close with a code of our own, which needs an accepted handshake."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code})


websocket_application = OwnOrigin(URLRouter([*rooms.routing.urlpatterns, re_path(r"", no_such_path)]))  # type: ignore[arg-type]
