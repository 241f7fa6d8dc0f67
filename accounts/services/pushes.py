"""Pushes to browsers (Web Push with VAPID) and, by gateways to come, to phones."""

import base64
import json
import os
import re
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import requests
import structlog
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush

from accounts.models import Channel, Notification, PushDevice, PushPlatform, User
from accounts.queries import notifications as queries
from accounts.services.access import Actor, check_has_account
from accounts.services.devices import NoSuchDevice
from accounts.services.mails import contact
from accounts.services.signup import clean_time_zone
from spaces_site.errors import DomainError, Kind

log = structlog.get_logger(__name__)

#: Devices of one person; registering one more forgets the oldest.
DEVICES = 10
_INSTALLATION = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")
#: At one time; what takes long is the network.
AT_ONCE = 16
TIMEOUT = 5.0
#: Seconds for which a push service keeps what it cannot hand over, where nothing else is said.
KEEP = 24 * 3600


class BadDevice(DomainError):
    """Nothing can be pushed to what was registered."""

    kind = Kind.INVALID
    code = "bad_push_device"
    text = _("This device cannot be pushed to: its address is not one of a push service that we know.")


class Outcome(StrEnum):
    """What became of one push."""

    SENT = "SENT"
    #: The device said that it wants no more, or there is none.
    GONE = "GONE"
    LATER = "LATER"


@dataclass(frozen=True, slots=True)
class Message:
    """What a device shows. The same `tag` replaces what is shown already."""

    title: str
    body: str
    path: str
    tag: str
    keep: int


@dataclass(frozen=True, slots=True)
class Push:
    """A notification on its way to the devices of one channel; `count` is how many it stands for."""

    notification: Notification
    channel: Channel
    count: int


class Gateway(Protocol):
    """Who carries messages to devices of one platform."""

    def push(self, device: PushDevice, message: Message) -> Outcome:
        """Carry one message; raises nothing. Called in a thread without a database."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What a device says of itself: an address and two keys for Web Push, a token for the others.

    What it leaves out of the rest is as its person has it: `kinds` None is all that they want to be pushed.
    """

    installation: str
    platform: str
    token: str
    p256dh: str = ""
    auth: str = ""
    locale: str = ""
    time_zone: str = ""
    kinds: Collection[str] | None = None


def register(*, actor: Actor, registration: Registration, session_key: str, now: datetime) -> PushDevice:
    """Push to this device from now on, until its sign-in ends. Twice is once.

    Raises BadDevice, NoSuchDevice, UnknownTimeZone.
    """
    person = check_has_account(actor)
    if not _INSTALLATION.match(registration.installation):
        raise NoSuchDevice
    if registration.platform not in PushPlatform.values:
        raise BadDevice
    if registration.platform == PushPlatform.WEBPUSH:
        _check_subscription(registration)
    if registration.time_zone:
        clean_time_zone(time_zone=registration.time_zone)
    fields = {
        "platform": registration.platform, "token": registration.token, "p256dh": registration.p256dh,
        "auth": registration.auth, "session_key": session_key, "registered_at": now,
        "locale": registration.locale, "time_zone": registration.time_zone,
        "kinds": None if registration.kinds is None else sorted(registration.kinds),
    }  # fmt: skip
    # An address belongs to whoever used the browser last.
    PushDevice.objects.filter(token=registration.token).exclude(person=person).delete()
    device, _new = PushDevice.objects.update_or_create(
        person=person, installation=registration.installation, defaults=fields
    )
    kept = PushDevice.objects.filter(person=person).order_by("-registered_at").values_list("pk", flat=True)[:DEVICES]
    PushDevice.objects.filter(person=person).exclude(pk__in=list(kept)).delete()
    return device


def carry(*, going: Sequence[Push], now: datetime) -> list[Outcome]:
    """Push these to the devices of their people, many at one time; forgets devices that are gone."""
    devices: dict[tuple[UUID, Channel], list[PushDevice]] = {}
    people = {push.notification.person_id for push in going}
    for device in PushDevice.objects.filter(person_id__in=people):
        devices.setdefault((device.person_id, device.channel), []).append(device)
    legs = [
        (index, device, message_of(push=push, device=device, now=now))
        for index, push in enumerate(going)
        for device in devices.get((push.notification.person_id, push.channel), [])
        if device.wants(push.notification.kind)
    ]
    told: list[list[Outcome]] = [[] for _push in going]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda leg: gateway_of(leg[1].platform).push(leg[1], leg[2]), legs))
    for (index, device, _message), outcome in zip(legs, outcomes, strict=True):
        told[index].append(outcome)
        if outcome == Outcome.GONE:
            PushDevice.objects.filter(pk=device.pk, token=device.token).delete()
    return [_together(outcomes) for outcomes in told]


