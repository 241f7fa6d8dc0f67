"""Inside the room as people prefer to see it: the colours of the system, no motion, their own way to set text."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import recorded_room
from tests.browser.test_room_looks import open_room, speaking_chromium  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
THEMES = ["light", "dark"]


def style(page: Page, selector: str, name: str) -> str:
    """A computed style of the first element that fits."""
    read = "(element, name) => getComputedStyle(element)[name]"
    return str(page.locator(selector).first.evaluate(read, name))


@pytest.mark.parametrize("theme", THEMES)
def test_with_the_systems_colours_a_listener_sees_who_speaks_and_what_is_pressed(
    open_room: Any,  # noqa: F811
    theme: str,
) -> None:
    page = open_room("listener", theme=theme, forced_colors="active")
    assert style(page, ".person[data-speaking] .person-av", "outlineStyle") == "solid"
    assert style(page, ".person:not([data-speaking]) .person-av", "outlineStyle") == "none"
    pill = "[data-tool={}] .tool-pill".format
    assert style(page, pill("captions"), "backgroundColor") != style(page, pill("invite"), "backgroundColor")
    assert style(page, pill("mic"), "backgroundColor") == style(page, pill("invite"), "backgroundColor")
    page.evaluate("hand => recorded.say('hand.raised', {hand})", recorded_room.hand("Eva Rossi", 4))
    pressed = style(page, pill("captions"), "backgroundColor")
    expect(page.locator(pill("mic"))).to_have_css("background-color", pressed)
    for part in (".stage", ".audience", ".caps", ".tools", ".tray"):
        assert style(page, part, "borderTopStyle") == "solid", part


@pytest.mark.parametrize("theme", THEMES)
def test_with_the_systems_colours_a_host_sees_which_tab_is_open(open_room: Any, theme: str) -> None:  # noqa: F811
    page = open_room("host", theme=theme, width=390, forced_colors="active")
    for tab in ("queue", "people", "settings"):
        page.locator(f".seg a[href='#{tab}']").click()
        assert style(page, f".seg a[href='#{tab}']", "outlineStyle") == "solid"
        assert style(page, ".seg a:not([aria-current])", "outlineStyle") == "none"
    page.locator("[data-tool=more]").click()
    assert style(page, "dialog[open]", "borderTopStyle") == "solid"


def test_titles_and_guests_are_set_as_people_read_them(open_room: Any) -> None:  # noqa: F811
    guest = recorded_room.person("Invité 3618") | {"guest": True}
    page = open_room(
        "listener", language="fr", width=390, change=lambda recorded: recorded["listeners"].insert(0, guest)
    )
    expect(page.get_by_role("heading", level=1)).to_have_js_property(
        "textContent", "Créer avec Django\u00a0: questions et réponses"
    )
    expect(page.locator(".seat-name").first).to_have_text("Invité 3618")
    expect(page.locator(".seat-name").nth(2)).to_have_text("Farid")


def test_with_reduced_motion_the_room_stands_still_and_counts(open_room: Any) -> None:  # noqa: F811
    page = open_room("listener", reduced_motion="reduce")
    tally = {"👏": 35, "❤️": 12, "😂": 0, "💯": 0, "🤔": 0, "🎉": 0}
    said = {"tally": tally, "counts": {"👏": 1}, "floats": [[recorded_room.participant("Bo Chen"), "👏"]]}
    page.evaluate("said => recorded.say('reaction.batch', said, false)", said)
    expect(page.locator(".tray .emoji-n").first).to_have_text("35")
    expect(page.locator(".person[data-speaking]")).to_have_count(2)
    assert page.locator(".float").count() == 0
    running = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert page.evaluate(running) == 0
    page.emulate_media(reduced_motion="no-preference")
    page.evaluate("said => recorded.say('reaction.batch', said, false)", said)
    page.locator(".float").first.wait_for()
    assert page.evaluate(running) > 0
