// Questions before an act that somebody else feels: one line says what it does, focus is on the safe button.

import { ask, button, mark } from "./dialogs.js";
import { face, fill, gettext, html, ngettext, nothing } from "./html.js";
import { mutable } from "./store.js";

const check = (name, hint, change, on = false) => html`
  <label class="check"><input type="checkbox" .checked=${on} @change=${(event) => change(event.target.checked)}><span><b>${name}</b>${hint
    ? html`<span class="hint">${hint}</span>` : nothing}</span></label>`;

/** Mute everybody? Resolves with "mute", "lock" or "". */
export function askMuteAll(state) {
  const count = mutable(state).length;
  let lock = Boolean(state.room.mics_locked);
  return ask((close) => html`
    ${mark("micoff")}
    <h2 id="d-h">${gettext("Mute all speakers?")}</h2>
    <p id="d-p">${fill(ngettext("The %(n)s other speaker is muted at once.", "The %(n)s other speakers are muted at once.", count), { n: count })}
      ${gettext("They can unmute themselves unless you lock the mics. Hosts stay on.")}</p>
    ${check(gettext("Lock mics"), gettext("Also for people who come on stage later"), (on) => { lock = on; }, lock)}
    <div class="dialog-actions">
      ${button(gettext("Cancel"), () => close(), { focus: true })}
      ${button(gettext("Mute all"), () => close(lock ? "lock" : "mute"), { look: "btn-danger" })}
    </div>`, { describedby: "d-p" });
}

/** Remove somebody? Resolves with null, or {forGood, block}. */
export async function askRemove(person) {
  const chosen = { forGood: true, block: false };
  const answer = await ask((close, update) => html`
    ${mark("userminus")}
    <h2 id="d-h">${fill(gettext("Remove %(name)s from this room?"), { name: person.name })}</h2>
    <p id="d-p">${chosen.forGood
      ? gettext("They leave now and cannot come back to this room. They can join your next ones.")
      : gettext("They leave now. They can come back to this room.")}</p>
    ${check(gettext("For now only"), "", (on) => { chosen.forGood = !on; update(); })}
    ${person.guest ? nothing : check(gettext("Also block"), gettext("They can join none of your rooms. They are not told."), (on) => { chosen.block = on; })}
    <div class="dialog-actions">
      ${button(gettext("Cancel"), () => close(), { focus: true })}
      ${button(gettext("Remove"), () => close("remove"), { look: "btn-danger" })}
    </div>`, { describedby: "d-p" });
  return answer === "remove" ? chosen : null;
}

/** Block somebody? Resolves with "block" or "". */
export const askBlock = (person) => ask((close) => html`
  ${mark("ban")}
  <h2 id="d-h">${fill(gettext("Block @%(handle)s?"), { handle: person.handle })}</h2>
  <p id="d-p">${gettext("You will not see each other’s rooms or messages. They cannot join rooms you create, and leave this one if you host it. They are not told.")}</p>
  <div class="dialog-actions">
    ${button(gettext("Cancel"), () => close(), { focus: true })}
    ${button(gettext("Block"), () => close("block"), { look: "btn-danger" })}
  </div>`, { describedby: "d-p" });

/** Give the room away? Resolves with "hand-over" or "". */
export const askHandOver = (person) => ask((close) => html`
  ${mark("crown", false)}
  <h2 id="d-h">${fill(gettext("Hand the room over to %(name)s?"), { name: person.name })}</h2>
  <p id="d-p">${gettext("They host from now on and can end the room. You stay on stage.")}</p>
  <div class="dialog-actions">
    ${button(gettext("Cancel"), () => close(), { focus: true })}
    ${button(gettext("Hand over"), () => close("hand-over"), { look: "btn-primary" })}
  </div>`, { describedby: "d-p" });

/** Who was put out for good, with the way back. Resolves with a person to let in again, or null. */
export async function askReadmit(people) {
  let chosen = null;
  await ask((close) => html`
    <h2 id="d-h">${gettext("Removed from this room")}</h2>
    ${people.length
      ? html`<ul class="hands roster">${people.map((person) => html`
        <li class="hand-row">${face(person, "av-m")}<span class="row-text"><span class="row-title" dir="auto">${person.name}</span><span
          class="row-sub">${person.guest ? gettext("Guest") : `@${person.handle}`}</span></span>
          <button class="btn btn-s" type="button" @click=${() => { chosen = person; close(); }}>${gettext("Let back in")}<span class="vh"> ${person.name}</span></button></li>`)}</ul>`
      : html`<p class="sub">${gettext("Nobody was removed from this room.")}</p>`}
    <div class="dialog-actions">${button(gettext("Close"), () => close(), { focus: true })}</div>`);
  return chosen;
}
