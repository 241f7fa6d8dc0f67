"""Ears for the benches with browsers: what a page's microphone and loudspeaker carry, on one clock.

Each tap is an AudioWorklet that keeps samples together with `Date.now()` of the audio thread, which is
the same clock in all pages of a machine. The microphone plays a loop of short sweeps that differ from
each other, so that a delay is found by correlation and cannot be mistaken for another.
"""

import base64
import wave
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, Playwright

from tests.bench.catalogue import CannotMeasure
from tests.browser.live_fixtures import SOUND_FLAGS
from tests.browser.live_site import LiveSite
from tests.browser.visitors import Visitor, context_for

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--use-fake-ui-for-media-stream",
]
RATE = 48_000
#: Samples are averaged in fours before they are compared: 0.08 ms a step, and sweeps end at 3 kHz.
STEP = 4
SLOW = RATE // STEP
SWEEPS = 16
PERIOD_S, SWEEP_S = 0.25, 0.09
#: How far back a sound may come from; the loop of sweeps is longer.
LONGEST_S = 2.0

#: Runs in every page before its own scripts: keeps a copy of each microphone track that the page is given.
_KEEP_MICROPHONE = """(() => {
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    window.benchMicrophone = new MediaStream([stream.getAudioTracks()[0].clone()]);
    return stream;
  };
})()"""

_PROCESSOR = """
class Tape extends AudioWorkletProcessor {
  constructor() { super(); this.clear(); }
  clear() { this.samples = new Int16Array(38 * 128); this.filled = 0; this.offset = Infinity; }
  process([[sound]]) {
    if (!this.filled) this.frame = currentFrame;
    this.offset = Math.min(this.offset, Date.now() - currentFrame / sampleRate * 1000);
    for (let index = 0; index < 128; index++) this.samples[this.filled + index] = (sound?.[index] ?? 0) * 32767;
    this.filled += 128;
    if (this.filled === this.samples.length) {
      this.port.postMessage({ frame: this.frame, offset: this.offset, samples: this.samples });
      this.clear();
    }
    return true;
  }
}
registerProcessor('bench-tape', Tape);"""

_TAP = """async ([name, processor, source]) => {
  const sound = source === 'microphone' ? window.benchMicrophone
    : source === 'hls' ? window.benchHls.captureStream() : window.spacesRoom.heard();
  if (!sound?.getAudioTracks().length) return false;
  if (!window.benchContext) {
    const context = new AudioContext({ sampleRate: 48000 });
    await context.resume();
    await context.audioWorklet.addModule('data:text/javascript,' + encodeURIComponent(processor));
    window.benchContext = context;
    window.benchTapes = {};
  }
  const mono = { channelCount: 1, channelCountMode: 'explicit' };
  const tape = new AudioWorkletNode(window.benchContext, 'bench-tape', mono);
  const chunks = window.benchTapes[name] = [];
  tape.port.onmessage = ({ data }) => chunks.push(data);
  window.benchContext.createMediaStreamSource(sound).connect(tape).connect(window.benchContext.destination);
  return true;
}"""

_DRAIN = """(name) => window.benchTapes[name].splice(0).map(({ frame, offset, samples }) =>
  [frame, offset, btoa(String.fromCharCode(...new Uint8Array(samples.buffer)))])"""


class Tape:
    """What one tap has heard: samples at 12 kHz and when each was there, in ms of the machine's clock."""

    def __init__(self, page: Page, name: str, source: str) -> None:
        self._page, self._name, self._source = page, name, source
        self._pieces: list[np.ndarray] = []
        self._offsets: list[float] = []
        self._first = 0

    def start(self) -> "Tape":
        """Connect to "microphone", "heard" or "hls". Raises `CannotMeasure` when that has no sound."""
        if not self._page.evaluate(_TAP, [self._name, _PROCESSOR, self._source]):
            raise CannotMeasure(f"the page has no sound to tap: {self._source}")
        return self

    def drain(self) -> None:
        """Fetch what came since the last time."""
        for frame, offset, text in self._page.evaluate(_DRAIN, self._name):
            if not self._pieces:
                self._first = frame
            samples = np.frombuffer(base64.b64decode(text), dtype=np.int16)
            self._pieces.append(samples.reshape(-1, STEP).mean(axis=1).astype(np.float32))
            self._offsets.append(offset)

    @property
    def samples(self) -> np.ndarray:
        """Everything so far, float32 at 12 kHz, in units of int16."""
        return np.concatenate(self._pieces) if self._pieces else np.zeros(0, dtype=np.float32)

    def time_of(self, index: int) -> float:
        """When sample `index` was there, in ms. A stall of the audio thread is outvoted by its neighbours."""
        chunk = min(index // len(self._pieces[0]), len(self._offsets) - 1)
        offset = float(np.median(self._offsets[max(0, chunk - 5) : chunk + 6]))
        return offset + (self._first + index * STEP) * 1000 / RATE

    def index_at(self, milliseconds: float) -> int:
        """The sample that was there at a time; may lie outside of the tape."""
        index = 0
        for _ in range(3):
            index += round((milliseconds - self.time_of(max(0, index))) * SLOW / 1000)
        return index


def sweeps_file(folder: Path, salt: int) -> Path:
    """Four seconds of sweeps, no two alike; another `salt` gives others."""
    path = folder / f"sweeps-{salt}.wav"
    shaper = np.random.default_rng(salt)
    sound = np.zeros(int(SWEEPS * PERIOD_S * RATE))
    length = int(SWEEP_S * RATE)
    time = np.arange(length) / RATE
    for number in range(SWEEPS):
        low, high = shaper.uniform(300, 1100), shaper.uniform(1500, 3000)
        begin, end = (low, high) if number % 2 else (high, low)
        wave_form = np.sin(2 * np.pi * (begin * time + (end - begin) * time**2 / (2 * SWEEP_S))) * np.hanning(length)
        start = int(number * PERIOD_S * RATE)
        sound[start : start + length] = 14_000 * wave_form
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.astype("<i2").tobytes())
    return path


