"""The live stream in a real Chromium when its line stumbles."""

import os
import signal
import time

import pytest

from tests.browser.live_site import LiveSite, wait_for
from tests.browser.visitors import Invite

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ANA, EVA = 440, 1320
STALLS = 3
#: A stall is as long as what lies ahead of the ear, and more.
STALL_SECONDS = 0.45


def test_stalls_do_not_add_up_to_delay(live_site: LiveSite, invite: Invite) -> None:
    """Chromium asks for twice as much sound after each stall; the player makes it forget."""
    room = live_site.room("ana")
    ana, eva = invite("ana", ANA).enter(room), invite("eva", EVA).enter(room)
    ana.unmute()
    eva.hears(ANA)
    web = live_site.processes["web"].pid
    for _ in range(STALLS):
        eva.until("window.spacesRoom.behind < 0.4", "the live edge")
        os.kill(web, signal.SIGSTOP)
        frozen = time.monotonic()
        wait_for(lambda: time.monotonic() - frozen > STALL_SECONDS, "the stall")  # noqa: B023
        os.kill(web, signal.SIGCONT)
        begun = time.monotonic()
        eva.until(
            "!window.spacesRoom.elements.stream.paused && window.spacesRoom.elements.stream.readyState > 2", "sound"
        )
        assert time.monotonic() - begun < 3
    assert eva.page.evaluate("window.spacesRoom.behind") < 1.2
    eva.hears(ANA)
