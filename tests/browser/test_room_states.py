# ruff: noqa: F811
"""Every row of the microphone table, every state of the connection: look, words, what a press does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import recorded_room
from tests.browser.test_room_keys import sent, until
from tests.browser.test_room_looks import look, open_room, speaking_chromium  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
Change = Callable[[dict[str, Any]], None]
ME = {"listener": "Eva Rossi", "speaker": "Karim Bensaïd"}


def _fails(name: str, message: str = "") -> str:
    error = f"new DOMException({message!r}, {name!r})"
    return f"navigator.mediaDevices.getUserMedia = () => Promise.reject({error})"


_KNOWN = (
    "localStorage.setItem('spaces.input', 'default'); navigator.permissions.query = async () => ({state: 'granted'});"
)
_DENIED = "navigator.permissions.query = async () => ({state: 'denied'});"
_NEVER = "navigator.mediaDevices.getUserMedia = () => new Promise((resolve) => { window.answer = resolve; });"
_SILENCE = """navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext();
  await context.resume();
  return context.createMediaStreamDestination().stream;
};"""
_INSECURE = "Object.defineProperty(navigator, 'mediaDevices', { get: () => undefined });"


def _room(**fields: Any) -> Change:
    return lambda recorded: recorded["room"].update(fields)


def _as_guest(recorded: dict[str, Any]) -> None:
    recorded["you"]["person"]["guest"] = True


def _hand(state: str) -> Change:
    return lambda recorded: recorded["hands"].append(recorded_room.hand("Eva Rossi", 4, state))


def _nothing(page: Page) -> None:
    """The room as it is."""


def _press(page: Page) -> None:
    page.locator("[data-tool=mic]").click()


def _press_and_join(page: Page) -> None:
    """Through the preflight, whatever the microphone says."""
    _press(page)
    page.locator("dialog .dialog-actions .btn-primary").click()


def _unmuted(page: Page) -> None:
    _press(page)
    until(page, "recorded.sent.some((one) => one.type === 'mic.unmute')")
    page.evaluate("recorded.say('speaker.unmuted', {participant: recorded.snapshot.you.participant})")
    until(page, "window.spacesRoom.mic.open")


def _hold_to_talk(page: Page) -> None:
    page.evaluate("localStorage.setItem('spaces.keys.talk', 'on')")
    page.keyboard.down("v")
    until(page, "recorded.sent.some((one) => one.type === 'mic.unmute')")
    page.evaluate("recorded.say('speaker.unmuted', {participant: recorded.snapshot.you.participant})")


def _muted_by_host(page: Page) -> None:
    _unmuted(page)
    page.evaluate(
        "by => recorded.say('speaker.muted', {participant: recorded.snapshot.you.participant, by: by.id})",
        recorded_room.person("Ana Martin"),
    )


def _ten_silent_seconds(page: Page) -> None:
    _unmuted(page)


def _line_cut(page: Page) -> None:
    page.evaluate("recorded.cut()")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. `pressed` is what a press must lead to: a command sent, or words in a dialogue."""

    role: str
    look: str
    icon: str
    names: dict[str, str]
    arrive: Callable[[Page], None] = _nothing
    before: str = _KNOWN
    change: Change = lambda recorded: None
    command: str = ""
    dialogue: str = ""


def names(english: str, french: str) -> dict[str, str]:
    """Accessible names of one state."""
    return {"en": english, "fr": french}


