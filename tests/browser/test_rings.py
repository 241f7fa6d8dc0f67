"""The purple ring in real browsers: it lights up and goes out by itself, and leads into the room."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live_site import LiveSite
from tests.browser.test_room_sound import ANA, EVA, Invite

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

LIT = re.compile("Join Ana’s live room: A room with tones")


def _follow(page: Page, site: LiveSite, handle: str) -> None:
    page.goto(f"{site.url}/@{handle}/")
    page.get_by_role("button", name="Follow", exact=False).first.click()
    page.get_by_role("button", name="Following", exact=False).first.wait_for()


def _unfollow(page: Page, site: LiveSite, handle: str) -> None:
    page.goto(f"{site.url}/@{handle}/")
    page.get_by_role("button", name="Follow", pressed=True).first.click()
    page.get_by_role("button", name="Follow", pressed=False).first.wait_for()


def test_a_ring_lights_up_leads_in_and_goes_out_without_a_reload(live_site: LiveSite, invite: Invite) -> None:
    live_site.person("ringing", "Ana")
    fan = invite("fan", EVA)
    _follow(fan.page, live_site, "ringing")
    fan.page.goto(f"{live_site.url}/@fan/following/")
    other = fan.context.new_page()
    other.goto(live_site.url)
    expect(other.locator("[data-ringrow]")).to_be_hidden()
    for page in (fan.page, other):
        page.evaluate("window.untouched = true")

    room = live_site.room("ringing")
    ring = fan.page.get_by_role("link", name=LIT)
    expect(ring).to_be_visible()
    row = other.get_by_role("list", name="People you follow who are live")
    expect(row.get_by_role("link", name=re.compile("Ana, A room with tones"))).to_be_visible()

    live_site.call("end", host="ringing", room_id=room)
    expect(ring).to_have_count(0)
    expect(other.locator("[data-ringrow]")).to_be_hidden()
    assert all(page.evaluate("window.untouched") for page in (fan.page, other)), "no page was loaded anew"

    again = live_site.room("ringing")
    ring.click()
    fan.page.wait_for_url(f"**/rooms/{again}/")
    fan.page.get_by_role("button", name="Listen", exact=True).click()
    tile = fan.page.get_by_role("button", name=re.compile("Ana"))
    expect(tile.locator("[data-ring]")).to_be_visible()
    _unfollow(other, live_site, "ringing")
    expect(tile.locator("[data-ring]")).to_have_count(0)
    expect(tile.locator("img.av")).to_be_visible()
    _follow(other, live_site, "ringing")
    expect(tile.locator("[data-ring]")).to_be_visible()
    other.close()


def test_a_block_puts_the_ring_out(live_site: LiveSite, invite: Invite) -> None:
    live_site.room("blocker", "A room with tones")
    fan, blocker = invite("fan_too", EVA), invite("blocker", ANA)
    _follow(fan.page, live_site, "blocker")
    fan.page.goto(live_site.url)
    ring = fan.page.get_by_role("list", name="People you follow who are live").get_by_role(
        "link", name=re.compile("A room with tones")
    )
    expect(ring).to_be_visible()
    blocker.page.goto(f"{live_site.url}/@fan_too/block/")
    blocker.page.get_by_role("button", name="Block", exact=True).click()
    expect(ring).to_have_count(0)