def message_of(*, push: Push, device: PushDevice, now: datetime) -> Message:
    """The notification in the device's language and on its clock, else in its reader's."""
    notification = push.notification
    zone = ZoneInfo(device.time_zone or notification.person.time_zone)
    with translation.override(_language(device, notification.person)), timezone.override(zone):
        title, body = queries.words_of(notification, count=push.count)
    until = notification.expires_at
    keep = KEEP if until is None else max(0, min(KEEP, int((until - now).total_seconds())))
    return Message(title, body, notification.path, str(notification.about or notification.pk), keep)


def gateway_of(platform: str) -> Gateway:
    """Who carries to this platform."""
    return WebPush() if platform == PushPlatform.WEBPUSH else FileGateway(settings.VAR_DIR / "push", platform)


class WebPush:
    """RFC 8030 with RFC 8291 and VAPID (RFC 8292), by pywebpush."""

    def push(self, device: PushDevice, message: Message) -> Outcome:
        """Carry one message to the push service that the browser named."""
        if not is_push_service(device.token):
            return Outcome.GONE
        told = json.dumps(asdict(message), ensure_ascii=False)
        keys = {"p256dh": device.p256dh, "auth": device.auth}
        session = requests.Session()
        # Its address was looked at; where it would send us was not.
        session.max_redirects = 0
        try:
            webpush(
                {"endpoint": device.token, "keys": keys},
                data=told.encode(),
                vapid_private_key=_vapid(),
                vapid_claims={"sub": f"mailto:{contact()}"},
                ttl=message.keep,
                timeout=TIMEOUT,
                requests_session=session,
            )
        except WebPushException as error:
            status = error.response.status_code if error.response is not None else 0
            return Outcome.GONE if status in (404, 410) else Outcome.LATER
        except (requests.RequestException, ValueError) as error:
            log.warning("push_not_sent", device=str(device.pk), error=str(error))
            return Outcome.LATER
        return Outcome.SENT


@dataclass(frozen=True, slots=True)
class FileGateway:
    """Stands where APNs and FCM will be: one JSON line a push under VAR_DIR/push."""

    folder: Path
    platform: str

    def push(self, device: PushDevice, message: Message) -> Outcome:
        """Write one line."""
        self.folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"token": device.token, **asdict(message)}, ensure_ascii=False) + "\n"
        with (self.folder / f"{self.platform.lower()}.jsonl").open("a", encoding="utf-8") as file:
            file.write(line)
        return Outcome.SENT


def is_push_service(address: str) -> bool:
    """Whether an address is one of a push service: we send nothing to where a stranger points us."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if f"{parts.scheme}://{host}:{port}" in settings.PUSH_SERVICES:
        return True
    named = any(host == name or host.endswith(f".{name}") for name in settings.PUSH_SERVICES)
    return parts.scheme == "https" and port in (None, 443) and named and not parts.username


def public_key() -> str:
    """What browsers subscribe with: the public half of our VAPID key."""
    point = _vapid().public_key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def _language(device: PushDevice, person: User) -> str:
    """The one of our languages that is nearest to the device's, else the one in which its person is written to."""
    if device.locale:
        with suppress(LookupError):
            return translation.get_supported_language_variant(device.locale.replace("_", "-").lower())
    return queries.language_of(person)


def _check_subscription(registration: Registration) -> None:
    keys = (_decoded(registration.p256dh), _decoded(registration.auth))
    if not is_push_service(registration.token) or len(keys[0]) != 65 or len(keys[1]) != 16:
        raise BadDevice


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _together(outcomes: list[Outcome]) -> Outcome:
    """One device that got it is enough; none that could is the end."""
    if Outcome.SENT in outcomes:
        return Outcome.SENT
    return Outcome.LATER if Outcome.LATER in outcomes else Outcome.GONE


@cache
def _vapid() -> Vapid02:
    """Our key: of the settings, else one made once and kept under VAR_DIR."""
    if settings.VAPID_PRIVATE_KEY:
        return Vapid02.from_string(settings.VAPID_PRIVATE_KEY)
    path = settings.VAR_DIR / "vapid.pem"
    if not path.exists():
        made = Vapid02()
        made.generate_keys()
        # Whole or not at all, and of one process only.
        draft = path.with_name(f"vapid-{os.getpid()}.pem")
        draft.touch(mode=0o600)
        draft.write_bytes(made.private_pem())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return Vapid02.from_file(str(path))
