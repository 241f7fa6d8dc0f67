"""A real Chromium for the browser tests: pages by language, theme and width, axe, pictures.

Every page made by `open_page` fails the test at its end when it wrote to the console, broke the
content security policy or asked another host for anything.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from accounts.models import User
from tests.browser.live_fixtures import invite, live_site, voice  # noqa: F401

HERE = Path(__file__).parent
SHOTS = settings.BASE_DIR / "var" / "shots"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
SOUND_FLAGS = [
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: A theme that was just switched fades in, a window that grew is drawn anew: a page is judged when it stands.
_STANDSTILL = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 2; frame += 1) await new Promise((drawn) => requestAnimationFrame(drawn));
  const fading = document.getAnimations().filter((each) => each instanceof CSSTransition);
  await Promise.allSettled(fading.map((each) => each.finished));
}"""
#: The height of a page that does not fit into its window; 0 when it does.
_TALLER = """() => {
  const height = document.documentElement.scrollHeight;
  return height > innerHeight ? height : 0;
}"""
#: What is asked for by the page itself as it opens (the rooms of a profile) has come when none of these is left.
_TO_COME = "[hx-trigger=load]"
WIDTHS = {320: 700, 390: 844, 1280: 860}
#: How long a page may take on a busy machine; what is fast enough is a matter of the benchmarks.
expect.set_options(timeout=30_000)


@dataclass
class Watched:
    """A page with what went wrong on it. `allow` lists texts that this test expects in the console."""

    page: Page
    problems: list[str] = field(default_factory=list)
    allow: list[str] = field(default_factory=list)

    def unexpected(self) -> list[str]:
        """Problems that no allowed text explains."""
        return [problem for problem in self.problems if not any(text in problem for text in self.allow)]


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright itself, once per run."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def launch(playwright_driver: Playwright) -> Iterator[Callable[..., Browser]]:
    """Start a Chromium with further flags, such as a microphone file; all are closed at the end."""
    started: list[Browser] = []

    def start(*flags: str) -> Browser:
        browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=[*FLAGS, *flags])
        started.append(browser)
        return browser

    yield start
    for browser in started:
        browser.close()


@pytest.fixture(scope="session")
def chromium(launch: Callable[..., Browser]) -> Browser:
    """The Chromium that silent tests share."""
    return launch()


@pytest.fixture
def sign_in(live_server: Any) -> Callable[[BrowserContext, User], None]:
    """Give a browser context somebody's session, without the sign-in page."""

    def give(context: BrowserContext, person: User) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}
        context.add_cookies([cookie])

    return give


@pytest.fixture
def open_page(
    chromium: Browser, live_server: Any, sign_in: Callable[[BrowserContext, User], None]
) -> Iterator[Callable[..., Page]]:
    """`open_page("/path/", language="fr", theme="dark", width=320, person=…, script=False)` → Page."""
    watched: list[Watched] = []
    contexts: list[BrowserContext] = []

    def make(
        path: str = "/",
        *,
        language: str = "en",
        theme: str = "light",
        width: int = 1280,
        person: User | None = None,
        script: bool = True,
        browser: Browser | None = None,
        allow: tuple[str, ...] = (),
        **options: Any,
    ) -> Page:
        context = (browser or chromium).new_context(
            base_url=live_server.url,
            locale={"en": "en-GB", "fr": "fr-FR"}[language],
            timezone_id="Europe/Paris",
            color_scheme=theme,
            viewport={"width": width, "height": WIDTHS.get(width, 860)},
            java_script_enabled=script,
            **options,
        )
        contexts.append(context)
        if person is not None:
            sign_in(context, person)
        entry = Watched(context.new_page(), allow=list(allow))
        watched.append(entry)
        _watch(entry, live_server.url)
        # These pages come from a server without websockets; test_rings.py has a whole site.
        entry.page.route_web_socket(re.compile(r"/ws/me/$"), lambda _line: None)
        entry.page.goto(path, wait_until="load")
        if script:
            expect(entry.page.locator(_TO_COME)).to_have_count(0)
        return entry.page

    yield make
    for context in contexts:
        context.close()
    problems = [problem for entry in watched for problem in entry.unexpected()]
    assert not problems, "\n".join(problems)


def _watch(entry: Watched, own: str) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            entry.problems.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def on_request(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != urlsplit(own).netloc:
            entry.problems.append(f"asked another host: {request.url}")

    entry.page.on("console", on_console)
    entry.page.on("pageerror", lambda error: entry.problems.append(f"script error: {error}"))
    entry.page.on("request", on_request)


@pytest.fixture(scope="session")
def axe() -> Callable[..., None]:
    """`axe(page)`: fails with the list when axe-core finds anything; runs under the page's own policy."""
    source = (HERE / "vendor" / "axe-core" / "axe.min.js").read_text()

    def check(page: Page, *, ignore: tuple[str, ...] = ()) -> None:
        page.evaluate(_STANDSTILL)
        _unroll(page)
        page.evaluate(source)
        options = {
            "runOnly": AXE_TAGS,
            "rules": {rule: {"enabled": False} for rule in ignore},
            "resultTypes": ["violations"],
        }
        found = page.evaluate("options => axe.run(document, options)", options)["violations"]
        told = [
            {"rule": one["id"], "help": one["help"], "where": [node["html"][:160] for node in one["nodes"]]}
            for one in found
        ]
        assert not told, f"{page.url}\n{json.dumps(told, indent=1, ensure_ascii=False)}"

    return check


def _unroll(page: Page) -> None:
    """Make the window as tall as the page: what lies under the sticky bar is not hidden, one scrolls to it."""
    # What comes late, such as the rest of a list, makes the page taller once more.
    for _time in range(10):
        height = int(page.evaluate(_TALLER))
        if not height or not page.viewport_size:
            return
        page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
        page.evaluate(_STANDSTILL)


@pytest.fixture(scope="session")
def shot() -> Callable[[Page, str], None]:
    """`shot(page, "home-fr-dark-320")` keeps a picture of the whole page in var/shots, with SHOTS=1 set."""
    wanted = os.environ.get("SHOTS") == "1"

    def take(page: Page, name: str) -> None:
        if wanted:
            SHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    return take


def sideways(page: Page) -> int:
    """How many pixels the page can be scrolled sideways; 0 is right."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
