"""One place, one device: moving, reloading, and no ghosts."""

import pytest

from tests.rooms.sockets.clients import InProcess, OverTcp

pytestmark = pytest.mark.usefixtures("hub_ends")


async def test_the_second_device_is_asked_and_may_move_here(cast) -> None:
    key = cast.sessions["listener"]
    phone = await InProcess(cast.room.pk, session=key, device="phone").connect()
    await phone.event("snapshot")
    await phone.command("ping")
    laptop = await InProcess(cast.room.pk, session=key, device="laptop").connect()
    await laptop.event("device.elsewhere")
    assert (await laptop.command("hand.raise"))["code"] == "join_first"
    assert (await laptop.command("device.move_here"))["type"] == "ack"
    assert (await laptop.event("snapshot"))["data"]["you"]["device"] == "laptop"
    assert await phone.closed() == 4409
    assert (await laptop.command("hand.raise"))["type"] == "ack"
    await laptop.leave()


async def test_a_reload_leaves_no_ghost(cast) -> None:
    key = cast.sessions["listener"]
    old = await InProcess(cast.room.pk, session=key, device="phone").connect()
    await old.event("snapshot")
    new = await InProcess(cast.room.pk, session=key, device="phone").connect()
    await new.event("snapshot")
    assert await old.closed() == 4409
    assert (await new.command("ping"))["type"] == "ack"
    await new.leave()


async def test_a_ghost_in_another_web_process_is_closed(web, cast) -> None:
    key = cast.sessions["listener"]
    there = await OverTcp(web.port, cast.room.pk, session=key, device="phone").connect()
    await there.event("snapshot")
    here = await InProcess(cast.room.pk, session=key, device="phone").connect()
    await here.event("snapshot")
    assert await there.closed() == 4409
    await here.leave()


async def test_moving_between_web_processes(web, cast) -> None:
    key = cast.sessions["listener"]
    there = await OverTcp(web.port, cast.room.pk, session=key, device="phone").connect()
    await there.event("snapshot")
    await there.command("ping")
    here = await InProcess(cast.room.pk, session=key, device="laptop").connect()
    await here.event("device.elsewhere")
    assert (await here.command("device.move_here"))["type"] == "ack"
    await here.event("snapshot")
    assert await there.closed() == 4409
    await here.leave()
