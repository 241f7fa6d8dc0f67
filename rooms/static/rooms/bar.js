// The bar: five columns on a phone, one button each, names that say what a press does.

import { bars, gettext, html, icon, nothing } from "./html.js";
import { trayView } from "./reactions.js";
import { isHost, isInvited, isOnStage, myHand, myPlace, myTile, queue } from "./store.js";
import { micWords } from "./words.js";

/** Which row of the microphone table holds now; `mic` is what the browser's side knows. */
export function micState(state, mic, connection) {
  if (mic.asking) return "asking";
  if (isOnStage(state)) return stageMic(state, mic, connection);
  const hand = myHand(state);
  if (hand?.state === "offered" || isInvited(state)) return "invited";
  if (hand) return "raised";
  if (state.you?.person.guest) return "guest";
  if (state.room.hands_open === false) return "paused";
  return String(state.room.who_may_speak).toUpperCase() === "INVITED" ? "closed" : "listener";
}

function stageMic(state, mic, connection) {
  if (connection === "media-lost" || connection === "failed") return "offline";
  if (state.room.mics_locked && !isHost(state)) return "locked";
  if (mic.problem) return mic.problem;
  const tile = myTile(state);
  if (state.you.muted || !mic.open) {
    return tile?.muted_by && tile.muted_by !== state.you.person.id ? "host-muted" : "muted";
  }
  if (mic.held) return "held";
  return mic.silent ? "silent" : "live";
}

const tool = ({ id, look, name, label, glyph, press, pressed, popup, count }) => html`
  <button class="tool ${id === "react" ? "tool-react" : ""}" type="button" data-tool=${id} data-mic=${look || nothing}
    aria-label=${name && name !== label ? name : nothing} aria-pressed=${pressed === undefined ? nothing : String(pressed)}
    aria-haspopup=${popup ?? nothing} @click=${press}>
    <span class="tool-pill">${glyph === "bars" ? bars : icon(glyph)}${count ? html`<span class="dot-count">${count}</span>` : nothing}</span>
    <span class="tool-label">${label}</span>
  </button>`;

function micTool(state, mic, connection, act) {
  const which = micState(state, mic, connection);
  const words = micWords(which, { place: myPlace(state) });
  return tool({ id: "mic", look: words.look, name: words.name, label: words.label, glyph: words.icon,
    press: () => act.mic(which), pressed: which === "raised" ? true : undefined });
}

/** The content of `<section class="bar">`. */
export function barView(state, { mic, connection, captionsShown }, act) {
  const hands = queue(state).length;
  return html`
    <div class="tools">
      ${micTool(state, mic, connection, act)}
      ${isHost(state)
        ? tool({ id: "hands", label: gettext("Hands"), glyph: "hand", press: act.showQueue, count: hands })
        : nothing}
      ${state.you?.person.guest
        ? nothing
        : tool({ id: "react", label: gettext("React"), glyph: "smile", press: act.react, popup: "dialog" })}
      ${tool({ id: "captions", label: gettext("Captions"), glyph: "cc", press: act.captions, pressed: captionsShown })}
      ${isHost(state) ? nothing : tool({ id: "invite", label: gettext("Invite"), glyph: "userplus", press: act.share })}
      ${tool({ id: "more", label: gettext("More"), glyph: "more", press: act.more, popup: "dialog" })}
    </div>
    ${state.you?.person.guest
      ? nothing
      : html`<ul class="tray" aria-label=${gettext("Reactions")}>${trayView(state.tally, act.send)}</ul>`}`;
}
