"""Staff's switches, as a websocket hears of them; and how soon."""

import pytest

from accounts import queries
from accounts.models import SiteSwitches
from accounts.services import switches
from tests.browser.live_site import wait_for
from tests.patience import busy
from tests.rooms.sockets.clients import InProcess
from tests.rooms.sockets.people import make_person

pytestmark = pytest.mark.usefixtures("hub_ends")


async def test_read_only_refuses_commands_that_change_and_keeps_those_that_make_it_safer(cast) -> None:
    listener = await InProcess(cast.room.pk, session=cast.sessions["listener"], device="phone").connect()
    await listener.event("snapshot")
    host = await InProcess(cast.room.pk, session=cast.sessions["host"], device="desk").connect()
    await host.event("snapshot")
    await SiteSwitches.objects.acreate(pk=1, read_only=True)
    queries.forget_switches()
    refused = await listener.command("hand.raise")
    assert (refused["type"], refused["code"], refused["data"]) == ("error", "read_only", {"retry_after": 60})
    assert (await listener.command("ping"))["type"] == "ack"
    for microphone in ("mic.mute", "mic.unmute"):
        assert (await host.command(microphone))["type"] == "ack"
    assert (await host.command("stage.mute_everyone", lock=True))["type"] == "ack"
    assert (await host.command("hands.open", open=False))["code"] == "read_only"


def test_another_process_knows_within_a_second(transactional_db: None) -> None:
    assert not queries.site_switches().read_only
    # By the database alone, as another process would.
    SiteSwitches.objects.create(pk=1, read_only=True)
    wait_for(lambda: queries.site_switches().read_only, "the switch", busy(queries.SWITCHES_SECONDS))
    assert queries.site_switches().no_new_rooms


def test_a_switch_is_turned_by_staff_alone_and_with_a_reason(transactional_db: None) -> None:
    someone = make_person("someone")
    with pytest.raises(switches.staff.NotStaff):
        switches.set_switches(actor=someone, no_new_rooms=True, read_only=False, why="For fun")
    warden = make_person("warden", is_staff=True)
    with pytest.raises(switches.SwitchNeedsReason):
        switches.set_switches(actor=warden, no_new_rooms=True, read_only=False, why=" ")
    assert switches.set_switches(actor=warden, no_new_rooms=True, read_only=False, why="A raid")
    assert not switches.set_switches(actor=warden, no_new_rooms=True, read_only=False, why="A raid")
