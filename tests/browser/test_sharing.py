"""Passing a room on in real browsers: the dialogue, a friend who comes by a message, a frame in another site."""

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from rooms.models import ShareLink
from tests.browser.conftest import sideways
from tests.browser.live_site import LiveSite, wait_for
from tests.browser.test_room_sound import ANA, BO, EVA
from tests.browser.town import make_town
from tests.browser.visitors import HEARD_DB, LISTEN, Invite
from tests.patience import busy

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


#: The system's own sheet, which no test can press: it remembers what it was asked for; and a browser without one.
_SHARES = "navigator.share = async (told) => { window.shared = told; };"
_SHARES_NOT = "delete Navigator.prototype.share;"


def _door_listens(page: Page) -> None:
    """Until its module has come, which names the device, pressing Share leads to the page of sharing."""
    expect(page.locator("input[name=device]").first).not_to_have_value("")


@pytest.mark.django_db(transaction=True)
def test_the_dialogue_has_all_ways_and_gives_the_focus_back(open_page, axe, shot, live_server):
    town = make_town()
    maya, room = town.people["maya"], town.rooms[0]
    page = open_page(f"/rooms/{room.pk}/", person=maya, width=390)
    _door_listens(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    share = page.get_by_role("button", name="Share", exact=True)
    share.click()
    dialog = page.get_by_role("dialog", name=room.title)
    expect(dialog).to_be_visible()
    token = ShareLink.objects.get(room=room, sharer=maya).token
    address = f"{live_server.url}/rooms/{room.pk}/?s={token}"
    expect(dialog.get_by_label("Link", exact=True)).to_have_value(address)
    dialog.get_by_role("button", name="Copy").first.click()
    expect(dialog.get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == address
    dialog.get_by_text("Show a QR code").click()
    picture = dialog.get_by_role("img", name="QR code of the link")
    expect(picture).to_be_visible()
    wait_for(lambda: picture.evaluate("image => image.complete && image.naturalWidth > 0"), "the picture", busy(10))
    dialog.get_by_text("Put it into a web page").click()
    assert f"/embed/rooms/{room.pk}/" in dialog.get_by_label("HTML of the frame").input_value()
    axe(page)
    shot(page, "share-dialogue-en-light-390")
    assert sideways(page) == 0
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert share.evaluate("button => document.activeElement === button")
    assert page.url.endswith(f"/rooms/{room.pk}/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("before", [_SHARES, _SHARES_NOT])
def test_another_app_is_given_the_title_and_the_own_address_where_the_system_has_one(open_page, live_server, before):
    town = make_town()
    maya, room = town.people["maya"], town.rooms[0]
    page = open_page("/help/", person=maya, width=390)
    page.add_init_script(before)
    page.goto(f"{live_server.url}/rooms/{room.pk}/")
    _door_listens(page)
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name=room.title)
    expect(dialog.get_by_label("Link", exact=True)).to_be_visible()
    by_another_app = dialog.get_by_role("button", name="Share by another app")
    if before == _SHARES_NOT:
        expect(by_another_app).to_have_count(0)
        return
    by_another_app.click()
    token = ShareLink.objects.get(room=room, sharer=maya).token
    address = f"{live_server.url}/rooms/{room.pk}/?s={token}"
    assert page.evaluate("window.shared") == {"title": room.title, "url": address}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [320, 600, 1000])
def test_the_frame_fits_into_the_height_that_oembed_names(open_page, shot, width):
    town = make_town()
    for number, room in enumerate(town.rooms):
        page = open_page(f"/embed/rooms/{room.pk}/", language="fr")
        page.set_viewport_size({"width": width, "height": 180})
        assert page.evaluate("document.documentElement.scrollHeight") <= 180, room.title
        assert sideways(page) == 0
        for button in page.locator(".btn").all():
            place = button.bounding_box()
            assert place
            assert place["y"] >= 0
            assert place["y"] + place["height"] <= 180
        shot(page, f"embed-180-{width}-{number}")


@pytest.mark.django_db(transaction=True)
def test_a_visitor_shares_by_the_plain_link(open_page):
    town = make_town()
    page = open_page(f"/rooms/{town.rooms[0].pk}/")
    _door_listens(page)
    page.get_by_role("link", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Link", exact=True)).to_have_value(re.compile(r"/rooms/[0-9a-f-]+/$"))
    expect(dialog.get_by_role("link", name="Post it")).to_have_count(0)


def test_a_follower_sees_the_room_shares_it_by_message_and_the_friend_comes(
    live_site: LiveSite, invite: Invite
) -> None:
    host, fan, friend = invite("sharing_host", ANA), invite("sharing_fan", EVA), invite("sharing_friend", BO)
    for one, other in ((fan, "sharing_host"), (friend, "sharing_fan"), (fan, "sharing_friend")):
        _follow(one.page, live_site, other)
    fan.page.goto(live_site.url)
    room = live_site.room("sharing_host", "Lines that carry")
    host.enter(room).unmute()

    row = fan.page.get_by_role("list", name="People you follow who are live")
    row.get_by_role("link", name=re.compile("Lines that carry")).click()
    fan.page.get_by_role("button", name="Listen", exact=True).click()
    fan.hears(ANA)
    fan.page.locator(".room-tools").get_by_role("button", name="Share").click()
    fan.page.get_by_role("dialog").get_by_role("link", name="Send it as a message").click()
    fan.page.get_by_role("link", name="Write Sharing_friend").click()
    fan.page.get_by_label("Message", exact=True).fill("Do you hear this?")
    fan.page.get_by_role("button", name="Send").click()
    expect(fan.page.locator(".bubble .shared")).to_contain_text("Lines that carry")
    fan.hears(ANA)

    friend.page.goto(f"{live_site.url}/messages/@sharing_fan/")
    friend.page.locator(".bubble .shared").click()
    friend.page.get_by_role("button", name="Listen", exact=True).click()
    friend.hears(ANA)

    fan.page.goto(f"{live_site.url}/rooms/{room}/share/")
    expect(fan.page.locator("#share")).to_contain_text("1 person came by your link")
    host.page.goto(f"{live_site.url}/rooms/{room}/share/")
    expect(host.page.locator("#share")).to_contain_text("By everybody’s links together: 1 person")


def _follow(page: Page, site: LiveSite, handle: str) -> None:
    site.person(handle)
    page.goto(f"{site.url}/@{handle}/")
    page.get_by_role("button", name="Follow", exact=False).first.click()
    page.get_by_role("button", name="Following", exact=False).first.wait_for()


@pytest.fixture
def other_site(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """`other_site(html)` is the address of a page of somebody else's site."""
    serve = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), serve)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    numbers = count(1)

    def write(html: str) -> str:
        # Another name for each: within one second the browser would be told that nothing is new.
        name = f"{next(numbers)}.html"
        (tmp_path / name).write_text(f"<!DOCTYPE html><title>A blog</title>{html}")
        return f"http://localhost:{server.server_port}/{name}"

    yield write
    server.shutdown()
    server.server_close()


def test_a_room_sounds_in_the_frame_of_another_site_without_account_or_cookie(
    live_site: LiveSite, invite: Invite, voice: Callable[..., Browser], other_site: Callable[[str], str]
) -> None:
    room = live_site.room("framed_host", "Heard from afar")
    host = invite("framed_host", ANA).enter(room)
    host.unmute()
    told = host.context.request.get(f"{live_site.url}/oembed.json?url={live_site.url}/rooms/{room}/").json()
    context = voice(EVA).new_context()
    try:
        page = context.new_page()
        page.goto(other_site(told["html"]))
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", level=1)).to_have_text("Heard from afar")
        frame.get_by_role("button", name="Listen").click()
        expect(frame.get_by_role("button", name="Stop")).to_be_visible()
        inner = page.frames[1]
        inner.evaluate("window.spacesRoom = { heard: () => document.querySelector('audio').captureStream() }")
        wait_for(lambda: (inner.evaluate(LISTEN, [[ANA], 900]) or [-200])[0] > HEARD_DB, "the host's tone", busy(20))
        assert context.cookies() == []
        frame.get_by_role("button", name="Stop").click()
        wait_for(lambda: inner.evaluate("document.querySelector('audio').paused"), "silence", busy(5))
        with page.expect_event("requestfailed", lambda request: request.url.endswith(f"/rooms/{room}/")) as refused:
            page.goto(other_site(f'<iframe src="{live_site.url}/rooms/{room}/"></iframe>'))
        assert refused.value.failure == "net::ERR_BLOCKED_BY_RESPONSE", "the room itself may not be framed"
    finally:
        context.close()
