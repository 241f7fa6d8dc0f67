"""A socket lives no longer than its session (ASVS 7.4.1)."""

import time

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import DeviceToken, User
from accounts.services import devices
from rooms import receivers
from rooms.models import Participant
from rooms.services import tickets
from tests.patience import busy
from tests.rooms.sockets.clients import InProcess

pytestmark = pytest.mark.usefixtures("hub_ends")


async def listening(cast) -> InProcess:
    client = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    await client.event("snapshot")
    return client


async def test_threat_08_asvs_7_4_1_logout_closes_within_a_second(cast) -> None:
    socket = await listening(cast)
    browser = Client()
    browser.cookies["sessionid"] = cast.sessions["listener"]
    started = time.monotonic()
    await sync_to_async(browser.logout)()
    assert await socket.closed() == 4401
    assert time.monotonic() - started < busy(1)


async def test_threat_08_a_revoked_session_closes_only_its_sockets(cast) -> None:
    socket = await listening(cast)
    await sync_to_async(devices.announce_end)(person_id=cast.listener.pk, session_key="another")
    assert (await socket.command("ping"))["type"] == "ack"
    await sync_to_async(devices.announce_end)(person_id=cast.listener.pk, session_key=cast.sessions["listener"])
    assert await socket.closed() == 4401


async def test_threat_08_a_suspension_closes_all(cast) -> None:
    socket = await listening(cast)
    await sync_to_async(receivers.close_all_sockets)(person_id=cast.listener.pk)
    assert await socket.closed() == 4401


@pytest.mark.parametrize("how", ["password", "switched off", "session gone"])
async def test_threat_08_asvs_7_4_2_what_nobody_announced_is_found_by_the_next_check(cast, monkeypatch, how) -> None:
    monkeypatch.setattr("rooms.hub.registry.SWEEP_SECONDS", 0.1)
    monkeypatch.setattr("rooms.hub.registry.CHECK_SECONDS", 0.2)
    socket = await listening(cast)
    host = await InProcess(cast.room.pk, session=cast.sessions["host"], device="desk").connect()
    await host.event("snapshot")
    if how == "password":
        await User.objects.filter(pk=cast.listener.pk).aupdate(password="another hash")
    elif how == "switched off":
        await User.objects.filter(pk=cast.listener.pk).aupdate(is_active=False)
    else:
        await Session.objects.filter(pk=cast.sessions["listener"]).adelete()
    assert await socket.closed() == 4401
    assert (await host.command("ping"))["type"] == "ack"
    await host.leave()


async def test_a_silent_peer_is_taken_for_dead(cast, monkeypatch) -> None:
    monkeypatch.setattr("rooms.hub.registry.SWEEP_SECONDS", 0.05)
    monkeypatch.setattr("rooms.hub.registry.SILENT_SECONDS", 0.5)
    socket = await listening(cast)
    assert await socket.closed() == 4408


async def test_threat_08_an_apps_socket_is_closed_though_the_note_was_lost(cast, monkeypatch) -> None:
    monkeypatch.setattr("rooms.hub.registry.SWEEP_SECONDS", 0.1)
    monkeypatch.setattr("rooms.hub.registry.CHECK_SECONDS", 0.2)
    now = timezone.now()
    token, _secret = await sync_to_async(devices.issue_token)(person=cast.listener, name="phone", now=now)
    ticket = await sync_to_async(tickets.issue_ticket)(
        person=cast.listener, room_id=cast.room.pk, session=f"device:{token.pk}", now=now
    )
    client = InProcess(cast.room.pk, device="phone")
    client.socket.scope["subprotocols"] = ["spaces.v1", f"ticket.{ticket}"]
    await client.connect()
    await client.event("snapshot")
    assert (await client.command("ping"))["type"] == "ack"
    await DeviceToken.objects.filter(pk=token.pk).adelete()
    assert await client.closed() == 4401


async def test_threat_08_a_ticket_ends_with_what_it_was_made_with(cast) -> None:
    now = timezone.now()
    token, _secret = await sync_to_async(devices.issue_token)(person=cast.listener, name="phone", now=now)
    ticket = await sync_to_async(tickets.issue_ticket)(
        person=cast.listener, room_id=cast.room.pk, session=f"device:{token.pk}", now=now
    )
    await sync_to_async(devices.revoke)(actor=cast.listener, device_id=f"device:{token.pk}")
    client = InProcess(cast.room.pk, device="phone")
    client.socket.scope["subprotocols"] = ["spaces.v1", f"ticket.{ticket}"]
    await client.connect()
    assert await client.closed() == 4401
    assert not await Participant.objects.present().filter(person=cast.listener).aexists()


@pytest.mark.parametrize("way", ["hello", "move here"])
async def test_threat_08_a_socket_that_waited_goes_in_by_no_session_that_ended(cast, monkeypatch, way) -> None:
    monkeypatch.setattr("rooms.consumers.room.FRESH_SECONDS", 0.0)
    inside = await listening(cast)
    waiting = await InProcess(cast.room.pk, session=cast.sessions["listener"]).connect()
    if way == "move here":
        await waiting.send("hello", device="laptop")
        await waiting.event("device.elsewhere")
    browser = Client()
    browser.cookies["sessionid"] = cast.sessions["listener"]
    await sync_to_async(browser.logout)()
    assert await inside.closed() == 4401
    await waiting.send(*(["device.move_here"] if way == "move here" else ["hello"]), device="laptop")
    assert await waiting.closed() == 4401
    assert not await Participant.objects.present().filter(person=cast.listener).aexists()


async def test_a_silent_peer_that_never_went_in_is_taken_for_dead(cast, monkeypatch) -> None:
    monkeypatch.setattr("rooms.consumers.identified.SILENT_SECONDS", 0.5)
    socket = await InProcess(cast.room.pk, session=cast.sessions["listener"]).connect()
    assert await socket.closed() == 4408
