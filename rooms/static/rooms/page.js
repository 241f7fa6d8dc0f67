// Draws the room into its page and into the mini-player, and listens to the keyboard.

import { visit } from "../js/browse.js";
import { actsFor, standing } from "./acts.js";
import { Announcer } from "./announcer.js";
import { audienceView } from "./audience.js";
import { barView, micState } from "./bar.js";
import { fill, gettext, html, icon, ngettext, nothing, number, render, typeset, useSprite } from "./html.js";
import { hideMini, showMini, showOver } from "./mini.js";
import { float } from "./reactions.js";
import * as shortcuts from "./shortcuts.js";
import { Levels, speakersSentence, stageView } from "./stage.js";
import { isHost, myHand } from "./store.js";
import { FAR_BEHIND_S, noticeView } from "./notice.js";
import { connectionWords } from "./words.js";

/** Close whatever is open: the room ended, or the page goes. The dialogues' module comes with the first of them. */
const closeDialog = () => document.querySelector("#page > dialog")?.close();

const TOAST_MS = 6000;
/** Long enough for somebody who reads by ear to come to the button. */
const UNDO_MS = 20_000;
const JOINING_QUIET_MS = 2000;

export class RoomPage {
  #frame = 0;
  #toast = { text: "" };
  #toastTimer = 0;
  #tab = "queue";
  #panel = null;
  #pins = null;
  #begun = null;
  #asked = false;
  #roots = {};
  #stops = [];
  #since = performance.now();

  constructor(main, live) {
    useSprite(main.dataset.sprite);
    this.main = main;
    this.live = live;
    this.acts = actsFor(live, this);
    this.announcer = new Announcer(() => ({ polite: document.getElementById("announcer"), urgent: this.#root("alert") }));
    this.levels = new Levels(() => this.main);
    this.captionsShown = localStorage.getItem("spaces.captions") !== "off";
    this.#listen();
    this.draw();
  }

  /** The page goes; the room may go on. */
  leave() {
    for (const stop of this.#stops) stop();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#toastTimer);
    closeDialog();
  }

  get csrfToken() {
    return document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  }

  draw = () => {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#render());
  };

  /** Say `text` for a while; `way` is a button beside it that takes the act back: {name, press}; `isMic`: it is about microphones. */
  toast(text, way = null, isMic = false) {
    const away = () => { this.#toast = { text: "" }; this.draw(); };
    this.#toast = { text, isMic, way: way && { name: way.name, press: () => { away(); way.press(); } } };
    this.announcer.say(text);
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(away, way ? UNDO_MS : TOAST_MS);
    this.draw();
  }

  async showTab(tab, { focus = false } = {}) {
    this.#tab = tab;
    await this.#loadPanel();
    this.#render();
    const heading = this.main.querySelector(`#${tab === "people" ? "aud" : tab}`);
    if (focus) {
      heading?.scrollIntoView({ block: "nearest" });
      heading?.focus();
    }
  }

  toggleCaptions() {
    this.captionsShown = !this.captionsShown;
    localStorage.setItem("spaces.captions", this.captionsShown ? "on" : "off");
    this.announcer.say(this.captionsShown ? gettext("Captions are shown.") : gettext("Captions are hidden."));
    this.draw();
  }

  /** In place: the room stays open and sounds on meanwhile. */
  signIn() {
    visit(`${this.main.dataset.signIn}?next=${encodeURIComponent(this.live.url)}`);
  }

  async goOut() {
    await this.live.leave();
    hideMini();
    visit(this.main.dataset.home);
  }

  // --- listening ----------------------------------------------------------------------------------

  #on(type, handler, source = this.live) {
    source.addEventListener(type, handler);
    this.#stops.push(() => source.removeEventListener(type, handler));
  }

  #listen() {
    this.#on("change", this.draw);
    this.#on("spaces:rings", this.draw, document);
    this.#on("tick", () => this.#minute());
    this.#on("step", ({ detail }) => this.#step(detail));
    this.#on("toast", ({ detail }) => this.toast(detail));
    this.#on("news", ({ detail }) => this.toast(detail, null, true));
    this.#on("level.batch", ({ detail }) => this.#levels(detail.levels));
    this.#on("reaction.batch", ({ detail }) => float(this.main, detail));
    this.#on("over", ({ detail }) => this.#over(detail));
    this.#on("failed", () => this.#failed());
    const press = (event) => this.#press(event);
    this.main.addEventListener("click", press);
    this.main.addEventListener("submit", press);
    this.#stops.push(() => this.main.removeEventListener("click", press), () => this.main.removeEventListener("submit", press));
    const mic = () => this.acts.mic(micState(this.live.state, this.live.mic, this.live.connection));
    this.#stops.push(shortcuts.listen({
      mic, hand: this.acts.hand, react: this.acts.react, captions: this.acts.captions, list: this.acts.shortcuts,
      people: () => (isHost(this.live.state) ? this.showTab("queue", { focus: true }) : this.acts.roster()),
      bar: () => this.#root("bar").querySelector("button")?.focus(),
      status: () => this.announcer.say(standing(this.live, speakersSentence(this.live.state, this.levels.speaking))),
      talk: (held) => this.#talk(held),
    }, () => this.#root("bar")));
  }

  /** Forms and links that work without a script are served here with one. */
  #press(event) {
    if (event.type === "click" && this.live.state.known && event.target.closest("a[data-report]")) {
      event.preventDefault();
      this.acts.report();
      return;
    }
    const form = event.type === "submit" ? event.target.closest("form[data-act]") : null;
    if (!form || !this.live.state.known) return;
    event.preventDefault();
    this.acts[form.dataset.act]?.();
  }

  async #talk(held) {
    const { mic } = this.live;
    if (mic.held === held) return;
    mic.held = held;
    if (held) await this.live.unmute();
    if (!mic.held) this.live.mute();
    this.draw();
  }

