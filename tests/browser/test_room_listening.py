"""Every way to listen, and what a listener can choose, in real Chromium with real sound."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, Route, expect

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.live_fixtures import SOUND_FLAGS
from tests.browser.live_site import LiveSite, wait_for
from tests.browser.visitors import Invite, Visitor, context_for
from tests.patience import busy

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ANA, EVA = 440, 1320
_NO_MEDIA_SOURCE = "delete window.MediaSource; delete window.ManagedMediaSource; delete window.WebKitMediaSource;"
_NO_HLS = "HTMLMediaElement.prototype.canPlayType = () => '';"


#: One person opens ten rooms in ten minutes at most: each test has a host of its own.
_NUMBERS = count(1)


def talking_room(live_site: LiveSite, invite: Invite) -> tuple[str, Visitor]:
    """A room whose host's tone can be heard, and the host."""
    handle = f"host_{next(_NUMBERS)}"
    room = live_site.room(handle)
    host = invite(handle, ANA).enter(room)
    host.unmute()
    return room, host


@pytest.fixture
def strict_chromium(playwright_driver: Playwright) -> Iterator[Browser]:
    """A Chromium that lets nothing sound before a touch, as people's own do."""
    flags = [flag for flag in FLAGS if "autoplay" not in flag]
    browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=[*flags, *SOUND_FLAGS])
    yield browser
    browser.close()


def inside_without_a_touch(browser: Browser, site: LiveSite, room: str, handle: str) -> Visitor:
    """Somebody who is in the room already and opens its page: no press, so the browser lets nothing sound."""
    cookie = site.person(handle)
    visitor = Visitor(site, context_for(browser, site, cookie), EVA)
    token = (
        visitor.context.request.get(f"{site.url}/rooms/{room}/").text().split('csrfmiddlewaretoken" value="')[1][:64]
    )
    visitor.context.request.post(
        f"{site.url}/rooms/{room}/listen/", form={"csrfmiddlewaretoken": token}, headers={"Referer": site.url}
    )
    visitor.page.goto(f"{site.url}/rooms/{room}/")
    return visitor


