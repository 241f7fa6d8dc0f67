// The words of the page's language. English is the source, so English pages fetch nothing.
// Usage: `import { gettext, ngettext, fill } from "…/js/i18n.js"`; makemessages reads the calls.

let language = document.documentElement.lang || "en";
let catalogue = await load();

/** Speak the language that the page has now: somebody chose another one while a room sounds. */
export async function follow() {
  language = document.documentElement.lang || "en";
  catalogue = await load();
}

/** Fetch Django's catalogue; without it (offline, say) the page speaks English. */
async function load() {
  if (language.split("-")[0] === "en") return {};
  try {
    // The language is in the address so that a cache never mixes two of them up.
    const response = await fetch(`/i18n/catalogue.json?lang=${encodeURIComponent(language)}`);
    return response.ok ? (await response.json()).catalog : {};
  } catch {
    return {};
  }
}

/** Index of the plural form of `count`; French has three (0 and 1, millions, other), as in CLDR. */
function pluralIndex(count) {
  const rules = new Intl.PluralRules(language);
  return ["zero", "one", "two", "few", "many", "other"]
    .filter((name) => rules.resolvedOptions().pluralCategories.includes(name))
    .indexOf(rules.select(count));
}

/** The text in the page's language. */
export function gettext(text) {
  const found = catalogue[text];
  return typeof found === "string" ? found : found?.[0] ?? text;
}

/** Singular or plural in the page's language; put the number in with `fill`. */
export function ngettext(singular, plural, count) {
  const found = catalogue[singular];
  if (Array.isArray(found)) return found[pluralIndex(count)] ?? found[0];
  return count === 1 ? singular : plural;
}

/** Put named values into `%(name)s`; numbers are written as the language writes them. */
export function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? number(value) : String(value);
  });
}

/** A number as the language writes it: 1,234 or 1 234. */
export function number(value) {
  return new Intl.NumberFormat(language).format(value);
}
