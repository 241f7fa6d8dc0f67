"""A newcomer's first minute: `make run` in a fresh clone, the first page, the first sound in a browser."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.catalogue import CannotMeasure
from tests.browser.live_site import ROOT, free_port

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
#: A benchmark that is killed takes its site along, where the kernel can see to it.
_WITH_PARENT = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
#: Whether the room's page plays anything louder than silence now, through one analyser beside it. Each call
#: of `heard()` captures the sound anew, so it is asked once, and again only when that capture has ended.
_HEARD = """() => {
  const room = window.spacesRoom;
  if (!room || room.source === 'none') return false;
  if (!window.benchTrack || window.benchTrack.readyState === 'ended') {
    const [track] = room.heard()?.getAudioTracks() ?? [];
    if (!track) return false;
    window.benchContext ??= new AudioContext();
    window.benchTrack = track;
    window.benchAnalyser = window.benchContext.createAnalyser();
    window.benchContext.createMediaStreamSource(new MediaStream([track])).connect(window.benchAnalyser);
  }
  const samples = new Float32Array(2048);
  window.benchAnalyser.getFloatTimeDomainData(samples);
  return samples.some((sample) => Math.abs(sample) > 0.01);
}"""


@contextmanager
def _fresh_run() -> Iterator[tuple[str, float, float]]:
    """`make run` in a fresh clone: yields address, monotonic start, seconds until `ready`."""
    if not shutil.which("make") or not shutil.which("git"):
        raise CannotMeasure("make and git are needed")
    folder = Path(tempfile.mkdtemp(prefix="spaces-first-"))
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "site")], check=True)
    kept = {key: value for key, value in os.environ.items() if key not in {"VAR_DIR", "DATABASE_URL", "REDIS_URL"}}
    environment = {**kept, "PORT": str(free_port()), "MEDIA_PORT": "0", "PYTHONUNBUFFERED": "1"}
    started = time.monotonic()
    with (folder / "log").open("wb") as log:
        job = subprocess.Popen(
            [*_WITH_PARENT, "make", "run"],
            cwd=folder / "site",
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        while not (found := re.search(r"^ready (\S+)$", (folder / "log").read_text(errors="replace"), re.MULTILINE)):
            if job.poll() is not None:
                raise CannotMeasure("make run ended before it was ready")
            time.sleep(0.02)
        yield found[1], started, time.monotonic() - started
    finally:
        os.killpg(job.pid, signal.SIGTERM)
        try:
            job.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(job.pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def first_page() -> float:
    """Seconds from `make run` to a page that answers; package caches are warm when it ran before."""
    with _fresh_run() as (_, _, seconds):
        return seconds


def first_sound() -> float:
    """Seconds from `make run` until a guest hears something in Chromium, with one click."""
    with _fresh_run() as (address, started, _), sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        page = browser.new_page(locale="en")
        page.goto(address)
        page.locator("a[href*='/rooms/']").filter(has_text="How this room sounds").first.click()
        page.get_by_role("button", name="Listen").first.click()
        page.wait_for_function(_HEARD, timeout=60_000, polling=50)
        seconds = time.monotonic() - started
        browser.close()
        return seconds
