"""People with browsers and voices: each has a Chromium whose microphone is a tone of their own."""

import math
import re
import struct
import wave
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import TimeoutError as PageTimeout

from tests.browser.live_site import LiveSite, wait_for
from tests.patience import busy

RATE = 48_000
#: Louder than this in the spectrum is a voice that is heard; quieter than `SILENT` is nobody.
HEARD_DB = -60
SILENT_DB = -80

LISTEN = """async ([tones, milliseconds]) => {
  const stream = window.spacesRoom?.heard();
  if (!stream || !stream.getAudioTracks().length) return null;
  const context = new AudioContext();
  await context.resume();
  const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(stream).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const loudest = tones.map(() => -200);
  const until = performance.now() + milliseconds;
  await new Promise((resolve) => setTimeout(resolve, 250));
  while (performance.now() < until) {
    analyser.getFloatFrequencyData(bins);
    tones.forEach((tone, index) => {
      const bin = Math.round(tone * analyser.fftSize / context.sampleRate);
      loudest[index] = Math.max(loudest[index], bins[bin - 1], bins[bin], bins[bin + 1]);
    });
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  await context.close();
  return loudest;
}"""


def tone_file(folder: Path, hertz: int) -> Path:
    """A second of a sine, looped by Chromium without a click since it holds whole periods."""
    path = folder / f"tone-{hertz}.wav"
    if not path.exists():
        samples = (int(9000 * math.sin(2 * math.pi * hertz * index / RATE)) for index in range(RATE))
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


