// The hosts' dialogue that pins a post: by its address, found by words, or written on the spot.

import { ask, button } from "./dialogs.js";
import { face, gettext, html, icon, nothing } from "./html.js";
import { call } from "./rest.js";
import { refusalWords } from "./words.js";

const POST_MOST = 500;
/** So long nobody types when words are looked for. */
const PAUSE_MS = 250;

class Choice {
  /** Null until the server has answered. */
  found = null;
  query = "";
  /** Why a post was not pinned, and why the last search did not work. */
  news = "";
  refused = "";
  #wanted = 0;
  #typing;

  constructor(live) {
    this.live = live;
  }

  /** Look once nobody types any more; `drawn` shows what came of it. */
  typed(query, drawn) {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.look(query).then(drawn), PAUSE_MS);
  }

  async look(query) {
    const mine = ++this.#wanted;
    const came = await call("GET", `posts/search/?max_results=8&query=${encodeURIComponent(query.slice(0, 80))}`)
      .then((found) => ({ found, refused: "" }), (error) => ({ found: null, refused: refusalWords(error) }));
    if (mine === this.#wanted) Object.assign(this, came, { query });
  }

  /** Pin what `named` says; resolves with whether it was done. */
  async pin(named) {
    try {
      await this.live.socket.send("pin.add", named);
      return true;
    } catch (error) {
      this.news = refusalWords(error);
      return false;
    }
  }

  get pinned() {
    return new Set(this.live.state.pins.map((pin) => pin.post.id));
  }
}

const postRow = (post, isPinned, pin) => html`
  <li class="hand-row">${face(post.author, "av-m")}<span class="row-text"><span class="row-title" dir="auto">${post.author.name}</span><span
    class="row-sub pin-found" dir="auto">${post.text || post.room?.title || ""}</span></span>
    ${isPinned
      ? html`<span class="row-sub">${icon("check")}${gettext("Pinned")}</span>`
      : html`<button class="btn btn-tint btn-s" type="button" @click=${() => pin({ post: post.id })}>${gettext("Pin")}<span class="vh"> ${post.author.name}: ${post.text}</span></button>`}</li>`;

function foundView(choice, pin) {
  if (!choice.found) return nothing;
  const { pinned } = choice;
  if (choice.found.length) return html`<ul class="hands roster">${choice.found.map((post) => postRow(post, pinned.has(post.id), pin))}</ul>`;
  return html`<p class="sub">${choice.query
    ? gettext("No post of yours, or of people whom you follow, has these words.")
    : gettext("You and the people whom you follow have not posted anything yet.")}</p>`;
}

const sent = (pin, name) => (event) => {
  event.preventDefault();
  const text = event.target.elements[name].value;
  if (text.trim()) pin({ [name]: text });
  else event.target.elements[name].focus();
};

/** Resolves with "pinned" once a post was pinned, else "". */
export function askPin(live) {
  const choice = new Choice(live);
  let begun = false;
  return ask((close, update) => {
    const pin = async (named) => ((await choice.pin(named)) ? close("pinned") : update());
    if (!begun) {
      begun = true;
      choice.look("").then(update);
    }
    return html`
      <h2 id="d-h">${gettext("Pin a post")}</h2>
      <form class="field" @submit=${sent(pin, "link")}><label for="pin-link">${gettext("Address of a post")}</label>
        <span class="field-row"><input id="pin-link" name="link" type="text" inputmode="url" autocomplete="off" maxlength="300" autofocus><button class="btn btn-tint" type="submit">${gettext("Pin")}<span class="vh"> ${gettext("Address of a post")}</span></button></span></form>
      <form class="field" @submit=${sent(pin, "text")}><label for="pin-text">${gettext("New post")}</label>
        <textarea id="pin-text" name="text" rows="3" maxlength=${POST_MOST} dir="auto"></textarea>
        <button class="btn btn-tint" type="submit">${icon("pin")}${gettext("Post and pin")}</button></form>
      <div class="field"><label for="pin-q">${gettext("Search your posts and those of people whom you follow")}</label>
        <input id="pin-q" type="search" autocomplete="off" maxlength="80" @input=${(event) => choice.typed(event.target.value, update)}></div>
      ${foundView(choice, pin)}
      <p class="note" role="status">${choice.news || choice.refused}</p>
      <div class="dialog-actions">${button(gettext("Close"), () => close())}</div>`;
  });
}
