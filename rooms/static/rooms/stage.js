// The stage: one tile a person, in an order that speaking never changes, with rings that follow real sound.

import { bars, face, fill, gettext, html, icon, nothing, repeat, roleWord } from "./html.js";
import { EMOJI } from "./reactions.js";

const HOLD_MS = 600;

/** What a tile's microphone shows: speaking is drawn by `Levels`, the rest comes from the state. */
const micWord = (tile) => {
  if (!tile.connected) return gettext(", reconnecting");
  if (tile.muted) return gettext(", muted");
  return gettext(", microphone on");
};

const micIcon = (tile) => (tile.connected ? icon(tile.muted ? "micoff" : "mic") : icon("clock"));

/** What you decided about somebody, on their tile. */
const ownWord = (tile, state) => {
  if (state.blocked.includes(tile.person.id)) return gettext("Blocked");
  return state.you?.silenced?.includes(tile.person.id) ? gettext("Muted for you") : "";
};

const roleLine = (tile, own) =>
  (own ? html`${icon("ban")}${own}` : html`${tile.role === "host" ? icon("crown") : nothing}${roleWord(tile.role)}`);

const tileView = (tile, state, act) => html`
  <li>
    <button class="person" type="button" aria-haspopup="dialog" data-participant=${tile.participant}
      data-person=${tile.person.id} data-mic=${tile.muted ? "muted" : "open"} ?data-away=${!tile.connected}
      @click=${() => act.person(tile)}>
      <span class="person-av">${face(tile.person, "av-l")}
        <span class="micdot"><span class="mic-still">${micIcon(tile)}</span><span class="mic-moves">${bars}</span></span>
      </span>
      <span class="person-name" dir="auto">${tile.person.name}</span>
      <span class="person-role">${roleLine(tile, ownWord(tile, state))}</span>
      <span class="vh">${tile.participant === state.you?.participant ? gettext(", you") : nothing}<span
        class="mic-word">${micWord(tile)}</span><span class="speaks-word">${gettext(", speaking")}</span></span>
    </button>
  </li>`;

const tallyView = (tally) =>
  EMOJI.filter(({ emoji }) => tally[emoji]).slice(0, 2).map(({ emoji }) => html`<span><span class="glyph">${emoji}</span> ${tally[emoji]}</span>`);

/** The content of `<section class="stage">`. */
export function stageView(state, act) {
  return html`
    <div class="stage-head">
      <h2 id="stage" class="sec" tabindex="-1">${gettext("Speakers")} <span class="num">${state.stage.length}</span></h2>
      <p class="tally" aria-hidden="true">${tallyView(state.tally)}</p>
    </div>
    ${state.stage.length
      ? html`<ul class="people">${repeat(state.stage, (tile) => tile.participant, (tile) => tileView(tile, state, act))}</ul>`
      : html`<p class="note">${gettext("Nobody is on stage just now.")}</p>`}`;
}

/**
 * Rings by real levels. Only custom properties and one attribute change, never the order, and a
 * ring stays 600 ms after the last level so that pauses between words do not make it flicker.
 */
export class Levels {
  #until = new Map();
  #timer = 0;

  constructor(root) {
    this.root = root;
  }

  /** `levels`: participant → 1 to 9; who is missing falls silent after the hold. */
  show(levels) {
    const now = performance.now();
    for (const [participant, level] of Object.entries(levels)) {
      const tile = this.#tile(participant);
      if (!tile) continue;
      tile.toggleAttribute("data-speaking", true);
      tile.style.setProperty("--lvl", String(Math.min(1, level / 9)));
      this.#until.set(participant, now + HOLD_MS);
    }
    this.#settle();
  }

  /** Who is drawn as speaking now. */
  get speaking() {
    return [...this.#until.keys()];
  }

  #tile(participant) {
    return this.root().querySelector(`.person[data-participant="${CSS.escape(participant)}"]`);
  }

  #settle() {
    clearTimeout(this.#timer);
    const now = performance.now();
    for (const [participant, until] of this.#until) {
      if (until > now) continue;
      this.#until.delete(participant);
      const tile = this.#tile(participant);
      tile?.toggleAttribute("data-speaking", false);
      tile?.style.removeProperty("--lvl");
    }
    if (this.#until.size) this.#timer = setTimeout(() => this.#settle(), HOLD_MS / 4);
  }
}

/** "Ana speaks", "Ana and Bo speak" or "Nobody speaks", for the spoken status. */
export function speakersSentence(state, speaking) {
  const names = state.stage.filter((tile) => speaking.includes(tile.participant)).map((tile) => tile.person.name);
  if (!names.length) return gettext("Nobody is speaking.");
  const list = new Intl.ListFormat(document.documentElement.lang).format(names);
  return fill(names.length === 1 ? gettext("%(names)s is speaking.") : gettext("%(names)s are speaking."), { names: list });
}
