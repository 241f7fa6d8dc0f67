// WebRTC with the media node, for the stage and for hands on their way there: one audio line both ways.
// The microphone comes and goes by replaceTrack; nothing is renegotiated for it.

import { retryDelay, secondsSince } from "./connection.js";

const STATS_MS = 1000;
const WEAK_LOSS = 0.08;
const WEAK_RTT_S = 0.4;
const PATIENCE_MS = 1500;

export class Peer {
  #pc = null;
  #sender = null;
  #track = null;
  #timer = 0;
  #stats = 0;
  #attempt = 0;
  #generation = 0;
  #downSince = null;
  #weakSince = null;

  /** `offer(sdp)` resolves with `{sdp, epoch}`; `onStream(stream)` brings the sound, `onChange()` the state. */
  constructor({ iceServers, offer, onStream, onChange }) {
    Object.assign(this, { iceServers, offer, onStream, onChange });
    addEventListener("online", this.#networkChanged);
    navigator.connection?.addEventListener?.("change", this.#networkChanged);
  }

  get isUp() {
    return this.#pc?.connectionState === "connected";
  }

  get stream() {
    return this.receiver ? new MediaStream([this.receiver.track]) : null;
  }

  get receiver() {
    return this.#pc?.getReceivers()[0] ?? null;
  }

  /** Seconds without a connection, and seconds of a weak one. */
  get downFor() {
    return secondsSince(this.#downSince, performance.now());
  }

  get weakFor() {
    return secondsSince(this.#weakSince, performance.now());
  }

  /** Make a new connection, leaving the old one sounding until the new one stands. */
  async connect() {
    const generation = ++this.#generation;
    clearTimeout(this.#timer);
    const old = this.#pc;
    const pc = new RTCPeerConnection({ iceServers: this.iceServers, bundlePolicy: "max-bundle" });
    const transceiver = pc.addTransceiver("audio", { direction: "sendrecv" });
    this.#pc = pc;
    this.#sender = transceiver.sender;
    this.#downSince ??= performance.now();
    pc.onconnectionstatechange = () => this.#stateChanged(pc, old);
    this.#stats ||= setInterval(() => this.#measure(), STATS_MS);
    await this.#negotiate(pc, generation, {});
    if (this.#track) await transceiver.sender.replaceTrack(this.#track);
  }

  /** Send this track, or nothing for null; survives reconnects. */
  async send(track) {
    this.#track = track;
    await this.#sender?.replaceTrack(track);
  }

  close() {
    this.#generation++;
    clearTimeout(this.#timer);
    clearInterval(this.#stats);
    removeEventListener("online", this.#networkChanged);
    navigator.connection?.removeEventListener?.("change", this.#networkChanged);
    this.#pc?.close();
    this.#pc = null;
  }

  async #negotiate(pc, generation, options) {
    try {
      await pc.setLocalDescription(await pc.createOffer(options));
      const { sdp } = await this.offer(pc.localDescription.sdp);
      if (generation !== this.#generation) {
        pc.close();
        return;
      }
      await pc.setRemoteDescription({ type: "answer", sdp });
    } catch (error) {
      if (generation === this.#generation) this.#again(error);
    }
  }

  #stateChanged(pc, old) {
    if (pc !== this.#pc) return;
    if (pc.connectionState === "connected") {
      this.#attempt = 0;
      this.#downSince = null;
      this.onStream(this.stream);
      old?.close();
    } else if (pc.connectionState === "disconnected") {
      this.#downSince ??= performance.now();
      this.#restart();
    } else if (pc.connectionState === "failed" || pc.connectionState === "closed") {
      this.#downSince ??= performance.now();
      this.#again();
    }
    this.onChange();
  }

  /** New addresses for the same connection: leg, keys and place on stage stay. */
  #restart() {
    const pc = this.#pc;
    const generation = this.#generation;
    clearTimeout(this.#timer);
    if (pc?.signalingState === "stable") this.#negotiate(pc, generation, { iceRestart: true });
    this.#timer = setTimeout(() => pc === this.#pc && pc.connectionState !== "connected" && this.#again(), PATIENCE_MS * 2);
  }

  #again(error) {
    if (error?.data?.retry_after === undefined && error?.code && !["offline", "no_answer", "no_media_node"].includes(error.code)) {
      this.onChange(error);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), (retryDelay(this.#attempt++) - 0.5) * 1000);
  }

  #networkChanged = () => {
    if (this.#pc?.signalingState === "stable" && this.#pc.connectionState !== "new") this.#restart();
  };

  async #measure() {
    const pc = this.#pc;
    if (!pc || pc.connectionState !== "connected") return;
    for (const report of (await pc.getStats()).values()) {
      if (report.type !== "remote-inbound-rtp") continue;
      const weak = (report.fractionLost ?? 0) > WEAK_LOSS || (report.roundTripTime ?? 0) > WEAK_RTT_S;
      this.#weakSince = weak ? this.#weakSince ?? performance.now() : null;
      this.onChange();
    }
  }
}
