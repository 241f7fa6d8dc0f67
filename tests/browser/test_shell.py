"""Every page of the site in a real browser: languages, themes, widths, and what a person may have switched on."""

import itertools
from collections.abc import Callable, Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page

from tests.browser.conftest import WIDTHS, sideways
from tests.browser.pages import NO_PAGES, PAGES, WALKED
from tests.browser.town import make_people, make_town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

LANGUAGES = ("en", "fr")
THEMES = ("light", "dark")
LOOKED_AT = (320, 390, 1280)
#: Nobody looks at these with our eyes: the stock admin, the API's own pages, POST-only addresses.
_OTHER_PARTS = ("admin/", "api/", "_allauth/")
_ACTS = {
    *("guest_list_add", "guest_list_take_off", "ticket_capacity", "ticket_open", "order_give_up", "order_give_back"),
    "stripe_webhook",
    *("follow", "unfollow", "upload-avatar", "delete-avatar", "revoke-device", "revoke-other-devices"),
    *("choose_language", "room_listen", "room_leave", "room_end", "room_start", "room_cancel", "room_settings"),
    *("room_remind", "room_forget", "read-notification", "read-notifications", "bell", "less-of", "more-of"),
    *("unblock", "invitation_accept", "invitation_decline", "room_knock"),
    *("post-like", "post-unlike", "post-reply", "conversation-accept", "message-delete"),
}


def looks(page: Page) -> Iterator[str]:
    """The page in both themes and at every width; yields the end of the picture's name."""
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        for width in LOOKED_AT:
            page.set_viewport_size({"width": width, "height": WIDTHS[width]})
            yield f"{theme}-{width}"


#: Colours differ by theme, order and size by width: the two languages share the four pairs.
_JUDGED = {"en": ("light-320", "dark-1280"), "fr": ("light-1280", "dark-320")}


def look_at(page: Page, axe: Callable[..., None], shot: Callable[[Page, str], None], name: str) -> None:
    """axe finds nothing, nothing scrolls sideways at any width, a picture of each for the eye."""
    for look in looks(page):
        if look in _JUDGED[name[-2:]]:
            axe(page)
        assert sideways(page) == 0, f"{name}-{look}"
        shot(page, f"{name}-{look}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_and_fits(open_page, axe, shot, language, name):
    town = make_town()
    shown = PAGES[name]
    address = shown.address(town)
    person = town.people.get(shown.who) if shown.who else None
    page = open_page(address, language=language, person=person, allow=shown.allow)
    assert page.locator("html").get_attribute("lang") == language
    look_at(page, axe, shot, f"{name}-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "path"), [("home-empty", "/"), ("upcoming-empty", "/upcoming/")])
def test_empty_pages_are_accessible_and_fit(open_page, axe, shot, language, name, path):
    people = make_people()
    page = open_page(path, language=language, person=people["maya"])
    look_at(page, axe, shot, f"{name}-{language}")


@pytest.mark.parametrize("kind", ["400", "403", "410", "429", "500", "503"])
def test_pages_of_refusals_are_accessible_and_fit(open_page, axe, shot, settings, kind):
    settings.ROOT_URLCONF = "tests.browser.broken"
    page = open_page(f"/{kind}/", language="fr", allow=(kind,))
    look_at(page, axe, shot, f"refused-{kind}-fr")


def _names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        address = prefix + str(entry.pattern)
        if address.startswith(_OTHER_PARTS):
            continue
        if isinstance(entry, URLPattern):
            yield entry.name or ""
        else:
            yield from _names(entry, address)


def test_no_page_of_the_site_goes_unseen():
    looked_at = {shown.route for shown in PAGES.values()} | WALKED | NO_PAGES.keys() | _ACTS
    assert set(_names(get_resolver())) - looked_at == set()


@pytest.mark.parametrize("name", ["home", "profile", "door", "create"])
def test_with_reduced_motion_nothing_moves(open_page, name):
    town = make_town()
    shown = PAGES[name]
    person = town.people.get(shown.who) if shown.who else None
    page = open_page(shown.address(town), person=person, reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("who", ["maya", "visitor"])
def test_words_of_the_bar_on_a_phone_keep_apart(open_page, language, width, who):
    page = open_page("/help/", language=language, width=width, person=make_people().get(who))
    words = page.evaluate(
        """() => [...document.querySelectorAll(".nav a > span:nth-child(2)")].filter((word) => word.checkVisibility())
          .map((word) => { const box = document.createRange(); box.selectNodeContents(word);
            const { left, right } = box.getBoundingClientRect();
            return [left, right, box.getClientRects().length]; })"""
    )
    assert all(lines == 1 for _left, _right, lines in words)
    assert len(words) == 5
    assert words[0][0] >= 0
    assert words[-1][1] <= width
    assert all(after[0] - before[1] >= 1.5 for before, after in itertools.pairwise(words)), words


@pytest.mark.parametrize("name", ["home-signed-in", "profile", "door", "sign-in"])
def test_with_forced_colours_what_means_something_stays(open_page, axe, shot, name):
    town = make_town()
    shown = PAGES[name]
    person = town.people.get(shown.who) if shown.who else None
    page = open_page(shown.address(town), person=person, forced_colors="active", width=390)
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    shot(page, f"{name}-forced-colours")
    current = page.locator("[aria-current]").first
    if current.count():
        assert current.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    for ring in page.locator(".ring").all():
        colour = ring.evaluate("element => getComputedStyle(element, '::before').backgroundColor")
        assert colour == page.evaluate(
            "() => { const probe = document.createElement('i'); probe.className = 'vh';"
            " probe.style.setProperty('background-color', 'Highlight'); document.body.append(probe);"
            " return getComputedStyle(probe).backgroundColor }"
        )


@pytest.mark.parametrize("name", ["home", "profile-rooms", "door-visitor", "upcoming", "sign-in", "create-refused"])
def test_without_a_script_pages_say_what_they_have_to(open_page, shot, name):
    town = make_town()
    page = open_page(PAGES[name].address(town), language="fr", script=False, width=320)
    assert page.locator("h1").count() == 1
    assert page.locator("button:not(form button):visible:not([popovertarget])").count() == 0, "a button without a deed"
    assert sideways(page) == 0
    shot(page, f"{name}-without-script")


def test_a_room_is_entered_and_left_without_a_script(open_page, axe, shot):
    town = make_town()
    page = open_page(PAGES["door-visitor"].address(town), script=False, width=320, language="fr")
    page.get_by_role("button", name="Écouter en invité").click()
    link = page.get_by_role("link", name="Ouvrir le flux")
    assert link.get_attribute("href") == f"/live/{town.rooms[0].pk}/open/index.m3u8"
    assert page.locator(".stage .person").count() == 4
    assert sideways(page) == 0
    shot(page, "room-without-script")
    page.get_by_role("button", name="Quitter").click()
    page.wait_for_url("**/")


def test_a_room_closed_to_guests_promises_no_plain_stream(open_page):
    town = make_town()
    page = open_page(PAGES["door-members-only"].address(town), script=False, person=town.people["maya"])
    page.get_by_role("button", name="Listen", exact=True).click()
    assert "it needs JavaScript to be heard" in page.locator("noscript .notice").inner_text()
    assert page.get_by_role("link", name="Open the stream").count() == 0
