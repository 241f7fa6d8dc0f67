// The host's side of the room: raised hands in order, people on stage, people who listen, settings.

import { audienceView } from "./audience.js";
import { ago, bars, face, fill, gettext, html, icon, ngettext, nothing, repeat, roleWord } from "./html.js";
import { languages } from "./spoken.js";
import { mutable, queue } from "./store.js";

const TABS = [
  { id: "queue", name: () => gettext("Queue") },
  { id: "people", name: () => gettext("People") },
  { id: "settings", name: () => gettext("Settings") },
];

const answerButtons = (hand, act, primary) => html`<span class="row-acts">
  <button class="btn btn-quiet btn-icon btn-s" type="button" @click=${() => act.refuse(hand)}
    aria-label=${fill(gettext("Not now: %(name)s"), { name: hand.person.name })}>${icon("x")}</button>
  <button class="btn ${primary ? "btn-primary" : "btn-tint"} btn-s" type="button" @click=${() => act.accept(hand)}>${gettext("Accept")}<span
    class="vh"> ${hand.person.name}</span></button></span>`;

const handFace = (hand, place) => html`<span class="place-av">${face(hand.person, "av-m")}<span
  class="place">${place}</span></span>`;

const waiting = (hand) => html`${ago(hand.raised_at)}${hand.first_time
  ? html` · <span class="first">${gettext("first time")}</span>`
  : nothing}`;

const handRow = (hand, index, act) => html`
  <li class="hand-row">${handFace(hand, index + 1)}
    <span class="row-text"><span class="row-title" dir="auto">${hand.person.name}</span><span class="row-sub">${waiting(hand)}</span></span>
    ${answerButtons(hand, act, index === 0)}
  </li>`;

const offeredRow = (hand) => html`
  <li class="hand-row">${face(hand.person, "av-m")}
    <span class="row-text"><span class="row-title" dir="auto">${hand.person.name}</span><span
      class="row-sub">${gettext("asked on stage, not answered yet")}</span></span>
  </li>`;

function queueSection(state, act) {
  const hands = queue(state);
  const offered = state.hands.filter((hand) => hand.state === "offered");
  const paused = state.room.hands_open === false;
  return html`
    <section class="queue" aria-labelledby="queue">
      <h2 id="queue" class="sec" tabindex="-1">${gettext("Raised hands")} <span class="num">${hands.length}</span></h2>
      ${hands.length || offered.length
        ? html`<ol class="hands">${repeat(hands, (hand) => hand.id, (hand, index) => handRow(hand, index, act))}${offered.map(offeredRow)}</ol>`
        : html`<p class="sub">${paused
            ? gettext("Hands are paused: nobody can ask now.")
            : gettext("Nobody has asked to speak yet.")}</p>`}
      <p class="actions">
        ${hands.length
          ? html`<button class="btn btn-s" type="button" @click=${act.lowerAll}>${icon("hand")}${gettext("Lower all")}</button>`
          : nothing}
        <button class="btn btn-s" type="button" aria-pressed=${paused} @click=${() => act.setHandsOpen(paused)}>${icon("lock")}${gettext("Pause hands")}</button>
      </p>
    </section>`;
}

const doorButtons = (person, act) => html`<span class="row-acts">
  <button class="btn btn-quiet btn-icon btn-s" type="button" @click=${() => act.refuseEntry(person)}
    aria-label=${fill(gettext("Do not let in: %(name)s"), { name: person.name })}>${icon("x")}</button>
  <button class="btn btn-tint btn-s" type="button" @click=${() => act.admit(person)}>${gettext("Let in")}<span class="vh"> ${person.name}</span></button></span>`;

/** Who waits outside, where the hosts let people in one by one. */
const doorSection = (state, act) => (state.knocks.length ? html`
  <section class="queue" aria-labelledby="at-door">
    <h2 id="at-door" class="sec" tabindex="-1">${gettext("At the door")} <span class="num">${state.knocks.length}</span></h2>
    <ul class="hands">${repeat(state.knocks, (person) => person.id, (person) => html`
      <li class="hand-row">${face(person, "av-m")}<span class="row-text"><span class="row-title" dir="auto">${person.name}</span><span
        class="row-sub">@${person.handle}</span></span>
        ${doorButtons(person, act)}</li>`)}</ul>
  </section>` : nothing);

