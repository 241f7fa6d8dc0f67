"""Posts and messages in a real browser: shared, liked, answered, and a message that arrives by itself."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Post
from accounts.services import follows, posts
from accounts.services.wording import Draft
from rooms.models import Room
from rooms.services import lifecycle
from tests.browser import talking_town
from tests.browser.conftest import sideways
from tests.browser.town import Town, make_town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town() -> Town:
    """The town, where Ana follows Maya back."""
    town = make_town()
    follows.follow(actor=town.people["ana"], person_id=town.people["maya"].pk, now=timezone.now())
    return town


def test_a_room_is_posted_seen_liked_and_answered_without_leaving_the_page(open_page, live_server, town):
    ana = open_page("/posts/", person=town.people["ana"])
    address = f"{live_server.url}/rooms/{town.rooms[0].pk}/"
    ana.get_by_label("New post").fill(f"Come and hear {address}")
    ana.get_by_role("button", name="Post", exact=True).click()
    expect(ana.locator(".post .shared")).to_contain_text("Building with Django")
    expect(ana.locator(".post .said")).to_have_text("Come and hear")
    maya = open_page("/posts/", person=town.people["maya"])
    like = maya.get_by_role("button", name="Like")
    like.click()
    expect(maya.get_by_role("button", name="Like", pressed=True)).to_have_text("1Like")
    maya.get_by_role("button", name="Like", pressed=True).click()
    expect(maya.get_by_role("button", name="Like", pressed=False)).to_have_text("0Like")
    assert maya.url.endswith("/posts/")
    maya.get_by_role("link", name="Replies").click()
    maya.get_by_label("Your reply").fill("On my way")
    maya.get_by_role("button", name="Reply").click()
    expect(maya.locator("#replies .post .said")).to_have_text("On my way")
    maya.locator(".shared").click()
    expect(maya.get_by_role("heading", level=1)).to_have_text("Building with Django: questions and answers")


def test_a_card_follows_its_room_while_the_page_stays_open(open_page, town):
    page = open_page(talking_town.feed(town), person=town.people["maya"])
    page.clock.install()
    page.reload()
    card = page.locator(".shared").first
    expect(card).to_contain_text("Live")
    card.focus()
    lifecycle.end_room(actor=town.people["ana"], room_id=town.rooms[0].pk, now=timezone.now())
    page.clock.fast_forward(61_000)
    expect(card).to_contain_text("This room has ended.")
    expect(card).to_be_focused()


def test_one_is_reminded_of_a_shared_room_from_its_card(open_page, axe, shot, town):
    room = Room.objects.scheduled().filter(creator=town.people["omar"]).get()
    posts.publish(actor=town.people["omar"], draft=Draft("Soon.", room_id=room.pk, host=""), now=timezone.now())
    page = open_page("/@omar/", person=town.people["maya"], width=390)
    button = page.locator(".shared-room").get_by_role("button", name="Remind me")
    button.click()
    reminded = page.locator(".shared-room").get_by_role("button", name="You are reminded")
    expect(reminded).to_have_attribute("aria-pressed", "true")
    expect(reminded).to_be_focused()
    shot(page, "shared-room-reminded-390")
    axe(page)
    assert sideways(page) == 0
    reminded.click()
    expect(button).to_have_attribute("aria-pressed", "false")


def test_what_one_may_do_with_a_post_is_reached_by_keyboard(open_page, axe, town):
    page = open_page(talking_town.post(town), person=town.people["maya"], width=320)
    more = page.locator(".post-more > summary").first
    more.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Block @ana")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Report")
    axe(page)
    assert sideways(page) == 0
    page.keyboard.press("Enter")
    expect(page.locator(".quoted")).to_contain_text("We are on the air.")


def test_a_message_arrives_by_itself_and_is_read_where_it_is_seen(open_page, town):
    ana = open_page("/@maya/", person=town.people["ana"])
    ana.get_by_role("link", name="Message Maya Lindqvist").click()
    ana.get_by_label("Message", exact=True).fill("Are you there?")
    ana.get_by_role("button", name="Send").click()
    maya = open_page("/", person=town.people["maya"])
    expect(maya.get_by_role("link", name="Messages 1 unread conversation")).to_be_visible()
    maya.get_by_role("link", name="Messages 1 unread conversation").click()
    maya.get_by_role("link", name="Ana Martin", exact=True).click()
    expect(maya.locator(".bubble .said")).to_have_text("Are you there?")
    ana.get_by_label("Message", exact=True).fill("I am.\nAnd you?")
    ana.get_by_role("button", name="Send").click()
    expect(maya.locator(".bubble .said")).to_have_text(["Are you there?", "I am.\nAnd you?"], timeout=15_000)
    maya.get_by_label("Message", exact=True).fill("I am too")
    maya.get_by_role("button", name="Send").click()
    expect(ana.locator(".bubble .said").last).to_have_text("I am too", timeout=15_000)
    maya.goto("/")
    expect(maya.get_by_role("link", name="Messages", exact=True)).to_be_visible()


def test_characters_are_counted_as_the_server_counts_them(open_page, town):
    page = open_page("/posts/", person=town.people["maya"], allow=("422",))
    page.get_by_label("New post").fill("🎉" * 500)
    expect(page.locator(".draft .hint")).to_have_text("500 of 500")
    expect(page.locator(".draft .hint.is-over")).to_have_count(0)
    page.get_by_label("New post").press_sequentially("x")
    expect(page.locator(".draft .hint.is-over")).to_have_text("501 of 500")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_label("New post")).to_be_focused()
    expect(page.locator(".error")).to_contain_text("Up to 500 characters. These are 501.")


def test_everything_works_without_a_script(open_page, town):
    maya = open_page("/posts/", person=town.people["maya"], script=False)
    maya.get_by_label("New post").fill("Without a script")
    maya.get_by_role("button", name="Post", exact=True).click()
    maya.get_by_role("button", name="Like").click()
    expect(maya.get_by_role("button", name="Like", pressed=True)).to_be_visible()
    maya.locator(".post-more > summary").click()
    maya.get_by_role("link", name="Delete").click()
    maya.get_by_role("button", name="Delete").click()
    expect(maya.get_by_text("No posts yet")).to_be_visible()
    assert not Post.objects.exists()
    maya.goto("/messages/new/?q=ana")
    maya.get_by_role("link", name="Write Ana Martin").click()
    maya.get_by_label("Message", exact=True).fill("Hello")
    maya.get_by_role("button", name="Send").click()
    expect(maya.locator(".bubble .said")).to_have_text("Hello")
