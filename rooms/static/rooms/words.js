// What the microphone button and the connection say, in one place.

import { fill, gettext } from "../js/i18n.js";

/** Microphone state → look (`data-mic`), icon, label under the icon, and accessible name, which begins with the label. */
export function micWords(state, { place = 0 } = {}) {
  const table = {
    listener: ["invite", "hand", gettext("Raise hand"), gettext("Raise hand")],
    raised: ["", "hand", place ? fill(gettext("Hand up, no. %(place)s"), { place }) : gettext("Hand up"),
      place ? fill(gettext("Hand up, no. %(place)s: lower it"), { place }) : gettext("Hand up: lower it")],
    paused: ["", "hand", gettext("Hands paused"), gettext("Hands paused")],
    closed: ["", "hand", gettext("By invitation"), gettext("By invitation: only invited people speak here")],
    guest: ["", "key", gettext("Sign in to speak"), gettext("Sign in to speak")],
    invited: ["invite", "mic", gettext("Join as speaker"), gettext("Join as speaker")],
    asking: ["", "mic", gettext("Waiting"), gettext("Waiting for your browser…")],
    muted: ["muted", "micoff", gettext("Unmute"), gettext("Unmute")],
    live: ["live", "bars", gettext("Mute"), gettext("Mute")],
    held: ["live", "bars", gettext("Release to mute"), gettext("Release to mute")],
    "host-muted": ["host-muted", "micoff", gettext("Unmute"), gettext("Unmute (muted by host)")],
    locked: ["muted", "lock", gettext("Mics are locked"), gettext("Mics are locked")],
    "denied-site": ["denied", "alert", gettext("Microphone blocked"), gettext("Microphone blocked: help")],
    "denied-system": ["denied", "alert", gettext("Microphone blocked"), gettext("Microphone blocked: help")],
    "in-use": ["denied", "alert", gettext("Microphone in use"), gettext("Microphone in use: help")],
    insecure: ["denied", "alert", gettext("Needs https"), gettext("Needs https to speak: help")],
    none: ["denied", "alert", gettext("No microphone"), gettext("No microphone: help")],
    silent: ["silent", "mic", gettext("No sound"), gettext("No sound from your mic: check")],
    offline: ["muted", "clock", gettext("Muted"), gettext("Muted while reconnecting")],
  };
  const [look, icon, label, name] = table[state];
  return { look, icon, label, name };
}

/** The chip at the head of the room, or "" when all is well. */
export function connectionWords(state) {
  return {
    joining: gettext("Joining…"),
    live: "",
    weak: gettext("Weak network"),
    "signal-lost": gettext("Reconnecting…"),
    "media-lost": gettext("Reconnecting… Your microphone is off."),
    failed: gettext("No connection"),
  }[state];
}

/** What somebody did to you or to all microphones, in words, or "" when the frame tells of nothing like it. */
export function newsWords({ type, data }, state) {
  const mine = data?.by?.id === state.you?.person.id;
  if (mine) return "";
  if (type === "role.changed") return roleWords(data, state);
  if (type === "you.muted") return fill(gettext("%(name)s muted you."), { name: data.by.name });
  if (type === "stage.muted") return fill(gettext("%(name)s muted all microphones."), { name: data.by.name });
  if (type === "mics.locked") {
    return fill(data.locked ? gettext("%(name)s locked the microphones.") : gettext("%(name)s unlocked the microphones."), { name: data.by.name });
  }
  return "";
}

/** Who hosts from now on, and what you have become; nothing is said of other people's lesser parts. */
function roleWords({ participant, role, why }, state) {
  if (participant === state.you?.participant) {
    if (role === "host") return gettext("You host this room now.");
    if (role === "co_host" && why === "named") return gettext("You are a co-host now.");
    return role === "speaker" && why === "taken" ? gettext("You are no longer a co-host.") : "";
  }
  const host = role === "host" ? state.stage.find((tile) => tile.participant === participant) : null;
  return host ? fill(gettext("%(name)s hosts this room now."), { name: host.person.name }) : "";
}

/** What a refused command says when the server gave no words of its own. */
export function refusalWords(error) {
  if (error.message) return error.message;
  if (error.code === "over") return "";
  if (error.code === "offline") return gettext("No connection just now. Try again in a moment.");
  return gettext("The server did not answer. Try again.");
}
