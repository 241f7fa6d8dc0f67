"""A tape in the page: how loud one tone was, every 10 ms, in what the person heard.

Both elements (the stream and the peer connection) are taped together, each as loud as its volume says,
so that the change from one to the other is heard as a person hears it. The page must be opened with
`bypass_csp=True`: a worklet comes from an address that the site's own policy rightly refuses.
"""

from playwright.sync_api import Page

#: Milliseconds of one block.
BLOCK = 10
#: Share of the usual loudness below which a block is a gap: -20 dB.
QUIET = 0.1

_PROCESSOR = """
class Tape extends AudioWorkletProcessor {
  constructor({ processorOptions: { tone } }) {
    super();
    this.turn = 2 * Math.PI * tone / sampleRate;
    this.size = sampleRate / 100;
    this.clear();
  }
  clear() { this.real = this.imaginary = this.count = 0; }
  process([[sound]]) {
    for (let index = 0; index < 128; index++) {
      const sample = sound?.[index] ?? 0;
      this.real += sample * Math.cos(this.turn * this.count);
      this.imaginary += sample * Math.sin(this.turn * this.count);
      if (++this.count === this.size) {
        this.port.postMessage(2 * Math.hypot(this.real, this.imaginary) / this.size);
        this.clear();
      }
    }
    return true;
  }
}
registerProcessor('tone-tape', Tape);"""

_START = """async ([tone, processor]) => {
  const context = new AudioContext({ sampleRate: 48000 });
  await context.resume();
  await context.audioWorklet.addModule('data:text/javascript,' + encodeURIComponent(processor));
  const mono = { channelCount: 1, channelCountMode: 'explicit', processorOptions: { tone } };
  const tape = new AudioWorkletNode(context, 'tone-tape', mono);
  tape.connect(context.destination);
  const blocks = [];
  tape.port.onmessage = ({ data }) => blocks.push([data, window.spacesRoom.source]);
  const { stream, peer } = window.spacesRoom.elements;
  const captured = stream.captureStream();
  const taps = [[stream, () => captured], [peer, () => peer.srcObject]].map(([element, sound]) => {
    const gain = new GainNode(context, { gain: 0 });
    gain.connect(tape);
    return { element, sound, gain, track: null, source: null };
  });
  const follow = () => {
    for (const tap of taps) {
      // An element that was loaded anew gives its stream one more track, and the old one never ends.
      const track = tap.sound()?.getAudioTracks().findLast((one) => one.readyState === 'live') ?? null;
      if (track !== tap.track) {
        tap.source?.disconnect();
        tap.source = track && context.createMediaStreamSource(new MediaStream([track]));
        tap.source?.connect(tap.gain);
        tap.track = track;
      }
      const { muted, paused, volume } = tap.element;
      tap.gain.gain.value = muted || paused ? 0 : volume;
    }
  };
  follow();
  window.toneTape = { blocks, timer: setInterval(follow, 4) };
}"""


class Tape:
    """Loudness of one tone in one page, from `start` on."""

    def __init__(self, page: Page, tone: int) -> None:
        self._page, self._tone = page, tone
        #: Amplitude of the tone in each block, and which of the two elements was meant to be heard.
        self.blocks: list[tuple[float, str]] = []

    def start(self) -> "Tape":
        self._page.evaluate(_START, [self._tone, _PROCESSOR])
        return self

    def run(self, seconds: float) -> "Tape":
        """Listen for so long."""
        self._page.wait_for_timeout(seconds * 1000)
        return self.take()

    def take(self) -> "Tape":
        """Fetch what was taped since the last time."""
        self.blocks += [(level, source) for level, source in self._page.evaluate("window.toneTape.blocks.splice(0)")]
        return self

    def clear(self) -> "Tape":
        """Forget what was taped so far."""
        self.take().blocks.clear()
        return self

    def longest_gap(self) -> int:
        """Milliseconds of the longest stretch without the tone."""
        return _longest([level for level, _ in self.blocks], self._quiet)

    def gap_at_change(self, *, before: float, after: float) -> int:
        """Milliseconds of the longest gap around the (first) change of source; seconds to look at before and after.

        What a busy machine does to a stream that plays already has nothing to do with the change.
        """
        sources = [source for _, source in self.blocks]
        change = next(at for at in range(1, len(sources)) if sources[at] != sources[at - 1])
        first, last = change - int(before * 1000 / BLOCK), change + int(after * 1000 / BLOCK)
        return _longest([level for level, _ in self.blocks[max(0, first) : last]], self._quiet)

    @property
    def _quiet(self) -> float:
        """Amplitude below which the tone is missing, by how loud it usually is."""
        levels = sorted(level for level, _ in self.blocks)
        return QUIET * levels[len(levels) * 3 // 4]


def _longest(levels: list[float], quiet: float) -> int:
    longest = length = 0
    for level in levels:
        length = length + 1 if level < quiet else 0
        longest = max(longest, length)
    return longest * BLOCK
