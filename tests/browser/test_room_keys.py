"""The room by keyboard alone, and its pure parts under Node where Node is installed."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.live_site import wait_for
from tests.browser.test_room_looks import open_room, speaking_chromium  # noqa: F401

HERE = Path(__file__).parent
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

_FOCUSED = "document.activeElement?.dataset.tool ?? document.activeElement?.textContent.trim()"


def sent(page: Any) -> list[str]:
    """Types of the commands that the page has sent."""
    return [str(one["type"]) for one in page.evaluate("recorded.sent")]


def until(page: Any, expression: str) -> None:
    """Poll an expression; Playwright's own wait would need `eval`, which the page's policy refuses."""
    wait_for(lambda: page.evaluate(expression), expression, 20)


def test_state_and_connection_are_pure_functions() -> None:
    done = subprocess.run(["node", "--test", str(HERE / "node")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_listener_raises_a_hand_reacts_and_leaves_the_bar_by_keyboard(open_room: Any) -> None:  # noqa: F811
    page = open_room("listener")
    page.keyboard.press("F2")
    assert page.evaluate(_FOCUSED) == "mic"
    page.keyboard.press("h")
    until(page, "recorded.sent.some((one) => one.type === 'hand.raise')")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Shift+E")
    page.locator("dialog .react-row button").first.wait_for()
    page.keyboard.press("Enter")
    until(page, "recorded.sent.some((one) => one.type === 'reaction.send')")
    page.keyboard.press("m")
    assert "mic.unmute" not in sent(page)


def test_a_number_chooses_the_reaction(open_room: Any) -> None:  # noqa: F811
    page = open_room("listener")
    page.keyboard.press("Control+Shift+E")
    page.locator("dialog .react-row button").first.wait_for()
    page.keyboard.press("7")
    page.keyboard.press("4")
    until(page, "recorded.sent.some((one) => one.type === 'reaction.send' && one.data.emoji === '💯')")
    expect(page.locator("dialog")).to_have_count(0)
    assert sent(page).count("reaction.send") == 1


def test_a_host_answers_the_queue_and_ends_by_keyboard(open_room: Any) -> None:  # noqa: F811
    page = open_room("host")
    page.keyboard.press("F2")
    page.keyboard.press("p")
    assert page.evaluate("document.activeElement.id") == "queue"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(page, "recorded.sent.some((one) => one.type === 'hand.accept')")
    page.locator("[data-view=exit] button").focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    assert page.evaluate(_FOCUSED) == "Cancel"
    page.keyboard.press("Escape")
    assert page.evaluate(_FOCUSED) == "End"
    assert "room.end" not in sent(page)


def test_levels_move_rings_and_never_tiles(open_room: Any) -> None:  # noqa: F811
    page = open_room("listener")
    before = page.locator(".person-name").all_inner_texts()
    expect(page.locator(".person[data-speaking]")).to_have_count(2)
    assert page.evaluate("document.querySelector('.person[data-speaking]').style.getPropertyValue('--lvl')")
    page.evaluate("clearInterval(window.talk)")
    until(page, "document.querySelectorAll('.person[data-speaking]').length === 0")
    assert page.locator(".person-name").all_inner_texts() == before
