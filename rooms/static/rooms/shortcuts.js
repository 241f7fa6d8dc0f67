// The keyboard: chords by default, single keys only for who wants them, never while a field has focus.

import { gettext } from "../js/i18n.js";

/** What the list shows; the single keys work once they are switched on. */
export const SHORTCUTS = [
  { keys: "Ctrl D · M", name: () => gettext("Mute or unmute") },
  { keys: "V", name: () => gettext("Hold to talk (when switched on)") },
  { keys: "Ctrl Shift H · H", name: () => gettext("Raise or lower your hand") },
  { keys: "Ctrl Shift E · R", name: () => gettext("Reactions, then 1 to 6") },
  { keys: "F2, C", name: () => gettext("Show or hide captions") },
  { keys: "F2, P", name: () => gettext("People and queue") },
  { keys: "F2, S", name: () => gettext("Say how things stand") },
  { keys: "F2", name: () => gettext("Go to the bar of controls") },
  { keys: "Ctrl Shift /", name: () => gettext("This list") },
];

const CHORDS = { "ctrl+d": "mic", "ctrl+shift+h": "hand", "ctrl+shift+e": "react", "ctrl+shift+/": "list", "ctrl+shift+?": "list", "ctrl+shift+:": "list" };
const SINGLE = { m: "mic", h: "hand", r: "react", c: "captions", p: "people" };
const IN_BAR = { m: "mic", h: "hand", r: "react", c: "captions", p: "people", s: "status" };

/** Switches kept on this device. */
export const wanted = {
  get chords() {
    return localStorage.getItem("spaces.keys.chords") !== "off";
  },
  get single() {
    return localStorage.getItem("spaces.keys.single") === "on";
  },
  get pushToTalk() {
    return localStorage.getItem("spaces.keys.talk") === "on";
  },
};

const isField = (element) =>
  element?.closest?.("input, textarea, select, [contenteditable]") || (element?.closest?.("dialog[open]") ?? null);
const isControl = (element) => element?.closest?.("button, a[href], summary, [role=slider]");

/** The act that this key press asks for, or ""; pure but for the switches. */
export function actFor(event, { inBar = false, switches = wanted } = {}) {
  if (isField(event.target) || event.isComposing) return "";
  const chord = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (event.key === "F2" && !chord && !event.altKey) return "bar";
  if (chord && !event.altKey) {
    if (!switches.chords) return "";
    return CHORDS[`ctrl+${event.shiftKey ? "shift+" : ""}${key}`] ?? "";
  }
  if (event.altKey || event.repeat) return "";
  if (inBar) return IN_BAR[key] ?? "";
  if (!switches.single || isControl(event.target)) return "";
  return SINGLE[key] ?? "";
}

/** Listen on the page; `acts` maps names to functions. Returns what stops it. */
export function listen(acts, bar) {
  const down = (event) => {
    if (event.key === "Escape" && bar()?.contains(event.target) && !document.querySelector("dialog[open]")) {
      event.target.blur();
      return;
    }
    if (event.key.toLowerCase() === "v" && wanted.pushToTalk && !event.repeat && !isField(event.target) && !chorded(event)) {
      acts.talk(true);
      return;
    }
    const act = actFor(event, { inBar: bar()?.contains(event.target) });
    if (!act || !acts[act]) return;
    event.preventDefault();
    acts[act]();
  };
  const up = (event) => event.key.toLowerCase() === "v" && wanted.pushToTalk && acts.talk(false);
  const away = () => wanted.pushToTalk && acts.talk(false);
  document.addEventListener("keydown", down);
  document.addEventListener("keyup", up);
  addEventListener("blur", away);
  return () => {
    document.removeEventListener("keydown", down);
    document.removeEventListener("keyup", up);
    removeEventListener("blur", away);
  };
}

const chorded = (event) => event.ctrlKey || event.metaKey || event.altKey;
