"""What no browser of ours would send to pages and handshakes: a refusal that says what to do, never a 500."""

import asyncio
import json
import logging
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import Client
from django.utils.translation import trans_real

from spaces_site.asgi import application
from tests.patience import busy
from tests.rooms.cast import Cast, person
from tests.rooms.sockets.clients import InProcess
from tests.rooms.sockets.conftest import hub_ends as hub_ends
from tests.rooms.sockets.people import make_person, make_room, sign_in
from tests.rooms.sockets.servers import running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "next_", ["abc", "room_page", "home", "\x00", "?x", "#y", "//evil.example", "javascript:alert"]
)
def test_where_the_choice_of_a_language_leads(client: Client, next_: str) -> None:
    answer = client.post("/language/", {"language": "fr", "next": next_})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/")
    assert not answer["Location"].startswith("//")


@pytest.mark.parametrize("next_", ["abc", "room_page", "?x", "//evil.example", "http://testserver//evil.example/x"])
def test_where_signing_in_leads_who_is_signed_in_already(next_: str) -> None:
    browser = Client()
    browser.force_login(person("somebody"))
    answer = browser.get("/accounts/login/", {"next": next_})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/")
    assert not answer["Location"].startswith("//")


@pytest.mark.parametrize("next_", ["abc", "//evil.example", "http://testserver//evil.example/x"])
def test_where_signing_out_leads(next_: str) -> None:
    browser = Client()
    browser.force_login(person("somebody"))
    answer = browser.post("/accounts/logout/", {"next": next_})
    assert answer.status_code == 302
    assert urlsplit(answer["Location"]).netloc in ("", "testserver")


def test_a_page_whose_address_looks_like_another_site_leads_nobody_there(transactional_cast: Cast) -> None:
    browser = Client()
    browser.force_login(transactional_cast.host)
    came_from = "http://testserver//evil.example/x"
    answer = browser.post(f"/rooms/{transactional_cast.room.pk}/cancel/", headers={"referer": came_from})
    assert (answer.status_code, answer["Location"]) == (302, "/%2Fevil.example/x")


@pytest.mark.parametrize(
    ("date", "time", "zone"),
    [("0001-01-01", "00:00", "Asia/Tokyo"), ("9999-12-31", "23:59", "America/New_York")],
)
def test_the_ends_of_the_calendar_are_no_start_of_a_room(date: str, time: str, zone: str) -> None:
    browser = Client()
    browser.force_login(person("host", follower_count=600))
    form = {"title": "At the end of time", "language": "en", "who_may_speak": "EVERYONE", "when": "later"}
    answer = browser.post("/rooms/new/", {**form, "date": date, "time": time, "zone": zone})
    assert answer.status_code == 422
    assert "date" in answer.context["form"].errors


@pytest.mark.parametrize("path", ["/", "/help/"])
def test_a_name_too_long_for_a_code_costs_the_code_alone(client: Client, settings: Any, path: str) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert client.get(path, headers={"host": "a" * 3500}).status_code == 200


async def answer_of(method: str, path: str, body: bytes, content_type: str) -> tuple[int, bytes]:
    """Through the real ASGI application: what goes wrong before the first middleware shows here alone."""
    bare, _, query = path.partition("?")
    headers = [(b"host", b"testserver"), (b"content-type", content_type.encode())]
    scope = {"type": "http", "method": method, "path": bare, "raw_path": bare.encode(), "http_version": "1.1"}
    scope |= {"query_string": query.encode(), "headers": headers, "client": ("127.0.0.1", 1), "scheme": "http"}
    talk = ApplicationCommunicator(application, scope)
    await talk.send_input({"type": "http.request", "body": body})
    start = await talk.receive_output(5)
    told = await talk.receive_output(5)
    await talk.wait(5)
    return start["status"], told["body"]


@pytest.mark.parametrize("charset", ["rot13", "zlib", "utf-16", "idna", "punycode", "undefined", "no-such"])
@pytest.mark.parametrize("way", ["page", "form", "api"])
async def test_nobody_is_spoken_to_in_another_charset(way: str, charset: str) -> None:
    if way == "page":
        asked = await answer_of("GET", "/?lang=%41", b"", f"text/plain; charset={charset}")
    elif way == "form":
        part = b'--b\r\nContent-Disposition: form-data; name="language"\r\n\r\nfr\r\n--b--\r\n'
        asked = await answer_of("POST", "/language/", part, f'multipart/form-data; boundary=b; charset="{charset}"')
    else:
        asked = await answer_of("GET", "/api/v1/rooms/search/?query=a", b"", f"application/json; charset={charset}")
    told = json.loads(asked[1])
    assert (asked[0], told["status"], told["code"], told["errors"]) == (415, 415, "unsupported_charset", [])
    assert told["instance"] == {"page": "/", "form": "/language/", "api": "/api/v1/rooms/search/"}[way]
    assert told["request_id"]
    assert told["detail"] == "Send text as UTF-8, and say no other charset."


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8", "us-ascii"])
async def test_ours_is_understood_however_it_is_written(charset: str) -> None:
    assert (await answer_of("GET", "/?lang=%41", b"", f"text/plain; charset={charset}"))[0] == 200


