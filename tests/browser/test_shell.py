"""The shell of the site in a real browser: every page, language, theme and width."""

import pytest

from tests.browser.conftest import sideways
from tests.browser.town import make_people, make_town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [
    pytest.param(language, theme, width, id=f"{language}-{theme}-{width}")
    for language in ("en", "fr")
    for theme in ("light", "dark")
    for width in (320, 1280)
]
#: name → (path, signed in as)
PAGES = {
    "home": ("/", None),
    "home-signed-in": ("/", "maya"),
    "upcoming": ("/upcoming/", None),
    "create": ("/rooms/new/", "ana"),
    "create-refused": ("/rooms/new/", None),
    "help": ("/help/", None),
    "accessibility": ("/accessibility/", None),
    "nowhere": ("/nowhere/", "maya"),
    "profile": ("/@ana/", "maya"),
    "profile-rooms": ("/@omar/rooms/", None),
    "sign-in": ("/accounts/login/", None),
    "sign-up": ("/accounts/signup/", None),
    "settings": ("/settings/", "maya"),
}


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_every_page_is_accessible_and_fits(open_page, axe, shot, language, theme, width):
    people = make_town().people
    for name, (path, who) in PAGES.items():
        person = people.get(who) if who else None
        allow = ("404",) if name == "nowhere" else ()
        page = open_page(path, language=language, theme=theme, width=width, person=person, allow=allow)
        assert page.locator("html").get_attribute("lang") == language
        axe(page)
        assert sideways(page) == 0, name
        shot(page, f"{name}-{language}-{theme}-{width}")


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_empty_pages_are_accessible_and_fit(open_page, axe, shot, language, theme, width):
    make_people()
    for name, path in {"home-empty": "/", "upcoming-empty": "/upcoming/"}.items():
        page = open_page(path, language=language, theme=theme, width=width)
        axe(page)
        assert sideways(page) == 0, name
        shot(page, f"{name}-{language}-{theme}-{width}")
