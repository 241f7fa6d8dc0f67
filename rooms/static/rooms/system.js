// What the device itself shows and keeps awake: media keys, lock screen, the screen of a speaker.

import { gettext } from "../js/i18n.js";

/** Tell the system what sounds; its pause key silences the output, its play key brings it back. */
export function tellSystem(state, { onPlay, onPause }) {
  const session = navigator.mediaSession;
  if (!session) return;
  const artwork = state.room.creator?.avatar ? [{ src: new URL(state.room.creator.avatar, location.href).href }] : [];
  session.metadata = new MediaMetadata({ title: state.room.title ?? "", artist: state.room.creator?.name ?? "", album: gettext("Spaces, live"), artwork });
  session.playbackState = "playing";
  session.setActionHandler("play", onPlay);
  session.setActionHandler("pause", onPause);
}

/** Nothing sounds any more. */
export function forgetSystem() {
  const session = navigator.mediaSession;
  if (!session) return;
  session.metadata = null;
  session.playbackState = "none";
  for (const name of ["play", "pause"]) session.setActionHandler(name, null);
}

/** Keeps the screen on while `wanted`; the system takes the lock away with the tab, so ask again on return. */
export class Awake {
  #lock = null;
  #wanted = false;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#hold());
  }

  set(wanted) {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#hold();
  }

  async #hold() {
    if (this.#wanted && document.visibilityState === "visible" && (!this.#lock || this.#lock.released)) {
      this.#lock = await navigator.wakeLock?.request("screen").catch(() => null);
    }
    // Asked again here, since the wish may have changed while the system was asked.
    if (!this.#wanted) {
      this.#lock?.release();
      this.#lock = null;
    }
  }
}
