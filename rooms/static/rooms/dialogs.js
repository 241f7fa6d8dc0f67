// Dialogues: native, modal, closed by Escape, focus on the safe button and back where it was.

import { face, fill, gettext, html, icon, ngettext, nothing, number, render } from "./html.js";
import { EMOJI } from "./reactions.js";
import { SHORTCUTS } from "./shortcuts.js";
import { isHost } from "./store.js";
import { micHelp } from "./words.js";

let current = null;

/** Show `view(close, update)` in a modal dialogue; resolves with what `close` was given, or "" for Escape. */
export function ask(view, { wide = false, look = "", labelledby = "d-h", describedby = "" } = {}) {
  current?.close();
  const dialog = document.createElement("dialog");
  dialog.className = `dialog ${wide ? "dialog-wide" : look}`;
  dialog.setAttribute("aria-labelledby", labelledby);
  if (describedby) dialog.setAttribute("aria-describedby", describedby);
  const before = document.activeElement;
  const close = (value = "") => dialog.close(value);
  const update = () => render(view(close, update), dialog);
  update();
  document.getElementById("page").append(dialog);
  // A press beside the sheet closes it, as people know it from their phones.
  if (look) dialog.closedBy = "any";
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
  current = dialog;
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (current === dialog) current = null;
      if (before?.isConnected) before.focus();
      resolve(dialog.returnValue);
    }, { once: true });
  });
}

/** Close whatever is open: the room ended, or the page goes. */
export const closeDialog = () => current?.close();

export const button = (name, press, { look = "", glyph = "", focus = false } = {}) => html`
  <button class="btn ${look}" type="button" ?autofocus=${focus} @click=${press}>${glyph ? icon(glyph) : nothing}${name}</button>`;

const mark = (name, danger = true) => html`<span class="dialog-mark ${danger ? "is-danger" : ""}">${icon(name)}</span>`;

/** End for everybody? Resolves with "end", "leave" or "". */
export function askEnd(state, heir) {
  const count = state.listenerCount;
  const words = count
    ? fill(ngettext("%(n)s person is listening.", "%(n)s people are listening.", count), { n: count })
    : gettext("Nobody is listening just now.");
  return ask((close) => html`
    ${mark("leave")}
    <h2 id="d-h">${gettext("End the room for everyone?")}</h2>
    <p id="d-p">${words}</p>
    <div class="dialog-actions">
      ${button(gettext("Cancel"), () => close(), { focus: true })}
      ${heir ? button(fill(gettext("Hand over to %(name)s"), { name: heir.person.name }), () => close("leave")) : nothing}
      ${button(gettext("End"), () => close("end"), { look: "btn-danger" })}
    </div>`, { describedby: "d-p" });
}

/** In this room on another device: "here" or "". */
export const askElsewhere = () => ask((close) => html`
  ${mark("phones", false)}
  <h2 id="d-h">${gettext("You are in this room on another device")}</h2>
  <p id="d-p">${gettext("Your place can be on one device at a time. If you move here, the other one falls silent and your microphone is off.")}</p>
  <div class="dialog-actions">
    ${button(gettext("Stay there"), () => close(), { focus: true })}
    ${button(gettext("Move here"), () => close("here"), { look: "btn-primary" })}
  </div>`, { describedby: "d-p" });

/** After a minute without a line: "retry", "listen" or "leave". */
export const askFailed = () => ask((close) => html`
  ${mark("alert")}
  <h2 id="d-h">${gettext("The room can’t be reached")}</h2>
  <p id="d-p">${gettext("Your network or the server is away. We go on trying; you can also listen by the plain stream.")}</p>
  <div class="dialog-actions">
    ${button(gettext("Leave"), () => close("leave"))}
    ${button(gettext("Listen only"), () => close("listen"))}
    ${button(gettext("Retry"), () => close("retry"), { look: "btn-primary", focus: true })}
  </div>`, { describedby: "d-p" });

