"""The bell in real browsers: its number is true by itself, on every page that is open."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live_site import LiveSite, wait_for
from tests.browser.test_room_sound import EVA, Invite

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

#: Pages ask by themselves only every 30 seconds: what is there sooner was told.
SOON = 10_000


def shows(page: Page, number: int, timeout: int = SOON) -> None:
    expect(page.locator("#bell")).to_have_attribute("data-unread", str(number), timeout=timeout)


def test_the_number_is_told_by_the_websocket_and_read_on_another_page(live_site: LiveSite, invite: Invite) -> None:
    live_site.person("writer", "Ana")
    reader = invite("reader", EVA)
    live_site.call("follow", follower="reader", followee="writer")
    page, other = reader.page, reader.context.new_page()
    for one in (page, other):
        one.goto(f"{live_site.url}/help/")
        shows(one, 0)
        one.evaluate("window.untouched = true")
    live_site.call("write", sender="writer", recipient="reader", text="Are you there?")
    live_site.call("write", sender="writer", recipient="reader", text="It is about Sunday.")
    for one in (page, other):
        shows(one, 2)
        expect(one.get_by_role("link", name="Notifications, 2 unread")).to_be_visible()
        expect(one.locator(".bell-count")).to_have_text("2")
    assert page.evaluate("window.untouched")

    page.get_by_role("link", name="Notifications, 2 unread").click()
    page.get_by_role("link", name="2 messages from Ana").click()
    page.wait_for_url("**/messages/@writer/")
    expect(page.get_by_text("It is about Sunday.")).to_be_visible()
    for one in (page, other):
        shows(one, 0)
        expect(one.locator(".bell-count")).to_be_hidden()
    assert other.evaluate("window.untouched")
    other.close()


def test_following_a_line_reads_it(live_site: LiveSite, invite: Invite) -> None:
    live_site.person("caller", "Ana")
    fan = invite("listens", EVA)
    live_site.call("follow", follower="listens", followee="caller")
    fan.page.goto(f"{live_site.url}/help/")
    room = live_site.room("caller")
    shows(fan.page, 1, 20_000)
    fan.page.goto(f"{live_site.url}/notifications/")
    fan.page.get_by_role("link", name=re.compile("Live now: A room with tones")).click()
    fan.page.wait_for_url(f"**/rooms/{room}/")
    shows(fan.page, 0)


def test_while_the_websocket_is_away_the_page_asks(live_site: LiveSite, invite: Invite) -> None:
    live_site.person("patient", "Ana")
    reader = invite("offline", EVA)
    live_site.call("follow", follower="offline", followee="patient")
    page = reader.page
    page.clock.install()
    # Every websocket is refused as by a network that lets none through.
    page.route_web_socket(re.compile(r"/ws/me/$"), lambda line: line.close(code=1011, reason="none today"))
    page.goto(f"{live_site.url}/help/")
    live_site.call("write", sender="patient", recipient="offline", text="Are you there?")
    shows(page, 0)

    def asked() -> bool:
        """Half a minute later; the module that asks may have come only in the meantime."""
        page.clock.run_for(31_000)
        return page.locator("#bell").get_attribute("data-unread") == "1"

    wait_for(asked, "the page to ask")
