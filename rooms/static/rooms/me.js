// The websocket of somebody who is anywhere on the site: whose ring is lit, and how much is unread.

import { askForBell, takeBell } from "./bell.js";
import { forgetRings, paintRings, takeRings } from "./rings.js";
import { RoomSocket } from "./socket.js";

/** A page that nobody looks at needs no line. */
const HIDDEN_MS = 60_000;
const TAKES = { rings: takeRings, bell: takeBell };

/** The line, while this page wants one. */
let line = null;
let hiding = 0;

/** Keep the rings and the bell of this page; called for each new page. */
export function watch() {
  paintRings();
  if (line?.isOpen) line.send("hello").catch(() => {});
  else if (!line && !document.hidden) open();
}

function open() {
  askForBell(true);
  line = new RoomSocket({
    url: "/ws/me/",
    hello: () => ({}),
    onUp() {},
    onDown: () => askForBell(true),
    onFrame: (frame) => TAKES[frame.type]?.(frame.data),
    onFinal() {
      line = null;
      askForBell(true);
    },
  });
  line.open();
}

function close() {
  askForBell(false);
  line?.stop();
  line = null;
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(close, HIDDEN_MS);
  else if (!line) open();
});

// Somebody signed in or out while a room sounds.
document.addEventListener("spaces:person", () => {
  close();
  forgetRings();
  if (document.getElementById("page").dataset.me) open();
});
