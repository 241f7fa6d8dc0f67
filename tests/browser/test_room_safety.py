"""Muted, removed, blocked, left out: whose tone is gone from whose ear, and whose ear from the room."""

import pytest
from playwright.sync_api import expect

from tests.browser.live_site import LiveSite, wait_for
from tests.browser.test_room_sound import ANA, BO, EVA, stage_of_two
from tests.browser.visitors import Invite, Visitor, bring_on_stage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: Whether an address of live sound is still answered to somebody, asked with their cookies.
_OPEN_DOORS = """async (addresses) => {
  const answers = await Promise.all(addresses.map((address) => fetch(address).then((one) => {
    one.body?.cancel();
    return one.status;
  })));
  return answers.filter((status) => status < 400);
}"""

#: A client that was changed so that its microphone is always open, and its line to the server within reach.
_NEVER_MUTES = """
const get = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await get(wanted);
  for (const track of stream.getTracks()) Object.defineProperty(track, "enabled", { get: () => true, set: () => {} });
  return stream;
};
const Line = WebSocket;
window.WebSocket = class extends Line {
  constructor(...all) {
    super(...all);
    window.line = this;
  }
};"""


def choose(who: Visitor, whom: str, what: str) -> None:
    """Open somebody's tile or seat and take a row of their menu."""
    who.page.locator(".person, .seat").filter(has_text=whom).first.click()
    who.page.locator("dialog[open] .menu").get_by_text(what, exact=True).click()


def answer(who: Visitor, button: str) -> None:
    """Press a button of the question that stands open."""
    who.page.locator("dialog[open] .dialog-actions").get_by_role("button", name=button, exact=True).click()


def addresses(who: Visitor) -> list[str]:
    """Where the person's own sound is."""
    told: list[str] = who.page.evaluate("[spacesRoom.state.media.stream, spacesRoom.state.media.hls]")
    return told


def is_out(who: Visitor, doors: list[str], words: str) -> None:
    """Nothing sounds, the old addresses are closed, and the page says what happened."""
    expect(who.page.locator("main h1")).to_have_text(words)
    assert who.page.evaluate("[spacesRoom.source, spacesRoom.connectionOpen ?? false]") == ["none", False]
    wait_for(lambda: who.page.evaluate(_OPEN_DOORS, doors) == [], "closed doors of live sound", 10)


def test_a_removed_speaker_is_gone_from_every_ear_until_readmitted(live_site: LiveSite, invite: Invite) -> None:
    room, ana, bo = stage_of_two(live_site, invite)
    guest = invite(None, EVA).enter(room, "Listen as a guest")
    ana.hears(BO)
    guest.hears(ANA, BO)
    doors = addresses(bo)
    choose(ana, "Bo", "Remove from this room")
    answer(ana, "Remove")
    is_out(bo, doors, "The host removed you from this room.")
    ana.hears(but_not=(BO,))
    guest.hears(ANA, but_not=(BO,))
    bo.page.goto(f"{live_site.url}/rooms/{room}/")
    expect(bo.page.locator("main")).to_contain_text("The host removed you from this room.")
    ana.press("Undo", "[data-view=notice]")
    expect(ana.page.locator("[data-view=notice]")).to_contain_text("can come back")
    bo.enter(room)
    bo.hears(ANA)


def test_a_person_whom_the_host_blocks_is_out_at_once_and_told_nothing(live_site: LiveSite, invite: Invite) -> None:
    room, ana, bo = stage_of_two(live_site, invite)
    doors = addresses(bo)
    choose(ana, "Bo", "Block")
    answer(ana, "Block")
    is_out(bo, doors, "The host removed you from this room.")
    ana.hears(but_not=(BO,))
    refused = bo.page.goto(f"{live_site.url}/rooms/{room}/")
    nowhere = bo.page.goto(f"{live_site.url}/rooms/{'0' * 8}-0000-4000-8000-{'0' * 12}/")
    assert refused is not None
    assert nowhere is not None
    assert refused.status == nowhere.status == 404
    ana.press("Undo", "[data-view=notice]")
    expect(ana.page.locator("[data-view=notice]")).to_contain_text("You no longer block")
    bo.enter(room)


def test_everybody_is_muted_at_once_and_locked_microphones_stay_shut(live_site: LiveSite, invite: Invite) -> None:
    room, ana, bo = stage_of_two(live_site, invite)
    eva = invite("eva", EVA)
    eva.page.add_init_script(_NEVER_MUTES)
    eva.enter(room)
    bring_on_stage(ana, eva)
    ana.hears(BO, EVA)
    ana.press("Mute all", ".onstage")
    ana.page.locator("dialog[open] .check").click()
    answer(ana, "Mute all")
    ana.hears(but_not=(BO, EVA))
    bo.hears(ANA, but_not=(EVA,))
    for muted in (bo, eva):
        expect(muted.page.locator("[data-tool=mic]")).to_contain_text("Mics are locked")
        expect(muted.page.locator("[data-view=notice]")).to_contain_text("Ana")
    # Eva's client never closes its track, and asks to be heard: the mixer lets nothing through.
    eva.page.evaluate("line.send(JSON.stringify({ type: 'mic.unmute', id: 'x', data: {} }))")
    ana.hears(but_not=(BO, EVA))
    eva.hears(ANA, but_not=(BO,))
    ana.press("Lock mics", ".onstage")
    bo.until("spacesRoom.state.room.mics_locked === false", "unlocked microphones")
    bo.unmute()
    ana.hears(BO, but_not=(EVA,))


def test_one_listener_leaves_a_voice_out_and_nobody_else_does(live_site: LiveSite, invite: Invite) -> None:
    room, ana, bo = stage_of_two(live_site, invite)
    eva, guest = invite("eva", EVA).enter(room), invite(None, EVA).enter(room, "Listen as a guest")
    eva.hears(ANA, BO)
    choose(eva, "Bo", "Mute for me")
    eva.until("spacesRoom.source === 'peer'", "a mix of her own")
    eva.hears(ANA, but_not=(BO,))
    expect(eva.page.locator(".person").filter(has_text="Bo").locator(".person-role")).to_have_text("Muted for you")
    ana.hears(BO)
    guest.hears(ANA, BO)
    choose(eva, "Bo", "Hear again")
    eva.hears(ANA, BO)
    bo.hears(ANA)


def test_a_blocked_voice_on_stage_is_warned_of_at_the_door_and_inside(live_site: LiveSite, invite: Invite) -> None:
    room, ana, bo = stage_of_two(live_site, invite)
    # Somebody whom no other test knows: the block outlives this one.
    eva = invite("mira", EVA).enter(room)
    choose(eva, "Bo", "Block")
    answer(eva, "Block")
    expect(eva.page.locator("[data-view=notice]")).to_contain_text("whom you blocked, is on stage.")
    eva.press("Mute for me", "[data-view=notice]")
    eva.until("spacesRoom.source === 'peer'", "a mix of her own")
    eva.hears(ANA, but_not=(BO,))
    eva.press("Leave", "[data-view=exit]")
    expect(eva.page.locator("main[data-joined]")).to_have_count(0)
    eva.page.wait_for_load_state()
    eva.page.goto(f"{live_site.url}/rooms/{room}/")
    expect(eva.page.locator("main")).to_contain_text("Someone you blocked is speaking")
    eva.enter(room, "Join anyway")
    eva.hears(ANA, but_not=(BO,))
    ana.hears(BO)
    bo.hears(ANA)
