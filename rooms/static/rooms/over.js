// What is left when the room is over for you: why, and where to go.

import { fill, gettext, html, icon, nothing, typeset } from "./html.js";

const WORDS = {
  ended: () => [gettext("This room has ended"), gettext("Thank you for being here.")],
  removed: () => [gettext("The host removed you from this room."), gettext("You cannot come back to this one. You can join other rooms.")],
  elsewhere: () => [gettext("You joined on another device"), gettext("Your place is there now. This page is silent.")],
  forbidden: () => [gettext("You cannot join this room."), ""],
  gone: () => [gettext("There is no such room"), gettext("Perhaps the link is not complete.")],
  ticket: () => [gettext("This room needs a ticket"), ""],
  renew: () => [gettext("You are signed out"), gettext("Sign in again to go on listening.")],
};

const REASONS = {
  host_lost: () => gettext("The host did not come back."),
  stage_empty: () => gettext("Nobody was left on stage."),
};

/** Why staff closed the room, in the reader's language; null where they did not say. */
function closedReason(note) {
  const reason = note?.[document.documentElement.lang] ?? note?.en;
  return reason ? fill(gettext("This room was closed by the moderation team. Reason: %(reason)s"), { reason }) : null;
}

/** Whether the reader opened this room, and can contest that it was closed. */
const isCreator = (state) => state.you?.person.id === state.room.creator?.id;

/** What is over, in a few words. */
export const overTitle = (over) => (WORDS[over.kind] ?? WORDS.ended)()[0];

/** The whole content of `<main>` once the room is over. */
export function overView(over, live, data) {
  const [title, text] = (WORDS[over.kind] ?? WORDS.ended)();
  const closed = closedReason(over.note);
  const why = closed ?? (over.kind === "ended" ? REASONS[over.why]?.() ?? text : over.why || text);
  return html`
    <div class="over">
      <span class="dialog-mark">${icon(over.kind === "elsewhere" ? "phones" : "leave")}</span>
      <h1 tabindex="-1">${title}</h1>
      ${live.state.room.title ? html`<p class="row-title" dir="auto">${typeset(live.state.room.title)}</p>` : nothing}
      ${why ? html`<p class="sub">${why}</p>` : nothing}
      <p class="actions center">
        ${over.kind === "elsewhere" ? html`<a class="btn" data-full-page href=${live.url}>${gettext("Move here")}</a>` : nothing}
        ${over.kind === "renew" ? html`<a class="btn" href="${data.signIn}?next=${encodeURIComponent(live.url)}">${gettext("Sign in")}</a>` : nothing}
        ${closed && isCreator(live.state) && data.reports ? html`<a class="btn" data-full-page href=${data.reports}>${gettext("Appeal")}</a>` : nothing}
        <a class="btn btn-primary" href=${data.home}>${gettext("See what is live")}</a>
      </p>
      <p class="vh" role="alert" data-view="alert">${fill("%(title)s", { title })}</p>
    </div>`;
}
