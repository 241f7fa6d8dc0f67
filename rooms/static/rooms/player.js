// Listening by one long response: CMAF chunks into MediaSource, kept close to the live edge.
// Fallbacks where MediaSource is missing or the stream fails: hls.js, then the browser's own HLS.

const TYPE = 'audio/mp4; codecs="mp4a.40.2"';
const TICK_MS = 100;
/** Seconds that are to lie ahead of the ear just before the next part comes: what a late part may take. */
const FLOOR_S = 0.1;
const MOST_FLOOR_S = 1.5;
/** Too much ahead by this: play faster. */
const BAND_S = 0.05;
/** What a browser wants decoded before it begins to sound; Chromium takes 0.2 s. */
const BEGIN_S = 0.22;
/** A seek is over after this, also on a slow machine. */
const SEEK_MS = 1000;
const FAR_BEHIND_S = 10;
const RETURN_BEHIND_S = 2;
const KEEP_S = 30;
const FASTER = 1.05;
const SILENT_LINE_MS = 12_000;

/** The class that this browser offers, iOS calls it ManagedMediaSource. */
const Source = globalThis.MediaSource ?? globalThis.ManagedMediaSource;

/** What `onEnd` is told where neither MediaSource nor HLS plays. */
export const NOTHING_PLAYS = -1;

/** Whether the long response can be played here. */
export const playsStream = () => Boolean(Source?.isTypeSupported(TYPE));

/**
 * How fast to play and where: pure, so that it can be tested. `ahead` is the least number of seconds
 * buffered ahead during the last window, `behind` what lies between the ear and the newest sample.
 */
export function steer({ ahead, behind, floor }) {
  if (behind > FAR_BEHIND_S) return { jump: true, rate: 1 };
  if (ahead > floor + BAND_S) return { jump: false, rate: FASTER };
  if (ahead < floor / 3) return { jump: false, rate: 0.97 };
  return { jump: false, rate: 1 };
}

/**
 * One try at the long response. `onReady()` is called once the element may be played, `onEnd(status)`
 * once: 0 for a lost line, else the HTTP status.
 */
export class LiveStream {
  way = "stream";
  #abort = new AbortController();
  #buffer = null;
  #queue = [];
  #timer = 0;
  #floor = FLOOR_S;
  #least = Infinity;
  #windowEnds = 0;
  #stalled = false;
  #quietUntil = 0;
  #ended = false;
  #patience = 0;

