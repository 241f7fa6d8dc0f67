// Asking people in: followers by name, anybody by a link. An invitation stands until it is answered.

import { ask, button } from "./dialogs.js";
import { face, fill, gettext, html, icon, nothing } from "./html.js";
import { call, everything } from "./rest.js";
import { refusalWords } from "./words.js";

const STATES = () => ({
  open: gettext("invited"), accepted: gettext("accepted"), declined: gettext("declined"), withdrawn: gettext("withdrawn"),
});

/** What the dialogue knows: followers found, invitations by person id, a line of news. */
class Invitations {
  /** Null until the server has answered. */
  found = null;
  query = "";
  sent = new Map();
  news = "";
  #wanted = 0;

  constructor(live) {
    this.path = `rooms/${live.id}`;
  }

  /** Run `deed`; a refusal becomes the news. */
  async #told(deed, words = "") {
    try {
      await deed();
      this.news = words;
    } catch (error) {
      this.news = refusalWords(error);
    }
  }

  begin() {
    return this.#told(async () => {
      const told = await everything(`${this.path}/invitations/`);
      for (const one of told.reverse()) this.sent.set(one.person.id, one);
    });
  }

  async look(text) {
    const mine = ++this.#wanted;
    const found = await call("GET", `me/invitable/?query=${encodeURIComponent(text)}`).catch(() => null);
    if (mine === this.#wanted && found) Object.assign(this, { found, query: text });
  }

  send(person, kind) {
    return this.#told(async () => {
      const { id } = await call("POST", `${this.path}/invitations/`, { person: person.id, kind });
      this.sent.set(person.id, { id, kind, state: "open", person });
    }, fill(kind === "speak" ? gettext("%(name)s is invited to speak.") : gettext("%(name)s is invited to listen."), { name: person.name }));
  }

  withdraw(invitation) {
    return this.#told(async () => {
      await call("DELETE", `${this.path}/invitations/${invitation.id}/`);
      this.sent.set(invitation.person.id, { ...invitation, state: "withdrawn" });
    }, fill(gettext("%(name)s is no longer invited."), { name: invitation.person.name }));
  }

  /** The link goes to the clipboard; where there is none it is shown. */
  link(kind) {
    return this.#told(async () => {
      const { url } = await call("POST", `${this.path}/invitation-links/`, { kind });
      const copied = await navigator.clipboard?.writeText(url).then(() => true, () => false);
      this.url = copied ? "" : url;
    }, kind === "speak" ? gettext("Link copied: whoever opens it may speak.") : gettext("Link copied: whoever opens it is invited to listen."));
  }

  withdrawLinks() {
    return this.#told(() => call("DELETE", `${this.path}/invitation-links/`), gettext("No invitation link of this room works any more."));
  }
}

function personRow(person, known, act) {
  const invitation = known.sent.get(person.id);
  const stands = invitation && ["open", "accepted"].includes(invitation.state);
  return html`
    <li class="hand-row">${face(person, "av-m")}<span class="row-text"><span class="row-title" dir="auto">${person.name}</span><span
      class="row-sub">@${person.handle}${invitation ? html` · ${STATES()[invitation.state]}` : nothing}</span></span>
      ${stands
        ? html`<button class="btn btn-s" type="button" @click=${() => act(known.withdraw(invitation))}>${gettext("Withdraw")}<span class="vh"> ${person.name}</span></button>`
        : html`<span class="row-acts"><button class="btn btn-s" type="button" @click=${() => act(known.send(person, "listen"))}>${gettext("To listen")}<span class="vh"> ${person.name}</span></button>
          <button class="btn btn-tint btn-s" type="button" @click=${() => act(known.send(person, "speak"))}>${gettext("To speak")}<span class="vh"> ${person.name}</span></button></span>`}</li>`;
}

function peopleView(known, act) {
  if (!known.found) return nothing;
  if (known.found.length) return html`<ul class="hands roster">${known.found.map((person) => personRow(person, known, act))}</ul>`;
  return html`<p class="sub">${known.query
    ? gettext("None of your followers has that name.")
    : gettext("Nobody follows you yet. With a link you can invite anybody.")}</p>`;
}

const linksView = (known, act) => html`
  <h3 class="sec">${gettext("By a link")}</h3>
  <p class="actions">
    <button class="btn btn-s" type="button" @click=${() => act(known.link("listen"))}>${icon("link")}${gettext("Copy a link to listen")}</button>
    <button class="btn btn-s" type="button" @click=${() => act(known.link("speak"))}>${icon("link")}${gettext("Copy a link to speak")}</button>
    <button class="btn btn-quiet btn-s" type="button" @click=${() => act(known.withdrawLinks())}>${gettext("Withdraw all links")}</button>
  </p>
  ${known.url ? html`<div class="field"><label for="invite-url">${gettext("The link")}</label><input id="invite-url" readonly .value=${known.url}></div>` : nothing}`;

/** The host's dialogue; resolves when it is closed. */
export function askInvite(live) {
  const known = new Invitations(live);
  let begun = false;
  return ask((close, update) => {
    const act = (deed) => deed.then(update);
    if (!begun) {
      begun = true;
      act(known.begin());
      act(known.look(""));
    }
    return html`
      <h2 id="d-h">${gettext("Invite people")}</h2>
      <div class="field"><label for="invite-q">${gettext("Search your followers")}</label>
        <input id="invite-q" type="search" autocomplete="off" autofocus @input=${(event) => act(known.look(event.target.value))}></div>
      ${peopleView(known, act)}
      ${linksView(known, act)}
      <p class="note" role="status">${known.news}</p>
      <div class="dialog-actions">${button(gettext("Close"), () => close())}</div>`;
  });
}
