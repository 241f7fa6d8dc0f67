"""How the room looks and what a screen reader finds, in every state, against a recorded room."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from accounts.models import User
from rooms.models import Room
from rooms.services import entry, lifecycle
from tests.browser import recorded_room
from tests.browser.conftest import SOUND_FLAGS, WIDTHS, sideways
from tests.browser.town import make_people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

#: Each language in each theme, each at every width, without looking at all twelve.
LOOKS = [
    pytest.param(language, theme, width, id=f"{language}-{theme}-{width}")
    for language, theme, width in (
        ("en", "light", 320),
        ("en", "light", 390),
        ("en", "dark", 1280),
        ("fr", "light", 1280),
        ("fr", "dark", 390),
        ("fr", "dark", 320),
    )
]
TITLES = {"en": "Building with Django: questions and answers", "fr": "Créer avec Django : questions et réponses"}


@pytest.fixture(scope="session")
def speaking_chromium(launch: Callable[..., Any]) -> Any:
    """A Chromium with a microphone."""
    return launch(*SOUND_FLAGS)


class RoomOpener:
    """`opener("listener", language="fr", …)` → the page of a recorded room, joined in that role.

    `change` may alter the recorded snapshot, `before` is a script that runs first in the page, `clock`
    gives the page a clock that the test moves.
    """

    def __init__(self, chromium: Any, site: str, sign_in: Callable[[BrowserContext, User], None]) -> None:
        self.chromium, self.site, self.sign_in = chromium, site, sign_in
        self.contexts: list[BrowserContext] = []
        self.problems: list[str] = []

    def __call__(
        self,
        role: str,
        *,
        language: str = "en",
        change: Callable[[dict[str, Any]], None] = lambda recorded: None,
        before: str = "",
        clock: bool = False,
        **options: Any,
    ) -> Page:
        room, me = _joined(role, language)
        page = self._page(me, language, **options)
        recorded = _recorded(room, role, language)
        change(recorded)
        if clock:
            page.clock.install()
        if before:
            page.add_init_script(before)
        page.add_init_script(recorded_room.script(recorded))
        page.goto(f"/rooms/{room.pk}/")
        page.locator(".tools .tool").first.wait_for()
        levels = {recorded_room.participant("Ana Martin"): 7, recorded_room.participant("Karim Bensaïd"): 3}
        page.evaluate(
            "levels => { window.talk = setInterval(() => recorded.say('level.batch', {levels}, false), 250) }", levels
        )
        if not clock:
            page.locator(".person[data-speaking]").first.wait_for()
        return page

    def _page(self, me: User, language: str, *, theme: str = "light", width: int = 1280, **options: Any) -> Page:
        context = self.chromium.new_context(
            base_url=self.site,
            locale={"en": "en-GB", "fr": "fr-FR"}[language],
            color_scheme=theme,
            viewport={"width": width, "height": WIDTHS[width]},
            **options,
        )
        self.contexts.append(context)
        self.sign_in(context, me)
        page: Page = context.new_page()
        page.on("console", lambda told: self.problems.append(told.text) if "Content Security" in told.text else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        return page


def _joined(role: str, language: str) -> tuple[Room, User]:
    """The room and whoever is in it in the tests' database, so that the page lets them in."""
    people = make_people() if not User.objects.filter(handle="ana").exists() else None
    ana = people["ana"] if people else User.objects.get(handle="ana")
    me = ana if role == "host" else User.objects.get(handle="maya")
    now = timezone.now()
    room = ana.rooms_created.filter(state="LIVE").first() or lifecycle.open_room(
        creator=ana, title=TITLES[language], language=language, now=now
    )
    entry.join_room(actor=me, room_id=room.pk, device="d", now=now)
    return room, me


def _recorded(room: Room, role: str, language: str) -> dict[str, Any]:
    name = {"host": "Ana Martin", "speaker": "Karim Bensaïd"}.get(role, "Eva Rossi")
    recorded = recorded_room.snapshot(room_id=str(room.pk), me=name, role=role, title=TITLES[language])
    recorded["room"]["lang"] = language
    if role == "listener":
        recorded["hands"] = recorded["hands"][1:]
    return recorded


