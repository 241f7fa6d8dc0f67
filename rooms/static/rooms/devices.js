// Sound devices that come and go while one is in a room: what to say, and where the sound plays then.

import { fill, gettext } from "../js/i18n.js";
import { devices } from "./mic.js";

const OUTPUT = "spaces.output";
/** Names of the system for one of the others. */
const ALIASES = ["default", "communications"];

/** The output device chosen on this computer, "" for the system's own choice. */
export const chosenOutput = () => localStorage.getItem(OUTPUT) ?? "";

/** Keep the choice, and play there from now on. */
export function chooseOutput(sound, deviceId) {
  localStorage.setItem(OUTPUT, deviceId);
  sound.useOutput(deviceId);
}

/** By name, since a headset is both a microphone and a speaker; nameless ones can't be told apart. */
function named(list) {
  return new Map(list.filter(({ deviceId, label }) => label && !ALIASES.includes(deviceId)).map((device) => [device.label, device]));
}

/** What to tell of a change, "" for nothing. Pure: lists in, words out. */
export function news(before, after, output) {
  const was = named([...before.inputs, ...before.outputs]);
  const is = named([...after.inputs, ...after.outputs]);
  const lost = before.outputs.find(({ deviceId }) => deviceId === output);
  if (lost && !after.outputs.some(({ deviceId }) => deviceId === output)) {
    return fill(gettext("“%(name)s” is gone. The sound plays on the standard output."), { name: lost.label });
  }
  const [fresh] = [...is.keys()].filter((label) => !was.has(label));
  return fresh ? fill(gettext("“%(name)s” is ready. Choose it under More."), { name: fresh }) : "";
}

/** Watches the list of devices; `onNews(text)` tells the person. */
export class DeviceWatch {
  #known = null;

  constructor({ sound, onNews }) {
    Object.assign(this, { sound, onNews });
  }

  async start() {
    navigator.mediaDevices?.addEventListener("devicechange", this.#look);
    this.#known = await devices();
  }

  stop() {
    navigator.mediaDevices?.removeEventListener("devicechange", this.#look);
  }

  #look = async () => {
    const before = this.#known;
    this.#known = await devices();
    if (!before) return;
    const text = news(before, this.#known, chosenOutput());
    // The chosen one may be back, or gone: browsers do not always move by themselves.
    const output = this.#known.outputs.some(({ deviceId }) => deviceId === chosenOutput()) ? chosenOutput() : "";
    this.sound.useOutput(output);
    if (text) this.onNews(text);
  };
}
