# ruff: noqa: F811
"""Pinned posts: a host pins, everybody sees it at once; and what a room leaves behind."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import recorded_room
from tests.browser.live_site import LiveSite
from tests.browser.test_room_keys import until
from tests.browser.test_room_listening import EVA, talking_room
from tests.browser.test_room_looks import LOOKS, look, open_room, speaking_chromium  # noqa: F401
from tests.browser.visitors import Invite

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
recorded = pytest.mark.django_db(transaction=True)

LONG = "Questions to the stage, please: one line each.\nNotes: https://example.org/" + "a" * 60
PINS = [("Ana Martin", LONG, ""), ("نور رحيمي", "الحافلة الليلية", ""), ("Bo Chen", "", "After hours")]


def pins() -> list[dict[str, Any]]:
    return [recorded_room.pin(name, text, room_title=room) for name, text, room in PINS]


def with_pins(snapshot: dict[str, Any]) -> None:
    snapshot["pins"] = pins()


def say(page: Page, told: list[dict[str, Any]]) -> None:
    page.evaluate("pins => recorded.say('pins.changed', {pins})", told)


def wall(page: Page) -> Locator:
    return page.locator("[data-view=pins]")


def seen(place: Locator) -> None:
    """One gets there by scrolling, wherever the room's own parts stay on top."""
    place.scroll_into_view_if_needed()
    expect(place).to_be_in_viewport(ratio=0.9)


def commands(page: Page, kind: str) -> list[dict[str, Any]]:
    return [one["data"] for one in page.evaluate("recorded.sent") if one["type"] == kind]


def test_a_host_pins_and_everybody_sees_it_at_once(live_site: LiveSite, invite: Invite) -> None:
    room, host = talking_room(live_site, invite)
    ana, eva = host.page, invite("eva", EVA).enter(room).page
    ana.evaluate("window.stillHere = true")
    eva.evaluate("window.stillHere = true")
    for text in ("The first of two", "The second of two"):
        ana.get_by_role("button", name="Pin a post").click()
        ana.get_by_label("New post").fill(text)
        ana.get_by_role("button", name="Post and pin").click()
        expect(wall(eva).locator(".said")).to_have_text(text)
    expect(wall(eva).locator(".num")).to_have_text("1 / 2")
    # Moved by keyboard alone; whoever moves it stands where they stood.
    later = wall(ana).get_by_role("button", name="Move later")
    later.focus()
    ana.keyboard.press("Enter")
    for page in (ana, eva):
        expect(wall(page).locator(".num")).to_have_text("2 / 2")
        expect(wall(page).locator(".said")).to_have_text("The second of two")
    expect(later).to_be_focused()
    wall(ana).get_by_role("button", name="Unpin").click()
    expect(wall(eva).locator(".said")).to_have_text("The first of two")
    expect(wall(eva).locator(".num")).to_have_count(0)
    ana.locator("[data-view=notice]").get_by_role("button", name="Undo").click()
    expect(wall(eva).locator(".num")).to_have_text("2 / 2")
    expect(wall(eva).locator(".said")).to_have_text("The second of two")
    eva.get_by_role("button", name="Next pinned post").click()
    expect(wall(eva).locator(".said")).to_have_text("The first of two")
    assert wall(eva).get_by_role("button", name="Unpin").count() == 0
    assert ana.evaluate("window.stillHere")
    assert eva.evaluate("window.stillHere")


def test_a_post_is_pinned_by_its_address_and_found_by_words(live_site: LiveSite, invite: Invite) -> None:
    room, host = talking_room(live_site, invite)
    ana, eva = host.page, invite("eva", EVA).enter(room).page
    ana.get_by_role("button", name="Pin a post").click()
    ana.get_by_label("New post").fill("Écoutez la mer")
    ana.get_by_role("button", name="Post and pin").click()
    path = wall(ana).get_by_role("link", name="Open the post by").get_attribute("href")
    for way in ("address", "words"):
        wall(ana).get_by_role("button", name="Unpin").click()
        expect(wall(eva).locator(".pins")).to_have_count(0)
        ana.get_by_role("button", name="Pin a post").click()
        dialog = ana.locator("dialog[open]")
        if way == "address":
            dialog.get_by_label("Address of a post").fill("https://example.org/elsewhere")
            ana.keyboard.press("Enter")
            expect(dialog.get_by_role("status")).to_contain_text("not the address of a post here")
            dialog.get_by_label("Address of a post").fill(f"{live_site.url}{path}")
            ana.keyboard.press("Enter")
        else:
            dialog.get_by_label("Search your posts").fill("la montagne")
            dialog.get_by_text("No post of yours, or of people whom you follow, has these words.").wait_for()
            dialog.get_by_label("Search your posts").fill("ECOUTEZ")
            dialog.locator(".hand-row").get_by_role("button", name="Écoutez la mer").click()
        expect(wall(eva).locator(".said")).to_have_text("Écoutez la mer")


