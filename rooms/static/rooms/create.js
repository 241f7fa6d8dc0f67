// The create page: preview of the card, and what the chosen time means in other places.
import { fill, gettext } from "../js/i18n.js";

const PLACES = ["America/New_York", "Europe/Paris", "Asia/Tokyo"];

/** The UTC moment of a wall-clock time in a zone; a minute off at most in the hours of a clock change. */
function moment(day, clock, zone) {
  const guess = new Date(`${day}T${clock}:00Z`);
  if (Number.isNaN(guess.getTime())) return null;
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).formatToParts(guess);
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  const seen = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute);
  return new Date(2 * guess.getTime() - seen);
}

const town = (zone) => zone.split("/").at(-1).replaceAll("_", " ");

/** "That is 13:00 in New York, 03:00 in Tokyo." */
function elsewhere(start, zone) {
  const told = PLACES.filter((place) => place !== zone)
    .slice(0, 2)
    .map((place) => {
      const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: place, timeStyle: "short", hourCycle: "h23" }).format(start);
      return fill(gettext("%(time)s in %(place)s"), { time, place: town(place) });
    });
  return fill(gettext("That is %(first)s, %(second)s."), { first: told[0], second: told[1] });
}

/** Keep the preview in step with the form. */
export function mount(main) {
  const form = main.querySelector("form.room-form");
  if (!form) return undefined;
  const title = main.querySelector("[data-preview-title]");
  const empty = title.textContent;
  const when = main.querySelector("[data-preview-when]");
  const now = when.textContent;
  const note = main.querySelector("[data-elsewhere]");

  function show() {
    const { title: name, date, time, zone } = form.elements;
    title.textContent = name.value.trim() || empty;
    const later = form.elements.when.value === "later";
    const start = later && date.value && time.value ? moment(date.value, time.value, zone.value) : null;
    const format = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    when.textContent = start ? new Intl.DateTimeFormat(document.documentElement.lang, { ...format, timeZone: zone.value }).format(start) : now;
    note.hidden = !start;
    if (start) note.querySelector("span").textContent = elsewhere(start, zone.value);
  }
  form.addEventListener("input", show);
  show();
  return undefined;
}
