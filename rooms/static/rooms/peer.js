// WebRTC with the media node, for the stage and for hands on their way there: one audio line both ways.
// The microphone comes and goes by replaceTrack; nothing is renegotiated for it. When no sound comes any
// more, the connection first looks for another way (an ICE restart keeps leg, keys and place on stage);
// a new connection is the last resort.

import { retryDelay, secondsSince } from "./connection.js";

const LOOK_MS = 500;
/** The node sends fifty packets a second, also of silence: so long without one, and the line is down. */
const QUIET_MS = 1000;
/** After so long without sound another way is looked for, unless the browser says earlier that this one is lost. */
const PATIENCE_MS = 2000;
/** Time between two ICE restarts; within it a browser goes on asking twenty times a second. */
const RESTART_MS = 5000;
/** The node forgets a connection after 30 s without a sign of life: from here on only a new one helps. */
const REJOIN_S = 25;
/** A new connection that does not stand by then is tried anew. */
const HANDSHAKE_MS = 12_000;
/** Longest pause between two tries, as an index of `retryDelay`: whoever gets a network back hears within seconds. */
const MOST_ATTEMPTS = 2;
const WEAK_LOSS = 0.08;
const WEAK_RTT_S = 0.4;
/** Refusals that pass by themselves: nobody needs to read of them. */
const PASSING = ["offline", "no_answer", "no_media_node", "offer_in_flight"];

export class Peer {
  #pc = null;
  #old = null;
  #standing = null;
  #track = null;
  #timer = 0;
  #talk = Promise.resolve();
  #asking = false;
  #attempt = 0;
  #nextTry = 0;
  #received = 0;
  #heardAt = 0;
  #downSince = null;
  #weakSince = null;

  /** Which run of the room's sound the connection belongs to; 0 before the first answer. */
  epoch = 0;
  /** False while it only sounds until something else does: then it is not mended. */
  wanted = true;

