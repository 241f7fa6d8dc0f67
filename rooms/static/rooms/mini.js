// While one browses, the room goes on in a small player beside the page.

import { bars, face, gettext, html, icon, nothing, render, typeset } from "./html.js";
import { speakersSentence } from "./stage.js";
import { isOnStage } from "./store.js";
import { micWords } from "./words.js";

const slot = () => document.getElementById("player");

/** Draw the player into the slot that outlives pages. */
export function showMini(state, { mic, speaking, url, connection, silent }, act) {
  const host = state.stage[0]?.person ?? state.room.creator;
  const words = isOnStage(state) ? micWords(mic, {}) : null;
  const line = connection === "live" || connection === "weak" ? speakersSentence(state, speaking) : gettext("Reconnecting…");
  slot().hidden = false;
  slot().ariaLabel = gettext("Now listening");
  render(html`
    <section class="mini">
      ${host ? face(host, "av-m") : nothing}
      <a class="mini-text" href=${url}><b>${typeset(state.room.title)}</b><span>${speaking.length ? bars : nothing}${line}</span></a>
      ${words
        ? html`<button class="btn btn-quiet btn-icon" type="button" aria-label=${words.name} @click=${() => act.mic(mic)}>${words.icon === "bars" ? icon("mic") : icon(words.icon)}</button>`
        : html`<button class="btn btn-quiet btn-icon" type="button" aria-label=${gettext("Silence")} aria-pressed=${String(silent)} @click=${act.silence}>${icon("volume")}</button>`}
      <button class="btn btn-quiet btn-icon" type="button" aria-label=${gettext("Leave the room")} @click=${act.leave}>${icon("x")}</button>
    </section>`, slot());
}

/** The room is over while its page is away: say so where it was, until the person has seen it. */
export function showOver(title, words) {
  slot().hidden = false;
  render(html`
    <section class="mini">
      <p class="mini-text"><b>${typeset(title)}</b><span>${words}</span></p>
      <button class="btn btn-quiet btn-icon" type="button" aria-label=${gettext("Close")} @click=${hideMini}>${icon("x")}</button>
    </section>`, slot());
}

/** The room is on the page again, or left. */
export function hideMini() {
  render(nothing, slot());
  slot().hidden = true;
}