const AGES = () => [[0, gettext("Accounts of any age")], [24, gettext("Accounts older than a day")], [168, gettext("Accounts older than a week")]];

/** Raid mode: for whoever comes from now on; nobody who is in has to go. */
const raidSection = ({ room }, act) => html`
  <section class="queue" aria-labelledby="raid">
    <h2 id="raid" class="sec">${gettext("Raid mode")}</h2>
    <p class="sub">${gettext("For people who come from now on. Whoever is in stays, invited people come in.")}</p>
    <form class="form-plain" @submit=${act.setEntry}>
      <div class="field"><label for="raid-age">${gettext("Who may come in")}</label>
        <select id="raid-age" name="age_hours">${AGES().map(([hours, name]) => html`<option value=${hours} ?selected=${room.entry_age_hours === hours}>${name}</option>`)}</select></div>
      ${check("followers", room.entry_followers, gettext("Followers only"), gettext("People who follow whoever opened the room."))}
      ${check("approval", room.entry_approval, gettext("I let people in"), gettext("Whoever comes waits at the door until a host says yes."))}
      <p class="actions"><button class="btn btn-s">${icon("shield")}${gettext("Apply")}</button></p>
    </form>
  </section>`;

const soundWord = (tile, speaking) => {
  if (!tile.connected) return gettext("reconnecting");
  if (speaking && !tile.muted) return html`<span class="speaking-word">${bars}${gettext("speaking")}</span>`;
  return tile.muted ? gettext("muted") : gettext("microphone on");
};

const stageRow = (tile, state, act) => html`
  <li class="hand-row">${face(tile.person, "av-m")}
    <span class="row-text"><span class="row-title" dir="auto">${tile.person.name}</span><span
      class="row-sub">${roleWord(tile.role)} · ${soundWord(tile, state.speaking?.includes(tile.participant))}</span></span>
    ${tile.participant === state.you.participant || tile.role === "host"
      ? nothing
      : html`<span class="row-acts">${tile.muted
          ? nothing
          : html`<button class="btn btn-s" type="button" @click=${() => act.mute(tile)}>${gettext("Mute")}<span class="vh"> ${tile.person.name}</span></button>`}
        <button class="btn btn-quiet btn-icon btn-s" type="button" aria-haspopup="dialog" @click=${() => act.person(tile)}
          aria-label=${fill(gettext("More about %(name)s"), { name: tile.person.name })}>${icon("more")}</button></span>`}
  </li>`;

const onStageSection = (state, act) => html`
  <div class="onstage">
    <div class="panel-head"><h2 id="onstage" class="sec" tabindex="-1">${gettext("On stage")} <span class="num">${state.stage.length}</span></h2>
      ${mutable(state).length
        ? html`<button class="btn btn-s" type="button" aria-haspopup="dialog" @click=${act.muteAll}>${icon("micoff")}${gettext("Mute all")}</button>`
        : nothing}</div>
    <ul class="hands">${repeat(state.stage, (tile) => tile.participant, (tile) => stageRow(tile, state, act))}</ul>
    <p class="actions"><button class="btn btn-s" type="button" aria-pressed=${Boolean(state.room.mics_locked)}
      @click=${() => act.setLocked(!state.room.mics_locked)}>${icon("lock")}${gettext("Lock mics")}</button></p>
  </div>`;

const peopleSection = (state, act) => html`
  <section class="audience" aria-labelledby="aud">${audienceView(state, act)}
    <p class="actions"><button class="btn btn-s" type="button" aria-haspopup="dialog" @click=${act.invite}>${icon("userplus")}${gettext("Invite people")}</button></p>
  </section>`;

const WHO = () => [
  ["EVERYONE", gettext("Everyone may ask")],
  ["FOLLOWED", gettext("People I follow may ask")],
  ["INVITED", gettext("Only people I invite")],
];

const check = (name, on, title, hint) => html`
  <label class="check"><input type="checkbox" name=${name} .checked=${Boolean(on)}><span><b>${title}</b><span class="hint">${hint}</span></span></label>`;