  /**
   * `offer(sdp)` resolves with `{sdp, epoch}`, `canAsk()` tells whether there is a line for that;
   * `onStream(stream)` brings the sound, `onChange(error?)` tells of a new state.
   */
  constructor({ iceServers, offer, canAsk, onStream, onChange }) {
    Object.assign(this, { iceServers, offer, canAsk, onStream, onChange });
    addEventListener("online", this.#networkChanged);
    navigator.connection?.addEventListener?.("change", this.#networkChanged);
  }

  /** Whether sound comes now. */
  get isUp() {
    return this.#pc?.connectionState === "connected" && this.#downSince === null;
  }

  /** Seconds without sound, and seconds of a weak line. */
  get downFor() {
    return secondsSince(this.#downSince, performance.now());
  }

  get weakFor() {
    return secondsSince(this.#weakSince, performance.now());
  }

  /** Make a new connection, leaving the old one sounding until the new one stands. */
  connect() {
    const now = performance.now();
    this.#old?.close();
    this.#old = this.#pc;
    const pc = new RTCPeerConnection({ iceServers: this.iceServers, bundlePolicy: "max-bundle" });
    pc.addTransceiver(this.#track ?? "audio", { direction: "sendrecv" });
    pc.onconnectionstatechange = () => this.#stateChanged(pc);
    this.#pc = pc;
    this.#received = 0;
    this.#downSince ??= now;
    this.#nextTry = now + HANDSHAKE_MS;
    this.#timer ||= setInterval(() => this.#look(), LOOK_MS);
    this.#negotiate(pc);
  }

  /** Send this track, or nothing for null; survives reconnects. */
  async send(track) {
    this.#track = track;
    // A connection that was just closed takes none; the next one begins with it.
    await this.#pc?.getSenders()[0]?.replaceTrack(track).catch(() => {});
  }

  close() {
    clearInterval(this.#timer);
    removeEventListener("online", this.#networkChanged);
    navigator.connection?.removeEventListener?.("change", this.#networkChanged);
    this.#old?.close();
    this.#pc?.close();
    this.#old = this.#pc = null;
  }

  // --- signalling ---------------------------------------------------------------------------------

  /** One offer after the other: the server takes the next when the last was answered. */
  #negotiate(pc, options = {}) {
    this.#asking = true;
    this.#talk = this.#talk.then(() => this.#offer(pc, options));
  }

  async #offer(pc, options) {
    if (pc !== this.#pc) return;
    try {
      await pc.setLocalDescription(await pc.createOffer(options));
      const { sdp, epoch } = await this.offer(pc.localDescription.sdp);
      if (pc === this.#pc) await this.#answered(pc, sdp, epoch, options);
    } catch (error) {
      if (pc === this.#pc) this.#refused(error);
    } finally {
      if (pc === this.#pc) this.#asking = false;
    }
  }

  async #answered(pc, sdp, epoch, { iceRestart }) {
    if (iceRestart && epoch !== this.epoch) {
      // Another node answered: it has none of this connection's keys.
      this.connect();
      return;
    }
    this.epoch = epoch;
    await pc.setRemoteDescription({ type: "answer", sdp });
  }

  #refused(error) {
    const { code, data } = error;
    this.#wait(data?.retry_after);
    if (typeof code === "string" && !PASSING.includes(code) && data?.retry_after === undefined) this.onChange(error);
  }

  #wait(seconds = retryDelay(Math.min(this.#attempt++, MOST_ATTEMPTS)) - 0.5) {
    this.#nextTry = performance.now() + seconds * 1000;
  }

  // --- the line -----------------------------------------------------------------------------------

  #stateChanged(pc) {
    if (pc !== this.#pc) return;
    if (pc.connectionState === "connected") this.#stands(pc);
    else if (pc.connectionState === "disconnected") this.#lost(0);
    else if (pc.connectionState === "failed" || pc.connectionState === "closed") {
      this.#lost(this.#hasKeys ? 0 : undefined);
    }
    this.onChange();
  }

  #stands(pc) {
    this.#heardAt = performance.now();
    this.#attempt = 0;
    this.#downSince = null;
    if (this.#standing === pc) return;
    this.#standing = pc;
    this.#old?.close();
    this.#old = null;
    this.onStream(new MediaStream([pc.getReceivers()[0].track]));
  }

  #lost(wait) {
    this.#downSince ??= this.#standing === this.#pc ? this.#heardAt : performance.now();
    this.#wait(wait);
  }

  /** Whether both ends still hold the keys of this connection, so that only the way between them is missing. */
  get #hasKeys() {
    return this.#pc.getSenders()[0]?.transport?.state === "connected" && this.downFor < REJOIN_S;
  }

  #mend() {
    if (this.#hasKeys) {
      this.#nextTry = performance.now() + RESTART_MS;
      this.#negotiate(this.#pc, { iceRestart: true });
    } else {
      this.connect();
    }
  }

  #networkChanged = () => {
    if (this.#pc && this.#standing === this.#pc && this.wanted && !this.#asking && this.canAsk()) this.#mend();
  };

  // --- looking ------------------------------------------------------------------------------------

  async #look() {
    const pc = this.#pc;
    if (pc.connectionState === "connected") await this.#measure(pc);
    if (pc !== this.#pc || this.#downSince === null) return;
    if (performance.now() >= this.#nextTry && this.wanted && !this.#asking && this.canAsk()) this.#mend();
  }

  async #measure(pc) {
    for (const report of (await pc.getStats()).values()) {
      if (pc !== this.#pc) return;
      if (report.type === "inbound-rtp") this.#hear(report);
      else if (report.type === "remote-inbound-rtp") this.#judge(report);
    }
  }

  /** Sound comes, or has not come for a while. */
  #hear({ packetsReceived, lastPacketReceivedTimestamp, timestamp }) {
    const now = performance.now();
    const before = this.#downSince;
    if (packetsReceived !== this.#received) {
      this.#received = packetsReceived;
      this.#heardAt = now - Math.max(0, timestamp - (lastPacketReceivedTimestamp ?? timestamp));
      this.#downSince = null;
    } else if (now - this.#heardAt > QUIET_MS && before === null) {
      this.#downSince = this.#heardAt;
      this.#nextTry = this.#heardAt + PATIENCE_MS;
    }
    if (this.#downSince !== before) this.onChange();
  }

  #judge({ fractionLost = 0, roundTripTime = 0 }) {
    const weak = fractionLost > WEAK_LOSS || roundTripTime > WEAK_RTT_S;
    if (weak === (this.#weakSince !== null)) return;
    this.#weakSince = weak ? performance.now() : null;
    this.onChange();
  }
}
