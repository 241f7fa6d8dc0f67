"""What one HTTP request may bring: each limit at its border, one more, and what is nonsense at any size."""

import asyncio
import base64
import io
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as site
from django.test import Client
from PIL import Image
from rest_framework.test import APIClient

from accounts.services.pictures import MAX_BYTES
from rooms.api.views.sound import MAX_SDP_BYTES
from spaces_site.asgi import application
from spaces_site.boundary.bodies import MAX_BODY
from spaces_site.boundary.nesting import MAX_DEPTH
from tests.rooms.cast import Cast, open_room, person

pytestmark = pytest.mark.django_db(transaction=True)
ROOMS = "/api/v1/rooms/"


@pytest.fixture
def host() -> APIClient:
    """Somebody who may host, with an app."""
    client = APIClient()
    client.force_login(person("host", follower_count=600))
    return client


def padded(size: int, **body: Any) -> str:
    """JSON of exactly so many bytes."""
    empty = len(json.dumps({**body, "pad": ""}))
    return json.dumps({**body, "pad": "x" * (size - empty)})


def test_limit_api_body_is_256_kib_and_one_byte_more_is_refused(host: APIClient) -> None:
    assert site.DATA_UPLOAD_MAX_MEMORY_SIZE == 256 * 1024
    for more, status in ((0, 201), (1, 413)):
        body = padded(256 * 1024 + more, title="What the sea remembers")
        answer = host.post(ROOMS, body, content_type="application/json")
        assert answer.status_code == status
    assert answer.json()["code"] == "body_too_big"


def nested(depth: int) -> str:
    """An object with a list in it, in it, … `depth` containers in all."""
    return '{"title": "What the sea remembers", "x": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


@pytest.mark.parametrize(("depth", "status"), [(MAX_DEPTH, 201), (MAX_DEPTH + 1, 400), (5_000, 400), (100_000, 400)])
def test_threat_21_limit_json_depth_is_16(host: APIClient, depth: int, status: int) -> None:
    answer = host.post(ROOMS, nested(depth), content_type="application/json")
    assert answer.status_code == status
    assert answer.headers["Content-Type"].endswith("json")


def picture(size: int) -> bytes:
    """A PNG of exactly so many bytes: what follows its end is nobody's business."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue() + bytes(size - out.tell())


def test_limit_upload_asvs_5_2_1_is_5_mib(host: APIClient) -> None:
    assert MAX_BYTES == 5 * 1024 * 1024
    for more, status in ((0, 200), (1, 400)):
        answer = host.put("/api/v1/me/avatar/", picture(MAX_BYTES + more), content_type="image/png")
        assert answer.status_code == status
    assert answer.json()["code"] == "picture_too_big"


@pytest.mark.parametrize("announced", [True, False])
async def test_limit_upload_of_any_kind_is_cut_off_before_it_is_kept(announced: bool) -> None:
    """The last bound, for what no view of ours reads: announced or sent in chunks without a length."""
    assert (await put("/nowhere/", MAX_BODY, announced=announced))[0] == 404
    status, body = await put("/nowhere/", MAX_BODY + 1, announced=announced)
    told = json.loads(body)
    assert (status, told["status"], told["code"], told["instance"]) == (413, 413, "body_too_big", "/nowhere/")
    assert UUID(told["request_id"])
    assert told["detail"] == "Cette requête est trop grosse. Envoyez-en moins à la fois."


async def put(path: str, size: int, *, announced: bool) -> tuple[int, bytes]:
    """Send so many bytes in chunks of a mebibyte through the real ASGI application; status and body."""
    headers = [(b"host", b"testserver"), (b"content-type", b"application/octet-stream"), (b"accept-language", b"fr")]
    if announced:
        headers.append((b"content-length", b"%d" % size))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PUT", "path": path,
        "raw_path": path.encode(), "query_string": b"", "headers": headers, "scheme": "http",
        "client": ("127.0.0.1", 1), "server": ("testserver", 80),
    }  # fmt: skip
    chunks: Iterator[int] = iter([*[1 << 20] * (size >> 20), size & ((1 << 20) - 1)])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        length = next(chunks, None)
        if length is None:
            # The client waits for its answer.
            await asyncio.Event().wait()
        return {"type": "http.request", "body": bytes(length or 0), "more_body": length == 1 << 20}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def test_limit_sdp_is_16_kib_at_the_whip_door(transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.media_gateway.TAKE_SECONDS", 0.0)
    assert MAX_SDP_BYTES == 16 * 1024
    client = APIClient()
    client.force_login(transactional_cast.speaker)
    path = f"{ROOMS}{transactional_cast.room.pk}/whip/"
    # 503: it was taken as far as to a media node, of which there is none here.
    for more, status in ((0, 503), (1, 413)):
        assert client.post(path, "v" * (MAX_SDP_BYTES + more), content_type="application/sdp").status_code == status


@pytest.mark.parametrize(("size", "status"), [(80, 201), (81, 400), (5, 201), (4, 400)])
def test_limit_room_name_is_5_to_80_characters(host: APIClient, size: int, status: int) -> None:
    assert host.post(ROOMS, {"title": "é" * size}, format="json").status_code == status


def test_limit_live_rooms_is_three_a_host(host: APIClient) -> None:
    statuses = [host.post(ROOMS, {"title": f"Room number {number}"}, format="json").status_code for number in range(4)]
    assert statuses == [201, 201, 201, 409]


def test_limit_page_size_is_100_however_it_is_written(host: APIClient) -> None:
    open_room(person("other", follower_count=600))
    written = {"100": 200, "101": 400, "0": 400, "-1": 400, "0000000019999999": 400, "9" * 5_000: 400, "²": 400}
    for text, status in written.items():
        for path in (f"{ROOMS}live/", f"/api/v1/users/{person_id(host)}/followers/"):
            assert host.get(path, {"max_results": text}).status_code == status, (text[:20], path)


def person_id(client: APIClient) -> str:
    return str(client.get("/api/v1/me/").json()["data"]["id"])


@pytest.mark.parametrize("key", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00+00:00"])
def test_a_page_token_from_the_ends_of_the_calendar_is_no_fault_of_ours(host: APIClient, key: str) -> None:
    token = base64.urlsafe_b64encode(json.dumps([1, key, person_id(host)]).encode()).decode().rstrip("=")
    assert host.get(f"{ROOMS}live/", {"next_token": token}).status_code in (200, 400)


@pytest.mark.parametrize("path", ["/?topic=a%00b", "/?lang=%00", "/?page=%00", "/upcoming/?page=%00", "/@a%00b/"])
def test_a_nul_in_an_address_is_no_fault_of_ours(client: Client, path: str) -> None:
    assert client.get(path).status_code in (200, 404)


@pytest.mark.parametrize("device", ["a\0b", "a b", "a:b", "é", "x" * 65])
def test_a_device_key_that_could_not_be_kept_is_refused_at_every_door(transactional_cast: Cast, device: str) -> None:
    cast, app, browser = transactional_cast, APIClient(), Client()
    app.force_login(cast.stranger)
    browser.force_login(cast.stranger)
    for act in ("join", "move-here"):
        answer = app.post(f"{ROOMS}{cast.room.pk}/{act}/", {"device": device}, format="json")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/device"
    page = browser.post(f"/rooms/{cast.room.pk}/listen/", {"device": device}, follow=True)
    assert "The device key must be" in page.content.decode()
    assert not cast.room.participants.filter(person=cast.stranger).exists()
