// Times are sent as UTC in `<time datetime>`; here they are told by the reader's clock.
// data-time="time" 19:00 · "day" Monday 23 November · "when" Mon 23 Nov, 19:00 · "since" 4 min ago

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const FORMATS = {
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { weekday: "long", day: "numeric", month: "long" },
  when: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};
/** The language of the page; it may change while a room sounds. */
const language = () => document.documentElement.lang || "en";

const STEPS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "4 minutes ago", "in 2 hours". */
export function relative(moment, now = Date.now()) {
  const seconds = (moment - now) / 1_000;
  const words = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", 60];
  return words.format(Math.trunc(seconds / size), unit);
}

/** "Today" and "Tomorrow" where they fit, else the date. */
function dayName(moment) {
  const day = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const distance = Math.round((day(moment) - day(new Date())) / 86_400_000);
  if (distance < 0 || distance > 1) return new Intl.DateTimeFormat(language(), FORMATS.day).format(moment);
  return capital(new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(distance, "day"));
}

function capital(text) {
  return text.charAt(0).toLocaleUpperCase(language()) + text.slice(1);
}

/** Write every marked time under `scope` in the browser's zone and language. */
export function localiseTimes(scope) {
  for (const element of scope.querySelectorAll("time[data-time]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const kind = element.dataset.time;
    if (kind === "since") element.textContent = relative(moment.getTime());
    else if (kind === "day") element.textContent = dayName(moment);
    else element.textContent = new Intl.DateTimeFormat(language(), FORMATS[kind]).format(moment);
    element.title = new Intl.DateTimeFormat(language(), { dateStyle: "full", timeStyle: "long" }).format(moment);
  }
  for (const element of scope.querySelectorAll("[data-zone-pattern]")) {
    element.textContent = element.dataset.zonePattern.replace("#", zoneName());
  }
  for (const agenda of scope.querySelectorAll("[data-agenda]")) {
    if (agenda.dataset.agenda !== zone) regroup(agenda);
  }
}

/** Put the slots of an agenda under the days of this clock; the server grouped them by another. */
function regroup(agenda) {
  const heading = agenda.querySelector(".day");
  const slots = [...agenda.querySelectorAll(".slot")];
  if (!heading || !slots.length) return;
  agenda.dataset.agenda = zone;
  agenda.replaceChildren();
  let shown = null;
  for (const slot of slots) {
    const moment = new Date(slot.querySelector("time").dateTime);
    if (moment.toDateString() !== shown) {
      shown = moment.toDateString();
      const day = heading.cloneNode(true);
      const time = day.querySelector("time");
      time.dateTime = moment.toISOString();
      time.textContent = dayName(moment);
      const list = document.createElement("ul");
      list.className = "agenda";
      agenda.append(day, list);
    }
    agenda.lastElementChild.append(slot);
  }
}

/** The town of the zone, as people say it: "Paris". */
function zoneName() {
  return zone.split("/").at(-1).replaceAll("_", " ");
}

/** Let the server make the next page with this clock, without a script too. */
export function rememberZone() {
  if (zone) document.cookie = `timezone=${zone}; path=/; max-age=31536000; samesite=lax`;
}
