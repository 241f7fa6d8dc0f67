// What every view draws with: the vendored renderer, icons, faces, times.

import { gettext, fill, ngettext, number } from "../js/i18n.js";
import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ringed } from "./ringed.js";

export { fill, gettext, html, ngettext, nothing, number, render, repeat };

let sprite = "";

/** The hashed address of the sprite, told once by the page. */
export function useSprite(url) {
  sprite = url;
}

export const icon = (name) => html`<svg class="i" aria-hidden="true"><use href="${sprite}#${name}"></use></svg>`;

/** A face, in its ring as the server draws it (`templatetags/rings.py`); pages that show faces draw anew on `spaces:rings`. */
export function face(person, size) {
  const image = html`<img class="av ${size}" src=${person.avatar} alt="" width="80" height="80">`;
  if (!ringed.has(person.id)) return image;
  return html`<span class="ring ring-fit ${size === "av-xl" ? "ring-xl" : ""}" data-ring>${image}<span class="vh">${gettext("live")}</span></span>`;
}

export const bars = html`<span class="eq" aria-hidden="true"><i></i><i></i><i></i></span>`;

/** First of the names, short enough for a seat; guests are told apart by their numbers. */
export const shortName = ({ name, guest }) => (guest ? name : name.split(/\s+/)[0] || name);

/** As the filter of the templates: no line breaks before a mark that French sets off by a space. */
export const typeset = (text) => (text ?? "").replace(/ (?=[:;?!»%€])|(?<=«) /g, "\u00a0");

/** "just now", "4 min", "2 h": how long ago a moment was. */
export function ago(moment, now = Date.now()) {
  const minutes = Math.floor((now - Date.parse(moment)) / 60_000);
  if (!(minutes >= 1)) return gettext("just now");
  if (minutes < 60) return fill(gettext("%(n)s min"), { n: minutes });
  return fill(gettext("%(n)s h"), { n: Math.floor(minutes / 60) });
}

export const roleWord = (role) =>
  ({ host: gettext("host"), co_host: gettext("co-host"), speaker: gettext("speaker") })[role] ?? gettext("listener");