class Untouched:
    """Looks at a page as the devtools do: Playwright's own `evaluate` counts as a touch of the person."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self._devtools = visitor.context.new_cdp_session(visitor.page)

    def sees(self, expression: str) -> Any:
        """The value of an expression now."""
        return self._devtools.send("Runtime.evaluate", {"expression": expression})["result"].get("value")

    def until(self, expression: str, what: str) -> None:
        """Poll an expression until it is true."""
        wait_for(lambda: self.sees(expression), what, busy(10))

    def tap(self) -> None:
        """Press the one big button where it is drawn."""
        place = "(({ x, y, width, height }) => `${x + width / 2} ${y + height / 2}`)"
        x, y = self.sees(f"{place}(document.querySelector('.notice-tap button').getBoundingClientRect())").split()
        self.visitor.page.mouse.click(float(x), float(y))


_BUTTON = "document.querySelector('.notice-tap button')?.textContent.trim() === 'Tap to hear'"


def test_a_browser_that_wants_a_touch_gets_one_big_button(
    live_site: LiveSite, invite: Invite, strict_chromium: Browser
) -> None:
    room, _ = talking_room(live_site, invite)
    eva = inside_without_a_touch(strict_chromium, live_site, room, "eva")
    page = Untouched(eva)
    page.until(_BUTTON, "the button")
    page.until("window.spacesRoom.connection === 'live'", "a live room all the same")
    assert page.sees("window.spacesRoom.elements.stream.paused")
    assert page.sees("navigator.userActivation.hasBeenActive") is False
    page.tap()
    eva.hears(ANA)
    eva.page.locator(".notice-tap").wait_for(state="detached")
    assert eva.page.evaluate("window.spacesRoom.behind") < 2, "what was missed is left out"
    assert not eva.problems


def test_a_host_who_reloads_is_asked_for_a_touch_too(
    live_site: LiveSite, invite: Invite, strict_chromium: Browser
) -> None:
    """A silent element plays without a touch; that proves nothing, and the button must stay."""
    room, _ = talking_room(live_site, invite)
    live_site.call("host_beside", room_id=room, handle="bo")
    bo = Visitor(live_site, context_for(strict_chromium, live_site, live_site.person("bo")), EVA)
    bo.page.goto(f"{live_site.url}/rooms/{room}/")
    page = Untouched(bo)
    page.until("window.spacesRoom?.source === 'peer'", "the stage by WebRTC")
    page.until(_BUTTON, "the button")
    page.until("window.spacesRoom.elements.peer.paused && window.spacesRoom.blocked", "silence that is known")
    page.tap()
    bo.hears(ANA)
    bo.page.locator(".notice-tap").wait_for(state="detached")


def test_pressing_listen_is_the_touch(live_site: LiveSite, invite: Invite, strict_chromium: Browser) -> None:
    room, _ = talking_room(live_site, invite)
    guest = Visitor(live_site, context_for(strict_chromium, live_site, None), EVA).enter(room, "Listen as a guest")
    guest.hears(ANA)
    assert guest.page.get_by_role("button", name="Tap to hear").count() == 0


def test_one_press_on_the_first_page_is_enough(live_site: LiveSite, invite: Invite, strict_chromium: Browser) -> None:
    room, _ = talking_room(live_site, invite)
    visitor = Visitor(live_site, context_for(strict_chromium, live_site, None), EVA)
    button = visitor.page.locator(f"form[action='/rooms/{room}/listen/']")

    def leads_here() -> int:
        # Rooms of tests before this one sound until their hosts are found to be away.
        visitor.page.goto(live_site.url)
        return button.count()

    wait_for(leads_here, "the door into this room")
    button.get_by_role("button", name="Listen to a live room").click()
    visitor.until("window.spacesRoom?.elements.stream.currentTime > 0 && !window.spacesRoom.blocked", "sound")
    expect(visitor.page).to_have_url(f"{live_site.url}/rooms/{room}/")
    assert visitor.page.evaluate("window.spacesRoom.state.you.person.guest")
    visitor.context.close()


def test_without_media_source_the_browsers_own_hls_plays(live_site: LiveSite, invite: Invite) -> None:
    room, _ = talking_room(live_site, invite)
    eva = invite("eva", EVA)
    eva.page.add_init_script(_NO_MEDIA_SOURCE)
    eva.enter(room)
    eva.hears(ANA, but_not=(EVA,))
    assert eva.page.evaluate("window.spacesRoom.way") == "native"


def test_a_stream_that_breaks_gives_way_to_hls_js(live_site: LiveSite, invite: Invite) -> None:
    room, _ = talking_room(live_site, invite)
    eva = invite("eva", EVA)
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    eva.page.route("**/live/*/*/stream.mp4", refuse)
    eva.enter(room)
    eva.hears(ANA)
    assert eva.page.evaluate("window.spacesRoom.way") == "hls.js"
    assert len(asked) == 2
    assert len({url.split("/")[5] for url in asked}) == 2, "each try has a fresh address"


def test_a_stream_that_breaks_off_comes_back_by_itself(live_site: LiveSite, invite: Invite) -> None:
    """hls.js plays while the stream is refused; when it breaks too, the stream is tried again."""
    room, _ = talking_room(live_site, invite)
    eva = invite("eva", EVA)
    eva.page.route("**/live/*/*/stream.mp4", lambda route: route.abort())
    eva.enter(room)
    eva.hears(ANA)
    eva.page.unroute("**/live/*/*/stream.mp4")
    eva.page.route("**/live/*/*/index.m3u8*", lambda route: route.fulfill(status=410))
    eva.until("window.spacesRoom.way === 'stream'", "the stream again", 90)
    eva.hears(ANA)


def test_a_browser_that_plays_nothing_says_so(live_site: LiveSite, invite: Invite) -> None:
    room, _ = talking_room(live_site, invite)
    eva = invite("eva", EVA)
    eva.page.add_init_script(_NO_MEDIA_SOURCE + _NO_HLS)
    eva.page.goto(f"{live_site.url}/rooms/{room}/")
    eva.page.get_by_role("button", name="Listen", exact=True).click()
    link = eva.page.get_by_role("link", name="Open the plain stream")
    link.wait_for()
    assert link.get_attribute("href") == f"/live/{room}/open/stream.mp4"
    eva.until("window.spacesRoom.connection === 'live'", "a live room all the same")


_HEADSET = """(() => {
  const real = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
  window.plugged = [];
  navigator.mediaDevices.enumerateDevices = async () => [...await real(), ...window.plugged];
  window.plug = (...labels) => {
    window.plugged = labels.map((label) => ({ kind: "audiooutput", deviceId: `id of ${label}`, groupId: "", label }));
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
  };
})()"""


def test_the_chosen_output_is_kept(live_site: LiveSite, invite: Invite) -> None:
    room, _ = talking_room(live_site, invite)
    eva = invite("eva", EVA)
    eva.context.grant_permissions(["microphone"], origin=live_site.url)
    eva.enter(room)
    eva.press("More", ".bar")
    eva.page.get_by_role("button", name="Choose where it plays").click()
    select = eva.page.get_by_label("Speaker", exact=True)
    select.wait_for()
    names = select.locator("option").all_inner_texts()
    assert len(names) > 2, names
    select.select_option(label=names[-1])
    chosen = select.input_value()
    eva.until(f"window.spacesRoom.elements.stream.sinkId === {chosen!r}", "the other output")
    eva.page.keyboard.press("Escape")
    eva.hears(ANA)
    eva.page.reload()
    eva.until(f"window.spacesRoom?.elements.stream.sinkId === {chosen!r}", "the same output after a reload")
    eva.hears(ANA)


def test_devices_that_come_and_go_are_told(live_site: LiveSite, invite: Invite) -> None:
    room, _ = talking_room(live_site, invite)
    eva = invite("eva", EVA)
    eva.page.add_init_script(_HEADSET)
    eva.enter(room)
    eva.page.evaluate("plug('Red headphones')")
    eva.page.get_by_text("“Red headphones” is ready. Choose it under More.").first.wait_for()
    eva.page.evaluate("localStorage.setItem('spaces.output', 'id of Red headphones')")
    eva.page.evaluate("plug()")
    eva.page.get_by_text("“Red headphones” is gone. The sound plays on the standard output.").first.wait_for()
    assert eva.page.evaluate("window.spacesRoom.elements.stream.sinkId") == ""
    eva.hears(ANA)


_SPY = """(() => {
  window.locks = [];
  const real = navigator.wakeLock.request.bind(navigator.wakeLock);
  navigator.wakeLock.request = async (kind) => {
    const lock = await real(kind);
    window.locks.push(lock);
    return lock;
  };
  window.keys = {};
  const set = navigator.mediaSession.setActionHandler.bind(navigator.mediaSession);
  navigator.mediaSession.setActionHandler = (name, handler) => { window.keys[name] = handler; set(name, handler); };
})()"""


def test_a_speakers_screen_stays_on_and_is_asked_for_again(live_site: LiveSite, invite: Invite) -> None:
    room = live_site.room("awake")
    ana, eva = invite("awake", ANA), invite("eva", EVA)
    for visitor in (ana, eva):
        visitor.page.add_init_script(_SPY)
        visitor.enter(room)
    ana.until("window.locks.length === 1 && !window.locks[0].released", "a screen that stays on")
    assert eva.page.evaluate("window.locks.length") == 0, "listeners' screens may sleep"
    # The system takes the lock away with the tab, and gives none back by itself.
    ana.page.evaluate("window.locks[0].release()")
    ana.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    ana.until("window.locks.length === 2 && !window.locks[1].released", "the lock again")
    ana.press("End")
    ana.page.locator("dialog").get_by_role("button", name="End").click()
    ana.until("window.locks[1].released", "the screen may sleep again")


def test_the_system_knows_what_sounds_and_its_keys_work(live_site: LiveSite, invite: Invite) -> None:
    room, host = talking_room(live_site, invite)
    eva = invite("eva", EVA)
    eva.page.add_init_script(_SPY)
    eva.enter(room)
    session = eva.page.evaluate("(({ title, artist }) => [title, artist])(navigator.mediaSession.metadata)")
    assert session == ["A room with tones", host.page.evaluate("window.spacesRoom.state.room.creator.name")]
    eva.page.evaluate("window.keys.pause()")
    assert eva.page.evaluate("[navigator.mediaSession.playbackState, window.spacesRoom.elements.stream.muted]") == [
        "paused",
        True,
    ]
    eva.page.evaluate("window.keys.play()")
    assert eva.page.evaluate("[navigator.mediaSession.playbackState, window.spacesRoom.elements.stream.muted]") == [
        "playing",
        False,
    ]
    eva.press("Leave")
    eva.page.wait_for_url(f"{live_site.url}/")


def _seconds(page: Any) -> float:
    return float(page.evaluate("window.spacesRoom.behind"))


def test_a_tab_that_fell_behind_says_so_and_goes_live(live_site: LiveSite, invite: Invite) -> None:
    room, _ = talking_room(live_site, invite)
    eva = invite("eva", EVA).enter(room)
    eva.hears(ANA)
    # A frozen player: the sound stands still while the line goes on.
    eva.page.evaluate("window.spacesRoom.elements.stream.pause()")
    wait_for(lambda: _seconds(eva.page) > 8.5, "sound that lies behind", 30)
    eva.page.get_by_text("s behind").wait_for()
    eva.page.get_by_role("button", name="Go live").click()
    wait_for(lambda: _seconds(eva.page) < 2, "the live edge", 10)
