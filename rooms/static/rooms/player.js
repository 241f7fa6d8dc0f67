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

/** The class that this browser offers, iOS calls it ManagedMediaSource. */
const Source = globalThis.MediaSource ?? globalThis.ManagedMediaSource;

/** What plays here: "stream", "hls.js", "native" or "none". */
export function bestWay(Hls = null) {
  if (Source?.isTypeSupported(TYPE)) return "stream";
  if (Hls?.isSupported()) return "hls.js";
  return document.createElement("audio").canPlayType("application/vnd.apple.mpegurl") ? "native" : "none";
}

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

/** One try at the long response. `onEnd(status)` is called once: 0 for a lost line, else the HTTP status. */
export class LiveStream {
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

  constructor(audio, url, { onPlaying, onEnd }) {
    Object.assign(this, { audio, url, onPlaying, onEnd });
    this.source = new Source();
    if (globalThis.MediaSource) this.address = URL.createObjectURL(this.source);
    this.source.addEventListener("sourceopen", () => this.#run(), { once: true });
    audio.disableRemotePlayback = true;
    if (this.address) audio.src = this.address;
    else audio.srcObject = this.source;
    audio.addEventListener("waiting", this.#ranDry);
    document.addEventListener("visibilitychange", this.#returned);
  }

  /** Seconds between what is heard and the newest sample that has arrived. */
  get behind() {
    const { buffered, currentTime } = this.audio;
    return buffered.length ? buffered.end(buffered.length - 1) - currentTime : 0;
  }

  stop() {
    this.#ended = true;
    this.#abort.abort();
    clearInterval(this.#timer);
    this.audio.removeEventListener("waiting", this.#ranDry);
    document.removeEventListener("visibilitychange", this.#returned);
    if (this.address) URL.revokeObjectURL(this.address);
  }

  async #run() {
    let status = 0;
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
      this.#queue.push(value);
      this.#feed();
    }
  }

  #feed() {
    if (!this.#buffer || this.#buffer.updating || this.source.readyState !== "open") return;
    const { buffered, currentTime } = this.audio;
    if (buffered.length && currentTime - buffered.start(0) > 2 * KEEP_S) {
      this.#buffer.remove(0, currentTime - KEEP_S);
      return;
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

/** Play an HLS list: by hls.js where MediaSource is there, else by the browser itself. */
export async function playHls(audio, url, { onEnd }) {
  const { default: Hls } = await import("../vendor/hls.js/hls.light.min.js").catch(() => ({ default: null }));
  if (Hls?.isSupported()) {
    const hls = new Hls({ lowLatencyMode: true, backBufferLength: KEEP_S, maxLiveSyncPlaybackRate: FASTER });
    hls.on(Hls.Events.ERROR, (_event, { fatal, response }) => fatal && onEnd(response?.code ?? 0));
    hls.loadSource(url);
    hls.attachMedia(audio);
    return () => hls.destroy();
  }
  audio.src = url;
  const failed = () => onEnd(0);
  audio.addEventListener("error", failed, { once: true });
  return () => audio.removeEventListener("error", failed);
}
