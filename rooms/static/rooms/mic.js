// The microphone: asked for only on the way to the stage, opened only by the person, closed by anybody.

const LEVEL_MS = 50;
const SILENT_AFTER_MS = 10_000;
const TALKING_LEVEL = 0.02;
const TALKING_FOR_MS = 3000;

/** What went wrong with `getUserMedia`, as a row of the microphone table. */
export async function problemOf(error) {
  if (!navigator.mediaDevices) return "insecure";
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return "none";
  if (error.name === "NotReadableError" || error.name === "AbortError") return "in-use";
  if (error.name !== "NotAllowedError" && error.name !== "SecurityError") return "none";
  // When the site is allowed and the answer is still no, the system said it.
  const told = /system/i.test(error.message);
  const state = await navigator.permissions?.query({ name: "microphone" }).then((status) => status.state, () => "denied");
  return told || state === "granted" ? "denied-system" : "denied-site";
}

/** A quick look at the loudness of a stream, 0 to 1, without changing it. */
export class Meter {
  constructor(stream) {
    this.context = new AudioContext();
    this.analyser = new AnalyserNode(this.context, { fftSize: 1024 });
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
    this.context.resume();
  }

  /** Root mean square of the last 20 ms. Exactly 0 means a microphone that sends digital silence. */
  get level() {
    this.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const sample of this.samples) sum += sample * sample;
    return Math.sqrt(sum / this.samples.length);
  }

  /** The level in five steps, as it is drawn. */
  get step() {
    const decibel = 20 * Math.log10(this.level + 1e-6);
    return Math.max(0, Math.min(5, Math.round((decibel + 55) / 8)));
  }

  close() {
    this.source.disconnect();
    this.context.close();
  }
}

export class Mic {
  #stream = null;
  #meter = null;
  #timer = 0;
  #silentSince = 0;
  #talkingSince = 0;
  #asked = 0;

  /** The row of the microphone table that is at fault, or null. */
  problem = null;
  asking = false;
  /** Whether the track lets sound through; the server's word comes first. */
  open = false;
  held = false;
  silent = false;

  /** `onTrack(track)` gets the track to send, `onChange()` tells of a new state, `onTalking()` of speech while muted. */
  constructor({ onTrack, onChange, onTalking }) {
    Object.assign(this, { onTrack, onChange, onTalking });
  }

  get track() {
    return this.#stream?.getAudioTracks()[0] ?? null;
  }

  get stream() {
    return this.#stream;
  }

  /** Ask for the microphone (the remembered one, if it is there); true when there is one. Never opens it. */
  async acquire(deviceId = localStorage.getItem("spaces.input") ?? "") {
    const mine = ++this.#asked;
    this.asking = true;
    this.onChange();
    try {
      const stream = await ask(deviceId);
      if (mine !== this.#asked) {
        for (const track of stream.getTracks()) track.stop();
        return false;
      }
      this.release();
      this.#stream = stream;
      this.problem = null;
      this.track.enabled = false;
      this.track.onended = () => this.#lost();
      this.#watch();
      this.onTrack(this.track);
    } catch (error) {
      const problem = await problemOf(error);
      if (mine !== this.#asked) return false;
      this.problem = problem;
    }
    this.asking = false;
    this.onChange();
    return !this.problem;
  }

  /** Wait no longer for the browser's question; what it still gives is given back. */
  cancel() {
    this.#asked++;
    this.asking = false;
    this.onChange();
  }

  /** Let sound through, or not. Only a press of the person calls this with true. */
  setOpen(open) {
    this.open = open && Boolean(this.track);
    if (this.track) this.track.enabled = this.open;
    this.silent = false;
    this.#silentSince = 0;
    this.onChange();
  }

  /** Give the microphone back to the system: its light goes out. */
  release() {
    clearInterval(this.#timer);
    this.#meter?.close();
    this.#meter = null;
    this.open = false;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    if (this.#stream) this.onTrack(null);
    this.#stream = null;
  }

  /** A headset was pulled out: take what the system offers instead, muted, and say so. */
  async #lost() {
    this.setOpen(false);
    const again = await this.acquire("");
    this.onLost?.(again);
  }

  /** Watches a copy of the track: the sent one is silent while muted. */
  #watch() {
    const copy = new MediaStream([this.track.clone()]);
    copy.getAudioTracks()[0].enabled = true;
    this.#meter = new Meter(copy);
    const close = this.#meter.close.bind(this.#meter);
    this.#meter.close = () => {
      for (const track of copy.getTracks()) track.stop();
      close();
    };
    this.#timer = setInterval(() => this.#look(), LEVEL_MS);
  }

