"""Behind a proxy: an address that a client types itself counts for nothing, and one request is one request."""

import asyncio
from typing import Any

import pytest
from django.test import Client
from limits import RateLimitItemPerMinute

from rooms.consumers.door import read_handshake
from spaces_site.boundary import rest_pace
from spaces_site.boundary.addresses import network_of
from tests.rooms.sockets.conftest import web as web
from tests.rooms.sockets.servers import WebServer

LIVE = "/api/v1/rooms/live/"


@pytest.mark.parametrize(("proxies", "typed"), [(0, "203.0.113.{}"), (1, "203.0.113.{}, 198.51.100.9")])
def test_threat_24_asvs_4_1_3_a_typed_address_does_not_pass_the_limit(
    db: None, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, proxies: int, typed: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    monkeypatch.setattr(rest_pace, "SIGNED_OUT", RateLimitItemPerMinute(3))
    statuses = [client.get(LIVE, headers={"X-Forwarded-For": typed.format(number)}).status_code for number in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    if proxies:
        other = client.get(LIVE, headers={"X-Forwarded-For": "203.0.113.1, 198.51.100.10"})
        assert other.status_code == 200


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("192.0.2.7:40112", "192.0.2.7"),
        ("[2001:db8:1:2::7]:40112", "2001:db8:1:2::"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_limit_pace_the_addresses_of_one_household_count_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


def test_limit_pace_asvs_2_4_1_another_ipv6_address_of_ones_own_buys_no_more(
    db: None, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRUSTED_PROXIES = 1
    monkeypatch.setattr(rest_pace, "SIGNED_OUT", RateLimitItemPerMinute(3))
    statuses = [
        client.get(LIVE, headers={"X-Forwarded-For": f"2001:db8:0:1::{number}"}).status_code for number in range(4)
    ]
    assert statuses == [200, 200, 200, 429]
    assert client.get(LIVE, headers={"X-Forwarded-For": "2001:db8:0:2::1"}).status_code == 200


def test_asvs_4_1_3_a_line_of_the_clients_own_does_not_stand_for_the_proxys(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 2
    lines = [(b"x-forwarded-for", b"203.0.113.1"), (b"x-forwarded-for", b"198.51.100.7"), (b"x-forwarded-for", b"::1")]
    scope = {"headers": lines, "url_route": {"kwargs": {"room_id": "x"}}, "client": ["127.0.0.1", 1]}
    assert read_handshake(scope).address == "198.51.100.7"


def request(*lines: str, body: str = "") -> bytes:
    """A raw request with a Host, and a second one hidden behind it."""
    head = "\r\n".join([lines[0], "Host: 127.0.0.1", *lines[1:], "", ""])
    return (head + body).encode("latin-1")


HIDDEN = "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SMUGGLED = {
    "two lengths": request("POST /livez HTTP/1.1", "Content-Length: 0", f"Content-Length: {len(HIDDEN)}", body=HIDDEN),
    "length and chunks": request(
        "POST /livez HTTP/1.1", f"Content-Length: {len(HIDDEN) + 5}", "Transfer-Encoding: chunked",
        body="0\r\n\r\n" + HIDDEN,
    ),
    "chunks by another name": request(
        "POST /livez HTTP/1.1", "Transfer-Encoding: xchunked", f"Content-Length: {len(HIDDEN)}", body=HIDDEN
    ),
    "a space before the colon": request(
        "POST /livez HTTP/1.1", f"Content-Length : {len(HIDDEN)}", "Content-Length: 0", body=HIDDEN
    ),
    "a signed length": request("POST /livez HTTP/1.1", f"Content-Length: +{len(HIDDEN)}", body=HIDDEN),
    "a negative length": request("POST /livez HTTP/1.1", "Content-Length: -1", body=HIDDEN),
    "a bare line feed": b"GET /livez HTTP/1.1\nHost: 127.0.0.1\nX: a\r\rGET /livez HTTP/1.1\n\n",
    "a folded header": request("GET /livez HTTP/1.1", "X: a", " Transfer-Encoding: chunked", body=HIDDEN[:10]),
    "a NUL in a header": request("GET /livez HTTP/1.1", "X: a\0b"),
    "no version": b"GET /livez\r\n\r\n" + HIDDEN.encode(),
    "two hosts": request("GET /livez HTTP/1.1", "Host: evil.example.net"),
}  # fmt: skip


async def answers(port: int, raw: bytes) -> int:
    """How many answers one piece of bytes gets until the server hangs up or falls silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    told = b""
    try:
        while data := await asyncio.wait_for(reader.read(65_536), 1.5):
            told += data
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return told.count(b"HTTP/1.")


async def test_threat_24_asvs_4_2_1_a_request_in_a_request_is_not_answered(web: WebServer) -> None:
    assert await answers(web.port, HIDDEN.encode()) == 1
    assert await answers(web.port, HIDDEN.encode() * 2) == 2
    found = {name: await answers(web.port, raw) for name, raw in SMUGGLED.items()}
    assert {name: count for name, count in found.items() if count > 1} == {}
