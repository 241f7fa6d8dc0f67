"""From the host's click on Mute to silence in another speaker's ear.

With BENCH_MINUTES set, `python -m tests.bench.one mute_to_silence_ms` may take that long.
"""

import os
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from tests.bench.browser_delay import on_stage
from tests.bench.catalogue import CannotMeasure
from tests.bench.ears import SLOW, Tape, chromium, visitor
from tests.browser.live_site import LiveSite
from tests.browser.visitors import Visitor, tone_file

TONE = 880
MUTES = 18
LEAST = 15
#: Everything but the mutes themselves must fit before this, so that the bench ends in time.
LAST_MUTE_S = 42.0
#: Share of the tone's usual loudness below which the ear is silent: -40 dB.
SILENT = 0.01

#: When the press itself happened, on the clock of the tapes.
_NOTE_CLICKS = """() => {
  window.benchClicks = [];
  addEventListener('click', (event) => {
    if (event.target.closest('.onstage button'))
      window.benchClicks.push(Date.now() - (performance.now() - event.timeStamp));
  }, true);
}"""


def mute_to_silence() -> dict[str, float]:
    """Milliseconds, p95 of at least 15 mutes: Ana presses Mute, Eva on stage stops hearing Bo."""
    last = time.monotonic() + (60 * float(os.environ.get("BENCH_MINUTES") or 0) or LAST_MUTE_S)
    with tempfile.TemporaryDirectory(prefix="spaces-mute-") as folder, sync_playwright() as play:
        site = LiveSite()
        try:
            room = site.start().room("ana")
            browser = chromium(play, tone_file(Path(folder), TONE))
            ana, bo, eva = (visitor(browser, site, handle).enter(room) for handle in ("ana", "bo", "eva"))
            for guest in (bo, eva):
                on_stage(ana, guest)
            bo.unmute()
            tape = Tape(eva.page, "heard", "heard").start()
            ana.page.evaluate(_NOTE_CLICKS)
            for _ in range(MUTES):
                if time.monotonic() > last:
                    break
                _mute_and_open_again(ana, bo)
            tape.drain()
            clicks: list[float] = ana.page.evaluate("window.benchClicks")
        finally:
            site.stop()
    took = _silences(tape, clicks) if clicks else []
    if len(took) < LEAST:
        raise CannotMeasure(f"only {len(took)} of {LEAST} mutes in time: the machine is too busy")
    return {"p50": float(np.percentile(took, 50)), "p95": float(np.percentile(took, 95))}


def _mute_and_open_again(ana: Visitor, bo: Visitor) -> None:
    """One round: half a second of tone, the press, half a second of silence."""
    ana.page.wait_for_timeout(500)
    ana.page.locator(".onstage").get_by_role("button", name="Mute Bo").first.click()
    bo.until("!window.spacesRoom.mic.open", "a closed microphone")
    ana.page.wait_for_timeout(400)
    bo.press("Unmute", ".bar")
    bo.until("window.spacesRoom.mic.open", "an open microphone")


def _silences(tape: Tape, clicks: list[float]) -> list[float]:
    """For each press, how long the tone went on in the ear. Presses without a tone before are left out."""
    block = SLOW // 200
    sound = tape.samples
    level = np.sqrt((sound[: len(sound) // block * block].reshape(-1, block) ** 2).mean(axis=1))
    usual = float(np.percentile(level, 80))
    took = []
    for click in clicks:
        first = tape.index_at(click) // block
        after = level[first : first + 200]
        if first < 20 or level[first - 20 : first].mean() < 0.3 * usual or not len(after):
            continue
        quiet = np.flatnonzero(_all_quiet(after < SILENT * usual, 30))
        if len(quiet):
            took.append(tape.time_of((first + int(quiet[0])) * block) - click)
    return took


def _all_quiet(quiet: np.ndarray, blocks: int) -> np.ndarray:
    """Where a run of at least `blocks` quiet blocks begins: a pause between two packets is no silence."""
    if len(quiet) < blocks:
        return np.zeros(0, dtype=bool)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(quiet, blocks).all(axis=1))