@pytest.mark.parametrize("field", ["username", "password"])
def test_half_a_character_is_no_sign_in(client: Client, field: str) -> None:
    secrets = {"username": "somebody", "password": "a sentence works well", field: "\ud800"}
    answer = client.post("/_allauth/app/v1/auth/login", json.dumps(secrets), content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.usefixtures("hub_ends")
async def test_a_handshake_with_too_many_fields_is_read_without_them(caplog: pytest.LogCaptureFixture) -> None:
    host = await asyncio.to_thread(make_person, "host")
    room = await asyncio.to_thread(make_room, host)
    session = await asyncio.to_thread(sign_in, host)
    client = InProcess(room.pk, session=session, device="desk", **{f"x{number}": "" for number in range(30)})
    with caplog.at_level(logging.ERROR):
        await client.connect()
        assert (await client.command("hello", device="desk"))["type"] == "ack"
        await client.event("snapshot")
    assert "socket_failed" not in caplog.text


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_no_header_is_written_by_the_address_of_open_sound(transactional_cast: Cast, server: str) -> None:
    path = f"/live/{transactional_cast.room.pk}/open/"
    with running(server) as web:
        for name in ("x%0d%0aSet-Cookie:%20a=b", "x%0ax", "..%2f..%2fx", "", "x" * 65):
            assert raw_answer(web.port, path + name).startswith(b"HTTP/1.1 404 ")
        answer = raw_answer(web.port, f"{path}index.m3u8")
    assert answer.startswith(b"HTTP/1.1 307 ")
    assert b"/index.m3u8\r\n" in answer


def raw_answer(port: int, path: str) -> bytes:
    """Status line and headers, byte for byte."""
    with socket.create_connection(("127.0.0.1", port), timeout=busy(5)) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        told = b""
        while b"\r\n\r\n" not in told and (piece := line.recv(65536)):
            told += piece
    return told.partition(b"\r\n\r\n")[0] + b"\r\n"


@pytest.mark.parametrize("cookie", ['"\\000abcdefghij"', '"\\377\\376abcdefgh"', "x" * 3000, "short"])
def test_a_session_that_is_none_is_nobody(transactional_cast: Cast, cookie: str) -> None:
    browser = Client()
    told = {"cookie": f"sessionid={cookie}; time_zone={cookie}; django_language={cookie}; csrftoken={cookie}"}
    assert browser.get("/", headers=told).status_code == 200
    assert browser.get(f"/rooms/{transactional_cast.room.pk}/", headers=told).status_code == 200
    assert browser.get("/api/v1/me/", headers=told).status_code == 401


@pytest.mark.usefixtures("hub_ends")
async def test_a_session_that_is_none_opens_no_socket(caplog: pytest.LogCaptureFixture) -> None:
    host = await asyncio.to_thread(make_person, "host")
    room = await asyncio.to_thread(make_room, host)
    client = await InProcess(room.pk, session='"\\000abcdefghij"', device="desk").connect()
    assert await client.closed(busy(5)) == 4401
    assert "socket_call_failed" not in caplog.text


@pytest.mark.parametrize("query", ["version=%0aX:%20y", "version=%00", "version=%22", "lang=%0a", "lang=../../.."])
def test_the_document_of_the_api_is_one_whatever_its_address_says(client: Client, query: str) -> None:
    answer = client.get(f"/api/schema/?{query}")
    assert (answer.status_code, answer["Content-Disposition"]) == (200, 'inline; filename="Spaces.yaml"')


def test_no_language_that_somebody_thinks_of_is_remembered(client: Client) -> None:
    client.get("/api/schema/")
    known = len(trans_real._translations)
    for number in range(5):
        client.get(f"/api/schema/?lang=x{number}")
        client.get("/", headers={"accept-language": f"x{number}", "cookie": f"django_language=y{number}"})
    assert len(trans_real._translations) == known


@pytest.mark.usefixtures("hub_ends")
async def test_a_language_too_long_to_be_one_opens_a_socket_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    host = await asyncio.to_thread(make_person, "host")
    room = await asyncio.to_thread(make_room, host)
    session = await asyncio.to_thread(sign_in, host)
    client = InProcess(room.pk, session=f"{session}; django_language={'x' * 3000}", device="desk")
    await client.connect()
    await client.event("snapshot")