class Visitor:
    """One person at one browser tab of a live site."""

    def __init__(self, site: LiveSite, context: BrowserContext, tone: int) -> None:
        self.site = site
        self.context = context
        self.tone = tone
        self.page: Page = context.new_page()
        self.sockets = 0
        #: Fingerprints of the certificates that the page offered: one for each peer connection it made.
        self.connections: set[str] = set()
        self.problems: list[str] = []
        #: How the doors of live sound answered, for messages.
        self.answers: list[str] = []
        #: The last frames of its websocket, for messages.
        self.frames: deque[str] = deque(maxlen=40)
        self.page.on("websocket", self._socket)
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        self.page.on("console", self._console)
        self.page.on("response", self._answered)

    def _socket(self, socket: Any) -> None:
        # The one outside of rooms comes with each page that is loaded.
        if "/ws/rooms/" not in socket.url:
            return
        self.sockets += 1
        socket.on("framesent", self._said)
        socket.on("framereceived", lambda frame: self._keep("<", frame))

    def _keep(self, way: str, frame: str | bytes) -> None:
        if "level.batch" not in str(frame):
            self.frames.append(f"{way} {str(frame)[:300]}")

    def _said(self, frame: str | bytes) -> None:
        self._keep(">", frame)
        self.connections |= set(re.findall(r"a=fingerprint:(\S+ [0-9A-F:]+)", str(frame)))

    def _answered(self, response: Any) -> None:
        if "/live/" in response.url:
            self.answers.append(f"{response.status} {response.url.rpartition('/')[2]}")

    def _console(self, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.problems.append(message.text)

    # --- doing --------------------------------------------------------------------------------------

    def enter(self, room: str, listen: str = "Listen") -> "Visitor":
        """Open the room's page and press Listen if the door stands between; returns when it is live."""
        self.page.goto(f"{self.site.url}/rooms/{room}/")
        if self.page.locator("main[data-joined]").count() == 0:
            self.page.get_by_role("button", name=listen, exact=True).click()
        self.until("window.spacesRoom?.connection === 'live' && window.spacesRoom.source !== 'none'", "live sound")
        return self

    def press(self, name: str, within: str = "main") -> None:
        """Press a button; fails with what the page knows and what its websocket said last."""
        try:
            self.page.locator(within).get_by_role("button", name=name).first.click()
        except PageTimeout as late:
            raise AssertionError(self._and_all_it_knows(f"no button {name!r} in {within!r}")) from late

    def unmute(self) -> None:
        """Press Unmute, go through the preflight the first time; returns when the server knows."""
        self.press("Unmute", ".bar")
        dialog = self.page.locator("dialog").get_by_role("button", name="Unmute")
        self.until("window.spacesRoom.mic.open || document.querySelector('dialog[open]')", "preflight or open mic")
        if dialog.count():
            self.until("document.querySelectorAll('#pm option').length > 1", "the microphones by name")
            dialog.click()
        self.until("window.spacesRoom.mic.open", "an open microphone")

    def come_on_stage(self) -> None:
        """Take the offered microphone; returns when on stage by WebRTC."""
        self.press("Join as speaker", ".bar")
        # The microphone is shown before it is used for the first time.
        self.until(
            "document.querySelector('dialog[open]') || window.spacesRoom.state.you.role === 'speaker'", "the way"
        )
        join = self.page.locator("dialog").get_by_role("button", name="Join muted")
        if join.count():
            join.click()
        self.until("window.spacesRoom.state.you.role === 'speaker' && window.spacesRoom.source === 'peer'", "the stage")

    # --- hearing ------------------------------------------------------------------------------------

    def loudness(self, *tones: int, milliseconds: int = 900) -> dict[int, float] | None:
        """The loudest level of each tone in what this person hears, in dB of full scale."""
        levels = self.page.evaluate(LISTEN, [list(tones), milliseconds])
        return None if levels is None else dict(zip(tones, levels, strict=True))

    def hears(self, *tones: int, but_not: tuple[int, ...] = ()) -> None:
        """Fails unless just these tones are heard, within a few seconds."""
        told: dict[int, float] | None = None

        def right() -> bool:
            nonlocal told
            told = self.loudness(*tones, *but_not)
            return (
                told is not None
                and all(told[tone] > HEARD_DB for tone in tones)
                and all(told[tone] < SILENT_DB for tone in but_not)
            )

        try:
            wait_for(right, "the right tones", busy(12))
        except AssertionError as fault:
            raise AssertionError(f"wanted {tones}, not {but_not}; heard {told}; {self.told()}") from fault

    # --- looking ------------------------------------------------------------------------------------

    def until(self, expression: str, what: str, seconds: float = 60) -> None:
        """Poll a JavaScript expression until it is true."""
        try:
            wait_for(lambda: self.page.evaluate(f"Boolean({expression})"), what, seconds)
        except AssertionError as late:
            raise AssertionError(self._and_all_it_knows(str(late))) from late

    def _and_all_it_knows(self, what: str) -> str:
        frames = "\n".join(self.frames)
        return f"{what} ({self.told()}, live sound answered {self.answers[-9:]}), the websocket:\n{frames}"

    def told(self) -> str:
        """What the page knows, for messages."""
        return str(
            self.page.evaluate(
                """(() => {
                  const { connection, source, mic, state, behind, blocked, elements } = window.spacesRoom ?? {};
                  const { currentTime, readyState, paused } = elements?.stream ?? {};
                  const role = state?.you?.role;
                  return JSON.stringify(
                    { connection, source, mic, role, behind, blocked, currentTime, readyState, paused });
                })()"""
            )
        )


def bring_on_stage(host: Visitor, guest: Visitor) -> None:
    """The guest raises a hand, is accepted, comes up and opens the microphone."""
    guest.press("Raise hand", ".bar")
    guest.until("document.querySelector('[data-tool=mic][aria-pressed=true]')", "a raised hand")
    host.press("Accept", ".queue")
    guest.come_on_stage()
    guest.unmute()


Invite = Callable[..., Visitor]


def context_for(browser: Browser, site: LiveSite, cookie: str | None, **options: Any) -> BrowserContext:
    """A browser context with somebody's session."""
    context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 860}, **options)
    if cookie:
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": site.url}])
    return context
