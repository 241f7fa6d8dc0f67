"""Coming in by the websocket: who may, what one is told first, and what a refusal looks like."""

import threading
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.utils import timezone
from limits import RateLimitItemPerMinute

from accounts.models import User
from accounts.services import blocks
from rooms.consumers import door
from rooms.models import Participant, Room
from rooms.services import lifecycle, pace
from spaces_site.asgi import application
from spaces_site.boundary.origin import Origin, acting_from
from tests.patience import busy
from tests.rooms.sockets.clients import HOST, InProcess, eventually
from tests.rooms.sockets.people import make_guest, sign_in

pytestmark = pytest.mark.usefixtures("hub_ends")
NOBODY = "00000000-0000-4000-8000-000000000000"


async def refused(client: InProcess) -> tuple[str, int]:
    """The code of the error frame, and the close code."""
    error = await client.take(lambda frame: frame["type"] == "error")
    assert error["message"]
    assert error["id"] is None
    return error["code"], await client.closed()


async def test_joining_sends_the_snapshot_first(cast) -> None:
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    snapshot = await client.next_frame()
    assert snapshot["type"] == "snapshot"
    assert snapshot["data"]["room"]["title"] == cast.room.title
    assert snapshot["data"]["you"]["role"] == "listener"
    assert snapshot["data"]["you"]["device"] == "phone"
    await client.leave()


async def test_the_device_may_be_named_by_hello(cast) -> None:
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"]).connect()
    assert (await client.command("hand.raise"))["code"] == "join_first"
    assert (await client.command("hello", device="phone"))["type"] == "ack"
    assert (await client.event("snapshot"))["data"]["you"]["device"] == "phone"
    await client.leave()


async def test_a_crowd_at_the_door_keeps_nobody_inside_waiting(cast, monkeypatch) -> None:
    inside = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    await inside.event("snapshot")
    opened, identify = threading.Event(), door.identify

    def slow(**handshake: Any) -> Any:
        opened.wait(60)
        return identify(**handshake)

    monkeypatch.setattr(door, "identify", slow)
    try:
        for number in range(20):
            await InProcess(cast.room.pk, session=cast.sessions["stranger"], device=f"d{number}").connect()
        assert (await inside.command("roster.search", query="host", timeout=busy(5)))["type"] == "ack"
        assert not opened.is_set()
    finally:
        opened.set()


async def test_without_a_session_one_is_told_to_sign_in(cast) -> None:
    client = await InProcess(cast.room.pk, device="phone").connect()
    assert await refused(client) == ("sign_in_first", 4401)


async def test_a_room_that_is_not_there(cast) -> None:
    client = await InProcess(NOBODY, session=cast.sessions["listener"], device="phone").connect()
    assert await refused(client) == ("no_such_room", 4404)


async def test_a_room_that_is_over(cast) -> None:
    await sync_to_async(lifecycle.end_room)(actor=cast.host, room_id=cast.room.pk, now=timezone.now())
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    assert await refused(client) == ("room_ended", 4410)


async def test_a_guest_where_guests_may_not_listen(cast) -> None:
    await Room.objects.filter(pk=cast.room.pk).aupdate(guests_allowed=False)
    guest = await sync_to_async(lambda: sign_in(make_guest()))()
    client = await InProcess(cast.room.pk, session=guest, device="phone").connect()
    assert (await refused(client))[1] == 4401


async def test_a_guest_may_listen_but_not_speak_and_stays(cast) -> None:
    guest = await sync_to_async(lambda: sign_in(make_guest()))()
    client = await InProcess(cast.room.pk, session=guest, device="phone").connect()
    await client.event("snapshot")
    assert (await client.command("hand.raise"))["type"] == "error"
    assert (await client.command("ping"))["type"] == "ack"
    await client.leave()


async def test_a_device_key_of_a_wrong_form(cast) -> None:
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="a/b").connect()
    assert await refused(client) == ("bad_device", 4403)


async def test_a_path_that_is_not_there() -> None:
    headers = [(b"host", HOST.encode()), (b"origin", f"https://{HOST}".encode())]
    socket = WebsocketCommunicator(application, "/ws/nothing/", headers=headers)
    assert (await socket.connect())[0]
    assert (await socket.receive_output())["code"] == 4404


async def test_only_our_subprotocol_is_echoed(cast) -> None:
    client = InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone")
    client.socket.scope["subprotocols"] = ["chat", "spaces.v1", "ticket.x"]
    assert await client.socket.connect(timeout=5) == (True, "spaces.v1")
    assert await refused(client) == ("sign_in_first", 4401)


