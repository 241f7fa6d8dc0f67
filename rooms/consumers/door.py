"""Who comes in by a websocket: reads the handshake, asks who it is."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.utils.translation import gettext_lazy as _

from rooms.protocol import SUBPROTOCOL, TICKET_PREFIX
from rooms.services import entry, pace, sessions, tickets
from spaces_site.boundary import identity
from spaces_site.boundary.addresses import client_address, is_our_name, network_of
from spaces_site.boundary.origin import Origin
from spaces_site.errors import DomainError, Kind


class NotSignedIn(DomainError):
    """No session and no ticket, or one that is over or used up."""

    kind = Kind.UNAUTHENTICATED
    code = "sign_in_first"
    text = _("Sign in again, or press Listen, to enter this room.")


class TooManySockets(DomainError):
    """One person or one address holds as many sockets as are allowed."""

    kind = Kind.RATE_LIMITED
    code = "too_many_sockets"
    text = _("Too many connections from you or your network. Close other tabs of this site, then try again.")


class SlowDown(DomainError):
    """More commands than one socket may send."""

    kind = Kind.RATE_LIMITED
    code = "slow_down"
    text = _("You are sending too much at once. Wait a moment.")


class EnterFirst(DomainError):
    """A command of somebody who is not in the room (yet)."""

    kind = Kind.CONFLICT
    code = "join_first"
    text = _("Join the room first: say hello with your device, or move here from your other device.")


class OneOfferAtATime(DomainError):
    """A second offer while the first is being answered."""

    kind = Kind.CONFLICT
    code = "offer_in_flight"
    text = _("Your connection is just being set up. Wait a moment.")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who it is, and the device key of their ticket: empty where they came by a cookie."""

    identity: identity.Identity
    device: str = ""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the handshake says. `ticket` None: the session cookie tells who it is.

    `room_id` is `tickets.NO_ROOM` for the websocket outside of rooms. `host` is the name that the client knows
    this site by, or empty where it is none of ours.
    """

    room_id: str
    host: str
    address: str
    subprotocol: str | None
    ticket: str | None
    cookies: str
    accept_language: str
    device: str
    hidden: bool
    last_seq: int | None


def read_handshake(scope: MutableMapping[str, Any]) -> Handshake:
    """The handshake of an ASGI websocket scope. Nothing in it is trusted yet."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    offered = scope.get("subprotocols", [])
    asked = _query(scope.get("query_string", b"").decode("latin-1"))
    last_seq = asked.get("last_seq", [""])[0]
    return Handshake(
        room_id=str(scope["url_route"]["kwargs"].get("room_id", tickets.NO_ROOM)),
        host=_host(scope),
        address=_address(scope),
        subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None,
        ticket=next((name.removeprefix(TICKET_PREFIX) for name in offered if name.startswith(TICKET_PREFIX)), None),
        cookies=headers.get(b"cookie", ""),
        accept_language=headers.get(b"accept-language", ""),
        device=asked.get("device", [""])[0],
        hidden=asked.get("hidden", [""])[0] == "1",
        last_seq=int(last_seq) if last_seq.isascii() and last_seq.isdigit() and len(last_seq) < 16 else None,
    )


def _query(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, max_num_fields=20, keep_blank_values=True)
    except ValueError:
        # More fields than anybody needs. The client still can name its device by hello.
        return {}


def identify(*, handshake: Handshake) -> Visitor:
    """Who it is. A ticket is used up by this. Raises `NotSignedIn`, and `pace.SlowDown` for who comes too often."""
    told = handshake.accept_language
    if handshake.ticket is None:
        known = identity.from_session(cookies=handshake.cookies, accept_language=told)
        found = Visitor(known) if known else None
    else:
        found = _by_ticket(handshake.ticket, handshake.room_id, told)
    if found is None:
        raise NotSignedIn
    # By the person alone: a network that comes back after a cut comes all at once.
    pace.check(pace.SOCKETS, found.identity.person_id, came_from=Origin())
    return found


def check_holds(*, who: identity.Identity) -> None:
    """Raises `NotSignedIn` when session or token, account or password are not as they were."""
    if who not in sessions.still_valid(identities=[who]):
        raise NotSignedIn


async def check_device(*, device: str) -> None:
    """Raises `BadDevice` for a key that is not of the agreed form, without a hop to a thread."""
    entry.check_device(device=device)


def _by_ticket(ticket: str, room_id: str, accept_language: str) -> Visitor | None:
    kept = tickets.redeem_ticket(ticket=ticket, room_id=room_id)
    if kept is None:
        return None
    found = identity.from_person(person_id=kept.person_id, session=kept.session, accept_language=accept_language)
    if found is None:
        return None
    # The ticket may be older than the end of what it was made with.
    check_holds(who=found)
    return Visitor(found, kept.device)


def _address(scope: MutableMapping[str, Any]) -> str:
    # A proxy may add a line of its own to one that the client typed; Django joins them, too.
    forwarded = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")
    client = scope.get("client")
    return network_of(client_address(forwarded=forwarded, peer=str(client[0]) if client else ""))


def _host(scope: MutableMapping[str, Any]) -> str:
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    return hosts[0] if len(hosts) == 1 and is_our_name(hosts[0]) else ""
