// A room that one is in: its state, line, sound and microphone. Outlives the page it was opened on.

import { gettext } from "../js/i18n.js";
import { connectionState, micMayBeOpen, secondsSince } from "./connection.js";
import { deviceKey } from "./device.js";
import { DeviceWatch } from "./devices.js";
import { Mic } from "./mic.js";
import { RoomSocket } from "./socket.js";
import { Sound } from "./sound.js";
import { EMPTY, hasGap, isHost, isInvited, isOnStage, myHand, reduce } from "./store.js";
import { Awake, forgetSystem, tellSystem } from "./system.js";
import { newsWords, refusalWords } from "./words.js";

const TICK_MS = 500;
const SNAPSHOT_PATIENCE_MS = 3000;
const EPHEMERAL = ["level.batch", "reaction.batch"];

export class LiveRoom extends EventTarget {
  #tick = 0;
  #joinedOnce = false;
  #socketDownSince = performance.now();
  #resyncing = false;
  #awake = new Awake();
  #failedTold = false;

  state = EMPTY;
  connection = "joining";
  speaking = [];

  constructor({ id, url, socketUrl, hidden = false }) {
    super();
    Object.assign(this, { id, url, hidden, device: deviceKey() });
    this.socket = new RoomSocket({
      url: socketUrl,
      hello: () => ({ device: this.device, hidden: this.hidden, ...(this.state.seq ? { last_seq: this.state.seq } : {}) }),
      onUp: () => this.#socketBack(),
      onDown: () => this.#socketLost(),
      onFrame: (frame) => this.#take(frame),
      onFinal: (why, refusal) => this.#end(refusal?.data?.removal ? { kind: "removed", why: "" } : { kind: why, why: refusal?.message ?? "" }),
    });
    this.sound = new Sound({
      freshMedia: () => this.refresh(),
      offer: (sdp) => this.socket.send("media.offer", { sdp }),
      canAsk: () => this.socket.isOpen,
      onChange: (error) => this.#soundChanged(error),
    });
    this.mic = new Mic({
      onTrack: (track) => this.sound.send(track),
      onChange: () => this.changed(),
      onTalking: () => this.#talking(),
    });
    this.mic.onLost = (found) => this.tell("toast", found
      ? gettext("Your microphone was unplugged. Another one is ready; you are muted.")
      : gettext("Your microphone was unplugged. You are muted."));
    this.watch = new DeviceWatch({ sound: this.sound, onNews: (text) => this.tell("toast", text) });
  }

  start() {
    this.socket.open();
    this.watch.start();
    this.#tick = setInterval(() => this.#look(), TICK_MS);
    document.documentElement.dataset.sound = "on";
  }

  /** Close everything; the place in the room is given back only by `leave`. */
  stop() {
    clearInterval(this.#tick);
    this.socket.stop();
    this.mic.release();
    this.watch.stop();
    this.sound.stop();
    this.#awake.set(false);
    forgetSystem();
    delete document.documentElement.dataset.sound;
  }

  async leave() {
    await this.socket.send("leave").catch(() => {});
    this.stop();
  }

  /** A command whose refusal is told to the person; resolves with the ack's data or null. */
  async act(type, data) {
    try {
      return await this.socket.send(type, data);
    } catch (error) {
      this.tell("toast", refusalWords(error));
      return null;
    }
  }

  /** Open the microphone: the server first, then the track. Called by a press only. */
  async unmute() {
    if (!micMayBeOpen(this.connection)) {
      this.tell("toast", gettext("You are muted until the connection is back."));
      return;
    }
    if (!this.mic.track && !(await this.mic.acquire())) return;
    if (await this.act("mic.unmute")) this.mic.setOpen(true);
  }

  /** Close the microphone: the track at once, the server with it, or as soon as it is back. */
  mute() {
    this.mic.setOpen(false);
    this.socket.send("mic.mute").catch(() => {});
  }

  /** Take the microphone that was offered; one arrives muted. */
  async takeStage() {
    this.mic.setOpen(false);
    if (!(await this.act("stage.take"))) this.mic.release();
  }

  /** Go back to the listeners. The peer connection is heard until the stream sounds. */
  async stepDown() {
    this.mic.setOpen(false);
    await this.act("stage.step_down");
  }

  /** A new snapshot, with new addresses of the sound; resolves with whether it came. */
  async refresh() {
    const came = new Promise((resolve) => {
      this.addEventListener("snapshot", () => resolve(true), { once: true });
      setTimeout(resolve, SNAPSHOT_PATIENCE_MS, false);
    });
    const asked = await this.socket.send("hello", { device: this.device, hidden: this.hidden }).then(() => true, () => false);
    return asked && came;
  }

  /** Somebody signed in or out in this tab: come in again as who they are now, the sound goes on meanwhile. */
  renew() {
    this.state = { ...this.state, seq: 0 };
    this.socket.renew();
  }

  async moveHere() {
    if (this.socket.isOpen) await this.act("device.move_here");
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** Tell the page something that is not state: a toast, levels, reactions. */
  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  // --- what comes in ------------------------------------------------------------------------------

  #take(frame) {
    if (EPHEMERAL.includes(frame.type)) this.tell(frame.type, frame.data);
    if (frame.type === "level.batch") return;
    if (hasGap(this.state, frame)) {
      this.#resync();
      return;
    }
    const before = this.state;
    this.state = reduce(before, frame);
    if (frame.type === "snapshot" || frame.seq !== undefined) this.#resyncing = false;
    if (this.state === before) return;
    this.tell("step", { before, after: this.state });
    this.#react(frame);
    this.changed();
  }

  /** Who waits outside is told to hosts as it happens; who waited before is asked for. */
  async #lookAtTheDoor() {
    if (!isHost(this.state) || !this.state.room.entry_approval) return;
    const { call } = await import("./rest.js");
    const waiting = await call("GET", `rooms/${this.id}/knocks/`).catch(() => null);
    if (!waiting) return;
    this.state = reduce(this.state, { type: "knocks", data: waiting });
    this.changed();
  }

