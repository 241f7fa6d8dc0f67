# ruff: noqa: F811
"""Whoever a host removed reads why, and what there is against it: in the room, and when they come back to its door."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import moderated_town
from tests.browser.test_room_looks import LOOKS, look, open_room, speaking_chromium  # noqa: F401
from tests.browser.town import make_town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
WORDS = {
    "en": {
        "removed": "The host removed you from this room.", "why": "Why?", "appeal": "Appeal",
        "report": "Report this room", "rules": "What hosts may do", "back": "Come back",
    },
    "fr": {
        "removed": "L’hôte vous a retiré de ce salon.", "why": "Pourquoi\u00a0?", "appeal": "Contester",
        "report": "Signaler ce salon", "rules": "Ce que les hôtes peuvent faire", "back": "Revenir",
    },
}  # fmt: skip


def opened(page: Page, summary: str) -> Any:
    """What stands under one of the two words; opening it closes the other."""
    details = page.locator(".removal details", has_text=summary)
    details.locator("summary").click()
    expect(page.locator(".removal details[open]")).to_have_count(1)
    return details


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
@pytest.mark.parametrize("for_good", [True, False], ids=["for-good", "for-now"])
def test_in_the_room_it_says_why_and_leads_on(
    open_room: Any, axe: Any, shot: Any, for_good: bool, language: str, theme: str, width: int
) -> None:
    words = WORDS[language]
    page = open_room("listener", language=language, theme=theme, width=width)
    page.evaluate("for_good => recorded.say('you.removed', {for_good}, false)", for_good)
    expect(page.locator("h1")).to_have_text(words["removed"])
    expect(page.locator("h1")).to_be_focused()
    why = opened(page, words["why"])
    expect(why.get_by_role("link", name=words["rules"])).to_be_visible()
    suffix = f"{'for-good' if for_good else 'for-now'}-{language}-{theme}-{width}"
    look(page, axe, shot, f"removed-why-{suffix}")
    appeal = opened(page, words["appeal"])
    look(page, axe, shot, f"removed-appeal-{suffix}")
    expect(page.get_by_role("link", name=words["back"], exact=True)).to_have_count(0 if for_good else 1)
    appeal.get_by_role("link", name=words["report"]).click()
    page.wait_for_url("**/report/?room=*")
    assert page.locator("input[name=room]").input_value() in page.url
    assert page.locator("input[name=at]").input_value().startswith("20")


def test_whoever_was_removed_for_now_comes_back_by_one_press(open_room: Any) -> None:
    page = open_room("listener")
    page.evaluate("recorded.say('you.removed', {for_good: false}, false)")
    address = page.url
    page.get_by_role("link", name="Come back").click()
    page.wait_for_url(address)
    page.locator("main[data-module]").wait_for()


def test_a_refusal_of_the_websocket_says_it_as_well(open_room: Any) -> None:
    page = open_room("listener")
    refusal = {
        "type": "error", "id": None, "code": "cannot_join", "message": "The host removed you from this room.",
        "field": None, "data": {"removal": "for_good", "appeal": "reportFromRoom"},
    }  # fmt: skip
    page.evaluate("refusal => { recorded.socket.say(refusal); recorded.socket.close(4403); }", refusal)
    expect(page.locator("h1")).to_have_text("The host removed you from this room.")
    expect(page.locator(".removal summary")).to_have_text(["Why?", "Appeal"])


def test_the_words_open_by_keyboard_and_lead_to_the_rules(open_room: Any) -> None:
    page = open_room("listener")
    page.evaluate("recorded.say('you.removed', {for_good: true}, false)")
    expect(page.locator("h1")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Why?")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("What hosts may do")
    page.keyboard.press("Enter")
    page.wait_for_url("**/help/#removed")
    expect(page.get_by_role("heading", name="Removed from a room")).to_be_in_viewport()


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_the_door_says_it_when_they_come_again(
    open_page: Any, axe: Any, shot: Any, transactional_db: None, language: str, theme: str, width: int
) -> None:
    town, words = make_town(), WORDS[language]
    path = moderated_town.removed(town)
    page = open_page(path, language=language, theme=theme, width=width, person=town.people["maya"])
    expect(page.locator(".door-acts [role=status]")).to_have_text(words["removed"])
    opened(page, words["why"])
    suffix = f"{language}-{theme}-{width}"
    look(page, axe, shot, f"door-removed-why-{suffix}")
    appeal = opened(page, words["appeal"])
    look(page, axe, shot, f"door-removed-appeal-{suffix}")
    appeal.get_by_role("link", name=words["report"]).click()
    page.wait_for_url("**/report/?room=*")
