// What is heard: the live stream for listeners, the peer connection for the stage, and the change
// from one to the other without a gap: both play for a moment, one grows while the other fades.

import { retryDelay, secondsSince } from "./connection.js";
import { chosenOutput } from "./devices.js";
import { HlsStream, LiveStream, NOTHING_PLAYS, playsStream } from "./player.js";
import { Peer } from "./peer.js";

const FADE_MS = 160;
const FADE_STEPS = 8;
const PEER_PATIENCE_S = 2;
const STREAM_TRIES = 2;
/** Between "hand lowered" and "on stage" lies a blink: the connection is kept through it. */
const UNWANTED_S = 3;

export class Sound {
  #stream = new Audio();
  #peerAudio = new Audio();
  #live = null;
  #peer = null;
  #timer = 0;
  #attempt = 0;
  #fails = 0;
  #downSince = null;
  #unwantedSince = null;
  #fade = 0;
  #volume = Number(localStorage.getItem("spaces.volume") ?? 1);
  #muted = false;

  /** Which of the two is heard: "stream", "peer" or "none" before the first. */
  source = "none";
  /** True when the browser wants a touch before it lets anything sound. */
  blocked = false;
  /** True when this browser knows no way to play a live room. */
  unplayable = false;

  /**
   * `freshMedia()` asks for new addresses and resolves with whether the server answered, `offer(sdp)` asks for
   * an answer while `canAsk()`, `onChange(error?)` tells of a new state.
   */
  constructor({ freshMedia, offer, canAsk, onChange }) {
    Object.assign(this, { freshMedia, offer, canAsk, onChange });
    for (const audio of [this.#stream, this.#peerAudio]) {
      audio.preload = "none";
      audio.addEventListener("playing", () => this.#playing(audio));
    }
    this.#peerAudio.muted = true;
    this.useOutput(chosenOutput());
  }

  /** Seconds since sound went away, and of a weak line. */
  get downFor() {
    return this.usePeer ? this.#peer?.downFor ?? 0 : secondsSince(this.#downSince, performance.now());
  }

  get weakFor() {
    return this.usePeer ? this.#peer?.weakFor ?? 0 : 0;
  }

  /** Seconds that the stream lies behind the newest sample that has arrived. */
  get behind() {
    return this.#live?.behind ?? 0;
  }

  /** How the stream is played: "stream", "hls.js", "native", or "" when it is not. */
  get way() {
    return this.#live?.way ?? "";
  }

  get volume() {
    return this.#volume;
  }

  get isMuted() {
    return this.#muted;
  }

  /** The elements that sound, for the page's own tests and for the output choice. */
  get elements() {
    return { stream: this.#stream, peer: this.#peerAudio };
  }

  /** Hear what `media` names; `wantPeer` warms the peer connection, `usePeer` also listens by it. */
  follow({ media, wantPeer, usePeer }) {
    const moved = this.media && media.epoch !== this.media.epoch;
    Object.assign(this, { media, wantPeer, usePeer });
    if (wantPeer && !this.#peer) this.#openPeer();
    else if (wantPeer && moved && media.epoch > this.#peer.epoch) this.#peer.connect();
    if (this.#peer) this.#peer.wanted = wantPeer;
    this.#unwantedSince = wantPeer ? null : this.#unwantedSince ?? performance.now();
    this.#settle();
  }

  /** Hear by whichever of the two should be heard and can be; the other one stays until then. */
  #settle() {
    const { wantPeer, usePeer } = this;
    if (!usePeer || this.#needsStream) this.#openStream();
    if (usePeer && this.#peer.isUp) this.#change("peer");
    else if (this.source === "peer" && this.#streamPlays) this.#change("stream");
    const unwanted = secondsSince(this.#unwantedSince, performance.now()) > UNWANTED_S;
    if (this.#peer && unwanted && this.source !== "peer") this.#closePeer();
  }

  /** On stage too the stream is heard until the peer connection stands, and again when it is lost. */
  get #needsStream() {
    return !this.#peer?.isUp && (this.source !== "peer" || this.#peer.downFor > PEER_PATIENCE_S);
  }

  get #streamPlays() {
    return Boolean(this.#live) && !this.#stream.paused && this.#stream.readyState > 2;
  }

  /** Send the microphone's track, or nothing for null. */
  send(track) {
    this.track = track;
    return this.#peer?.send(track);
  }

  /** Called from a press: the browser lets sound begin now. */
  async resume() {
    const audio = this.source === "peer" ? this.#peerAudio : this.#stream;
    await this.#play(audio);
  }

  /** Leave out what was missed. */
  goLive() {
    this.#live?.goLive();
  }

  setVolume(volume) {
    this.#volume = volume;
    localStorage.setItem("spaces.volume", String(volume));
    this.#levels();
  }

  setMuted(muted) {
    this.#muted = muted;
    this.#levels();
  }

  /** Play through this output device; "" is the system's own choice. */
  async useOutput(deviceId) {
    for (const audio of [this.#stream, this.#peerAudio]) await audio.setSinkId?.(deviceId).catch(() => {});
  }

  stop() {
    clearTimeout(this.#timer);
    clearInterval(this.#fade);
    this.#closeStream();
    this.#closePeer();
    this.source = "none";
  }

  // --- the live stream ----------------------------------------------------------------------------

  #openStream() {
    if (this.#live || this.#timer || this.unplayable) return;
    const told = { onReady: () => this.#play(this.#stream), onEnd: (status) => this.#streamEnded(status) };
    this.#live = playsStream() && this.#fails < STREAM_TRIES
      ? new LiveStream(this.#stream, this.media.stream, told)
      : new HlsStream(this.#stream, this.media.hls, told);
  }

  #closeStream() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#live?.stop();
    this.#live = null;
    this.#stream.pause();
    this.#stream.removeAttribute("src");
    this.#stream.load();
  }

  #streamEnded(status) {
    this.#live = null;
    this.unplayable = status === NOTHING_PLAYS;
    if (this.source !== "peer" && !this.unplayable) this.#downSince ??= performance.now();
    this.onChange();
    if (this.unplayable) return;
    this.#timer = setTimeout(async () => {
      // A grant opens the door for a minute only: ask for new addresses before knocking again.
      const reached = await this.freshMedia();
      // Only a stream that breaks while the server answers says something against streams; 503 is a mixer that wakes.
      if (reached && (!status || (status >= 500 && status !== 503))) this.#fails++;
      this.#timer = 0;
      if (!this.usePeer || this.#needsStream) this.#openStream();
    }, retryDelay(this.#attempt++) * 1000);
  }

  // --- the peer connection ------------------------------------------------------------------------

  #openPeer() {
    this.#peer = new Peer({
      iceServers: this.media.ice_servers ?? [],
      offer: this.offer,
      canAsk: this.canAsk,
      onStream: (stream) => this.#peerStands(stream),
      onChange: (error) => this.#peerChanged(error),
    });
    if (this.track) this.#peer.send(this.track);
    this.#peer.connect();
  }

  #peerStands(stream) {
    this.#peerAudio.srcObject = stream;
    this.#play(this.#peerAudio);
    if (this.usePeer) this.#change("peer");
  }

  #peerChanged(error) {
    if (this.#peer) this.#settle();
    this.onChange(error);
  }

  #closePeer() {
    this.#peer?.close();
    this.#peer = null;
    this.#peerAudio.pause();
    this.#peerAudio.srcObject = null;
  }

  // --- what is heard ------------------------------------------------------------------------------

  #playing(audio) {
    // A silent element may play before any touch; only one that can be heard proves that the touch came.
    if (!audio.muted) this.blocked = false;
    if (audio === this.#stream) {
      this.#attempt = 0;
      this.#fails = 0;
      this.#downSince = null;
      if (!this.usePeer || !this.#peer?.isUp) this.#change("stream");
    }
    this.onChange();
  }

  async #play(audio) {
    try {
      await audio.play();
    } catch (error) {
      if (error.name !== "NotAllowedError") return;
      this.blocked = true;
      this.onChange();
    }
  }

  #change(to) {
    if (this.source === to) return;
    const from = this.source;
    this.source = to;
    clearInterval(this.#fade);
    let step = from === "none" ? FADE_STEPS : 0;
    const move = () => {
      step = Math.min(FADE_STEPS, step + 1);
      this.#levels(step / FADE_STEPS);
      if (step === FADE_STEPS) this.#changed(to);
    };
    this.#fade = setInterval(move, FADE_MS / FADE_STEPS);
    move();
    this.onChange();
  }

  #changed(to) {
    clearInterval(this.#fade);
    const heard = to === "peer" ? this.#peerAudio : this.#stream;
    // Browsers stop an element that becomes loud before any touch.
    if (heard.paused) this.#play(heard);
    if (to === "peer") this.#closeStream();
  }

  /** Set both volumes; `part` runs from 0 to 1 while one replaces the other. */
  #levels(part = 1) {
    const heard = this.source === "peer" ? this.#peerAudio : this.#stream;
    const other = this.source === "peer" ? this.#stream : this.#peerAudio;
    heard.volume = this.#volume * part;
    other.volume = this.#volume * (1 - part);
    heard.muted = this.#muted;
    other.muted = this.#muted || part === 1;
  }
}