  #resync() {
    if (this.#resyncing) return;
    this.#resyncing = true;
    this.socket.send("hello", { device: this.device, hidden: this.hidden, last_seq: this.state.seq })
      .catch(() => {})
      .finally(() => setTimeout(() => { this.#resyncing = false; }, 2000));
  }

  #react(frame) {
    if (this.state.over) {
      this.#end(this.state.over);
      return;
    }
    if (frame.type === "snapshot") {
      this.#joinedOnce = true;
      this.dispatchEvent(new Event("snapshot"));
      this.#lookAtTheDoor();
      tellSystem(this.state, { onPlay: () => this.silence(false), onPause: () => this.silence(true) });
    }
    const words = newsWords(frame, this.state);
    if (words) this.tell("news", words);
    this.#agreeOnMic();
    this.#followSound();
    this.#awake.set(isOnStage(this.state));
  }

  /** The server's word wins downwards only: nothing but a press opens a microphone. */
  #agreeOnMic() {
    const { you } = this.state;
    if (!you) return;
    if (!isOnStage(this.state)) {
      const awaited = myHand(this.state)?.state === "offered" || isInvited(this.state);
      if (this.mic.track && !awaited) this.mic.release();
    } else if (you.muted && this.mic.open) this.mic.setOpen(false);
    else if (!you.muted && !this.mic.open && this.socket.isOpen && !this.mic.asking) this.#muteStale();
  }

  /** The server thinks our microphone open although it is not (after a reload, say): put that right. */
  #muteStale() {
    clearTimeout(this.staleTimer);
    // An unmute of ours may be on its way: its ack opens the track a moment after the event.
    this.staleTimer = setTimeout(() => {
      if (this.state.you && !this.state.you.muted && !this.mic.open) this.socket.send("mic.mute").catch(() => {});
    }, 1000);
  }

  #followSound() {
    const { media, you } = this.state;
    if (!media || !you || this.state.elsewhere || this.state.over) return;
    const onStage = isOnStage(this.state);
    const onTheWay = (Boolean(myHand(this.state)) || isInvited(this.state)) && !you.person.guest;
    // Only the peer connection has a mix of one's own, without those whom one does not want to hear.
    const ownMix = Boolean(you.silenced?.length);
    this.sound.follow({ media, wantPeer: onStage || onTheWay || ownMix, usePeer: onStage || ownMix });
  }

  #soundChanged(error) {
    if (error) this.tell("toast", refusalWords(error));
    this.changed();
  }

  #socketLost() {
    this.#socketDownSince ??= performance.now();
    this.changed();
  }

  /** Nothing may have happened meanwhile, and so nothing be told: what changed here is said now. */
  #socketBack() {
    this.#socketDownSince = null;
    this.#agreeOnMic();
  }

  #end(over) {
    this.state = { ...this.state, over };
    this.stop();
    this.tell("over", over);
    this.changed();
  }

  // --- what time does -----------------------------------------------------------------------------

  #look() {
    const before = this.connection;
    this.connection = connectionState({
      joined: this.#joinedOnce,
      socketDown: secondsSince(this.#socketDownSince, performance.now()),
      mediaDown: this.sound.downFor,
      weak: this.sound.weakFor,
    });
    if (!micMayBeOpen(this.connection) && this.mic.open) this.mute();
    if (this.connection !== "failed") this.#failedTold = false;
    else if (!this.#failedTold) {
      this.#failedTold = true;
      this.tell("failed");
    }
    this.#followSound();
    if (before !== this.connection) this.changed();
    this.tell("tick");
  }

  /** Hear nothing for now, or hear again; the room goes on. */
  silence(on) {
    this.sound.setMuted(on);
    if (navigator.mediaSession) navigator.mediaSession.playbackState = on ? "paused" : "playing";
    this.changed();
  }

  #talking() {
    if (isOnStage(this.state) && !this.mic.open) this.tell("toast", gettext("You are muted."));
  }
}