  #step({ before, after }) {
    this.announcer.compare(before, after);
    if (after.elsewhere && !this.#asked) this.#elsewhere();
  }

  async #elsewhere() {
    this.#asked = true;
    const answer = await (await import("./dialogs.js")).askElsewhere();
    this.#asked = false;
    if (answer === "here") await this.live.moveHere();
    else if (this.live.state.elsewhere) {
      this.live.stop();
      location.assign(this.main.dataset.home);
    }
  }

  async #failed() {
    this.announcer.alert(gettext("The room can’t be reached."));
    const answer = await (await import("./dialogs.js")).askFailed();
    if (answer === "leave") await this.goOut();
    else if (answer === "listen") location.assign(this.live.state.media?.hls ?? this.live.url);
    else if (answer === "retry") dispatchEvent(new Event("online"));
  }

  async #over(over) {
    const { drawOver } = await import("./over.js");
    closeDialog();
    for (const stop of this.#stops) stop();
    this.main.replaceChildren();
    this.main.classList.add("is-over");
    drawOver(this.main, over, this.live);
    this.announcer.alert(this.main.querySelector("h1").textContent);
    this.main.querySelector("h1").focus();
  }

  // --- drawing ------------------------------------------------------------------------------------

  #root(name) {
    return (this.#roots[name] ??= this.main.querySelector(`[data-view="${name}"]`));
  }

  /** The host's side of the room is fetched by hosts alone. */
  async #loadPanel() {
    this.#panel ??= await import("./queue.js");
  }

  /** Draw into a root; what the server drew there goes first. */
  #put(name, view) {
    const root = this.#root(name);
    if (!root) return;
    if (!root.drawn) {
      root.replaceChildren();
      root.drawn = true;
    }
    render(view, root);
  }

  #render() {
    const held = document.activeElement;
    const near = [held?.closest("section, .onstage"), held?.closest("[data-view]")];
    this.#drawAll();
    // Whoever stood on what is gone now stands beside it, not at the top of the page.
    if (!held || held.isConnected) return;
    const heading = near.find((one) => one?.isConnected && one.querySelector("h2[tabindex]"))?.querySelector("h2[tabindex]");
    (heading ?? this.main.querySelector(".room-body"))?.focus({ preventScroll: true });
  }

  #drawAll() {
    const { live, acts } = this;
    const state = { ...live.state, speaking: this.levels.speaking };
    if (!state.known || state.over) {
      this.#put("notice", this.#notice());
      return;
    }
    const host = isHost(state);
    this.#put("title", html`${typeset(state.room.title)}`);
    if (this.#root("title").lang !== state.room.lang) import("./spoken.js").then(({ speak }) => speak(this.main, state.room.lang));
    this.#root("official").hidden = !state.room.is_official;
    this.#put("count", countView(state));
    this.#put("stage", stageView(state, acts));
    if (host && !this.#panel) this.#loadPanel().then(this.draw);
    else {
      this.#root("side").className = host ? "room-side" : "room-side is-audience";
      this.#put("side", host
        ? this.#panel.hostPanelView(state, this.#tab, acts)
        : html`<section class="audience" aria-labelledby="aud">${audienceView(state, acts)}</section>`);
      this.#put("next", host ? this.#panel.nextView(state, acts) : nothing);
    }
    this.#begun ??= state.pins;
    if (state.pins.length || host) this.#pins ??= import("./pins.js").then(({ Pins }) => { this.pins = new Pins(live, this, this.#begun); this.draw(); });
    if (this.pins) this.#put("pins", this.pins.view(state));
    this.#put("notice", this.#notice());
    this.#put("exit", exitView(host, acts));
    this.#put("bar", barView(state, { mic: live.mic, connection: live.connection, captionsShown: this.captionsShown }, acts));
    this.#root("captions").hidden = !this.captionsShown;
    this.levels.show({});
  }

  #notice() {
    return noticeView({
      state: this.live.state, blocked: this.live.sound.blocked, unplayable: this.live.sound.unplayable, toast: this.#toast,
      chip: this.#chip(), hand: myHand(this.live.state), behind: this.live.sound.behind,
    }, this.acts);
  }

  /** Joining takes a blink: only a slow one is worth words. */
  #chip() {
    const quick = this.live.connection === "joining" && performance.now() - this.#since < JOINING_QUIET_MS;
    return quick ? "" : connectionWords(this.live.connection);
  }

  #levels(levels) {
    const before = this.levels.speaking.join();
    this.levels.show(levels);
    if (isHost(this.live.state) && before !== this.levels.speaking.join()) this.draw();
  }

  /** Waiting times, countdowns and the distance to the live edge are drawn again when they have changed. */
  #minute() {
    const counts = myHand(this.live.state)?.state === "offered" || this.live.state.hostLost;
    const behind = this.live.sound.behind > FAR_BEHIND_S ? Math.round(this.live.sound.behind) : 0;
    const moment = `${Math.floor(Date.now() / (counts ? 1000 : 30_000))} ${behind}`;
    if (moment === this.drawnAt) return;
    this.drawnAt = moment;
    this.draw();
  }
}