  #look() {
    const { level } = this.#meter;
    const now = performance.now();
    this.#silentSince = this.open && level === 0 ? this.#silentSince || now : 0;
    const silent = this.#silentSince > 0 && now - this.#silentSince > SILENT_AFTER_MS;
    if (silent !== this.silent) {
      this.silent = silent;
      this.onChange();
    }
    this.#talkingSince = !this.open && level > TALKING_LEVEL ? this.#talkingSince || now : 0;
    if (this.#talkingSince && now - this.#talkingSince > TALKING_FOR_MS) {
      this.#talkingSince = 0;
      this.onTalking();
    }
  }
}

async function ask(deviceId) {
  if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
  const audio = { echoCancellation: true, noiseSuppression: localStorage.getItem("spaces.noise") !== "off", autoGainControl: true, channelCount: 1 };
  if (!deviceId) return navigator.mediaDevices.getUserMedia({ audio });
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { ...audio, deviceId: { exact: deviceId } } });
  } catch (error) {
    if (error.name !== "OverconstrainedError" && error.name !== "NotFoundError") throw error;
    // The remembered one is not plugged in today.
    return navigator.mediaDevices.getUserMedia({ audio });
  }
}

/** Microphones and outputs that can be chosen, with their names once access was given. */
export async function devices() {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const of = (kind) => all.filter((device) => device.kind === kind && device.deviceId);
  return { inputs: of("audioinput"), outputs: of("audiooutput") };
}

/** Record `seconds` of a stream and play it back through `output`; resolves when it was heard. */
export async function recordAndPlay(stream, seconds, output, onPhase) {
  const recorder = new MediaRecorder(stream);
  const chunks = [];
  recorder.ondataavailable = (event) => chunks.push(event.data);
  const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
  onPhase("recording");
  recorder.start();
  setTimeout(() => recorder.state !== "inactive" && recorder.stop(), seconds * 1000);
  await stopped;
  onPhase("playing");
  await playThrough(URL.createObjectURL(new Blob(chunks, { type: recorder.mimeType })), output);
  onPhase("");
}

/** A short chord through an output device. */
export async function playTestSound(output) {
  const context = new AudioContext();
  const target = context.createMediaStreamDestination();
  const gain = new GainNode(context, { gain: 0 });
  gain.connect(target);
  gain.gain.setTargetAtTime(0.15, context.currentTime, 0.02);
  gain.gain.setTargetAtTime(0, context.currentTime + 0.5, 0.15);
  for (const frequency of [440, 554.4, 659.3]) {
    const tone = new OscillatorNode(context, { frequency });
    tone.connect(gain);
    tone.start();
    tone.stop(context.currentTime + 1.2);
  }
  const audio = new Audio();
  audio.srcObject = target.stream;
  await audio.setSinkId?.(output).catch(() => {});
  await audio.play();
  setTimeout(() => context.close(), 1300);
}

async function playThrough(url, output) {
  const audio = new Audio(url);
  await audio.setSinkId?.(output).catch(() => {});
  const ended = new Promise((resolve) => {
    audio.onended = resolve;
    audio.onerror = resolve;
  });
  await audio.play().catch(() => {});
  await ended;
  URL.revokeObjectURL(url);
}
