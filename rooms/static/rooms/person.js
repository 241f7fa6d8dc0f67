// One person of the room: their profile, and what you may do about them.

import { ask, button } from "./dialogs.js";
import { face, gettext, html, icon, nothing } from "./html.js";
import { may } from "./store.js";

/** Rows of the menu that apply now, as [value, icon, words, isDangerous]. */
function choices(state, { person, tile, participant }) {
  const mine = person.id === state.you?.person.id;
  const me = state.you?.role;
  const above = tile?.role === "host" || person.id === state.room.creator?.id || (tile?.role === "co_host" && me !== "host");
  const rules = may(state, "stage.demote") && !mine && !above;
  const account = !person.guest && !mine && !state.you?.person.guest;
  const quiet = state.you?.silenced?.includes(person.id);
  const place = Boolean(tile || participant);
  const rows = [
    [rules && tile && !tile.muted, "mute", "micoff", gettext("Mute")],
    [rules && tile, "demote", "down", gettext("Move to listeners")],
    [rules && tile?.role === "speaker" && may(state, "stage.name_cohost"), "name-cohost", "crown", gettext("Make co-host")],
    [rules && tile?.role === "co_host", "take-role", "crown", gettext("Make speaker again")],
    [!mine && tile && may(state, "stage.hand_over"), "hand-over", "crown", gettext("Hand over the room")],
    [rules && !tile && place && !person.guest, "invite", "stage", gettext("Invite to speak")],
    [mine && ["co_host", "speaker"].includes(me), "step-down", "down", gettext("Go back to the listeners")],
    [mine && me === "co_host", "take-role", "crown", gettext("Give the co-host role back")],
    [account && tile && !quiet, "quiet", "volume", gettext("Mute for me")],
    [account && place && quiet, "hear", "volume", gettext("Hear again")],
    [rules && place, "remove", "userminus", gettext("Remove from this room"), true],
    [account && !state.blocked.includes(person.id), "block", "ban", gettext("Block"), true],
    [!mine && place && !state.you?.person.guest, "report", "flag", gettext("Report")],
    [account && state.blocked.includes(person.id), "unblock", "ban", gettext("Unblock")],
  ];
  return rows.filter(([applies]) => applies).map(([, ...row]) => row);
}

/** Resolves with the chosen act or "". `participant` is the place of somebody who is not on stage, where known. */
export function askPerson(state, who) {
  const { person } = who;
  return ask((close) => html`
    <div class="person-head">${face(person, "av-l")}<span class="row-text">
      <h2 id="d-h" dir="auto">${person.name}</h2><span class="row-sub">${person.guest ? gettext("Guest") : `@${person.handle}`}</span></span></div>
    <ul class="menu">
      ${person.guest ? nothing : html`<li><a href="/@${person.handle}/" @click=${() => close("profile")}>${icon("users")}${gettext("See the profile")}</a></li>`}
      ${choices(state, who).map(([value, glyph, words, isDangerous]) => html`
        <li><button class=${isDangerous ? "is-danger" : nothing} type="button" data-choice=${value} @click=${() => close(value)}>${icon(glyph)}${words}</button></li>`)}
    </ul>
    <div class="dialog-actions">${button(gettext("Close"), () => close(), { focus: true })}</div>`);
}