function settingsSection(state, act) {
  const room = state.room;
  return html`
    <section class="queue" aria-labelledby="settings">
      <h2 id="settings" class="sec" tabindex="-1">${gettext("Settings of the room")}</h2>
      <form class="form-plain" @submit=${act.saveSettings}>
        <div class="field"><label for="set-title">${gettext("Title")}</label>
          <input id="set-title" name="title" required minlength="5" maxlength="80" .value=${room.title ?? ""}></div>
        <div class="field"><label for="set-description">${gettext("Description")} <span class="hint">${gettext("optional")}</span></label>
          <textarea id="set-description" name="description" rows="3" maxlength="1000" .value=${room.description ?? ""}></textarea></div>
        <div class="field"><label for="set-topics">${gettext("Topics")} <span class="hint">${gettext("Separated by commas, five at most.")}</span></label>
          <input id="set-topics" name="topics" maxlength="160" .value=${(room.topics ?? []).join(", ")}></div>
        <div class="field"><label for="set-language">${gettext("Language spoken")}</label>
          <select id="set-language" name="language">${Object.entries(languages()).map(([code, name]) => html`<option value=${code} lang=${code} ?selected=${room.lang === code}>${name}</option>`)}</select></div>
        <div class="field"><label for="set-who">${gettext("Who may speak")}</label>
          <select id="set-who" name="who_may_speak">${WHO().map(([value, name]) => html`<option value=${value} ?selected=${String(room.who_may_speak).toUpperCase() === value}>${name}</option>`)}</select></div>
        ${check("guests_allowed", room.guests_allowed, gettext("Guests may listen"), gettext("People without an account hear the room too."))}
        ${check("hidden_allowed", room.hidden_allowed, gettext("Hidden listening"), gettext("Listeners may stay unnamed; they are always counted."))}
        <p class="actions"><button class="btn btn-primary btn-s">${gettext("Save")}</button></p>
      </form>
      <p class="actions"><button class="btn btn-s" type="button" aria-haspopup="dialog" @click=${act.removed}>${icon("userminus")}${gettext("Removed from this room")}</button></p>
    </section>${raidSection(state, act)}`;
}

const SECTIONS = {
  queue: (state, act) => html`${doorSection(state, act)}${queueSection(state, act)}${onStageSection(state, act)}`,
  people: peopleSection,
  settings: settingsSection,
};

/** The content of the side column for hosts; `tab` is one of queue, people, settings. */
export function hostPanelView(state, tab, act) {
  const waitingPeople = queue(state).length + state.knocks.length;
  return html`
    <nav class="seg" aria-label=${gettext("Host panel")}>
      ${TABS.map(({ id, name }) => html`<a href="#${id}" aria-current=${tab === id ? "true" : nothing}
        @click=${(event) => { event.preventDefault(); act.tab(id); }}>${name()}${id === "queue" && waitingPeople
          ? html` <span class="num">${waitingPeople}</span>`
          : nothing}</a>`)}
    </nav>
    ${SECTIONS[tab](state, act)}`;
}

/** The strips above the stage on a phone: the next hand, and who has waited longest at the door, one touch away. */
export const nextView = (state, act) => html`${nextHandView(state, act)}${state.knocks.length ? nextKnockView(state.knocks, act) : nothing}`;

const nextKnockView = ([person, ...rest], act) => html`
  <section class="next" aria-label=${gettext("Next at the door")}>${face(person, "av-m")}
    <span class="row-text"><span class="row-title" dir="auto">${person.name}</span><span
      class="row-sub">${gettext("at the door")}${othersView(rest, act)}</span></span>
    ${doorButtons(person, act)}
  </section>`;

const othersView = (rest, act) => (rest.length
  ? html` · <a href="#queue" @click=${(event) => { event.preventDefault(); act.showQueue(); }}>${fill(
      ngettext("%(n)s more", "%(n)s more", rest.length), { n: rest.length })}</a>`
  : nothing);

function nextHandView(state, act) {
  const [hand, ...rest] = queue(state);
  if (!hand) return nothing;
  return html`
    <section class="next" aria-label=${gettext("Next raised hand")}>${handFace(hand, 1)}
      <span class="row-text"><span class="row-title" dir="auto">${hand.person.name}</span><span
        class="row-sub">${hand.first_time ? gettext("first time") : ago(hand.raised_at)}${othersView(rest, act)}</span></span>
      ${answerButtons(hand, act, true)}
    </section>`;
}
