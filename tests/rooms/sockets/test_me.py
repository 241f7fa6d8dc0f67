"""The websocket outside of rooms: whose ring is lit, and for whom it closes."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.services import blocks, follows, suspension
from rooms.hub import hub
from rooms.hub import rings as ring_watch
from rooms.hub.rings import RingWatch
from rooms.services import entry, lifecycle, tickets
from tests.rooms.sockets.clients import InProcess
from tests.rooms.sockets.conftest import Cast
from tests.rooms.sockets.people import make_guest, make_person, put_on_stage, sign_in

pytestmark = pytest.mark.usefixtures("hub_ends")


@pytest.fixture
def fan(cast: Cast) -> Cast:
    """The listener follows the host and the stranger."""
    for whom in (cast.host, cast.stranger):
        follows.follow(actor=cast.listener, person_id=whom.pk, now=timezone.now())
    return cast


async def watching(cast: Cast, who: str = "listener") -> tuple[InProcess, dict[str, Any]]:
    client = await InProcess("me", session=cast.sessions[who]).connect()
    return client, (await client.event("rings"))["data"]


async def call(service: Any, **arguments: Any) -> Any:
    return await sync_to_async(service)(now=timezone.now(), **arguments)


async def test_the_rings_as_they_are_come_first(fan: Cast) -> None:
    client, first = await watching(fan)
    assert (first["whole"], first["gone"]) == (True, [])
    assert [(ring["person"]["handle"], ring["room_id"], ring["title"]) for ring in first["live"]] == [
        ("host", str(fan.room.pk), "Morning news")
    ]
    assert (await client.command("ping"))["type"] == "ack"
    assert (await client.command("hand.raise"))["code"] == "not_here"
    await client.leave()


async def test_who_comes_on_stage_lights_up_and_who_goes_goes_out(fan: Cast) -> None:
    client, _ = await watching(fan)
    await sync_to_async(put_on_stage)(fan.host, fan.stranger, fan.room, "phone")
    lit = (await client.event("rings"))["data"]
    assert ([ring["person"]["handle"] for ring in lit["live"]], lit["gone"], lit["whole"]) == (["stranger"], [], False)
    await call(entry.leave_room, actor=fan.stranger, room_id=fan.room.pk)
    assert (await client.event("rings"))["data"] == {"live": [], "gone": [str(fan.stranger.pk)], "whole": False}
    await call(lifecycle.end_room, actor=fan.host, room_id=fan.room.pk)
    assert (await client.event("rings"))["data"]["gone"] == [str(fan.host.pk)]
    await client.leave()


async def test_blocks_and_follows_show_at_the_next_look_without_anybody_moving(
    fan: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring_watch, "WHOLE_LOOKS", 1_000_000)
    client, _ = await watching(fan)
    await call(blocks.block_person, actor=fan.host, person_id=fan.listener.pk)
    assert (await client.event("rings"))["data"]["gone"] == [str(fan.host.pk)]
    newcomer, _ = await watching(fan, "stranger")
    await call(follows.follow, actor=fan.stranger, person_id=fan.host.pk)
    assert [ring["person"]["handle"] for ring in (await newcomer.event("rings"))["data"]["live"]] == ["host"]
    await sync_to_async(follows.unfollow)(actor=fan.stranger, person_id=fan.host.pk)
    assert (await newcomer.event("rings"))["data"]["gone"] == [str(fan.host.pk)]
    await client.leave()
    await newcomer.leave()


async def test_a_block_of_which_the_broker_told_nothing_shows_all_the_same(
    fan: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring_watch, "WHOLE_LOOKS", 1)
    monkeypatch.setattr(RingWatch, "note", lambda *_lost: None)
    client, _ = await watching(fan)
    await call(blocks.block_person, actor=fan.host, person_id=fan.listener.pk)
    assert (await client.event("rings"))["data"]["gone"] == [str(fan.host.pk)]
    await client.leave()


async def test_nobody_is_told_of_people_they_do_not_follow(fan: Cast) -> None:
    client, first = await watching(fan, "stranger")
    assert first["live"] == []
    other, _ = await watching(fan)
    await call(lifecycle.end_room, actor=fan.host, room_id=fan.room.pk)
    await other.event("rings")
    assert (await client.command("ping"))["type"] == "ack"
    assert [event["type"] for event in client.events] == []
    await client.leave()
    await other.leave()


async def test_it_closes_with_the_session_and_nothing_is_looked_up_any_more(fan: Cast) -> None:
    client, _ = await watching(fan)
    staff = await sync_to_async(make_person)("warden", is_staff=True, is_superuser=True)
    await sync_to_async(suspension.suspend)(actor=staff, person=fan.listener)
    assert await client.closed() == 4401
    await client.leave()
    assert hub().rings._watchers == {}


async def test_guests_and_nobody_are_turned_away(cast: Cast) -> None:
    guest = await sync_to_async(make_guest)()
    session = await sync_to_async(sign_in)(guest)
    for key, code in ((session, "account_needed"), ("", "sign_in_first")):
        client = await InProcess("me", session=key).connect()
        error = await client.take(lambda frame: frame["type"] == "error")
        assert (error["code"], await client.closed()) == (code, 4401)


async def test_a_ticket_opens_its_own_websocket_alone(fan: Cast) -> None:
    now = timezone.now()
    for made_for, used_at, works in (("me", "me", True), ("me", fan.room.pk, False), (fan.room.pk, "me", False)):
        ticket = await sync_to_async(tickets.issue_ticket)(person=fan.listener, room_id=made_for, now=now)
        client = InProcess(used_at, device="d")
        client.socket.scope["subprotocols"] = ["spaces.v1", f"ticket.{ticket}"]
        await client.connect()
        if works:
            assert (await client.event("rings"))["data"]["whole"]
            await client.leave()
        else:
            assert await client.closed() == 4401


async def test_limit_sockets_outside_of_rooms_are_five_a_person(fan: Cast) -> None:
    held = [(await watching(fan))[0] for _ in range(5)]
    sixth = await InProcess("me", session=fan.sessions["listener"]).connect()
    assert (await sixth.take(lambda frame: frame["type"] == "error"))["code"] == "too_many_sockets"
    inside = await InProcess(fan.room.pk, session=fan.sessions["listener"], device="d").connect()
    await inside.event("snapshot")
    for client in (*held, inside):
        await client.leave()
