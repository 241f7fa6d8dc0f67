"""Somebody who was put out hears no more of the room, also where the note to their socket was lost or came early."""

import asyncio
import time

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.services import blocks
from rooms.consumers import RoomConsumer
from rooms.models import Participant, PassSource
from rooms.services import entry, passes, removals
from tests.patience import busy
from tests.rooms.sockets.clients import InProcess

pytestmark = pytest.mark.usefixtures("hub_ends")


@sync_to_async
def ask_for_tickets(cast) -> None:
    """The room needs passes, and the listener holds one."""
    passes.require_passes(room=cast.room, now=timezone.now())
    passes.issue_pass(room_id=cast.room.pk, person_id=cast.listener.pk, source=PassSource.TICKET, now=timezone.now())


async def listening(cast, **query) -> InProcess:
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone", **query).connect()
    if not query:
        await client.event("snapshot")
    return client


@sync_to_async
def put_out(cast, how: str) -> None:
    now = timezone.now()
    if how == "ticket":
        passes.revoke_pass(room_id=cast.room.pk, person_id=cast.listener.pk, source=PassSource.TICKET, now=now)
    elif how.startswith("removed"):
        entry.join_room(actor=cast.host, room_id=cast.room.pk, device="desk", now=now)
        place = Participant.objects.get(person=cast.listener, room=cast.room)
        for_good = how == "removed"
        removals.remove_person(
            actor=cast.host, room_id=cast.room.pk, participant_id=place.pk, for_good=for_good, now=now
        )
    else:
        blocks.block_person(actor=cast.host, person_id=cast.listener.pk, now=now)


WAYS = [("removed", 4403), ("blocked", 4404), ("ticket", 4402)]


@pytest.mark.parametrize(("how", "code"), WAYS)
async def test_threat_03_a_socket_is_closed_though_the_note_was_lost(cast, monkeypatch, how, code) -> None:
    monkeypatch.setattr("rooms.hub.registry.SWEEP_SECONDS", 0.1)
    monkeypatch.setattr("rooms.hub.registry.CHECK_SECONDS", 0.2)
    if how == "ticket":
        await ask_for_tickets(cast)
    socket = await listening(cast)
    monkeypatch.setattr("rooms.events._publish", lambda *_: None)
    await put_out(cast, how)
    assert await socket.closed(busy(5)) == code


@pytest.mark.fault
@pytest.mark.parametrize(("how", "code"), WAYS)
async def test_threat_03_f5_a_broker_that_was_away_meanwhile_keeps_nobody_inside(cast, broker, how, code) -> None:
    if how == "ticket":
        await ask_for_tickets(cast)
    socket = await listening(cast)
    await sync_to_async(broker.kill)()
    try:
        await put_out(cast, how)
    finally:
        await sync_to_async(broker.start)()
    assert await socket.closed(busy(5)) == code


@pytest.mark.parametrize(("how", "code"), WAYS)
async def test_threat_04_whoever_is_shut_out_while_reconnecting_catches_up_on_nothing(
    cast, monkeypatch, how, code
) -> None:
    """The place is taken, the note to the old sockets is out, and the new one is not listening yet."""
    if how == "ticket":
        await ask_for_tickets(cast)
    before = await listening(cast)
    seq = before.last_seq
    await before.leave()
    joined, gone = asyncio.Event(), asyncio.Event()

    async def pause(self, device, hidden, real=RoomConsumer._join):
        outcome = await real(self, device, hidden)
        joined.set()
        await gone.wait()
        return outcome

    monkeypatch.setattr("rooms.consumers.room.RoomConsumer._join", pause)
    socket = await listening(cast, last_seq=seq)
    await joined.wait()
    await put_out(cast, how)
    gone.set()
    assert await socket.closed(busy(5)) == code


@pytest.mark.parametrize("how", ["removed", "blocked"])
async def test_threat_03_the_roster_is_for_those_inside(cast, monkeypatch, how) -> None:
    socket = await listening(cast)
    monkeypatch.setattr("rooms.events._publish", lambda *_: None)
    await put_out(cast, how)
    assert (await socket.command("roster.search", query=""))["code"] in ("cannot_join", "no_such_room")


@pytest.mark.parametrize(("how", "for_good"), [("removed", True), ("removed for now", False), ("blocked", True)])
async def test_threat_03_a_block_is_told_as_a_removal_for_good(cast, how, for_good) -> None:
    socket = await listening(cast)
    await put_out(cast, how)
    told = await socket.event("you.removed")
    assert told["data"] == {"for_good": for_good}
    assert set(told) == {"type", "at", "data"}
    assert await socket.closed() == 4423


async def test_at_the_door_a_removal_is_told_with_what_there_is_against_it(cast) -> None:
    socket = await listening(cast)
    await put_out(cast, "removed")
    await socket.closed()
    again = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    refused = await again.take(lambda frame: frame["type"] == "error")
    assert (refused["id"], refused["code"]) == (None, "cannot_join")
    assert refused["data"] == {"removal": "for_good", "appeal": "reportFromRoom"}
    assert await again.closed() == 4403


async def test_a_ticket_that_is_not_valid_any_more_closes_the_socket_at_once(cast) -> None:
    await ask_for_tickets(cast)
    socket = await listening(cast)
    began = time.monotonic()
    await put_out(cast, "ticket")
    assert (await socket.event("you.lost_ticket"))["data"] == {}
    assert await socket.closed(busy(5)) == 4402
    assert time.monotonic() - began < busy(1)


async def test_without_a_ticket_a_socket_is_accepted_and_closed_with_4402(cast) -> None:
    await ask_for_tickets(cast)
    client = await InProcess(cast.room.pk, session=cast.sessions["stranger"], device="phone").connect()
    assert (await client.take(lambda frame: frame["type"] == "error"))["code"] == "needs_ticket"
    assert await client.closed(busy(5)) == 4402
