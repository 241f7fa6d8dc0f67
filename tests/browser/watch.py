"""Watches a room's page and writes down when something changed, to 20 ms, by the machine's clock."""

import time
from typing import Any

from playwright.sync_api import Page

_START = """([tone]) => {
  const log = window.watchLog = [];
  const last = {};
  const note = (what, value) => {
    if (what in last && last[what] !== value) log.push([Date.now() / 1000, what, value]);
    last[what] = value;
  };
  const context = new AudioContext();
  context.resume();
  const analyser = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0 });
  const bins = new Float32Array(analyser.frequencyBinCount);
  const bin = Math.round(tone * analyser.fftSize / context.sampleRate);
  let source = null, tapped = null;
  const hears = () => {
    const stream = window.spacesRoom.elements.peer.srcObject;
    if (stream !== tapped) {
      source?.disconnect();
      source = stream && context.createMediaStreamSource(stream);
      source?.connect(analyser);
      tapped = stream;
    }
    analyser.getFloatFrequencyData(bins);
    return Boolean(stream) && Math.max(bins[bin - 1], bins[bin], bins[bin + 1]) > -60;
  };
  setInterval(() => {
    const room = window.spacesRoom;
    note('connection', room.connection);
    note('source', room.source);
    note('mic', room.mic.open || room.mic.enabled);
    note('chip', document.querySelector('.notices .chip-warn')?.textContent.trim() ?? '');
    note('away', document.querySelectorAll('.stage .person[data-away]').length);
    note('peer', hears());
  }, 20);
}"""


class Watch:
    """What changed on one page: "connection", "source", "mic" (open), "chip" (its words), "away" (tiles on stage
    that are reconnecting) and "peer" (whether `tone` comes by the peer connection, heard or not)."""

    def __init__(self, page: Page, tone: int) -> None:
        self._page = page
        self._log: list[tuple[float, str, Any]] = []
        page.evaluate(_START, [tone])

    def changes(self, what: str, since: float) -> list[tuple[float, Any]]:
        """Seconds after `since` (`time.time()`), and the new value of `what`, in order."""
        self._log += [tuple(entry) for entry in self._page.evaluate("window.watchLog.splice(0)")]
        return [(at - since, value) for at, key, value in self._log if key == what and at >= since]

    def seconds_until(self, what: str, value: Any, since: float, *, patience: float = 60) -> float:
        """How long after `since` it took until `what` became `value`."""
        while time.time() < since + patience:
            if found := [at for at, now in self.changes(what, since) if now == value]:
                return found[0]
            self._page.wait_for_timeout(50)
        raise AssertionError(f"{what} did not become {value!r} in {patience:.0f} s: {self.changes(what, since)}")