_BLOCKED = names("Microphone blocked: help", "Micro bloqué\u00a0: aide")
ROWS = {
    "listener": Row("listener", "invite", "hand", names("Raise hand", "Lever la main"), command="hand.raise"),
    "raised": Row(
        "listener",
        "",
        "hand",
        names("Hand up, no. 1: lower it", "Main levée, n°\u00a01\u00a0: la baisser"),
        change=_hand("raised"),
        command="hand.lower",
    ),
    "paused": Row("listener", "", "hand", names("Hands paused", "Demandes suspendues"), change=_room(hands_open=False)),
    "closed": Row(
        "listener",
        "",
        "hand",
        names(
            "By invitation: only invited people speak here",
            "Sur invitation\u00a0: seules les personnes invitées parlent ici",
        ),
        change=_room(who_may_speak="invited"),
    ),
    "guest": Row("listener", "", "key", names("Sign in to speak", "Se connecter pour parler"), change=_as_guest),
    "invited": Row(
        "listener",
        "invite",
        "mic",
        names("Join as speaker", "Prendre la parole"),
        change=_hand("offered"),
        command="stage.take",
    ),
    "asking": Row(
        "speaker",
        "",
        "mic",
        names("Waiting for your browser…", "En attente du navigateur…"),
        arrive=_press,
        before=_KNOWN + _NEVER,
    ),
    "muted": Row("speaker", "muted", "micoff", names("Unmute", "Activer le micro"), command="mic.unmute"),
    "live": Row("speaker", "live", "", names("Mute", "Couper le micro"), arrive=_unmuted, command="mic.mute"),
    "held": Row(
        "speaker",
        "live",
        "",
        names("Release to mute", "Relâchez pour couper"),
        arrive=_hold_to_talk,
        command="mic.mute",
    ),
    "host-muted": Row(
        "speaker",
        "host-muted",
        "micoff",
        names("Unmute (muted by host)", "Activer le micro (coupé par l’hôte)"),
        arrive=_muted_by_host,
        command="mic.unmute",
    ),
    "denied-site": Row(
        "speaker",
        "denied",
        "alert",
        _BLOCKED,
        arrive=_press_and_join,
        before=_DENIED + _fails("NotAllowedError"),
        dialogue="This site may not use your microphone",
    ),
    "denied-system": Row(
        "speaker",
        "denied",
        "alert",
        _BLOCKED,
        arrive=_press,
        before=_KNOWN + _fails("NotAllowedError", "Permission denied by system"),
        dialogue="Your system keeps the microphone from the browser",
    ),
    "in-use": Row(
        "speaker",
        "denied",
        "alert",
        names("Microphone in use: help", "Micro occupé\u00a0: aide"),
        arrive=_press,
        before=_KNOWN + _fails("NotReadableError"),
        dialogue="Another program holds your microphone",
    ),
    "none": Row(
        "speaker",
        "denied",
        "alert",
        names("No microphone: help", "Pas de micro\u00a0: aide"),
        arrive=_press,
        before=_KNOWN + _fails("NotFoundError"),
        dialogue="No microphone found",
    ),
    "insecure": Row(
        "speaker",
        "denied",
        "alert",
        names("Needs https to speak: help", "Il faut https pour parler\u00a0: aide"),
        arrive=_press,
        before=_KNOWN + _INSECURE,
        dialogue="Speaking needs a secure address",
    ),
    "silent": Row(
        "speaker",
        "silent",
        "mic",
        names("No sound from your mic: check", "Aucun son du micro\u00a0: vérifier"),
        arrive=_ten_silent_seconds,
        before=_KNOWN + _SILENCE,
        dialogue="Microphone and speaker",
    ),
    "offline": Row(
        "speaker",
        "muted",
        "clock",
        names("Muted while reconnecting", "Coupé pendant la reconnexion"),
        arrive=_line_cut,
    ),
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("state", ROWS)
def test_each_row_of_the_microphone_table(
    open_room: Any,
    axe: Any,
    shot: Any,
    state: str,
    language: str,
) -> None:
    row = ROWS[state]
    page = open_room(row.role, language=language, width=320, change=row.change, before=row.before)
    until(page, "window.spacesRoom.connection === 'live'")
    row.arrive(page)
    button = page.locator("[data-tool=mic]")
    expect(button).to_have_accessible_name(row.names[language], timeout=30_000)
    until(page, f"(document.querySelector('[data-tool=mic]').dataset.mic || '') === '{row.look}'")
    if row.icon:
        assert button.locator("use").get_attribute("href").endswith(f"#{row.icon}")
    else:
        assert button.locator(".eq").count() == 1, "level bars"
    if state != "held":
        look(page, axe, shot, f"mic-{state}-{language}-light-320")
    page.evaluate("recorded.sent.length = 0")
    if state == "held":
        page.keyboard.up("v")
    else:
        button.click()
    _answers(page, row, language)


def _answers(page: Page, row: Row, language: str) -> None:
    if row.command == "stage.take":
        until(page, "window.spacesRoom.source !== undefined && recorded.sent.some((one) => one.type === 'stage.take')")
    elif row.command:
        until(page, f"recorded.sent.some((one) => one.type === '{row.command}')")
    elif row.dialogue and language == "en":
        page.locator("dialog").get_by_role("heading", name=row.dialogue).wait_for()
    elif row.dialogue:
        page.locator("dialog h2").wait_for()


def test_a_press_while_the_browser_asks_cancels(open_room: Any) -> None:
    row = ROWS["asking"]
    page = open_room("speaker", before=row.before)
    until(page, "window.spacesRoom.connection === 'live'")
    button = page.locator("[data-tool=mic]")
    button.click()
    expect(button).to_have_accessible_name("Waiting for your browser…")
    button.click()
    expect(button).to_have_accessible_name("Unmute")
    page.evaluate(
        "(() => { const context = new AudioContext(); window.late = context.createMediaStreamDestination().stream;"
        " window.answer(window.late); })()"
    )
    until(page, "window.late.getTracks()[0].readyState === 'ended'")
    assert "mic.unmute" not in sent(page)


def test_a_press_while_hands_are_paused_says_why(open_room: Any) -> None:
    page = open_room("listener", change=_room(hands_open=False))
    page.locator("[data-tool=mic]").click()
    page.get_by_text("The host is not taking requests to speak just now.").first.wait_for()
    assert "hand.raise" not in sent(page)


def test_a_room_that_becomes_official_says_so_to_whoever_is_inside(open_room: Any, shot: Any) -> None:
    page = open_room("listener", width=390)
    official = page.locator(".room-meta .official")
    assert not official.is_visible()
    page.evaluate("recorded.say('state.changed', {room: {...recorded.snapshot.room, is_official: true}}, 41)")
    official.get_by_text("Official").wait_for()
    shot(page, "room-official-390")
    page.evaluate("recorded.say('state.changed', {room: {...recorded.snapshot.room, is_official: false}}, 42)")
    official.wait_for(state="hidden")


# --- the connection -------------------------------------------------------------------------------

_WEAK = """RTCPeerConnection.prototype.getStats = async () =>
  new Map([["r", { type: "remote-inbound-rtp", fractionLost: 0.2, roundTripTime: 0.05 }]]);"""


def _connection(page: Page) -> str:
    return str(page.evaluate("window.spacesRoom.connection"))


def test_a_line_that_is_cut_goes_from_chip_to_dialogue(open_room: Any, axe: Any, shot: Any) -> None:
    page = open_room("speaker", before=_KNOWN, width=390)
    until(page, "window.spacesRoom.connection === 'live'")
    assert page.locator(".notices .notice").count() == 0
    _unmuted(page)
    _line_cut(page)
    until(page, "window.spacesRoom.connection === 'signal-lost'")
    expect(page.locator(".chip-warn")).to_have_text("Reconnecting…")
    assert page.evaluate("window.spacesRoom.mic.open"), "the microphone stays while the sound lives"
    until(page, "window.spacesRoom.connection === 'media-lost'")
    expect(page.locator(".chip-warn")).to_have_text("Reconnecting… Your microphone is off.")
    assert not page.evaluate("window.spacesRoom.mic.enabled")
    page.evaluate("recorded.down = false; dispatchEvent(new Event('online'))")
    until(page, "window.spacesRoom.connection === 'live'")
    expect(page.locator(".chip-warn")).to_have_count(0)
    assert not page.evaluate("window.spacesRoom.mic.open"), "nothing but a press opens it again"


def test_a_weak_network_is_named(open_room: Any) -> None:
    page = open_room("speaker", before=_KNOWN + _WEAK)
    until(page, "window.spacesRoom.connection === 'weak'")
    expect(page.locator(".chip-warn")).to_have_text("Weak network")


@pytest.mark.parametrize(
    ("button", "leads_to"), [("Retry", ""), ("Listen only", "/live/recorded/index.m3u8"), ("Leave", "/")]
)
def test_after_a_minute_there_are_three_ways_on(
    open_room: Any, axe: Any, shot: Any, button: str, leads_to: str
) -> None:
    page = open_room("listener", clock=True)
    _line_cut(page)
    page.clock.run_for(70_000)
    dialog = page.locator("dialog")
    dialog.get_by_role("heading", name="The room can’t be reached").wait_for()
    assert _connection(page) == "failed"
    if button == "Retry":
        look(page, axe, shot, "connection-failed-en-light-1280")
        page.evaluate("recorded.down = false")
    dialog.get_by_role("button", name=button).click()
    if leads_to:
        page.wait_for_url(f"**{leads_to}")
    else:
        page.clock.run_for(3_000)
        until(page, "window.spacesRoom.connection === 'live'")


@pytest.mark.parametrize(
    ("code", "heading"),
    [
        (4410, "This room has ended"),
        (4423, "The host removed you from this room."),
        (4409, "You joined on another device"),
        (4403, "You cannot join this room."),
        (4404, "There is no such room"),
        (4401, "You are signed out"),
    ],
)
def test_a_room_that_is_over_says_why_and_leads_on(
    open_room: Any, axe: Any, shot: Any, code: int, heading: str
) -> None:
    page = open_room("listener", width=390)
    page.evaluate(f"recorded.socket.close({code})")
    page.get_by_role("heading", level=1, name=heading).wait_for()
    expect(page.locator(":focus")).to_have_text(heading)
    expect(page.get_by_role("alert")).to_contain_text(heading)
    look(page, axe, shot, f"over-{code}-en-light-390")
    page.get_by_role("link", name="See what is live").click()
    page.wait_for_url("**/")


def test_a_server_that_restarts_is_found_again_where_one_was(open_room: Any) -> None:
    page = open_room("listener")
    page.evaluate("recorded.sent.length = 0; recorded.socket.close(1012)")
    until(page, "recorded.sent.some((one) => one.type === 'hello')")
    assert page.evaluate("recorded.sent.find((one) => one.type === 'hello').data.last_seq") == 40
