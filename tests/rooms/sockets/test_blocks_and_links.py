"""Blocking somebody and making an invitation's link from within the room, by the websocket alone."""

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from accounts.models import Block
from rooms.models import Invitation
from tests.rooms.sockets.clients import InProcess

pytestmark = pytest.mark.usefixtures("hub_ends")


async def inside(cast, who: str) -> InProcess:
    client = await InProcess(cast.room.pk, session=cast.sessions[who], device=who).connect()
    await client.event("snapshot")
    return client


async def test_somebody_is_blocked_is_out_and_may_come_again_once_unblocked(cast) -> None:
    host, listener = await inside(cast, "host"), await inside(cast, "listener")
    blocked = await host.command("person.block", person=str(cast.listener.pk))
    assert blocked["type"] == "ack", blocked
    assert await listener.closed() == 4423
    assert await Block.objects.filter(blocker=cast.host, blocked=cast.listener).aexists()
    assert (await host.command("person.unblock", person=str(cast.listener.pk)))["type"] == "ack"
    assert not await Block.objects.aexists()
    await inside(cast, "listener")


async def test_who_may_is_told_so(cast) -> None:
    may = {}
    for who in ("host", "listener"):
        client = await InProcess(cast.room.pk, session=cast.sessions[who], device=who).connect()
        can = set((await client.event("snapshot"))["data"]["you"]["can"])
        may[who] = can & {"person.block", "person.unblock", "invite.make_link", "invite.withdraw_links"}
    assert may["listener"] == {"person.block", "person.unblock"}
    assert may["host"] - may["listener"] == {"invite.make_link", "invite.withdraw_links"}


async def test_nobody_blocks_themselves_or_nobody(cast) -> None:
    host = await inside(cast, "host")
    for person, code in ((cast.host.pk, "block_yourself"), (cast.room.pk, "no_such_person")):
        assert (await host.command("person.block", person=str(person)))["code"] == code


async def test_a_link_is_made_used_and_withdrawn(cast) -> None:
    host, listener = await inside(cast, "host"), await inside(cast, "listener")
    assert (await listener.command("invite.make_link", kind="speak"))["code"] == "not_a_host"
    assert (await host.command("invite.make_link", kind="sing"))["field"] == "kind"
    link = (await host.command("invite.make_link", kind="speak"))["data"]
    assert set(link) == {"link", "key"}
    browser = Client()
    await sync_to_async(browser.force_login)(cast.stranger)
    address = f"/rooms/{cast.room.pk}/listen/"
    await sync_to_async(browser.post)(address, {"invitation": link["key"]})
    assert await Invitation.objects.filter(person=cast.stranger, kind="SPEAK").aexists()
    assert (await listener.command("invite.withdraw_links"))["code"] == "not_a_host"
    assert (await host.command("invite.withdraw_links"))["type"] == "ack"
    await sync_to_async(browser.force_login)(cast.listener)
    await sync_to_async(browser.post)(address, {"invitation": link["key"]})
    assert not await Invitation.objects.filter(person=cast.listener).aexists()
