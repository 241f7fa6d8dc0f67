// One polite and one urgent voice for screen readers. Joins, leaves and reactions are never spoken;
// hands and knocks, to hosts, are gathered for three seconds.

import { fill, gettext, ngettext } from "../js/i18n.js";
import { isHost, isOnStage, myHand, queue } from "./store.js";

const GATHER_MS = 3000;

const ASKING = {
  hands: (count) => ngettext("%(names)s asks to speak.", "%(n)s people ask to speak.", count),
  door: (count) => ngettext("%(names)s asks to come in.", "%(n)s people ask to come in.", count),
};

/** Id → name, of hands or of people. */
const names = (all) => new Map(all.map((one) => [one.id, (one.person ?? one).name]));

export class Announcer {
  #said = { polite: "", urgent: "" };
  #asking = { hands: [], door: [] };
  #timers = {};

  /** `roots` gives the elements with role=status and role=alert of the page that is shown now. */
  constructor(roots) {
    this.roots = roots;
  }

  say(text) {
    this.#put("polite", text);
  }

  alert(text) {
    this.#put("urgent", text);
  }

  /** What changed between two states that a listener to the page must know. */
  compare(before, after) {
    if (!before.known || !after.known) return;
    this.#mine(before, after);
    if (!isHost(after)) return;
    this.#gather("hands", names(queue(before)), names(queue(after)));
    this.#gather("door", names(before.knocks), names(after.knocks));
  }

  #mine(before, after) {
    const was = myHand(before);
    const hand = myHand(after);
    if (hand?.state === "offered" && was?.state !== "offered") this.say(gettext("You are invited to speak. Press Join as speaker."));
    else if (hand && !was) this.say(gettext("Your hand is up."));
    else if (was && !hand && !isOnStage(after)) this.say(gettext("Your hand is down."));
    if (isOnStage(after) && !isOnStage(before)) this.say(gettext("You are on stage. Your microphone is off."));
    else if (!isOnStage(after) && isOnStage(before)) this.say(gettext("You are listening. Your microphone is off."));
    else if (isOnStage(after) && before.you.muted !== after.you.muted) {
      this.say(after.you.muted ? gettext("Your microphone is off.") : gettext("Your microphone is on."));
    }
  }

  #gather(what, before, after) {
    const asking = this.#asking[what];
    for (const [id, name] of after) if (!before.has(id)) asking.push(name);
    if (!asking.length || this.#timers[what]) return;
    this.#timers[what] = setTimeout(() => {
      const told = asking.splice(0);
      this.#timers[what] = 0;
      this.say(fill(ASKING[what](told.length), { names: told[0], n: told.length }));
    }, GATHER_MS);
  }

  #put(kind, text) {
    const element = this.roots()[kind];
    if (!element) return;
    // The same words twice are only spoken twice when the text really changes.
    element.textContent = text === this.#said[kind] ? `${text}\u00a0` : text;
    this.#said[kind] = element.textContent;
  }
}
