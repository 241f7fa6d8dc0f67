// Six emoji: sent one by one, shown in batches, rising from the shoulder of who sent them.

import { gettext, html } from "./html.js";

/** The fixed set, in the order of the tray; keys 1 to 6 inside the reactions panel. */
export const EMOJI = [
  { emoji: "👏", name: () => gettext("Clap") },
  { emoji: "❤️", name: () => gettext("Love") },
  { emoji: "😂", name: () => gettext("Laugh") },
  { emoji: "💯", name: () => gettext("Exactly") },
  { emoji: "🤔", name: () => gettext("Thinking") },
  { emoji: "🎉", name: () => gettext("Celebrate") },
];

const FLOAT_MS = 3000;
const MOST_FLOATS = 24;

/** The six buttons; the visible count stands in the name too. */
export const trayView = (tally, send) =>
  EMOJI.map(({ emoji, name }) => html`
    <li><button type="button" class="emoji" aria-label="${name()}, ${tally[emoji] ?? 0}" @click=${() => send(emoji)}>
      <span class="glyph" aria-hidden="true">${emoji}</span><span class="emoji-n" aria-hidden="true">${tally[emoji] ?? 0}</span>
    </button></li>`);

/** Whether emoji may fly: the person's own switch and the system's wish for less motion. */
export function mayFloat() {
  return localStorage.getItem("spaces.floats") !== "off" && !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Let a batch rise: `floats` are pairs of sender and emoji; the others rise from the middle of the stage. */
export function float(root, { counts, floats }) {
  if (!mayFloat()) return;
  const left = { ...counts };
  for (const [sender, emoji] of floats) {
    left[emoji] = (left[emoji] ?? 1) - 1;
    rise(root, placeOf(root, sender), emoji);
  }
  for (const [emoji, count] of Object.entries(left)) if (count > 0) rise(root, placeOf(root, null), emoji);
}

function placeOf(root, sender) {
  const key = sender && CSS.escape(sender);
  const seat = key && root.querySelector(`[data-participant="${key}"], [data-person="${key}"]`);
  return seat?.querySelector(".person-av") ?? seat ?? root.querySelector(".stage-head");
}

function rise(root, place, emoji) {
  if (!place || root.querySelectorAll(".float").length >= MOST_FLOATS) return;
  const drop = document.createElement("span");
  drop.className = "float glyph";
  drop.setAttribute("aria-hidden", "true");
  drop.textContent = emoji;
  drop.style.setProperty("--drift", `${Math.round((Math.random() - 0.5) * 24)}px`);
  place.append(drop);
  setTimeout(() => drop.remove(), FLOAT_MS);
}