@pytest.fixture
def open_room(
    speaking_chromium: Any, live_server: Any, sign_in: Callable[[BrowserContext, User], None]
) -> Iterator[RoomOpener]:
    """See `RoomOpener`; fails when a page broke the policy or a script fell."""
    opener = RoomOpener(speaking_chromium, live_server.url, sign_in)
    yield opener
    for context in opener.contexts:
        context.close()
    assert not opener.problems, "\n".join(opener.problems)


def look(page: Page, axe: Any, shot: Any, name: str) -> None:
    """No finding of axe, nothing to scroll sideways, a picture for the eye."""
    shot(page, name)
    axe(page)
    assert sideways(page) == 0, name


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_a_listener_is_invited_and_reconnects(
    open_room: Any, axe: Any, shot: Any, language: str, theme: str, width: int
) -> None:
    page = open_room("listener", language=language, theme=theme, width=width)
    suffix = f"{language}-{theme}-{width}"
    look(page, axe, shot, f"room-listener-{suffix}")
    raised = recorded_room.hand("Eva Rossi", 4)
    page.evaluate("hand => recorded.say('hand.raised', {hand})", raised)
    page.locator("[data-tool=mic][aria-pressed=true]").wait_for()
    offered = recorded_room.hand("Eva Rossi", 4, "offered")
    page.evaluate(
        "hand => recorded.say('hand.answered', {hand: hand.id, participant: hand.participant,"
        " expires_at: hand.expires_at})",
        offered,
    )
    page.locator(".notice.next").wait_for()
    look(page, axe, shot, f"room-invited-{suffix}")
    page.locator("[data-tool=mic]").click()
    page.locator(".pre-meter .on").first.wait_for()
    look(page, axe, shot, f"room-preflight-{suffix}")
    page.keyboard.press("Escape")
    page.evaluate("recorded.cut()")
    page.locator(".chip-warn").wait_for()
    look(page, axe, shot, f"room-reconnecting-{suffix}")


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_a_host_sees_queue_people_and_settings(
    open_room: Any, axe: Any, shot: Any, language: str, theme: str, width: int
) -> None:
    page = open_room("host", language=language, theme=theme, width=width)
    suffix = f"{language}-{theme}-{width}"
    look(page, axe, shot, f"room-host-{suffix}")
    for tab in ("people", "settings"):
        page.locator(f".seg a[href='#{tab}']").click()
        look(page, axe, shot, f"room-host-{tab}-{suffix}")
    page.locator("[data-view=exit] button").click()
    page.locator("dialog[open]").wait_for()
    look(page, axe, shot, f"room-end-{suffix}")
    page.keyboard.press("Escape")
    page.locator("[data-tool=more]").click()
    look(page, axe, shot, f"room-more-{suffix}")
    page.keyboard.press("Escape")
    page.locator(".person").nth(2).click()
    look(page, axe, shot, f"room-person-{suffix}")


@pytest.mark.parametrize(("language", "theme", "width"), [looks for looks in LOOKS if 390 not in looks.values])
def test_a_speaker_speaks_and_the_room_ends(
    open_room: Any, axe: Any, shot: Any, language: str, theme: str, width: int
) -> None:
    page = open_room("speaker", language=language, theme=theme, width=width)
    suffix = f"{language}-{theme}-{width}"
    look(page, axe, shot, f"room-speaker-{suffix}")
    page.keyboard.press("Control+Shift+?")
    page.locator("dialog .keys").wait_for()
    look(page, axe, shot, f"room-keys-{suffix}")
    page.keyboard.press("Escape")
    lost = {"deadline": "2099-01-01T00:00:00Z", "successor": recorded_room.participant("Bo Chen")}
    page.evaluate("lost => recorded.say('host.lost', lost)", lost)
    page.locator(".notice").first.wait_for()
    look(page, axe, shot, f"room-host-lost-{suffix}")
    page.evaluate("recorded.say('room.ended', {why: 'ended'})")
    page.locator("main.is-over h1").wait_for()
    look(page, axe, shot, f"room-over-{suffix}")