def test_after_the_room_one_follows_who_was_on_stage(live_site: LiveSite, invite: Invite) -> None:
    room, host = talking_room(live_site, invite)
    handle = host.page.evaluate("window.spacesRoom.state.you.person.handle")
    live_site.call("schedule", host=handle, title="The same sea tomorrow", hours=24)
    eva = invite("eva", EVA).enter(room).page
    host.page.get_by_role("button", name="Pin a post").click()
    host.page.get_by_label("New post").fill("Thank you all")
    host.page.get_by_role("button", name="Post and pin").click()
    expect(wall(eva).locator(".said")).to_have_text("Thank you all")
    live_site.call("end", host=handle, room_id=room)
    expect(eva.locator("main.is-over h1")).to_have_text("This room has ended")
    expect(eva.locator(".after .said")).to_have_text("Thank you all")
    follow = eva.locator(".after").get_by_role("button", name="Follow")
    follow.click()
    expect(eva.locator(".after").get_by_role("button", name="Following")).to_have_attribute("aria-pressed", "true")
    remind = eva.locator(".after").get_by_role("button", name="Remind me: The same sea tomorrow")
    remind.click()
    expect(remind).to_have_attribute("aria-pressed", "true")
    eva.reload()
    expect(eva.locator(".after .said")).to_have_text("Thank you all")
    expect(eva.locator(".after")).to_contain_text("Nobody was on stage whom you do not follow already.")
    expect(eva.locator(".after").get_by_role("button", name="Remind me")).to_have_attribute("aria-pressed", "true")


@recorded
def test_what_is_new_is_shown_and_said_and_what_is_gone_makes_place(open_room: Any) -> None:
    page = open_room("listener", change=with_pins)
    one, two, three = pins()
    expect(wall(page).locator(".num")).to_have_text("1 / 3")
    page.get_by_role("button", name="Previous pinned post").click()
    expect(wall(page).locator(".pin-room")).to_have_text("After hours")
    fresh = recorded_room.pin("Karim Bensaïd", "Just in")
    say(page, [fresh, one, two, three])
    expect(wall(page).locator(".said")).to_have_text("Just in")
    expect(page.locator("#announcer")).to_have_text("Pinned: Karim Bensaïd: Just in")
    page.get_by_role("button", name="Next pinned post").click()
    say(page, [fresh, two, three])
    expect(wall(page).locator(".said")).to_have_text("الحافلة الليلية")
    expect(wall(page).locator(".num")).to_have_text("2 / 3")
    say(page, [])
    expect(wall(page).locator(".pins")).to_have_count(0)


@recorded
def test_a_host_asks_for_each_change_and_undo_puts_it_back_where_it_was(open_room: Any) -> None:
    page = open_room("host", change=with_pins)
    page.get_by_role("button", name="Next pinned post").click()
    second = pins()[1]
    for name, place in (("Move earlier", 0), ("Move later", 2)):
        wall(page).get_by_role("button", name=name).click()
        assert commands(page, "pin.move")[-1] == {"pin": second["id"], "place": place}
    wall(page).get_by_role("button", name="Unpin").click()
    until(page, "recorded.sent.some((one) => one.type === 'pin.remove')")
    page.locator("[data-view=notice]").get_by_role("button", name="Undo").click()
    until(page, "recorded.sent.some((one) => one.type === 'pin.add')")
    assert commands(page, "pin.add") == [{"post": second["post"]["id"], "place": 1}]


@recorded
def test_words_are_looked_for_once_they_are_typed_and_a_failure_is_said(open_room: Any) -> None:
    page, asked = open_room("host", change=with_pins), []

    def answer(route: Route) -> None:
        asked.append(parse_qs(urlsplit(route.request.url).query, keep_blank_values=True)["query"])
        refused = {"code": "slow_down", "detail": "That was very fast."}
        route.fulfill(status=429, json=refused) if len(asked) == 3 else route.fulfill(json={"data": []})

    page.route("**/api/v1/posts/search/*", answer)
    wall(page).locator("[aria-haspopup=dialog]").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_text("have not posted anything yet").wait_for()
    for words in ("la montagne", " bleue"):
        dialog.get_by_label("Search your posts").press_sequentially(words)
        dialog.get_by_text("That was very fast." if "bleue" in words else "has these words").wait_for()
    assert asked == [[""], ["la montagne"], ["la montagne bleue"]]
    # What was found for other words is not shown as if it were for these.
    expect(dialog.get_by_text("has these words")).to_have_count(0)
    dialog.get_by_label("Search your posts").press_sequentially(" encore")
    dialog.get_by_text("has these words").wait_for()
    expect(dialog.get_by_text("That was very fast.")).to_have_count(0)


