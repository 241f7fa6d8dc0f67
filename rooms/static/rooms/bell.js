// The bell: how much is unread, as the websocket tells it. While that is silent, the page asks now and then.
// The server draws the same bell (`accounts/_bell.html`).

import { fill, gettext, ngettext } from "../js/i18n.js";

const ASK_MS = 30_000;
let asking = 0;

/** A frame `bell`: from here on it is told. */
export function takeBell({ unread }) {
  askForBell(false);
  const bell = document.getElementById("bell");
  if (!bell || Number(bell.dataset.unread) === unread) return;
  bell.dataset.unread = unread;
  const [count, label] = [bell.querySelector(".bell-count"), bell.querySelector(".vh")];
  count.hidden = unread === 0;
  count.textContent = unread > 99 ? "99+" : unread;
  const said = fill(ngettext("%(n)s unread", "%(n)s unread", unread), { n: unread });
  label.textContent = unread ? `${gettext("Notifications")}, ${said}` : gettext("Notifications");
}

/** Ask the server now and then, or no more. */
export function askForBell(wanted) {
  // A line that fails again and again says so each time: the next asking is not put off by that.
  if (wanted && asking) return;
  clearInterval(asking);
  asking = wanted ? setInterval(() => document.getElementById("bell")?.dispatchEvent(new Event("ask")), ASK_MS) : 0;
}
