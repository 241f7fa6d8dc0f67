// The line under the room's head: a chip, a question, or one big button. Never over anything.

import { fill, gettext, html, icon, nothing } from "./html.js";
import { blockedVoices, isInvited, myTile, nameOf } from "./store.js";

/** From here on it is said how far the sound lies behind. */
export const FAR_BEHIND_S = 8;

const secondsTo = (moment) => Math.max(0, Math.round((Date.parse(moment) - Date.now()) / 1000));

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

const tapView = (act) => html`
  <p class="notice notice-tap"><button class="btn btn-primary btn-l" type="button" @click=${act.hear}>${icon("volume")}${gettext("Tap to hear")}</button></p>`;

/** Neither MediaSource nor HLS: the plain stream may still play in the browser's own way, or in another program. */
const unplayableView = (state) => html`
  <p class="notice chip-warn">${icon("alert")}<span>${gettext("This browser can’t play live rooms.")} ${state.room.guests_allowed
    ? html`<a href="/live/${state.room.id}/open/stream.mp4" data-full-page>${gettext("Open the plain stream")}</a>`
    : gettext("Try another browser.")}</span></p>`;

const behindView = (behind, act) => html`
  <p class="notice chip-warn">${icon("clock")}${fill(gettext("%(n)s s behind"), { n: Math.round(behind) })}<button
    class="btn btn-s" type="button" @click=${act.goLive}>${gettext("Go live")}</button></p>`;

const invitedView = (state, hand, act) => {
  const host = state.stage.find((tile) => tile.role === "host")?.person.name ?? gettext("The host");
  const words = hand.invited ? gettext("%(name)s invites you to speak.") : gettext("%(name)s lets you speak.");
  return html`
    <div class="notice next"><span class="row-text"><span class="row-title">${fill(words, { name: host })}</span><span
      class="row-sub">${fill(gettext("Open for %(time)s"), { time: clock(secondsTo(hand.expires_at)) })}</span></span>
      <button class="btn btn-quiet btn-s" type="button" @click=${act.decline}>${gettext("Not now")}</button>
      <button class="btn btn-primary btn-s" type="button" @click=${() => act.mic("invited")}>${icon("mic")}${gettext("Join as speaker")}</button></div>`;
};

const hostLostView = (state) => {
  const heir = nameOf(state, state.hostLost.successor)
    || state.stage.find((tile) => tile.participant === state.hostLost.successor)?.person.name;
  const left = clock(secondsTo(state.hostLost.deadline));
  const words = heir
    ? fill(gettext("The host has lost the connection. In %(time)s %(name)s takes over."), { time: left, name: heir })
    : fill(gettext("The host has lost the connection. In %(time)s the room ends."), { time: left });
  return html`<p class="notice chip-warn">${icon("clock")}${words}</p>`;
};

/** Who muted you, as long as it lasts; the button beneath says what to do. */
const mutedView = (state) => {
  const by = myTile(state)?.muted ? myTile(state).muted_by : null;
  if (!by || by === state.you.person.id) return nothing;
  const name = nameOf(state, by);
  return html`<p class="notice chip-warn">${icon("micoff")}${name ? fill(gettext("Muted by %(name)s"), { name }) : gettext("Muted by host")}</p>`;
};

/** Asked by a host at some time, in the room or before: it stands until answered. */
const standingView = (act) => html`
  <div class="notice next"><span class="row-text"><span class="row-title">${gettext("You are invited to speak.")}</span></span>
    <button class="btn btn-quiet btn-s" type="button" @click=${act.decline}>${gettext("Not now")}</button>
    <button class="btn btn-primary btn-s" type="button" @click=${() => act.mic("invited")}>${icon("mic")}${gettext("Join as speaker")}</button></div>`;

/** Somebody whom you blocked can be heard: not hearing them is one press away. */
const blockedView = (tile, act) => html`
  <div class="notice chip-warn">${icon("ban")}<span class="row-text">${fill(gettext("%(name)s, whom you blocked, is on stage."), { name: tile.person.name })}</span>
    <button class="btn btn-s" type="button" @click=${() => act.quiet(tile)}>${gettext("Mute for me")}</button>
    <button class="btn btn-s" type="button" @click=${act.leave}>${gettext("Leave")}</button></div>`;

const toastView = ({ text, way }) => html`
  <p class="notice chip-info">${icon("info")}<span>${text}</span>${way ? html`<button class="btn btn-s" type="button" @click=${way.press}>${way.name}</button>` : nothing}</p>`;

/** The content of the notice row; only what matters most is shown, the chip beside it. */
export function noticeView({ state, blocked, unplayable, toast, chip, hand, behind }, act) {
  return html`
    ${chip ? html`<p class="notice chip-warn">${icon("radio")}${chip}</p>` : nothing}
    ${toast.isMic ? nothing : mutedView(state)}
    ${state.hostLost ? hostLostView(state) : nothing}
    ${hand?.state === "offered" ? invitedView(state, hand, act) : isInvited(state) ? standingView(act) : nothing}
    ${blockedVoices(state).slice(0, 1).map((tile) => blockedView(tile, act))}
    ${unplayable ? unplayableView(state) : nothing}
    ${blocked ? tapView(act) : nothing}
    ${!blocked && behind > FAR_BEHIND_S ? behindView(behind, act) : nothing}
    ${toast.text ? toastView(toast) : nothing}`;
}