@recorded
def test_links_lead_where_the_server_says(open_room: Any) -> None:
    page = open_room("listener", change=with_pins)
    link = wall(page).locator(".said a")
    assert link.get_attribute("href") == "https://example.org/" + "a" * 60
    assert link.get_attribute("rel") == "nofollow noopener ugc"
    expect(wall(page).locator(".said")).to_have_text(LONG)


@recorded
def test_after_the_room_says_when_each_was_pinned_and_what_is_refused(open_room: Any) -> None:
    page = open_room("listener", change=with_pins)
    page.route("**/api/v1/rooms/*/after/", lambda route: route.fulfill(json={"data": recorded_room.after()}))
    refused = {"code": "slow_down", "detail": "That was very fast."}
    for path in ("users/*/following/", "rooms/*/reminder/"):
        page.route(f"**/api/v1/{path}", lambda route: route.fulfill(status=429, json=refused))
    page.evaluate("recorded.say('room.ended', {why: 'host'})")
    times = page.locator(".after .pin-card time")
    expect(times).to_have_count(len(PINS))
    assert times.first.get_attribute("datetime") == pins()[0]["pinned_at"]
    expect(times.first).to_contain_text("Nov 22, 18:10")
    for part, name in (("after-people", "Follow"), ("after-rooms", "Remind me: Donaudampf")):
        section = page.locator(f"section[aria-labelledby={part}]")
        pressed = section.get_by_role("button", name=name).first
        was = pressed.get_attribute("aria-pressed")
        pressed.click()
        expect(section.get_by_role("status")).to_have_text("That was very fast.")
        expect(pressed).to_have_attribute("aria-pressed", was or "")


@recorded
def test_after_a_room_that_staff_closed_nothing_of_it_is_left(open_room: Any) -> None:
    page, asked = open_room("listener", change=with_pins), []
    page.route("**/api/v1/rooms/*/after/", lambda route: asked.append(route) or route.fulfill(status=500))
    page.evaluate("recorded.say('room.ended', {why: 'staff', note: {en: 'Threats.'}})")
    expect(page.locator(".over")).to_contain_text("Threats.")
    expect(page.locator("[data-view=after], .pin-card")).to_have_count(0)
    assert asked == []


@recorded
@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_pins_look_right_and_hide_nothing(
    open_room: Any, axe: Any, shot: Any, language: str, theme: str, width: int
) -> None:
    suffix = f"{language}-{theme}-{width}"
    page = open_room("listener", change=with_pins, language=language, theme=theme, width=width)
    seen(page.locator(".pin-card"))
    look(page, axe, shot, f"room-pins-{suffix}")
    page = open_room("host", change=with_pins, language=language, theme=theme, width=width)
    seen(page.locator(".pin-tools"))
    look(page, axe, shot, f"room-host-pins-{suffix}")
    wall(page).locator("[aria-haspopup=dialog]").click()
    page.locator("dialog[open] .hands, dialog[open] .sub").wait_for()
    look(page, axe, shot, f"room-pinning-{suffix}")
    page.keyboard.press("Escape")
    say(page, [])
    page.locator(".pins .note").wait_for()
    look(page, axe, shot, f"room-no-pins-{suffix}")


@recorded
@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_what_is_left_looks_right(open_room: Any, axe: Any, shot: Any, language: str, theme: str, width: int) -> None:
    page = open_room("listener", change=with_pins, language=language, theme=theme, width=width)
    page.route("**/api/v1/rooms/*/after/", lambda route: route.fulfill(json={"data": recorded_room.after()}))
    page.evaluate("recorded.say('room.ended', {why: 'host'})")
    page.locator(".after .pin-card").first.wait_for()
    assert page.locator(".after li.row").count() == 4
    look(page, axe, shot, f"room-after-{language}-{theme}-{width}")
    seen(page.locator(".after .pin-card").last)
    shot(page, f"room-after-end-{language}-{theme}-{width}")
