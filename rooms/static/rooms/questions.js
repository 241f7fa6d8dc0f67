// Questions and lists that a press opens; fetched while nobody has pressed yet.

import { ask, button, mark } from "./dialogs.js";
import { face, fill, gettext, html, icon, ngettext, nothing, number } from "./html.js";
import { micHelp } from "./michelp.js";
import { EMOJI } from "./reactions.js";
import { SHORTCUTS } from "./shortcuts.js";

/** End for everybody? Resolves with "end", "hand-over" or "". */
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
      ${heir ? button(fill(gettext("Hand over to %(name)s"), { name: heir.person.name }), () => close("hand-over")) : nothing}
      ${button(gettext("End"), () => close("end"), { look: "btn-danger" })}
    </div>`, { describedby: "d-p" });
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
