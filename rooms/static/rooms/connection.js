// How well the room is connected, from how long each part has been away. Pure; times in seconds.

const SIGNAL_LOST_AFTER = 2;
const MEDIA_LOST_AFTER = 5;
const WEAK_AFTER = 5;
const FAILED_AFTER = 60;

/**
 * "joining", "live", "weak", "signal-lost", "media-lost" or "failed". `socketDown` and `mediaDown` are seconds since the websocket
 * or the sound went away (0: there), `weak` seconds of loss above 8 % or a round trip above 400 ms.
 */
export function connectionState({ joined, socketDown, mediaDown, weak }) {
  if (!joined) return socketDown >= FAILED_AFTER ? "failed" : "joining";
  if (Math.max(socketDown, mediaDown) >= FAILED_AFTER) return "failed";
  if (Math.max(socketDown, mediaDown) >= MEDIA_LOST_AFTER) return "media-lost";
  if (Math.max(socketDown, mediaDown) >= SIGNAL_LOST_AFTER) return "signal-lost";
  return weak >= WEAK_AFTER ? "weak" : "live";
}

/** Whether a microphone may stay open: not once sound or control has been away for 5 s. */
export function micMayBeOpen(state) {
  return state === "live" || state === "weak" || state === "signal-lost";
}

/** Seconds to wait before try number `attempt` (from 0): 1, 2, 4, 8, 15, each ± 25 %. */
export function retryDelay(attempt, random = Math.random) {
  const base = [1, 2, 4, 8, 15][Math.min(attempt, 4)];
  return base * (0.75 + random() * 0.5);
}

/** Seconds since `moment` (milliseconds of the same clock), 0 for null. */
export function secondsSince(moment, now) {
  return moment === null ? 0 : Math.max(0, (now - moment) / 1000);
}