async def test_limit_sockets_the_sixth_of_a_person_is_refused(cast) -> None:
    held = [await InProcess(cast.room.pk, session=cast.sessions["listener"]).connect() for _ in range(5)]
    for client in held:
        assert (await client.command("ping"))["type"] == "ack"
    sixth = await InProcess(cast.room.pk, session=cast.sessions["listener"]).connect()
    assert await refused(sixth) == ("too_many_sockets", 4429)
    await held[0].leave()
    again = await InProcess(cast.room.pk, session=cast.sessions["listener"]).connect()
    assert (await again.command("ping"))["type"] == "ack"
    for client in [*held[1:], again]:
        await client.leave()


async def test_limit_sockets_one_too_many_of_an_address(cast, settings) -> None:
    settings.SOCKETS_PER_ADDRESS = 2
    clients = [InProcess(cast.room.pk, session=key) for key in cast.sessions.values()]
    for client in clients:
        client.socket.scope["client"] = ["192.0.2.7", 40000]
        await client.connect()
    assert (await clients[0].command("ping"))["type"] == "ack"
    assert await refused(clients[2]) == ("too_many_sockets", 4429)
    for client in clients[:2]:
        await client.leave()


async def test_threat_11_limit_pace_of_joining_counts_for_the_address_and_the_session(cast, settings) -> None:
    settings.PEOPLE_PER_ADDRESS = 1
    for taken in (Origin(address="192.0.2.7"), Origin(device=cast.sessions["stranger"])):
        with acting_from(taken):
            for _ in range(20):
                await sync_to_async(pace.check)(pace.JOINING, "")
    for who, address in (("listener", "192.0.2.7"), ("stranger", "192.0.2.8")):
        client = InProcess(cast.room.pk, session=cast.sessions[who], device="d")
        client.socket.scope["client"] = [address, 40000]
        assert await refused(await client.connect()) == ("slow_down", 4429)
    elsewhere = InProcess(cast.room.pk, session=cast.sessions["listener"], device="d")
    elsewhere.socket.scope["client"] = ["192.0.2.9", 40000]
    await (await elsewhere.connect()).event("snapshot")
    await elsewhere.leave()


async def test_limit_sockets_threat_10_whoever_is_shut_out_does_not_come_again_without_end(cast, monkeypatch) -> None:
    monkeypatch.setattr(pace, "SOCKETS", pace.Pace("socket", (RateLimitItemPerMinute(3),)))
    await sync_to_async(blocks.block_person)(actor=cast.host, person_id=cast.listener.pk, now=timezone.now())
    told = []
    for _ in range(4):
        client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
        told.append(await refused(client))
    assert told == [("no_such_room", 4404)] * 3 + [("slow_down", 4429)]
    welcome = await InProcess(cast.room.pk, session=cast.sessions["stranger"], device="phone").connect()
    await welcome.event("snapshot")
    await welcome.leave()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.9", "192.0.2.7"),
        (1, "203.0.113.5, 198.51.100.9", "198.51.100.9"),
        (2, "203.0.113.5, 198.51.100.9", "203.0.113.5"),
        (2, "198.51.100.9", "192.0.2.7"),
    ],
)
def test_an_address_is_taken_only_from_trusted_proxies(settings, proxies, forwarded, address) -> None:
    from rooms.consumers.door import read_handshake

    settings.TRUSTED_PROXIES = proxies
    scope = {
        "headers": [(b"x-forwarded-for", forwarded.encode())],
        "client": ("192.0.2.7", 1),
        "url_route": {"kwargs": {"room_id": NOBODY}},
    }
    assert read_handshake(scope).address == address


async def test_presence_follows_the_socket(cast, monkeypatch) -> None:
    monkeypatch.setattr("rooms.hub.registry.GOODBYE_SECONDS", 0.05)
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    await client.event("snapshot")
    here = Participant.objects.filter(person=cast.listener, disconnected_at=None)
    await eventually(here.aexists)
    await client.leave()

    async def gone() -> bool:
        return not await here.aexists()

    await eventually(gone)


async def test_leaving_closes_and_leaves(cast) -> None:
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    await client.event("snapshot")
    assert (await client.command("leave"))["type"] == "ack"
    assert await client.closed() == 1000
    assert not await Participant.objects.filter(person=cast.listener, left_at=None).aexists()


async def test_refusals_speak_the_readers_language(cast, monkeypatch) -> None:
    await User.objects.filter(pk=cast.listener.pk).aupdate(language="fr")
    asked = []
    from spaces_site.boundary import sockets

    monkeypatch.setattr(sockets.translation, "override", _recorder(sockets.translation.override, asked))
    client = await InProcess(NOBODY, session=cast.sessions["listener"], device="phone").connect()
    await refused(client)
    assert "fr" in asked


def _recorder(real, asked):
    def override(language, *args, **kwargs):
        asked.append(language)
        return real(language, *args, **kwargs)

    return override
