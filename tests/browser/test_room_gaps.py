"""Stepping up, stepping down, being moved down: nobody rejoins for it, and no sound is missing."""

from collections.abc import Callable

import pytest

from tests.browser.live_site import LiveSite
from tests.browser.tape import Tape
from tests.browser.visitors import Invite, Visitor
from tests.patience import busy

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ANA, EVA = 440, 1320
#: Milliseconds of silence that nobody takes for a gap.
UNHEARD = 60


def by_oneself(ana: Visitor, eva: Visitor) -> None:
    eva.press("More", ".bar")
    eva.page.locator("dialog").get_by_role("button", name="Go back to the listeners").click()


def by_the_host(ana: Visitor, eva: Visitor) -> None:
    ana.press("Eva", ".stage")
    ana.page.locator("dialog").get_by_role("button", name="Move to listeners").click()


@pytest.mark.parametrize("go_down", [by_oneself, by_the_host])
def test_the_way_up_and_down_leaves_no_gap(
    live_site: LiveSite, invite: Invite, go_down: Callable[[Visitor, Visitor], None]
) -> None:
    room = live_site.room("ana")
    ana, eva = invite("ana", ANA).enter(room), invite("eva", EVA, bypass_csp=True).enter(room)
    ana.unmute()
    eva.hears(ANA)
    tape = Tape(eva.page, ANA).start()
    eva.press("Raise hand", ".bar")
    ana.press("Accept", ".queue")
    eva.come_on_stage()
    up = tape.run(1).gap_at_change(before=0.3, after=0.5)
    eva.unmute()
    ana.hears(EVA)
    tape.clear()
    go_down(ana, eva)
    eva.until("window.spacesRoom.source === 'stream'", "sound by the stream again")
    down = tape.run(1).gap_at_change(before=1.5, after=0.5)
    print(f"gap_on_the_way_up_ms {up} gap_on_the_way_down_ms {down}")
    assert max(up, down) < busy(UNHEARD)
    ana.hears(but_not=(EVA,))
    eva.hears(ANA, but_not=(EVA,))
    assert [(each.sockets, len(each.connections)) for each in (ana, eva)] == [(1, 1), (1, 1)]
    assert not eva.page.evaluate("window.spacesRoom.mic.enabled")
