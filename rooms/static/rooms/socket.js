// The websocket of a room: commands with their answers, events in order, and coming back by itself.

import { retryDelay } from "./connection.js";

const PROTOCOL = "spaces.v1";
const PING_MS = 15_000;
const ANSWER_MS = 10_000;

/** What a close code means for the room; other codes are lost networks: try again. */
const FINAL = { 4401: "renew", 4402: "ticket", 4403: "forbidden", 4404: "gone", 4409: "elsewhere", 4410: "ended", 4423: "removed" };

/** A command that the server refused; `code` is stable, `message` is for the person. */
export class Refused extends Error {
  constructor({ code, message, data }) {
    super(message);
    this.code = code;
    this.data = data ?? {};
  }
}

export class RoomSocket {
  #socket = null;
  #waiting = new Map();
  #nextId = 1;
  #attempt = 0;
  #timer = 0;
  #ping = 0;
  #stopped = false;
  #parting = null;

  /**
   * `hello()` gives what to say first; `onUp`, `onDown` tell of the line, `onFrame` brings events,
   * `onFinal(why, refusal)` says that it ended for good; `refusal` is the error frame before it, or null.
   */
  constructor({ url, hello, onUp, onDown, onFrame, onFinal }) {
    Object.assign(this, { url, hello, onUp, onDown, onFrame, onFinal });
    addEventListener("online", this.#now);
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Open, and keep open until `stop`. */
  open() {
    this.#stopped = false;
    const url = new URL(this.url, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url, [PROTOCOL]);
    this.#socket = socket;
    socket.onopen = () => this.#hello(socket);
    socket.onmessage = (event) => socket === this.#socket && this.#take(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  /** Close for good. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearInterval(this.#ping);
    removeEventListener("online", this.#now);
    this.#socket?.close(1000);
  }

  /** Drop the line as a lost network would; it comes back by itself. */
  drop() {
    if (this.#socket) this.#giveUp(this.#socket);
  }

  /** Open another line now, with the cookies of now, instead of the one that is there. */
  renew() {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const old = this.#socket;
    this.open();
    old?.close(1000);
  }

  /** Send a command; resolves with the ack's data, rejects with `Refused` (code "offline" without a line). */
  send(type, data = {}) {
    if (!this.isOpen) return Promise.reject(new Refused({ code: "offline", message: "" }));
    const id = `c${this.#nextId++}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#answer(id, "error", { code: "no_answer", message: "" }), ANSWER_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.send(JSON.stringify({ type, id, data }));
    });
  }

  #hello(socket) {
    this.#attempt = 0;
    clearInterval(this.#ping);
    this.#ping = setInterval(() => this.#beat(socket), PING_MS);
    this.send("hello", this.hello()).catch(() => {});
    this.onUp();
  }

  #beat(socket) {
    this.send("ping").catch((error) => {
      if (error.code === "no_answer" && socket === this.#socket) this.#giveUp(socket);
    });
  }

  /** Go on without this line's goodbye: over a dead network a browser may wait for it for minutes. */
  #giveUp(socket) {
    socket.close(4000);
    this.#closed(socket, 4000);
  }

  #take(frame) {
    if (frame.type === "ack" || frame.type === "error") {
      if (frame.type === "error" && !frame.id) this.#parting = frame;
      if (frame.id) this.#answer(frame.id, frame.type, frame.type === "ack" ? frame.data : frame);
      return;
    }
    this.onFrame(frame);
  }

  #answer(id, type, body) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (type === "ack") waiting.resolve(body ?? {});
    else waiting.reject(new Refused(body));
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    clearInterval(this.#ping);
    // What was still asked when the room itself was over needs no word: the end is told.
    const why = FINAL[code] ? "over" : "offline";
    for (const id of [...this.#waiting.keys()]) this.#answer(id, "error", { code: why, message: "" });
    if (this.#stopped) return;
    if (FINAL[code]) {
      this.#stopped = true;
      this.onFinal(FINAL[code], this.#parting);
      return;
    }
    this.onDown();
    // Too many commands or websockets: asking again at once would only repeat it.
    if (code === 4429) this.#attempt = Math.max(this.#attempt, 4);
    this.#timer = setTimeout(() => this.open(), retryDelay(this.#attempt++) * 1000);
  }

  #now = () => {
    if (this.#stopped || this.isOpen || this.#socket?.readyState === WebSocket.CONNECTING) return;
    clearTimeout(this.#timer);
    this.open();
  };
}
