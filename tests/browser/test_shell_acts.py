"""What the shell does: keyboard, theme, language, clock, forms, and browsing while a room sounds."""

import re

import pytest
from playwright.sync_api import expect

from rooms.models import Room
from tests.browser.town import make_people, make_town, plan
from tests.clocks import next_night

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_first_tab_reaches_the_skip_link_and_it_leads_to_the_content(open_page):
    page = open_page("/help/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_class("skip")
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_id("main")


def test_everything_on_home_is_reached_by_keyboard_and_shows_its_focus(open_page):
    people = make_town().people
    page = open_page("/", person=people["maya"])
    seen = set()
    for _step in range(60):
        page.keyboard.press("Tab")
        outline, name = page.evaluate(
            "() => { const e = document.activeElement; const card = e.closest('.card:has(:focus-visible)');"
            "const style = card ? getComputedStyle(card).outlineStyle : '';"
            "return [getComputedStyle(e).outlineStyle + style, e.textContent.trim()] }"
        )
        if name in seen and page.evaluate("document.activeElement === document.body"):
            break
        seen.add(name)
        assert "solid" in outline or "auto" in outline or page.evaluate("document.activeElement === document.body"), (
            name
        )
    assert any("Building with Django" in name for name in seen)
    assert "Français" in seen


def test_account_menu_opens_and_closes_by_keyboard(open_page, axe):
    people = make_people()
    page = open_page("/help/", person=people["ana"])
    page.get_by_role("button", name="Your account").press("Enter")
    expect(page.get_by_role("link", name="Settings")).to_be_visible()
    axe(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Settings")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390, 960, 1280])
def test_account_menu_opens_by_a_press_at_every_width(open_page, width):
    people = make_people()
    page = open_page("/help/", person=people["ana"], width=width)
    page.get_by_role("button", name="Your account").click(timeout=5_000)
    expect(page.get_by_role("link", name="Settings")).to_be_visible()


def test_theme_button_switches_and_the_choice_survives_a_reload(open_page):
    page = open_page("/help/", theme="light")
    page.get_by_role("button", name="Change theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 16, 28)"


def test_visitor_changes_the_language_without_a_script(open_page):
    page = open_page("/help/", script=False)
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.get_by_role("heading", level=1)).to_have_text("Aide")
    assert page.url.endswith("/help/")


def test_language_of_the_account_wins_over_the_browser(open_page):
    people = make_people()
    page = open_page("/help/", language="en", person=people["ana"])
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    people["ana"].refresh_from_db()
    assert people["ana"].language == "fr"
    page.context.clear_cookies(name="django_language")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_times_are_told_on_the_browsers_clock_and_days_follow_it(open_page):
    from datetime import UTC, datetime, timedelta

    people = make_people()
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    for hour, title in ((12, "At noon in London"), (23, "After midnight in Paris")):
        plan(people["ana"], title, datetime(tomorrow.year, tomorrow.month, tomorrow.day, hour, 30, tzinfo=UTC))
    page = open_page("/upcoming/")
    summer = page.evaluate(f"new Date('{tomorrow}T12:30Z').getTimezoneOffset()") == -120
    expect(page.locator(".slot time").nth(1)).to_have_text("01:30" if summer else "00:30")
    expect(page.locator(".day")).to_have_count(2)
    expect(page.get_by_text("Times in Paris")).to_be_visible()


def test_following_on_a_profile_keeps_the_ring_of_who_is_live(open_page):
    people = make_town().people
    page = open_page("/@ana/", person=people["karim"])
    ring = page.get_by_role("link", name="Join Ana Martin’s live room")
    expect(ring).to_be_visible()
    page.get_by_role("button", name="Follow Ana Martin").click()
    expect(page.get_by_role("button", name="Following Ana Martin")).to_be_focused()
    expect(page.locator("#profile-stats dd").first).to_have_text("2")
    expect(ring).to_be_visible()


def test_who_follows_nobody_live_is_offered_voices_to_follow(open_page, axe):
    people = make_town().people
    page = open_page("/?following=1", person=people["karim"])
    expect(page.get_by_role("heading", name="Nobody you follow is live")).to_be_visible()
    first = page.locator(".suggest .row").first
    first.get_by_role("button", name="Follow").click()
    expect(first.get_by_role("button", name="Following")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="See all live rooms").click()
    expect(page.locator(".card")).to_have_count(4)


def test_filters_and_pages_are_links_that_need_no_script(open_page):
    people = make_town().people
    page = open_page("/", script=False, person=people["maya"])
    page.get_by_role("link", name="Français", exact=True).click()
    assert page.url.endswith("?lang=fr")
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_role("link", name="Following").click()
    assert page.url.endswith("?lang=fr&following=1"), "both are chosen"
    expect(page.locator(".chip[aria-current]")).to_have_text(["Following", "Français"])
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_role("link", name="Français", exact=True).click()
    assert page.url.endswith("?following=1"), "pressed again, it is taken back"
    expect(page.locator(".card")).to_have_count(2)


def test_room_is_opened_without_a_script(open_page):
    people = make_people()
    page = open_page("/rooms/new/", script=False, person=people["ana"])
    page.get_by_label("Title").fill("An evening with Ana")
    page.get_by_label("Topics").fill("Radio, radio , slow sound")
    page.get_by_role("button", name="Open the room").click()
    page.wait_for_url(re.compile(r"/rooms/[0-9a-f-]{36}/"))
    room = Room.objects.live().get()
    assert room.title == "An evening with Ana"
    assert room.topics == ["radio", "slow sound"]


def test_form_says_what_is_wrong_beside_the_field(open_page, axe):
    people = make_people()
    page = open_page("/rooms/new/", language="fr", person=people["ana"], width=320, allow=("422",))
    page.get_by_label("Titre").fill("Oh")
    page.get_by_role("radio", name="Programmer").check()
    page.get_by_role("button", name="Programmer le salon").click()
    expect(page.locator("#id_title")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_title")).to_be_focused()
    expect(page.locator("#id_date_error")).to_contain_text("Dites quand le salon commence.")
    assert page.locator("#id_title").input_value() == "Oh"
    axe(page)


def test_time_that_comes_twice_is_asked_for_and_the_answer_kept(open_page, axe):
    people, night = make_people(), next_night(twice=True)
    page = open_page("/rooms/new/", person=people["ana"], allow=("422",))
    page.get_by_label("Title").fill("The night of two o’clocks")
    page.get_by_role("radio", name="Schedule").check()
    page.get_by_label("Date").fill(night.day.isoformat())
    page.get_by_label("Time", exact=True).fill("02:30")
    page.get_by_label("Time zone").select_option(night.zone)
    expect(page.locator("[data-elsewhere]")).to_contain_text("in New York")
    page.get_by_role("button", name="Schedule room").click()
    axe(page)
    page.get_by_role("radio", name=f"02:30, when it is {night.moments[1]:%H:%M} UTC").check()
    page.get_by_role("button", name="Schedule room").click()
    page.wait_for_url(re.compile(r"/rooms/[0-9a-f-]{36}/"))
    assert Room.objects.get().scheduled_start == night.moments[1]


def test_preview_follows_the_form(open_page):
    people = make_people()
    page = open_page("/rooms/new/", person=people["ana"])
    page.get_by_label("Title").fill("Slow data")
    expect(page.locator("[data-preview-title]")).to_have_text("Slow data")
    expect(page.locator("[data-count]")).to_have_text("9 of 80")


def test_links_keep_the_page_alive_while_a_room_sounds(open_page):
    page = open_page("/help/")
    page.evaluate("window.stillHere = true; document.documentElement.dataset.sound = 'on'")
    page.get_by_role("link", name="Upcoming").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Upcoming")
    assert page.evaluate("window.stillHere")
    assert page.url.endswith("/upcoming/")
    expect(page.locator(":focus")).to_have_text("Upcoming")
    expect(page).to_have_title("Upcoming · Spaces")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Help")
    assert page.evaluate("window.stillHere")


def test_links_load_a_new_page_while_nothing_sounds(open_page):
    page = open_page("/help/")
    page.evaluate("window.stillHere = true")
    page.get_by_role("link", name="Upcoming").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Upcoming")
    assert page.evaluate("window.stillHere") is None
