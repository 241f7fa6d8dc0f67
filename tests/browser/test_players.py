"""Players that we did not write hear a live room by its plain address, behind both servers.

hls.js in Chromium with low latency, and Chromium's own HLS; neither through the room's page.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.live_site import ROOT, LiveSite, free_port, wait_for
from tests.browser.visitors import HEARD_DB, SILENT_DB, Invite
from tests.patience import busy

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TONE, OTHER = 440, 1320

_HLS_JS = """async (address) => {
  const { default: Hls } = await import("/static/vendor/hls.js/hls.light.min.js");
  const audio = window.audio = new Audio();
  const player = window.player = new Hls({ lowLatencyMode: true });
  window.faults = [];
  window.loaded = [];
  player.on(Hls.Events.ERROR, (_, data) => window.faults.push([data.details, data.fatal]));
  player.on(Hls.Events.FRAG_LOADED, (_, { part, frag }) => window.loaded.push([frag.sn, part?.index ?? -1]));
  player.loadSource(address);
  player.attachMedia(audio);
  await audio.play();
}"""

_OWN = """async (address) => {
  const audio = window.audio = new Audio(address);
  await audio.play();
}"""

_LEVELS = """async ([tones, milliseconds]) => {
  const context = new AudioContext();
  await context.resume();
  const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(window.audio.captureStream()).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  analyser.getFloatFrequencyData(bins);
  await context.close();
  return tones.map((tone) => {
    const bin = Math.round(tone * analyser.fftSize / context.sampleRate);
    return Math.max(bins[bin - 1], bins[bin], bins[bin + 1]);
  });
}"""


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def server(request: pytest.FixtureRequest, live_site: LiveSite) -> Iterator[str]:
    """Address of a second web process of the live site."""
    port = free_port()
    environment = {**live_site.environment, "SERVER": request.param, "PORT": str(port), "BIND": "127.0.0.1"}
    with (live_site.folder / f"second-{request.param}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "spaces_site.serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        wait_for(lambda: _answers(f"http://127.0.0.1:{port}/livez"), "the second web process")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=20) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


@pytest.fixture
def address(live_site: LiveSite, invite: Invite, server: str) -> str:
    """Where everybody may hear a room whose host hums: a folder whose playlist has just begun."""
    host = f"hummer_{os.urandom(3).hex()}"
    room = live_site.room(host)
    invite(host, TONE).enter(room).unmute()
    wait_for(lambda: _answers(f"{server}/live/{room}/open/index.m3u8"), "a playlist", busy(20))
    return f"{server}/live/{room}/open"


@pytest.fixture
def page(chromium: Browser, live_site: LiveSite) -> Iterator[Page]:
    """A page of another origin than the address of the room has."""
    page = chromium.new_page()
    page.goto(f"{live_site.url}/livez")
    yield page
    page.close()


def hears(page: Page) -> None:
    """The tone, and no other."""
    levels: list[float] = []

    def right() -> bool:
        levels[:] = page.evaluate(_LEVELS, [[TONE, OTHER], 700])
        return levels[0] > HEARD_DB and levels[1] < SILENT_DB

    try:
        wait_for(right, "the tone", busy(15))
    except AssertionError as fault:
        raise AssertionError(f"heard {levels}") from fault


def test_hls_js_plays_parts_near_the_live_edge(page: Page, address: str) -> None:
    page.evaluate(_HLS_JS, f"{address}/index.m3u8")
    hears(page)
    wait_for(lambda: page.evaluate("window.loaded.length") > 60, "sixty parts", busy(30))
    loaded = [tuple(each) for each in page.evaluate("window.loaded")]
    parts = [each for each in loaded if each[1] >= 0]
    # Each part once and in order; whole segments at the beginning only.
    assert parts == sorted(set(parts))
    assert len(parts) > 0.8 * len(loaded)
    # By whole segments it would be six seconds and more.
    assert page.evaluate("window.player.latency") < 3
    assert [fault for fault in page.evaluate("window.faults") if fault[1]] == []
    hears(page)


def test_chromiums_own_player_plays_on(page: Page, address: str, server: str) -> None:
    # Chromium lets nobody look into what its own player has from elsewhere.
    page.goto(f"{server}/livez")
    page.evaluate(_OWN, f"{address}/index.m3u8")
    hears(page)
    heard = page.evaluate("window.audio.currentTime")
    wait_for(lambda: page.evaluate("window.audio.currentTime") > heard + 10, "ten seconds", busy(30))
    assert page.evaluate("window.audio.error") is None
    hears(page)