/** One person: profile, and for hosts mute, move, invite. Resolves with the chosen act or "". */
export function askPerson(state, { person, tile = null, invitable = false }) {
  const mine = person.id === state.you?.person.id;
  const rules = isHost(state) && !mine && tile?.role !== "host";
  const choice = (close, value, glyph, name) =>
    html`<li><button type="button" @click=${() => close(value)}>${icon(glyph)}${name}</button></li>`;
  return ask((close) => html`
    <div class="person-head">${face(person, "av-l")}<span class="row-text">
      <h2 id="d-h" dir="auto">${person.name}</h2><span class="row-sub">${person.guest ? gettext("Guest") : `@${person.handle}`}</span></span></div>
    <ul class="menu">
      ${person.guest ? nothing : html`<li><a href="/@${person.handle}/" @click=${() => close("profile")}>${icon("users")}${gettext("See the profile")}</a></li>`}
      ${rules && tile && !tile.muted ? choice(close, "mute", "micoff", gettext("Mute")) : nothing}
      ${rules && tile ? choice(close, "demote", "down", gettext("Move to listeners")) : nothing}
      ${rules && !tile && invitable ? choice(close, "invite", "stage", gettext("Invite to speak")) : nothing}
      ${mine && ["speaker", "co_host"].includes(state.you.role) ? choice(close, "step-down", "down", gettext("Go back to the listeners")) : nothing}
    </ul>
    <div class="dialog-actions">${button(gettext("Close"), () => close(), { focus: true })}</div>`);
}

/** Everybody by name, with a search that asks the server. Resolves with the chosen listener or null. */
export async function askRoster(state, search) {
  let found = null;
  let chosen = null;
  let wanted = 0;
  const look = async (text, update) => {
    const mine = ++wanted;
    const result = await search(text).catch(() => null);
    if (mine !== wanted || !result) return;
    found = result;
    update();
  };
  const row = (one, close) => html`
    <li class="hand-row">${face(one.person, "av-m")}<span class="row-text"><span class="row-title" dir="auto">${one.person.name}</span><span
      class="row-sub">${one.person.guest ? gettext("Guest") : `@${one.person.handle}`}</span></span>
      <button class="btn btn-s" type="button" @click=${() => { chosen = one; close(); }}>${gettext("Open")}<span class="vh"> ${one.person.name}</span></button></li>`;
  await ask((close, update) => {
    if (!found) {
      found = { listeners: state.listeners.map((person) => ({ participant: "", person })) };
      look("", update);
    }
    return html`
      <h2 id="d-h">${gettext("Listeners")} <span class="num">${number(state.listenerCount)}</span></h2>
      <div class="field"><label for="roster-q">${gettext("Search by name")}</label>
        <input id="roster-q" type="search" autocomplete="off" autofocus @input=${(event) => look(event.target.value, update)}></div>
      <ul class="hands roster">${found.listeners.map((one) => row(one, close))}</ul>
      ${found.listeners.length ? nothing : html`<p class="sub">${gettext("Nobody by that name listens here.")}</p>`}
      ${state.hiddenCount ? html`<p class="note">${icon("eyeoff")}${gettext("Who listens hidden is counted, never named.")}</p>` : nothing}
      <div class="dialog-actions">${button(gettext("Close"), () => close())}</div>`;
  });
  return chosen;
}

/** Why the microphone does not work, step by step. Resolves with "again" or "". */
export function askMicHelp(problem) {
  const help = micHelp(problem) ?? micHelp("none");
  return ask((close) => html`
    ${mark("micoff")}
    <h2 id="d-h">${help.title}</h2>
    <ol class="steps-list" id="d-p">${help.steps.map((step) => html`<li>${step}</li>`)}</ol>
    <div class="dialog-actions">
      ${button(gettext("Keep listening"), () => close())}
      ${button(gettext("Try again"), () => close("again"), { look: "btn-primary", focus: true })}
    </div>`, { describedby: "d-p" });
}

/** The six emoji as a sheet above the bar, for phones and for the keyboard; the room stays in sight. */
export const askReaction = (tray) => ask((close) => html`
  <div @keydown=${({ key }) => EMOJI[key - 1] && close(EMOJI[key - 1].emoji)}>
    <h2 id="d-h">${gettext("React")}</h2>
    <ul class="react-row">${tray((emoji) => close(emoji))}</ul>
    <p class="sub keys-hint">${gettext("Keys 1 to 6 choose, Escape closes.")}</p>
  </div>`, { look: "dialog-sheet" });

/** The list of shortcuts. */
export const askShortcuts = () => ask((close) => html`
  <h2 id="d-h">${gettext("Keyboard shortcuts")}</h2>
  <dl class="keys">${SHORTCUTS.map(({ keys, name }) => html`<div><dt>${name()}</dt><dd><kbd>${keys}</kbd></dd></div>`)}</dl>
  <div class="dialog-actions">${button(gettext("Close"), () => close(), { focus: true })}</div>`);
