// What is left when the room is over for you: why, and where to go.

import { fill, gettext, html, icon, nothing, render, typeset } from "./html.js";

const WORDS = {
  ended: () => [gettext("This room has ended"), gettext("Thank you for being here.")],
  removed: ({ forNow }) => [gettext("The host removed you from this room."), forNow
    ? gettext("It is for now: you may come back.")
    : gettext("You cannot come back to this one. You can join other rooms.")],
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

/** Whether the room was the reader's: whoever opened or hosted it can contest that staff closed it. */
const wasTheirs = ({ you, room }) => you?.role === "host" || (Boolean(you) && you.person.id === room.creator?.id);

const wordsOf = (over) => (WORDS[over.kind] ?? WORDS.ended)(over);

/** What is over, in a few words. */
export const overTitle = (over) => wordsOf(over)[0];

/** Whose decision a removal was, and what there is against it. */
const removalView = ({ forNow }, live, data) => html`
  <div class="removal">
    <details name="removal"><summary class="btn">${gettext("Why?")}</summary><p>${forNow
      ? gettext("A host of this room removed you for now. Hosts decide who is in their room, and need not give a reason.")
      : gettext("A host of this room removed you for good. Hosts decide who is in their room, and need not give a reason.")}
      <a href="${data.help}#removed">${gettext("What hosts may do")}</a></p></details>
    <details name="removal"><summary class="btn">${gettext("Appeal")}</summary><p>${forNow
      ? gettext("The moderation team does not decide about the hosts’ room. If a host broke the rules, by an insult or by shutting you out for what you are, report the room.")
      : gettext("Only the hosts can let you in again: the moderation team does not decide about their room. If a host broke the rules, by an insult or by shutting you out for what you are, report the room.")}</p>${data.report
      ? html`<p><a class="btn" data-full-page href="${data.report}?${new URLSearchParams({ room: live.id, at: new Date().toISOString() })}">${icon("flag")}${gettext("Report this room")}</a></p>`
      : nothing}</details>
  </div>`;

/** Draw what is left into `<main>`; of a room that has ended that is more than words, unless staff closed it. */
export function drawOver(main, over, live) {
  render(overView(over, live, main.dataset), main);
  const after = main.querySelector("[data-view=after]");
  const signIn = `${main.dataset.signIn}?next=${encodeURIComponent(live.url)}`;
  if (after) import("./after.js").then(({ showAfter }) => showAfter(after, live, signIn)).catch(() => {});
}

/** The whole content of `<main>` once the room is over. */
function overView(over, live, data) {
  const [title, text] = wordsOf(over);
  const closed = closedReason(over.note);
  const why = closed ?? (over.kind === "ended" ? REASONS[over.why]?.() ?? text : over.why || text);
  return html`
    <div class="over">
      <span class="dialog-mark">${icon(over.kind === "elsewhere" ? "phones" : "leave")}</span>
      <h1 tabindex="-1">${title}</h1>
      ${live.state.room.title ? html`<p class="row-title" dir="auto">${typeset(live.state.room.title)}</p>` : nothing}
      ${why ? html`<p class="sub">${why}</p>` : nothing}
      ${over.kind === "removed" ? removalView(over, live, data) : nothing}
      <p class="actions center">
        ${over.kind === "elsewhere" ? html`<a class="btn" data-full-page href=${live.url}>${gettext("Move here")}</a>` : nothing}
        ${over.kind === "removed" && over.forNow ? html`<a class="btn" data-full-page href=${live.url}>${gettext("Come back")}</a>` : nothing}
        ${over.kind === "renew" ? html`<a class="btn" href="${data.signIn}?next=${encodeURIComponent(live.url)}">${gettext("Sign in")}</a>` : nothing}
        ${closed && wasTheirs(live.state) && data.reports ? html`<a class="btn" data-full-page href=${data.reports}>${gettext("Appeal")}</a>` : nothing}
        <a class="btn btn-primary" href=${data.home}>${gettext("See what is live")}</a>
      </p>
      <p class="vh" role="alert" data-view="alert">${fill("%(title)s", { title })}</p>
    </div>
    ${over.kind === "ended" && !closed ? html`<div class="after" data-view="after"></div>` : nothing}`;
}
