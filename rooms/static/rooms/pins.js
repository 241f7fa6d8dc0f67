// What hosts pinned: one card at a time for everybody, and beside it what hosts do with it.

import { face, fill, gettext, html, icon, nothing, typeset } from "./html.js";
import { may } from "./store.js";

/** A part of a post; where a link or a name leads was made safe by the server. */
const pieceView = ({ text, url, handle }) => {
  if (url) return html`<a href=${url} rel="nofollow noopener ugc" target="_blank">${text}</a>`;
  return handle ? html`<a href="/@${handle}/">${text}</a>` : text;
};

/** A pinned post as everybody sees it; the room's page and the page after it draw it alike. */
export const postView = (post) => html`
  <div class="pin-head">${face(post.author, "av-s")}<span class="row-text"><a class="row-title" href="/@${post.author.handle}/" dir="auto">${post.author.name}</a><span
    class="row-sub">@${post.author.handle}</span></span><a class="btn btn-quiet btn-s btn-icon" href="/posts/${post.id}/">${icon("message")}<span class="vh">${fill(gettext("Open the post by %(name)s"), { name: post.author.name })}</span></a></div>
  ${post.text ? html`<p class="said" dir="auto">${post.pieces.map(pieceView)}</p>` : nothing}
  ${post.room_id ? html`<p><a class="pin-room" href="/rooms/${post.room_id}/">${icon("radio")}<span dir="auto">${typeset(post.room_title) || gettext("Open the shared room")}</span></a></p>` : nothing}`;

export class Pins {
  /** The id of the pin that is shown, where it stood, and all ids that were there before. */
  #shown = "";
  #at = 0;
  #known;

  /** `begun` are the pins that were there when the page began: whatever comes later is news. */
  constructor(live, page, begun) {
    this.live = live;
    this.page = page;
    this.#known = new Set(begun.map((pin) => pin.id));
  }

  /** The content of `<div data-view="pins">`. */
  view(state) {
    const { pins } = state;
    const host = may(state, "pin.add");
    this.#follow(pins);
    if (!pins.length && !host) return nothing;
    return html`
      <section class="pins" aria-labelledby="pins">
        <div class="panel-head"><h2 id="pins" class="sec" tabindex="-1">${icon("pin")}${gettext("Pinned")}</h2>
          ${pins.length > 1 ? this.#ways(pins) : nothing}
          ${host ? html`<button class="btn btn-quiet btn-s" type="button" aria-haspopup="dialog" @click=${() => this.#ask()}>${icon("plus")}${gettext("Pin a post")}</button>` : nothing}</div>
        ${pins.length ? this.#card(pins[this.#at], host, pins.length) : html`<p class="note">${gettext("Nothing is pinned. What you pin here, everybody in the room sees.")}</p>`}
      </section>`;
  }

  /** What is new is shown and said; what is gone makes place for what stands there now. */
  #follow(pins) {
    const ids = pins.map((pin) => pin.id);
    const fresh = pins.find((pin) => !this.#known.has(pin.id));
    if (fresh) {
      this.#shown = fresh.id;
      this.page.announcer.say(fill(gettext("Pinned: %(text)s"), { text: spoken(fresh.post) }));
    }
    this.#known = new Set(ids);
    const at = ids.indexOf(this.#shown);
    this.#at = at >= 0 ? at : Math.max(0, Math.min(this.#at, ids.length - 1));
    this.#shown = ids[this.#at] ?? "";
  }

  #ways(pins) {
    const go = (step) => {
      this.#at = (this.#at + step + pins.length) % pins.length;
      this.#shown = pins[this.#at].id;
      this.page.announcer.say(`${this.#at + 1} / ${pins.length}. ${spoken(pins[this.#at].post)}`);
      this.page.draw();
    };
    const way = (name, words, step) => html`<button class="btn btn-quiet btn-s btn-icon" type="button" data-way=${name} @click=${() => go(step)}>${icon(name)}<span class="vh">${words}</span></button>`;
    return html`<span class="pins-ways">${way("left", gettext("Previous pinned post"), -1)}<span class="num">${this.#at + 1} / ${pins.length}</span>${way("right", gettext("Next pinned post"), 1)}</span>`;
  }

  #card(pin, host, count) {
    return html`<article class="pin-card" data-pin=${pin.id}>${postView(pin.post)}${host ? this.#tools(pin, count) : nothing}</article>`;
  }

  #tools(pin, count) {
    const place = this.#at;
    const move = (to) => this.live.act("pin.move", { pin: pin.id, place: to });
    const tool = (glyph, words, press, off) => html`<button class="btn btn-s" type="button" aria-disabled=${off ? "true" : nothing} @click=${() => (off ? null : press())}>${icon(glyph)}${words}</button>`;
    return html`
      <p class="pin-tools">
        ${count > 1 ? tool("left", gettext("Move earlier"), () => move(place - 1), place === 0) : nothing}
        ${count > 1 ? tool("right", gettext("Move later"), () => move(place + 1), place === count - 1) : nothing}
        ${tool("x", gettext("Unpin"), () => this.#unpin(pin, place), false)}</p>`;
  }

  async #unpin(pin, place) {
    if (!(await this.live.act("pin.remove", { pin: pin.id }))) return;
    const undo = () => this.live.act("pin.add", { post: pin.post.id, place });
    this.page.toast(gettext("The post is no longer pinned."), { name: gettext("Undo"), press: undo });
  }

  async #ask() {
    const { askPin } = await import("./pinning.js");
    if (await askPin(this.live)) this.page.toast(gettext("The post is pinned. Everybody in the room sees it."));
  }
}

const spoken = (post) => `${post.author.name}: ${post.text || post.room_title || gettext("Open the shared room")}`;