def chromium(play: Playwright, microphone: Path) -> Browser:
    """A Chromium whose microphone plays a file. Raises `CannotMeasure` where there is none."""
    if not CHROMIUM.exists():
        raise CannotMeasure("Chromium is not installed (Debian's package chromium)")
    file = f"--use-file-for-fake-audio-capture={microphone}"
    return play.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *SOUND_FLAGS, file])


def visitor(browser: Browser, site: LiveSite, handle: str) -> Visitor:
    """Somebody signed in, whose microphone track can be tapped."""
    # The worklet of the tap comes from a data address, which the site's own policy rightly refuses.
    context = context_for(browser, site, site.person(handle), bypass_csp=True)
    context.add_init_script(_KEEP_MICROPHONE)
    return Visitor(site, context, 0)


def delays(said: Tape, heard: Tape) -> list[tuple[float, float]]:
    """(when a sweep was said, ms until it was heard), both in ms; sweeps that are not found are left out."""
    spoken, received = said.samples, heard.samples
    found = []
    for start in _onsets(spoken):
        pattern = spoken[start : start + int(SWEEP_S * SLOW)]
        began = said.time_of(start)
        first = heard.index_at(began)
        piece = received[max(0, first) : first + int((LONGEST_S + SWEEP_S) * SLOW)] if first >= 0 else received[:0]
        if len(piece) < int((LONGEST_S + SWEEP_S) * SLOW) or (at := _best_match(pattern, piece)) is None:
            continue
        found.append((began, heard.time_of(first + at) - began))
    return found


def _onsets(samples: np.ndarray) -> list[int]:
    """Where each whole sweep of a microphone begins: loud after 50 ms of quiet."""
    block = SLOW // 1000
    level = np.abs(samples[: len(samples) // block * block]).reshape(-1, block).mean(axis=1)
    loud = level > 0.15 * np.percentile(level, 95)
    quiet_for, starts = 0, []
    for number, is_loud in enumerate(loud):
        if is_loud and quiet_for > 50:
            starts.append(number * block)
        quiet_for = 0 if is_loud else quiet_for + 1
    return [start for start in starts if start + SWEEP_S * SLOW < len(samples)]


def _best_match(pattern: np.ndarray, piece: np.ndarray) -> int | None:
    """Where in `piece` the pattern lies, by normalised correlation; None when nothing is like it."""
    size = 1 << (len(piece) + len(pattern)).bit_length()
    product = np.fft.irfft(np.fft.rfft(piece, size) * np.conj(np.fft.rfft(pattern, size)), size)
    product = product[: len(piece) - len(pattern)]
    energy = np.concatenate([[0.0], np.cumsum(piece.astype(np.float64) ** 2)])
    local = energy[len(pattern) : len(piece)] - energy[: len(piece) - len(pattern)]
    floor = 0.05 * local.max() + 1e-9
    likeness = np.abs(product) / np.sqrt(np.maximum(local, floor) * float(np.dot(pattern, pattern)) + 1e-9)
    best = int(np.argmax(likeness))
    return best if likeness[best] > 0.5 else None


def spread(values: list[float], least: int) -> dict[str, float]:
    """p50 and p95. Raises `CannotMeasure` with fewer than `least` values."""
    if len(values) < least:
        raise CannotMeasure(f"only {len(values)} of at least {least} sounds were recognised")
    return {"p50": float(np.percentile(values, 50)), "p95": float(np.percentile(values, 95))}


def told(people: list[Visitor]) -> Any:
    """What the pages know, for messages."""
    return [person.told() for person in people]
