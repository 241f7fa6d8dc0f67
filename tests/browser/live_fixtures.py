"""Fixtures of the tests with real sound: one live site for all of them, and visitors to it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.live_site import LiveSite
from tests.browser.visitors import Invite, Visitor, context_for, tone_file

SOUND_FLAGS = [
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]


@pytest.fixture(scope="session")
def live_site() -> Iterator[LiveSite]:
    """The product as processes on a free port, started once."""
    site = LiveSite()
    try:
        yield site.start()
    finally:
        site.stop()


@pytest.fixture(scope="session")
def voice(launch: Callable[..., Browser], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Browser]:
    """`voice(440)` is a Chromium whose microphone hears a sine of 440 Hz; `allow=False` denies it the microphone."""
    folder: Path = tmp_path_factory.mktemp("tones")
    started: dict[tuple[int, bool], Browser] = {}

    def get(hertz: int, *, allow: bool = True) -> Browser:
        if (hertz, allow) not in started:
            file = f"--use-file-for-fake-audio-capture={tone_file(folder, hertz)}"
            answer = "--use-fake-ui-for-media-stream" if allow else "--deny-permission-prompts"
            started[hertz, allow] = launch(*SOUND_FLAGS, file, answer)
        return started[hertz, allow]

    return get


@pytest.fixture
def invite(live_site: LiveSite, voice: Callable[..., Browser]) -> Iterator[Invite]:
    """`invite("ana", 440)` is a visitor; with `handle=None` somebody without an account."""
    live_site.call("forget_pace")
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def make(handle: str | None, tone: int, *, allow: bool = True, **options: Any) -> Visitor:
        cookie = live_site.person(handle) if handle else None
        context = context_for(voice(tone, allow=allow), live_site, cookie, **options)
        contexts.append(context)
        visitor = Visitor(live_site, context, tone)
        visitors.append(visitor)
        return visitor

    yield make
    for context in contexts:
        context.close()
    problems = [problem for visitor in visitors for problem in visitor.problems]
    assert not problems, "\n".join(problems)
