// The purple ring: whoever of the people you follow is on a live stage, on every face of theirs, as it changes.
// The server draws the same rings (`rooms/templatetags/rings.py`); this keeps them true without a reload.

import { fill, gettext } from "../js/i18n.js";
import { ringed as live } from "./ringed.js";

/** The server has said something. */
let known = false;
/** Whoever had a ring since this module came. Others are live on their own page for all to see. */
const followed = new Set();

/** Somebody else is here now, of whose rings nothing is known. */
export function forgetRings() {
  known = false;
  live.clear();
}

/** A frame `rings`. */
export function takeRings({ live: lit, gone, whole }) {
  if (whole || !known) live.clear();
  known = true;
  for (const id of gone) live.delete(id);
  for (const ring of lit) {
    live.set(ring.person.id, ring);
    followed.add(ring.person.id);
  }
  paintRings();
  // Faces that a view draws are its own: it draws them anew.
  document.dispatchEvent(new Event("spaces:rings"));
}

/** Light up and darken the faces of the page that stands. */
export function paintRings() {
  if (!known) return;
  for (const face of document.querySelectorAll("#page [data-face]")) {
    const ring = live.get(face.dataset.face);
    const frame = face.closest("[data-ring]");
    if (ring && frame?.dataset.room !== ring.room_id) light(face, frame, ring);
    else if (!ring && frame) darken(face, frame);
  }
  paintRow();
}

function darken(face, frame) {
  const portrait = face.closest("[data-keeps-ring]");
  if (portrait && !followed.has(face.dataset.face)) return;
  portrait?.querySelector(".live-tag")?.remove();
  frame.replaceWith(face);
}

function light(face, old, ring) {
  const linked = face.dataset.linked !== undefined;
  const frame = document.createElement(linked ? "a" : "span");
  frame.className = face.classList.contains("av-xl") ? "ring ring-fit ring-xl" : "ring ring-fit";
  frame.dataset.ring = "";
  frame.dataset.room = ring.room_id;
  (old ?? face).replaceWith(frame);
  frame.append(face);
  if (linked) {
    frame.href = `/rooms/${ring.room_id}/`;
    frame.setAttribute("aria-label", fill(gettext("Join %(name)s’s live room: %(title)s"), { name: face.dataset.name, title: ring.title }));
  } else {
    const word = document.createElement("span");
    word.className = "vh";
    word.textContent = gettext("live");
    frame.append(word);
  }
}

/** The row on top of home: one item a person, those of the page first. */
function paintRow() {
  const section = document.querySelector("[data-ringrow]");
  if (!section) return;
  const list = section.querySelector("ul");
  const shown = new Map([...list.querySelectorAll("[data-ringer]")].map((item) => [item.dataset.ringer, item]));
  for (const [id, item] of shown) if (live.get(id)?.room_id !== item.dataset.room) item.remove();
  for (const [id, ring] of live) if (shown.get(id)?.dataset.room !== ring.room_id) list.append(ringer(section, id, ring));
  section.hidden = live.size === 0;
}

function ringer(section, id, { person, room_id, title }) {
  const item = section.querySelector("template").content.firstElementChild.cloneNode(true);
  item.dataset.ringer = id;
  item.dataset.room = room_id;
  item.querySelector("a").href = `/rooms/${room_id}/`;
  item.querySelector("img").src = person.avatar;
  item.querySelector(".ringer-name").textContent = person.name.split(" ")[0];
  item.querySelector(".vh").textContent += ` ${person.name}, ${title}`;
  return item;
}
