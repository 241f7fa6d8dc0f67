"""The room sounds on while one browses, sends forms, signs in and signs up."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.live_site import LiveSite
from tests.browser.tape import Tape
from tests.browser.test_room_listening import ANA, EVA, talking_room
from tests.browser.visitors import Invite, Visitor
from tests.patience import busy

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PASSWORD = "a sentence works well"


def listening_guest(live_site: LiveSite, invite: Invite) -> tuple[str, Visitor]:
    """Somebody without an account who hears the host."""
    room, _ = talking_room(live_site, invite)
    guest = invite(None, EVA, bypass_csp=True).enter(room, "Listen as a guest")
    guest.hears(ANA)
    return room, guest


def test_signing_in_keeps_the_room_open_and_the_sound_running(live_site: LiveSite, invite: Invite) -> None:
    live_site.call("account", handle="maya", password=PASSWORD)
    room, guest = listening_guest(live_site, invite)
    page = guest.page
    participant = page.evaluate("window.spacesRoom.state.you.participant")
    tape = Tape(page, ANA).start()
    guest.press("Sign in to speak", ".bar")
    page.get_by_label("E-mail or user name").fill("maya")
    expect(page.locator("#player .mini")).to_be_visible()
    page.get_by_label("Password").fill("not this one, surely")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("do not go together").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("main[data-joined] .stage .person").wait_for()
    assert page.url == f"{live_site.url}/rooms/{room}/"
    guest.until("window.spacesRoom.state.you?.person.handle === 'maya'", "the room as oneself")
    assert page.evaluate("window.spacesRoom.state.you.participant") == participant
    assert tape.take().longest_gap() < busy(150)
    assert guest.sockets == 2
    guest.press("Raise hand", ".bar")
    guest.until("window.spacesRoom.state.hands.length === 1", "a hand that is up")
    guest.hears(ANA)


def test_joining_by_mail_keeps_the_sound_running(live_site: LiveSite, invite: Invite) -> None:
    _room, guest = listening_guest(live_site, invite)
    page = guest.page
    page.evaluate("window.stillHere = true")
    guest.press("Sign in to speak", ".bar")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Name", exact=True).fill("Nora Vik")
    page.get_by_label("User name").fill("nora_vik")
    page.get_by_label("E-mail").fill("nora@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("heading", name="Check your mail").wait_for()
    guest.hears(ANA)
    mail = max((live_site.folder / "mail").iterdir(), key=lambda path: path.stat().st_mtime).read_text()
    code = re.search(r"^ {4}(\S+)$", mail, re.MULTILINE)
    assert code, mail
    page.get_by_label("Code").fill(code[1])
    page.get_by_role("button", name="Confirm").click()
    page.locator("main[data-joined] .stage .person").wait_for()
    guest.until("window.spacesRoom.state.you?.person.handle === 'nora_vik'", "the room as oneself")
    assert page.evaluate("window.stillHere")
    guest.hears(ANA)


def test_forms_are_sent_and_the_back_button_works_while_a_room_sounds(live_site: LiveSite, invite: Invite) -> None:
    room, _ = talking_room(live_site, invite)
    eva = invite("eva", EVA).enter(room)
    page = eva.page
    page.evaluate("window.stillHere = true")
    page.get_by_role("link", name="Keep listening while you browse").click()
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("About you").fill("Listens while she types.")
    page.get_by_role("button", name="Save").click()
    page.locator(".flash").wait_for()
    assert page.evaluate("[...document.styleSheets].some((sheet) => sheet.href?.includes('accounts'))")
    page.get_by_role("link", name="Language and look").click()
    page.get_by_role("radio", name="Dark").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    eva.hears(ANA)
    page.go_back()
    page.go_back()
    page.get_by_label("About you").wait_for()
    assert page.evaluate("window.stillHere")
    eva.hears(ANA)
    page.locator("#player").get_by_role("button", name="Silence").click()
    assert page.evaluate("window.spacesRoom.elements.stream.muted")
    page.locator("#player").get_by_role("button", name="Leave the room").click()
    expect(page.locator("#player")).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_player_is_in_sight_on_every_page(live_site: LiveSite, invite: Invite, width: int) -> None:
    room, _ = talking_room(live_site, invite)
    page = invite("eva", EVA).enter(room).page
    page.set_viewport_size({"width": width, "height": 420})
    page.get_by_role("link", name="Keep listening while you browse").click()
    for path in ("/", "/help/", "/settings/"):
        page.evaluate("path => document.querySelector(`a[href='${path}']`).click()", path)
        page.wait_for_url(f"{live_site.url}{path}")
        assert page.evaluate("document.documentElement.scrollHeight > innerHeight"), f"{path} is too short to tell"
        expect(page.locator("#player .mini")).to_be_in_viewport(ratio=1)
        page.mouse.wheel(0, 100_000)
        expect(page.locator("#player .mini")).to_be_in_viewport(ratio=1)


def test_another_language_keeps_the_sound_running(live_site: LiveSite, invite: Invite) -> None:
    room, _ = talking_room(live_site, invite)
    eva = invite("eva", EVA, bypass_csp=True).enter(room)
    page = eva.page
    tape = Tape(page, ANA).start()
    page.get_by_role("link", name="Keep listening while you browse").click()
    page.get_by_role("button", name="Français").click()
    page.get_by_role("heading", name="En direct").wait_for()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator("#player").get_by_role("button", name="Quitter le salon")).to_be_in_viewport()
    eva.until("document.getElementById('player').ariaLabel === 'À l’écoute'", "the player's name in French")
    page.locator("#player .mini-text").click()
    page.locator(".bar").get_by_role("button", name="Lever la main").wait_for()
    assert tape.take().longest_gap() < busy(150)
    eva.hears(ANA)
    # What the server says comes in French too, by a socket that was opened in English.
    for _ in range(3):
        page.locator(".tray .emoji").first.click()
    page.locator("[data-view=notice]").get_by_text("C’était très rapide").wait_for()
    page.locator("main a").first.click()
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Live now").wait_for()
    page.locator("#player").get_by_role("button", name="Leave the room").click()
    expect(page.locator("#player")).to_be_hidden()


def test_a_room_that_ends_while_one_browses_says_so(live_site: LiveSite, invite: Invite) -> None:
    room, host = talking_room(live_site, invite)
    page = invite("eva", EVA).enter(room).page
    page.get_by_role("link", name="Keep listening while you browse").click()
    player = page.locator("#player")
    player.get_by_role("button", name="Silence").wait_for()
    host.press("End")
    host.press("End", "dialog")
    expect(player).to_contain_text("This room has ended")
    expect(player.get_by_role("button")).to_have_count(1)
    player.get_by_role("button", name="Close").click()
    expect(player).to_be_hidden()


def test_signing_out_ends_the_sound_at_once(live_site: LiveSite, invite: Invite) -> None:
    room, _ = talking_room(live_site, invite)
    ivy = invite("ivy", EVA).enter(room)
    page = ivy.page
    page.get_by_role("link", name="Keep listening while you browse").click()
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#player")).to_be_hidden()
    ivy.until("window.spacesRoom.source === 'none'", "silence")


def test_pages_with_another_frame_are_loaded_whole(live_site: LiveSite, invite: Invite) -> None:
    room, _ = talking_room(live_site, invite)
    live_site.person("robin", is_staff=True, is_superuser=True)
    page = invite("robin", EVA).enter(room).page
    page.get_by_role("link", name="Keep listening while you browse").click()
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("link", name="Staff").click()
    page.locator("#user-tools").wait_for()
    assert page.url == f"{live_site.url}/admin/"


def test_a_guest_at_a_door_for_others_is_asked_to_sign_in(live_site: LiveSite, invite: Invite) -> None:
    _room, guest = listening_guest(live_site, invite)
    guest.page.get_by_role("link", name="Keep listening while you browse").click()
    guest.page.get_by_role("link", name="Staff pages").click()
    guest.page.get_by_role("heading", name="Welcome back").wait_for()
    guest.hears(ANA)
