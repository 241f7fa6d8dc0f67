// The frame: plays the open stream of a room, and looks again how the room is.

import { localiseTimes } from "../js/times.js";
import { HlsStream, NOTHING_PLAYS, playsStream, LiveStream } from "./player.js";

const LOOK_MS = 30_000;
const AGAIN_MS = 2000;
/** A stream that is lost so often in a row is given up, until somebody presses again. */
const TRIES = 5;

const card = document.getElementById("embed");
const said = document.querySelector("[data-said]");
const audio = document.body.appendChild(new Audio());
let stream = null;
let wanted = false;
let lost = 0;

const button = () => card.querySelector("[data-play]");

/** Show the button as what a press of it does now. */
function show() {
  const play = button();
  if (!play) return;
  play.hidden = false;
  play.dataset.playing = wanted;
  for (const words of play.querySelectorAll("[data-when]")) words.hidden = (words.dataset.when === "on") !== wanted;
}

function stop() {
  wanted = false;
  stream?.stop();
  stream = null;
  audio.pause();
  audio.removeAttribute("src");
  show();
}

function start() {
  const play = button();
  if (!play) return;
  wanted = true;
  const heard = {
    onReady: () => audio.play().catch(stop),
    onEnd: ended,
  };
  stream = playsStream() ? new LiveStream(audio, play.dataset.stream, heard) : new HlsStream(audio, play.dataset.hls, heard);
  show();
}

/** The line was lost, or the room is over: the page says which. */
async function ended(status) {
  stream = null;
  lost += 1;
  await look();
  if (!wanted) return;
  if (!button() || status === NOTHING_PLAYS || lost > TRIES) {
    said.textContent = button()?.dataset.lost ?? "";
    stop();
    return;
  }
  setTimeout(() => wanted && !stream && start(), AGAIN_MS);
}

/** How the room is now: the same page, of which its middle is taken. */
async function look() {
  const answer = await fetch(location.href, { cache: "no-store", credentials: "omit" }).catch(() => null);
  if (!answer?.headers.get("content-type")?.startsWith("text/html")) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("embed");
  fresh?.querySelector("noscript")?.remove();
  if (!fresh || fresh.innerHTML === card.dataset.seen) return;
  card.dataset.seen = fresh.innerHTML;
  const held = card.contains(document.activeElement) && document.activeElement.matches("[data-play]");
  card.replaceChildren(...fresh.childNodes);
  localiseTimes(card);
  if (wanted && !button()) stop();
  show();
  if (held) button()?.focus();
}

card.addEventListener("click", (event) => {
  if (!event.target.closest("[data-play]")) return;
  lost = 0;
  if (wanted) stop();
  else start();
});
audio.addEventListener("playing", () => { lost = 0; });
card.querySelector("noscript")?.remove();
card.dataset.seen = card.innerHTML;
localiseTimes(card);
show();
setInterval(() => document.visibilityState === "visible" && look(), LOOK_MS);
