"""How old sound is when it is heard in Chromium: capture → WebAudio, for each way to listen.

Both ends are tapped on one clock (see ears.py). With BENCH_MINUTES set, `python -m tests.bench.one NAME`
listens that long and adds "growth": median of the last tenth minus median of the first, in ms.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Playwright, sync_playwright

from tests.bench.ears import Tape, chromium, delays, spread, sweeps_file, visitor
from tests.browser.live_site import LiveSite
from tests.browser.visitors import Visitor

#: How long is listened in the short mode; the start-up of the site takes most of the rest.
SECONDS = 14.0
#: Until jitter buffers and players have found their place.
SETTLE_SECONDS = 4.0
LEAST = 20

_PLAY_HLS = """async () => {
  const loaded = performance.getEntriesByType('resource').map((entry) => entry.name);
  const module = loaded.find((name) => /player(\\.\\w+)?\\.js/.test(name));
  const { HlsStream } = await import(module);
  window.benchHls = new Audio();
  await new Promise((resolve, reject) => new HlsStream(window.benchHls, window.spacesRoom.state.media.hls,
    { onReady: resolve, onEnd: (status) => reject(new Error(`HLS ended: ${status}`)) }));
  await window.benchHls.play();
}"""


@contextmanager
def _room() -> Iterator[tuple[Playwright, LiveSite, Path]]:
    """A live site, a folder for microphone files, and what starts browsers."""
    with tempfile.TemporaryDirectory(prefix="spaces-delay-") as folder, sync_playwright() as play:
        site = LiveSite()
        try:
            yield play, site.start(), Path(folder)
        finally:
            site.stop()


def _listen(*tapes: Tape, page: Visitor) -> None:
    """Let the tapes run for the asked time."""
    seconds = 60 * float(os.environ.get("BENCH_MINUTES") or 0) or SECONDS
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        page.page.wait_for_timeout(min(5.0, left) * 1000)
        for tape in tapes:
            tape.drain()


def _figures(found: list[tuple[float, float]]) -> dict[str, float]:
    figures = spread([delay for _, delay in found], LEAST)
    if os.environ.get("BENCH_MINUTES"):
        tenth = len(found) // 10
        values = [delay for _, delay in found]
        figures["growth"] = float(np.median(values[-tenth:]) - np.median(values[:tenth]))
    return figures


def on_stage(host: Visitor, guest: Visitor) -> None:
    """The guest raises a hand, is accepted and comes up, muted."""
    guest.press("Raise hand", ".bar")
    host.press("Accept", ".queue")
    guest.come_on_stage()


def speaker_to_speaker() -> dict[str, float]:
    """Two who talk at once, each tapped at both ends: p50 and p95 of the worse direction."""
    with _room() as (play, site, folder):
        room = site.room("ana")
        people = [
            visitor(chromium(play, sweeps_file(folder, salt)), site, handle)
            for salt, handle in enumerate(("ana", "bo"), 1)
        ]
        ana, bo = (person.enter(room) for person in people)
        ana.unmute()
        on_stage(ana, bo)
        bo.unmute()
        ana.page.wait_for_timeout(SETTLE_SECONDS * 1000)
        tapes = {
            (person, source): Tape(person.page, source, source).start()
            for person in people
            for source in ("microphone", "heard")
        }
        _listen(*tapes.values(), page=ana)
        ways = [
            _figures(delays(tapes[one, "microphone"], tapes[other, "heard"])) for one, other in ((ana, bo), (bo, ana))
        ]
        return {key: max(way[key] for way in ways) for key in ways[0]}


def _one_listens(prepare: Callable[[Visitor, Visitor], str], settle: float) -> dict[str, float]:
    """Ana talks; `prepare(ana, eva)` makes Eva listen and names what of her page is tapped."""
    with _room() as (play, site, folder):
        room = site.room("ana")
        browser = chromium(play, sweeps_file(folder, 1))
        ana, eva = visitor(browser, site, "ana").enter(room), visitor(browser, site, "eva").enter(room)
        ana.unmute()
        source = prepare(ana, eva)
        ana.page.wait_for_timeout(settle * 1000)
        said = Tape(ana.page, "microphone", "microphone").start()
        heard = Tape(eva.page, source, source).start()
        _listen(said, heard, page=ana)
        return _figures(delays(said, heard))


def webrtc_listener() -> dict[str, float]:
    """Somebody on stage who is muted: hears the mix that all silent people share, by WebRTC."""

    def prepare(ana: Visitor, eva: Visitor) -> str:
        on_stage(ana, eva)
        return "heard"

    return _one_listens(prepare, SETTLE_SECONDS)


def live_stream() -> dict[str, float]:
    """The web's default: one long response into MediaSource, by the room's own player."""
    return _one_listens(lambda _ana, _eva: "heard", 2 * SETTLE_SECONDS)


def ll_hls() -> dict[str, float]:
    """Low-latency HLS by hls.js, as the room's player starts it."""

    def prepare(_ana: Visitor, eva: Visitor) -> str:
        eva.page.evaluate(_PLAY_HLS)
        eva.until("window.benchHls.readyState > 2 && window.benchHls.currentTime > 0", "sound by HLS")
        return "hls"

    return _one_listens(prepare, 2 * SETTLE_SECONDS)
