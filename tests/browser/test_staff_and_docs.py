"""Pages that we did not write, under our policy: the admin in both languages, and the API's documents."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from rooms.models import MediaNode
from tests.browser.live_site import wait_for
from tests.browser.town import make_town
from tests.rooms.cast import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PLACES = {
    "index": "/admin/",
    "rooms": "/admin/rooms/room/",
    "nodes": "/admin/rooms/medianode/",
    "people": "/admin/accounts/user/",
    "threshold": "/admin/rooms/hostingpolicy/1/change/",
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_admin_keeps_to_the_policy(open_page, shot, language):
    make_town()
    now = timezone.now()
    MediaNode.objects.create(name="studio:1", addresses=["192.0.2.1"], started_at=now, heartbeat_at=now)
    staff = person("warden", is_staff=True, is_superuser=True, language=language)
    for name, path in PLACES.items():
        page = open_page(path, language=language, person=staff)
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("#site-name").inner_text() == {"en": "Spaces staff", "fr": "Équipe de Spaces"}[language]
        shot(page, f"admin-{name}-{language}")
    page = open_page(PLACES["rooms"], language=language, person=staff)
    page.locator("#result_list tbody th a").first.click()
    page.locator("#participants-group").wait_for()
    shot(page, f"admin-room-{language}")


def test_a_room_is_ended_from_the_list(open_page):
    make_town()
    staff = person("warden", is_staff=True, is_superuser=True)
    page = open_page(PLACES["rooms"], person=staff)
    title = page.locator("#result_list tbody th a").first.inner_text()
    page.locator("#result_list tbody input[type=checkbox]").first.check()
    page.locator("select[name=action]").select_option("end_rooms")
    page.locator("#changelist-form button[name=index]").click()
    assert title in page.locator("#content").inner_text()
    page.locator("input[name=sure]").click()
    page.locator(".messagelist .success").wait_for()
    assert title not in page.locator("#result_list").inner_text()


def test_the_api_documents_itself_under_our_policy(open_page, shot):
    page = open_page("/api/docs/")
    page.locator(".opblock-summary-path").first.wait_for()
    seen: set[str] = set()
    wait_for(lambda: len(_scrolled(page, seen)) > 100, "operations that come as one scrolls")
    shot(page, "api-docs")


def _scrolled(page: Page, seen: set[str]) -> set[str]:
    """Go down the page once: only operations near the window are drawn."""
    for place in range(0, int(page.evaluate("document.documentElement.scrollHeight")), 400):
        page.evaluate(
            "place => { scrollTo(0, place); return new Promise((drawn) => requestAnimationFrame(drawn)); }", place
        )
        seen.update(page.locator(".opblock-summary-path").all_inner_texts())
    return seen
