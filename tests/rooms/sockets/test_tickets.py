"""A program without our cookie: it joins by the API, opens the socket with the ticket, says hello, and is in."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import devices
from rooms import events
from rooms.models import Participant
from rooms.services import hands
from tests.rooms.sockets.clients import InProcess, eventually

pytestmark = pytest.mark.usefixtures("hub_ends")


class App:
    """Somebody's installed app, by a token of its own."""

    def __init__(self, person: User, room_id: object) -> None:
        self.room_id, self.http = room_id, APIClient()
        self.token, secret = devices.issue_token(person=person, name="Phone", now=timezone.now())
        self.http.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

    @sync_to_async
    def post(self, deed: str, **body: Any) -> dict[str, Any]:
        answer = self.http.post(f"/api/v1/rooms/{self.room_id}/{deed}", body, format="json")
        assert answer.status_code in (200, 201), answer.content
        return dict(answer.json()["data"])

    async def open(self, ticket: str, **query: Any) -> InProcess:
        client = InProcess(self.room_id, **query)
        client.socket.scope["subprotocols"] = ["spaces.v1", f"ticket.{ticket}"]
        return await client.connect()


@pytest.fixture
def app(cast: Any) -> App:
    return App(cast.listener, cast.room.pk)


async def you(client: InProcess) -> dict[str, Any]:
    return dict((await client.event("snapshot"))["data"]["you"])


@pytest.mark.parametrize(
    "hello",
    [
        {"type": "hello", "id": "h"},
        {"type": "hello", "id": "h", "data": {}},
        {"type": "hello", "id": "h", "data": {"last_seq": 0}},
    ],
    ids=["bare", "empty", "from the beginning"],
)
async def test_hello_is_enough_to_come_in(app: App, hello: dict[str, Any]) -> None:
    joined = await app.post("join")
    client = await app.open(joined["ticket"])
    await client._send(json.dumps(hello))
    assert (await client.next_frame()) == {"type": "ack", "id": "h"}
    assert (await you(client))["device"] == joined["device"]
    assert (await client.command("hand.raise"))["type"] == "ack"
    await client.leave()


async def test_hello_is_answered_where_nothing_was_missed(app: App, cast: Any) -> None:
    await sync_to_async(hands.set_open)(actor=cast.host, room_id=cast.room.pk, is_open=False, now=timezone.now())
    joined = await app.post("join")
    assert joined["snapshot"]["seq"]
    client = await app.open(joined["ticket"])
    assert (await client.command("hello", last_seq=joined["snapshot"]["seq"]))["type"] == "ack"
    assert (await client.command("ping"))["type"] == "ack"
    assert [event["type"] for event in client.events if event["type"] == "snapshot"] == []
    await client.leave()


async def test_joining_twice_by_one_token_is_one_device(app: App, cast: Any) -> None:
    first = await app.post("join")
    client = await app.open(first["ticket"])
    await client.command("hello")
    await eventually(Participant.objects.filter(person=cast.listener, disconnected_at=None).aexists)
    again = await app.post("join")
    assert (again["elsewhere"], again["device"]) == (False, first["device"])
    assert again["socket_url"]
    assert str(app.token.pk) not in first["device"]
    await client.leave()


async def test_another_token_is_another_device(app: App, cast: Any) -> None:
    client = await app.open((await app.post("join"))["ticket"])
    await client.command("hello")
    await eventually(Participant.objects.filter(person=cast.listener, disconnected_at=None).aexists)
    other = await sync_to_async(App)(cast.listener, cast.room.pk)
    told = await other.post("join")
    assert (told["elsewhere"], told["socket_url"]) == (True, None)
    moved = await other.post("move-here", device=told["device"])
    assert await client.closed() == 4409
    there = await other.open(moved["ticket"])
    await there.command("hello")
    assert (await you(there))["device"] == told["device"]
    await there.leave()


@pytest.mark.parametrize("way", ["address", "hello"])
async def test_a_device_that_is_named_counts_more_than_the_tickets(app: App, way: str) -> None:
    joined = await app.post("join")
    if way == "address":
        client = await app.open(joined["ticket"], device="named")
    else:
        client = await app.open(joined["ticket"])
        await client.command("hello", device="named")
    assert (await you(client))["device"] == "named"
    await client.leave()


async def test_the_next_ticket_is_for_the_device_that_joined(app: App) -> None:
    joined = await app.post("join", device="my-own")
    assert joined["device"] == "my-own"
    first = await app.open(joined["ticket"])
    await first.command("hello")
    again = await app.open((await app.post("ticket"))["ticket"])
    await again.command("hello")
    assert (await you(again))["device"] == "my-own"
    await again.leave()


async def test_a_ticket_lets_one_in_who_has_not_joined(app: App, cast: Any) -> None:
    client = await app.open((await app.post("ticket"))["ticket"])
    await client.command("hello")
    assert (await you(client))["device"] == (await app.post("join"))["device"]
    assert await Participant.objects.present().filter(person=cast.listener).aexists()
    await client.leave()


async def test_f14_a_ticket_of_the_version_before_still_opens(app: App, cast: Any) -> None:
    kept = f"{cast.listener.pk} {cast.room.pk} {app.token.session_key}"
    await sync_to_async(events.broker().set)("spaces:ticket:old", kept, ex=30)
    client = await app.open("old", device="phone")
    assert (await you(client))["device"] == "phone"
    await client.leave()
