"""Threat 3: somebody shut out of a room tries every door with everything that they still hold."""

import asyncio
import time
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.services import blocks, devices, suspension
from rooms.models import Participant
from rooms.services import entry, playback, removals, tickets
from spaces_site.asgi import application
from tests.media_worker.node.cast import get
from tests.patience import busy
from tests.rooms.cast import Cast, person
from tests.rooms.sockets.clients import InProcess
from tests.rooms.sockets.conftest import hub_ends as hub_ends
from tests.rooms.sockets.people import sign_in

pytestmark = pytest.mark.usefixtures("hub_ends")


class Holdings:
    """What somebody inside has on three devices: two browsers, an app, a ticket, addresses of the sound."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.person, self.now = cast, cast.speaker, timezone.now()
        self.browsers = {"browser": sign_in(self.person), "second browser": sign_in(self.person)}
        self.token, self.secret = devices.issue_token(person=self.person, name="phone", now=self.now)
        entry.move_here(
            actor=self.person, room_id=cast.room.pk, device="phone", session=f"device:{self.token.pk}", now=self.now
        )
        place = Participant.objects.get(person=self.person)
        self.stream = playback.media_info(participant=place, room=cast.room, now=self.now)
        self.grant = playback.speak_grant(person_id=self.person.pk, room_id=cast.room.pk, device="phone", now=self.now)
        self.ticket = self.new_ticket()

    def new_ticket(self) -> str:
        return tickets.issue_ticket(
            person=self.person, room_id=self.cast.room.pk, session=f"device:{self.token.pk}", now=self.now
        )

    def client_of(self, device: str) -> APIClient:
        client = APIClient()
        if device == "app":
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.secret}")
        else:
            client.cookies["sessionid"] = self.browsers[device]
        return client

    def socket_of(self, device: str, ticket: str) -> InProcess:
        if device != "app":
            return InProcess(self.cast.room.pk, session=self.browsers[device], device="phone")
        socket = InProcess(self.cast.room.pk, device="phone")
        socket.socket.scope["subprotocols"] = ["spaces.v1", f"ticket.{ticket}"]
        return socket


@pytest.fixture
def holdings(transactional_cast: Cast) -> Holdings:
    return Holdings(transactional_cast)


def suspended(holdings: Holdings) -> None:
    staff = person("warden", is_staff=True, is_superuser=True)
    suspension.suspend(actor=staff, person=holdings.person)


def blocked(holdings: Holdings) -> None:
    blocks.block_person(actor=holdings.cast.host, person_id=holdings.person.pk, now=holdings.now)


def removed(holdings: Holdings) -> None:
    place = Participant.objects.get(person=holdings.person)
    removals.remove_person(
        actor=holdings.cast.host, room_id=holdings.cast.room.pk, participant_id=place.pk, now=holdings.now
    )


WAYS = {way.__name__: way for way in (suspended, blocked, removed)}


def rest_join(holdings: Holdings, device: str) -> int:
    path = f"/api/v1/rooms/{holdings.cast.room.pk}/join/"
    return holdings.client_of(device).post(path, {"device": "phone"}, format="json").status_code


def rest_snapshot(holdings: Holdings, device: str) -> int:
    return holdings.client_of(device).get(f"/api/v1/rooms/{holdings.cast.room.pk}/snapshot/").status_code


def page(holdings: Holdings, device: str) -> int:
    """What the page's own form would do: 200 stands for being inside."""
    browser = Client()
    browser.cookies["sessionid"] = holdings.browsers.get(device, "none")
    browser.post(f"/rooms/{holdings.cast.room.pk}/listen/", {"device": "phone"})
    inside = Participant.objects.present().filter(room=holdings.cast.room, person=holdings.person)
    return 200 if inside.exists() else 403


def whip(holdings: Holdings, device: str) -> int:
    """With the media grant that was still fresh; 503 stands for having been taken as far as to a node."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {holdings.grant}")
    path = f"/api/v1/rooms/{holdings.cast.room.pk}/whip/"
    return client.post(path, "v=0", content_type="application/sdp").status_code


DOORS: dict[str, Callable[[Holdings, str], int]] = {
    "join": rest_join,
    "snapshot": rest_snapshot,
    "page": page,
    "whip": whip,
}


@pytest.mark.parametrize("device", ["browser", "second browser", "app"])
@pytest.mark.parametrize("door", sorted(DOORS))
@pytest.mark.parametrize("how", sorted(WAYS))
def test_threat_03_no_door_opens_to_somebody_shut_out(
    holdings: Holdings, how: str, door: str, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.media_gateway.TAKE_SECONDS", 0.0)
    assert DOORS[door](holdings, device) in (200, 503)
    WAYS[how](holdings)
    assert DOORS[door](holdings, device) in (401, 403, 404, 409)
    assert not Participant.objects.present().filter(person=holdings.person).exists()


@pytest.mark.parametrize("device", ["browser", "second browser", "app"])
@pytest.mark.parametrize(
    ("how", "now", "later"), [("suspended", 4401, {4401}), ("blocked", 4423, {4404}), ("removed", 4423, {4403})]
)
async def test_threat_03_no_socket_opens_to_somebody_shut_out(
    holdings: Holdings, how: str, now: int, later: set[int], device: str
) -> None:
    before = await holdings.socket_of(device, holdings.ticket).connect()
    await before.event("snapshot")
    ticket = await sync_to_async(holdings.new_ticket)()
    await sync_to_async(WAYS[how])(holdings)
    assert await before.closed() == now
    after = await holdings.socket_of(device, ticket).connect()
    assert await after.closed() in later
    again = await holdings.socket_of(device, holdings.ticket).connect()
    assert await again.closed() in later | {4401}


@pytest.mark.parametrize("name", ["stream", "hls"])
@pytest.mark.parametrize("how", sorted(WAYS))
async def test_threat_03_no_address_of_the_sound_opens_to_somebody_shut_out(
    holdings: Holdings, how: str, name: str
) -> None:
    # Nothing sounds here: whoever is let in hears that this segment is not there.
    address = getattr(holdings.stream, name).replace("index.m3u8", "seg-1.m4s")
    assert (await get(application, address, "HEAD")).status in (200, 404)
    await sync_to_async(WAYS[how])(holdings)
    began = time.monotonic()
    while (answer := await get(application, address, "HEAD")).status != 403:
        assert time.monotonic() - began < busy(1)
        await asyncio.sleep(0.05)
    assert answer.headers["x-error-code"] == "listening_over"
