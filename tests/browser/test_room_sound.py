"""People in a room hear what they should and nothing else, through every path, in real Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live_site import LiveSite, wait_for
from tests.browser.visitors import Invite, Visitor, bring_on_stage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ANA, BO, EVA = 440, 880, 1320


def stage_of_two(live_site: LiveSite, invite: Invite) -> tuple[str, Visitor, Visitor]:
    """Ana hosts and speaks, Bo raised his hand, was accepted, and speaks."""
    ana, bo = invite("ana", ANA), invite("bo", BO)
    room = live_site.room("ana")
    ana.enter(room)
    bo.enter(room)
    ana.unmute()
    bring_on_stage(ana, bo)
    return room, ana, bo


#: How a page is made to listen another way than by the stream.
OTHER_WAYS: dict[str, Callable[[Page], object]] = {
    "stream": lambda page: None,
    "hls.js": lambda page: page.route("**/live/*/*/stream.mp4", lambda route: route.abort()),
    "native": lambda page: page.add_init_script("delete window.MediaSource;"),
}


def test_three_people_are_told_apart_on_every_path(live_site: LiveSite, invite: Invite) -> None:
    """Two who talk (a mix each), one who is silent on stage (the shared mix), listeners by stream and by HLS."""
    room, ana, bo = stage_of_two(live_site, invite)
    eva = invite("eva", EVA).enter(room)
    eva.press("Raise hand", ".bar")
    ana.press("Accept", ".queue")
    eva.come_on_stage()
    listeners = {way: invite(None, EVA) for way in OTHER_WAYS}
    for way, listener in listeners.items():
        OTHER_WAYS[way](listener.page)
        listener.enter(room, "Listen as a guest")
        assert listener.page.evaluate("[spacesRoom.source, spacesRoom.way]") == ["stream", way]
    ana.hears(BO, but_not=(ANA, EVA))
    bo.hears(ANA, but_not=(BO, EVA))
    for silent in (eva, *listeners.values()):
        silent.hears(ANA, BO, but_not=(EVA,))
    eva.unmute()
    ana.hears(BO, EVA, but_not=(ANA,))
    bo.hears(ANA, EVA, but_not=(BO,))
    eva.hears(ANA, BO, but_not=(EVA,))
    for listener in listeners.values():
        listener.hears(ANA, BO, EVA)
    assert {person.page.evaluate("spacesRoom.source") for person in (ana, bo, eva)} == {"peer"}


def test_the_hosts_mute_silences_and_only_the_speaker_opens_again(live_site: LiveSite, invite: Invite) -> None:
    _, ana, bo = stage_of_two(live_site, invite)
    ana.hears(BO)
    ana.press("Mute Bo", ".onstage")
    bo.until("!window.spacesRoom.mic.open && !window.spacesRoom.mic.enabled", "a closed microphone")
    ana.hears(but_not=(BO,))
    button = bo.page.locator("[data-tool=mic]")
    expect(button).to_have_attribute("data-mic", "host-muted")
    expect(button).to_have_attribute("aria-label", "Unmute (muted by host)")
    bo.press("Unmute", ".bar")
    ana.hears(BO)


def test_a_reload_keeps_the_seat_and_the_microphone_closed(live_site: LiveSite, invite: Invite) -> None:
    room, ana, bo = stage_of_two(live_site, invite)
    bo.page.reload()
    bo.until("window.spacesRoom?.source === 'peer'", "the stage again")
    assert bo.page.evaluate("window.spacesRoom.state.you.role") == "speaker"
    assert not bo.page.evaluate("window.spacesRoom.mic.open")
    wait_for(lambda: live_site.call("stage", room_id=room)["bo"]["muted"], "the server to close the microphone", 10)
    bo.hears(ANA)
    ana.hears(but_not=(BO,))
    bo.unmute()
    ana.hears(BO)


def test_the_socket_cut_for_a_moment_keeps_the_sound(live_site: LiveSite, invite: Invite) -> None:
    _, ana, bo = stage_of_two(live_site, invite)
    bo.page.evaluate("window.spacesRoom.cutSocket()")
    ana.hears(BO)
    wait_for(lambda: bo.told() and bo.sockets == 2, "a second socket", 10)
    bo.until("window.spacesRoom.connection === 'live'", "a live connection")
    assert bo.page.evaluate("window.spacesRoom.mic.open")
    ana.press("Mute Bo", ".onstage")
    bo.until("window.spacesRoom.state.you.muted", "events by the new socket")


def test_eight_seconds_without_a_socket_close_the_microphone_for_good(live_site: LiveSite, invite: Invite) -> None:
    _, ana, bo = stage_of_two(live_site, invite)
    bo.context.set_offline(True)
    bo.page.evaluate("window.spacesRoom.cutSocket()")
    bo.until("window.spacesRoom.connection === 'signal-lost'", "the chip after 2 s")
    bo.page.locator(".notices").get_by_text("Reconnecting").wait_for()
    bo.until("window.spacesRoom.connection === 'media-lost' && !window.spacesRoom.mic.enabled", "a closed microphone")
    ana.hears(but_not=(BO,))
    bo.context.set_offline(False)
    bo.until("window.spacesRoom.connection === 'live'", "the way back")
    assert not bo.page.evaluate("window.spacesRoom.mic.open")
    bo.until("window.spacesRoom.state.you.muted", "the server to know")
    bo.hears(ANA)


def test_a_second_device_asks_and_takes_the_place(live_site: LiveSite, invite: Invite) -> None:
    _, ana, bo = stage_of_two(live_site, invite)
    second = invite("bo", EVA)
    second.page.goto(bo.page.url)
    dialog = second.page.locator("dialog")
    dialog.get_by_role("heading", name="You are in this room on another device").wait_for()
    assert dialog.get_by_role("button", name="Stay there").evaluate("element => element === document.activeElement")
    dialog.get_by_role("button", name="Move here").click()
    second.until("window.spacesRoom.source === 'peer'", "the stage on the second device")
    bo.page.get_by_role("heading", name="You joined on another device").wait_for()
    second.hears(ANA)
    ana.hears(but_not=(BO, EVA))
    second.unmute()
    ana.hears(EVA, but_not=(BO,))


def test_a_denied_microphone_says_how_to_allow_it(live_site: LiveSite, invite: Invite) -> None:
    room = live_site.room("ana")
    ana, eva = invite("ana", ANA).enter(room), invite("eva", EVA, allow=False).enter(room)
    eva.press("Raise hand", ".bar")
    ana.press("Accept", ".queue")
    eva.press("Join as speaker", ".bar")
    eva.page.locator("dialog").get_by_text("This site may not use your microphone").first.wait_for()
    eva.page.locator("dialog").get_by_role("button", name="Join muted").click()
    eva.until("window.spacesRoom.state.you.role === 'speaker'", "the stage without a microphone")
    button = eva.page.locator("[data-tool=mic]")
    expect(button).to_have_attribute("data-mic", "denied")
    expect(button).to_have_attribute("aria-label", "Microphone blocked: help")
    button.click()
    eva.page.locator("dialog").get_by_role("heading", name="This site may not use your microphone").wait_for()


def test_the_room_sounds_on_while_one_browses(live_site: LiveSite, invite: Invite) -> None:
    room = live_site.room("ana")
    ana, eva = invite("ana", ANA).enter(room), invite("eva", EVA).enter(room)
    ana.unmute()
    eva.hears(ANA)
    eva.page.get_by_role("link", name="Keep listening while you browse").click()
    eva.page.locator("#player .mini").wait_for()
    assert eva.page.url == f"{live_site.url}/"
    eva.hears(ANA)
    eva.page.get_by_role("link", name="Upcoming").first.click()
    eva.page.get_by_role("heading", level=1, name="Upcoming").wait_for()
    eva.hears(ANA)
    eva.page.locator("#player .mini-text").click()
    eva.page.locator("main[data-joined] .stage .person").wait_for()
    expect(eva.page.locator("#player")).to_be_hidden()
    assert eva.sockets == 1


def test_ending_tells_everybody(live_site: LiveSite, invite: Invite) -> None:
    room = live_site.room("ana")
    ana, eva = invite("ana", ANA).enter(room), invite("eva", EVA).enter(room)
    ana.press("End")
    dialog = ana.page.locator("dialog")
    assert dialog.get_by_role("button", name="Cancel").evaluate("element => element === document.activeElement")
    dialog.get_by_role("button", name="End").click()
    for visitor in (ana, eva):
        visitor.page.get_by_role("heading", level=1, name="This room has ended").wait_for()