const countView = (state) => html`${icon("phones")}${number(state.listenerCount)}<span class="vh"> ${ngettext("listener", "listeners", state.listenerCount)}</span>`;

const exitView = (host, acts) => (host
  ? html`<button class="btn btn-danger-soft" type="button" @click=${acts.end}>${gettext("End")}</button>`
  : html`<button class="btn btn-leave" type="button" @click=${acts.leave}>${gettext("Leave")}</button>`);

/** Keep the mini-player true while the room's own page is away. */
export function watchMini(live) {
  let speaking = [];
  let timer = 0;
  const away = () => document.querySelector("main[data-joined]") === null;
  const acts = {
    mic: (which) => (which === "live" ? live.mute() : location.assign(live.url)),
    silence: () => live.silence(!live.sound.isMuted),
    leave: async () => { await live.leave(); hideMini(); },
  };
  const draw = () => {
    if (!away() || !live.state.known || live.state.over) return;
    showMini(live.state, {
      mic: micState(live.state, live.mic, live.connection), speaking, url: live.url, connection: live.connection,
      silent: live.sound.isMuted,
    }, acts);
  };
  live.addEventListener("change", draw);
  live.addEventListener("tick", draw);
  document.addEventListener("spaces:rings", draw);
  live.addEventListener("level.batch", ({ detail }) => {
    clearTimeout(timer);
    speaking = Object.keys(detail.levels);
    timer = setTimeout(() => { speaking = []; draw(); }, 1200);
    draw();
  });
  live.addEventListener("over", async ({ detail }) => {
    hideMini();
    if (!away()) return;
    const title = live.state.room.title ?? "";
    document.getElementById("announcer").textContent = fill(gettext("%(title)s is over."), { title });
    // Who signed out knows why it is silent.
    if (detail.kind === "renew") return;
    const { overTitle } = await import("./over.js");
    if (away()) showOver(title, overTitle(detail));
  });
}
