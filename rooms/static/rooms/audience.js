// Who listens: the first sixty by name, everybody in the count, the others by search.

import { face, fill, gettext, html, icon, ngettext, nothing, repeat, shortName } from "./html.js";

const FIRST = 60;

const seatView = (person, state, act) => {
  const hand = state.hands.find((one) => one.person.id === person.id && one.state === "raised");
  const mine = person.id === state.you?.person.id;
  return html`
    <li><button class="seat" type="button" aria-haspopup="dialog" data-person=${person.id} @click=${() => act.listener(person)}>
      ${face(person, "av-m")}
      ${hand ? html`<span class="micdot hand-dot">${icon("hand")}</span>` : nothing}
      <span class="seat-name" dir="auto">${mine ? gettext("You") : shortName(person)}</span>
      ${hand ? html`<span class="vh">${gettext(", hand raised")}</span>` : nothing}
    </button></li>`;
};

const hiddenNote = (count) =>
  count
    ? html`<p class="note">${icon("eyeoff")}${fill(
        ngettext("And %(n)s person who listens without being named", "And %(n)s people who listen without being named", count),
        { n: count })}</p>`
    : nothing;

/** The content of `<section class="audience">`. */
export function audienceView(state, act) {
  const named = state.listeners.slice(0, FIRST);
  const count = state.listenerCount;
  return html`
    <div class="panel-head">
      <h2 id="aud" class="sec">${gettext("Listeners")} <span class="num">${count}</span></h2>
      ${count > 0 ? html`<button class="more" type="button" @click=${act.roster}>${gettext("Show all")}</button>` : nothing}
    </div>
    ${named.length
      ? html`<ul class="seats">${repeat(named, (person) => person.id, (person) => seatView(person, state, act))}</ul>`
      : html`<p class="note">${gettext("Nobody is listening by name yet.")}</p>`}
    ${hiddenNote(state.hiddenCount)}`;
}
