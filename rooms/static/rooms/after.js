// Below "this room has ended": people to follow, the host's rooms to come, and what was pinned.

import { localiseTimes } from "../js/times.js";
import { face, fill, gettext, html, icon, nothing, render, repeat, typeset } from "./html.js";
import { postView } from "./pins.js";
import { call } from "./rest.js";
import { refusalWords } from "./words.js";

/** Draw into `root`, now and after each press. Where the server does not answer nothing is drawn. */
export async function showAfter(root, live, signIn) {
  const told = await call("GET", `rooms/${live.id}/after/`).catch(() => null);
  if (!told || !root.isConnected) return;
  const rooms = [...told.rooms].sort((one, other) => one.scheduled_start.localeCompare(other.scheduled_start));
  const refused = {};
  const draw = () => {
    render(afterView({ people: told.users, rooms, pins: live.state.pins, isGuest: live.state.you?.person.guest, signIn, refused }, toggle), root);
    localiseTimes(root);
  };
  /** Turn something of `viewer` on or off by the API; a refusal leaves it as it was, and says why. */
  const toggle = async (viewer, name, on, off, path) => {
    const was = viewer[name];
    refused[name] = await call(was ? off : on, path).then(() => "", refusalWords);
    if (!refused[name]) viewer[name] = !was;
    draw();
  };
  draw();
}

const followButton = (person, { isGuest, signIn }, toggle) => {
  const { following } = person.viewer;
  if (isGuest) return html`<a class="btn btn-s btn-primary" href=${signIn}>${gettext("Follow")}<span class="vh"> ${person.name}</span></a>`;
  const press = () => toggle(person.viewer, "following", "POST", "DELETE", `users/${person.id}/following/`);
  return html`<button class="btn btn-s ${following ? "" : "btn-primary"}" type="button" aria-pressed=${String(Boolean(following))} @click=${press}>${following
    ? html`${icon("check")}${gettext("Following")}` : gettext("Follow")}<span class="vh"> ${person.name}</span></button>`;
};

const personRow = (person, told, toggle) => html`
  <li class="row">${face(person, "av-m")}<span class="row-text"><a class="row-title" href="/@${person.handle}/" dir="auto">${person.name}</a><span
    class="row-sub">@${person.handle}</span></span>${followButton(person, told, toggle)}</li>`;

const slotRow = (room, { isGuest }, toggle) => {
  const press = () => toggle(room.viewer, "reminder", "PUT", "DELETE", `rooms/${room.id}/reminder/`);
  return html`
    <li class="row"><span class="row-text"><a class="row-title" href="/rooms/${room.id}/" lang=${room.lang} dir="auto">${typeset(room.title)}</a><span
      class="row-sub"><time datetime=${room.scheduled_start} data-time="when"></time></span></span>${isGuest ? nothing : html`
      <button class="btn btn-quiet btn-icon" type="button" aria-pressed=${String(room.viewer.reminder)} @click=${press}>${icon(room.viewer.reminder ? "bellon" : "bell")}<span
        class="vh">${fill(gettext("Remind me: %(title)s"), { title: room.title })}</span></button>`}</li>`;
};

const pinRow = (pin) => html`
  <li class="pin-card">${postView(pin.post)}<p class="sub">${gettext("Pinned")} <time datetime=${pin.pinned_at} data-time="when"></time></p></li>`;

const part = (id, title, rows, empty, refused = "") => html`
  <section class="panel" aria-labelledby=${id}><h2 id=${id} class="sec">${title}</h2>${rows ?? html`<p class="sub">${empty}</p>`}<p
    class=${refused ? "note" : "vh"} role="status">${refused}</p></section>`;

function afterView(told, toggle) {
  const { people, rooms, pins, refused } = told;
  return html`
    ${part("after-people", gettext("You may want to follow"), people.length
      ? html`<ul>${repeat(people, (one) => one.id, (one) => personRow(one, told, toggle))}</ul>` : null,
      gettext("Nobody was on stage whom you do not follow already."), refused.following)}
    ${part("after-rooms", gettext("Next rooms by this host"), rooms.length
      ? html`<ul>${repeat(rooms, (one) => one.id, (one) => slotRow(one, told, toggle))}</ul>` : null,
      gettext("No further room is planned yet."), refused.reminder)}
    ${part("after-pins", gettext("Pinned posts"), pins.length
      ? html`<ul class="pins-all">${pins.map(pinRow)}</ul>` : null,
      gettext("No post was pinned in this room."))}`;
}
