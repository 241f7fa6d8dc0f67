"""Web Push against a push service that decrypts and checks what it gets; devices and their addresses."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import override_settings
from py_vapid import Vapid02

from accounts.models import Channel, Delivery, NotificationKind, PushDevice, User
from accounts.services import deliveries, devices, notifications, pushes
from accounts.services.notifications import Telling
from accounts.services.pushes import Outcome, Registration

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 14, 19, 0, tzinfo=UTC)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Browser:
    """A subscription with its keys, as a browser makes one."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"

    @property
    def p256dh(self) -> str:
        point = serialization.PublicFormat.UncompressedPoint
        return b64(self.key.public_key().public_bytes(serialization.Encoding.X962, point))

    def read(self, body: bytes) -> dict[str, Any]:
        told = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        return dict(json.loads(told))


class PushService:
    """Takes pushes and answers `status`."""

    def __init__(self) -> None:
        self.status = 201
        self.got: list[tuple[dict[str, str], bytes]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(service.status)
                if service.status == 307:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def service() -> Iterator[PushService]:
    made = PushService()
    with override_settings(PUSH_SERVICES=[*settings.PUSH_SERVICES, made.url]):
        yield made
    made.close()


@pytest.fixture
def eva() -> User:
    return User.objects.create(handle="eva", display_name="Eva", quiet_from=None, quiet_until=None)


def subscribe(who: User, address: str, browser: Browser | None = None, **fields: Any) -> PushDevice:
    browser = browser or Browser()
    given = {
        "installation": "browser-of-eva",
        "platform": "WEBPUSH",
        "p256dh": browser.p256dh,
        "auth": b64(browser.auth),
    }
    registration = Registration(token=address, **{**given, **fields})
    return pushes.register(actor=who, registration=registration, session_key="session-1", now=NOW)


def tell(who: User, channel: str = Channel.WEB_PUSH) -> Delivery:
    facts = {"title": "La mer & nous", "host": "Ana", "starts_at": "2026-03-14T19:10:00+00:00"}
    telling = Telling(who, NotificationKind.REMINDER, "room_soon", "/rooms/x/", facts)
    notifications.tell(tellings=[telling], now=NOW)
    return Delivery.objects.get(channel=channel)


def test_the_browser_reads_what_was_told_and_the_service_knows_who_sends(eva: User, service: PushService) -> None:
    browser = Browser()
    subscribe(eva, f"{service.url}/push/1", browser)
    delivery = tell(eva)
    deliveries.work(clock=lambda: NOW)
    ((headers, body),) = service.got
    told = browser.read(body)
    assert told["title"] == "In a few minutes: La mer & nous"
    assert told["path"] == "/rooms/x/"
    assert told["tag"] == str(delivery.notification_id)
    assert headers["content-encoding"] == "aes128gcm"
    assert int(headers["ttl"]) == 24 * 3600
    # VAPID: signed by the key that browsers subscribe with, for this service and nobody else.
    scheme, _space, fields = headers["authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in fields.split(","))
    assert scheme == "vapid"
    assert parts["k"].rstrip("=") == pushes.public_key()
    claims = json.loads(base64.urlsafe_b64decode(parts["t"].split(".")[1] + "=="))
    assert claims["aud"] == service.url
    assert Vapid02.verify(headers["authorization"])
    delivery.refresh_from_db()
    assert delivery.sent_at == NOW


@pytest.mark.parametrize(
    ("status", "outcome"), [(201, "SENT"), (410, "GONE"), (404, "GONE"), (503, "LATER"), (307, "LATER")]
)
def test_what_the_service_answers_decides(eva: User, service: PushService, status: int, outcome: str) -> None:
    device = subscribe(eva, f"{service.url}/push/1")
    service.status = status
    message = pushes.Message("Title", "Body", "/", "tag", 60)
    assert pushes.WebPush().push(device, message) == Outcome(outcome)
    # A redirect is not followed: nobody points us into our own network.
    assert len(service.got) == 1


def test_a_device_that_wants_no_more_is_forgotten(eva: User, service: PushService) -> None:
    subscribe(eva, f"{service.url}/push/1")
    service.status = 410
    delivery = tell(eva)
    deliveries.work(clock=lambda: NOW)
    delivery.refresh_from_db()
    assert (delivery.given_up, PushDevice.objects.count()) == ("no_device", 0)


@pytest.mark.parametrize(
    "address",
    [
        "http://fcm.googleapis.com/x", "https://127.0.0.1/x", "https://localhost/x", "https://fcm.googleapis.com.evil.org/",
        "https://evilfcm.googleapis.com@127.0.0.1/", "https://user@fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/",
        "file:///etc/passwd", "https://[::1]/", "https://[bad", "", "https://169.254.169.254/latest/",
    ],
)  # fmt: skip
def test_nothing_is_sent_to_where_a_stranger_points_us(eva: User, address: str) -> None:
    with pytest.raises(pushes.BadDevice):
        subscribe(eva, address)
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize(
    "address", ["https://fcm.googleapis.com/fcm/send/a", "https://updates.push.services.mozilla.com/w"]
)
def test_the_push_services_of_browsers_are_known(eva: User, address: str) -> None:
    assert subscribe(eva, address).token == address


@pytest.mark.parametrize(
    "fields", [{"p256dh": "AAAA"}, {"auth": "é"}, {"installation": "device:1"}, {"platform": "FAX"}]
)
def test_a_device_that_says_nonsense_is_refused(eva: User, fields: dict[str, str]) -> None:
    with pytest.raises((pushes.BadDevice, devices.NoSuchDevice)):
        subscribe(eva, "https://fcm.googleapis.com/fcm/send/a", **fields)


def test_registering_twice_is_registering_once_and_a_browser_is_of_who_used_it_last(eva: User) -> None:
    address = "https://fcm.googleapis.com/fcm/send/a"
    for _time in range(2):
        subscribe(eva, address)
    assert PushDevice.objects.count() == 1
    bo = User.objects.create(handle="bo", display_name="Bo")
    subscribe(bo, address)
    assert PushDevice.objects.get().person == bo


def test_signing_out_ends_the_pushes_of_that_browser_alone(eva: User) -> None:
    subscribe(eva, "https://fcm.googleapis.com/fcm/send/a")
    subscribe(eva, "https://fcm.googleapis.com/fcm/send/b", installation="another-one")
    PushDevice.objects.filter(installation="another-one").update(session_key="session-2")
    devices.announce_end(person_id=eva.pk, session_key="session-1")
    assert PushDevice.objects.get().installation == "another-one"


def test_the_file_gateway_stands_where_the_phones_will(eva: User) -> None:
    subscribe(eva, "token-of-a-phone", platform="APNS", p256dh="", auth="")
    tell(eva, Channel.NATIVE)
    deliveries.work(clock=lambda: NOW)
    line = (settings.VAR_DIR / "push" / "apns.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(line)["token"] == "token-of-a-phone"
