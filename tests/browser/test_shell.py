"""The shell of the site in a real browser: every page, language, theme and width."""

import pytest

from tests.browser.conftest import sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("path", ["/help/", "/accessibility/", "/nowhere/"])
def test_page_is_accessible_and_fits(open_page, axe, shot, path, language, theme, width):
    allow = ("404",) if path == "/nowhere/" else ()
    page = open_page(path, language=language, theme=theme, width=width, allow=allow)
    assert page.locator("html").get_attribute("lang") == language
    axe(page)
    assert sideways(page) == 0
    shot(page, f"{path.strip('/')}-{language}-{theme}-{width}")