  constructor(audio, url, { onReady, onEnd }) {
    Object.assign(this, { audio, url, onEnd });
    this.source = new Source();
    if (globalThis.MediaSource) this.address = URL.createObjectURL(this.source);
    this.source.addEventListener("sourceopen", () => this.#run(), { once: true });
    audio.disableRemotePlayback = true;
    if (this.address) audio.src = this.address;
    else audio.srcObject = this.source;
    audio.addEventListener("waiting", this.#ranDry);
    audio.addEventListener("play", this.#returned);
    document.addEventListener("visibilitychange", this.#returned);
    onReady();
  }

  /** Seconds between what is heard and the newest sample that has arrived. */
  get behind() {
    const { buffered, currentTime } = this.audio;
    return buffered.length ? buffered.end(buffered.length - 1) - currentTime : 0;
  }

  /** Leave out what was missed. */
  goLive() {
    if (this.audio.buffered.length) this.#jump();
  }

  stop() {
    this.#ended = true;
    this.#abort.abort();
    clearInterval(this.#timer);
    clearTimeout(this.#patience);
    this.audio.removeEventListener("waiting", this.#ranDry);
    this.audio.removeEventListener("play", this.#returned);
    document.removeEventListener("visibilitychange", this.#returned);
    if (this.address) URL.revokeObjectURL(this.address);
  }

  async #run() {
    let status = 0;
    this.#expect();
    try {
      const response = await fetch(this.url, { signal: this.#abort.signal, cache: "no-store", credentials: "same-origin" });
      status = response.status;
      if (!response.ok) throw new Error(`stream ${status}`);
      status = 0;
      this.#buffer = this.source.addSourceBuffer(TYPE);
      this.#buffer.addEventListener("updateend", () => { this.#goOn(); this.#feed(); });
      this.#timer = setInterval(() => this.#steer(), TICK_MS);
      await this.#read(response.body.getReader());
    } catch {
      // A lost line and a refusal end alike; the status tells them apart.
    }
    if (!this.#ended) {
      this.stop();
      this.onEnd(status);
    }
  }

  async #read(reader) {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#ended) return;
      this.#expect();
      this.#queue.push(value);
      this.#feed();
    }
  }

  /** A part comes several times a second: a line that brings none for long (a proxy that keeps them, say) is lost. */
  #expect() {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#abort.abort(), SILENT_LINE_MS);
  }

  #feed() {
    if (!this.#buffer || this.#buffer.updating || this.source.readyState !== "open") return;
    const { buffered, currentTime } = this.audio;
    if (buffered.length) {
      // Also while nothing plays yet (the browser waits for a touch) the memory of a buffer is small.
      const from = Math.max(currentTime - KEEP_S, buffered.end(buffered.length - 1) - 2 * KEEP_S);
      if (from - buffered.start(0) > KEEP_S) {
        this.#buffer.remove(0, from);
        return;
      }
    }
    if (!this.#queue.length) return;
    this.#buffer.appendBuffer(this.#queue.shift());
  }

  #steer() {
    const { audio } = this;
    if (!audio.buffered.length) return;
    // Until the first sample is heard there is no place yet: take the live edge.
    if (audio.currentTime < audio.buffered.start(audio.buffered.length - 1)) this.#jump();
    this.#least = Math.min(this.#least, this.behind);
    if (performance.now() < this.#windowEnds || audio.paused) return;
    const { jump, rate } = steer({ ahead: this.#least, behind: this.behind, floor: this.#floor });
    if (jump) this.#jump();
    audio.playbackRate = rate;
    // A second that went well lets the reserve shrink again, slowly.
    this.#floor = Math.max(FLOOR_S, this.#floor * 0.995);
    this.#windowEnds = performance.now() + 500;
    this.#least = Infinity;
  }

  #jump() {
    const { buffered } = this.audio;
    const last = buffered.length - 1;
    this.audio.currentTime = Math.max(buffered.start(last), buffered.end(last) - this.#floor - 0.1);
    this.#least = Infinity;
  }

  #ranDry = () => {
    // A seek waits as well; only the line's own stalls count.
    if (!this.audio.buffered.length || this.audio.seeking || performance.now() < this.#quietUntil) return;
    this.#stalled = true;
    this.#floor = Math.min(MOST_FLOOR_S, this.#floor + 0.05);
    this.#windowEnds = performance.now() + 1000;
  };

  /**
   * After a stall a browser waits for more than it had at first: Chromium doubles that with every stall,
   * up to 3 s. A seek to the very place makes it forget, so the sound goes on as soon as it can.
   */
  #goOn() {
    if (!this.#stalled || this.behind < Math.max(BEGIN_S, this.#floor)) return;
    this.#stalled = false;
    this.#quietUntil = performance.now() + SEEK_MS;
    this.audio.currentTime += 0.001;
  }

  #returned = () => {
    if (document.visibilityState === "visible" && this.behind > RETURN_BEHIND_S) this.#jump();
  };
}

/** Listening by a playlist: hls.js where MediaSource is there, else the browser itself. As `LiveStream` from outside. */
export class HlsStream {
  way = "hls";
  #hls = null;
  #stopped = false;

  constructor(audio, url, { onReady, onEnd }) {
    Object.assign(this, { audio, url, onReady, onEnd });
    this.#begin();
  }

  get behind() {
    return this.#hls?.latency ?? 0;
  }

  goLive() {
    const edge = this.#hls ? this.#hls.liveSyncPosition : this.audio.seekable.length && this.audio.seekable.end(0);
    if (edge) this.audio.currentTime = edge;
  }

  stop() {
    this.#stopped = true;
    this.audio.removeEventListener("error", this.#lost);
    this.audio.removeEventListener("ended", this.#lost);
    this.#hls?.destroy();
    this.#hls = null;
  }

  async #begin() {
    const { default: Hls } = await import("../vendor/hls.js/hls.light.min.js").catch(() => ({ default: null }));
    if (this.#stopped) return;
    if (Hls?.isSupported()) this.#byScript(Hls);
    else if (this.audio.canPlayType("application/vnd.apple.mpegurl")) this.#byBrowser();
    else {
      this.#end(NOTHING_PLAYS);
      return;
    }
    this.onReady();
  }

  #byScript(Hls) {
    this.way = "hls.js";
    this.#hls = new Hls({ lowLatencyMode: true, backBufferLength: KEEP_S, maxLiveSyncPlaybackRate: FASTER });
    this.#hls.on(Hls.Events.ERROR, (_event, { fatal, response }) => fatal && this.#end(response?.code ?? 0));
    this.#hls.loadSource(this.url);
    this.#hls.attachMedia(this.audio);
  }

  #byBrowser() {
    this.way = "native";
    this.audio.addEventListener("error", this.#lost);
    this.audio.addEventListener("ended", this.#lost);
    this.audio.src = this.url;
  }

  #lost = () => this.#end(0);

  #end(status) {
    if (this.#stopped) return;
    this.stop();
    this.onEnd(status);
  }
}
