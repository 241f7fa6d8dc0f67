"""Cross-site websocket hijacking (ASVS 4.4.2): which pages may open a socket."""

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.utils import timezone

from rooms.services import tickets
from spaces_site.sockets import is_own_origin
from tests.rooms.sockets.clients import OverTcp


@pytest.mark.parametrize(
    ("origin", "host", "welcome"),
    [
        ("https://spaces.example.org", "spaces.example.org", True),
        ("https://SPACES.example.org", "spaces.example.org", True),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://spaces.example.org:443", "spaces.example.org", True),
        ("https://evil.example.net", "spaces.example.org", False),
        ("https://spaces.example.org.evil.net", "spaces.example.org", False),
        ("https://spaces.example.org:8443", "spaces.example.org", False),
        ("http://127.0.0.1:8001", "127.0.0.1:8000", False),
        ("null", "spaces.example.org", False),
        ("", "spaces.example.org", False),
        ("file://", "spaces.example.org", False),
        ("https://", "", False),
        ("https://spaces.example.org:port", "spaces.example.org", False),
        ("https://user@evil.net", "evil.net", False),
    ],
)
def test_threat_07_asvs_4_4_2_origin_rows(settings, origin, host, welcome) -> None:
    settings.ALLOWED_HOSTS = ["spaces.example.org", "127.0.0.1", "[::1]"]
    assert is_own_origin(origin, host) is welcome


@pytest.mark.parametrize("origin", ["https://evil.example.net", "null"])
async def test_threat_07_asvs_4_4_2_a_foreign_page_gets_no_handshake(web, cast, origin) -> None:
    client = OverTcp(web.port, cast.room.pk, session=cast.sessions["listener"], device="phone")
    with pytest.raises(websockets.InvalidStatus) as refused:
        await client.connect(origin=origin)
    assert refused.value.response.status_code == 403
    ticket = await sync_to_async(tickets.issue_ticket)(person=cast.listener, room_id=cast.room.pk, now=timezone.now())
    with pytest.raises(websockets.InvalidStatus):
        await client.connect(origin=origin, subprotocols=["spaces.v1", f"ticket.{ticket}"])


async def test_threat_07_without_an_origin_the_cookie_is_not_asked(web, cast) -> None:
    client = await OverTcp(web.port, cast.room.pk, session=cast.sessions["listener"], device="phone").connect(
        origin=None
    )
    assert await client.closed() == 4401


async def test_limit_ticket_asvs_4_4_3_opens_one_socket_once(web, cast) -> None:
    ticket = await sync_to_async(tickets.issue_ticket)(person=cast.listener, room_id=cast.room.pk, now=timezone.now())
    options = {"origin": None, "subprotocols": ["spaces.v1", f"ticket.{ticket}"]}
    first = await OverTcp(web.port, cast.room.pk, device="app").connect(**options)
    assert first.socket.subprotocol == "spaces.v1"
    assert (await first.event("snapshot"))["data"]["you"]["person"]["handle"] == "listener"
    second = await OverTcp(web.port, cast.room.pk, device="app").connect(**options)
    assert await second.closed() == 4401
    assert (await first.command("ping"))["type"] == "ack"
    await first.leave()


async def test_threat_07_asvs_4_4_4_a_ticket_of_another_room_opens_nothing(web, cast) -> None:
    elsewhere = "00000000-0000-4000-8000-000000000000"
    ticket = await sync_to_async(tickets.issue_ticket)(person=cast.listener, room_id=elsewhere, now=timezone.now())
    client = await OverTcp(web.port, cast.room.pk, device="app").connect(
        origin=None, subprotocols=["spaces.v1", f"ticket.{ticket}"]
    )
    assert await client.closed() == 4401
