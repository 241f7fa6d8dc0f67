// Why a microphone does not work, and the way out, step by step.

import { gettext } from "../js/i18n.js";

/** Why the microphone can't be used, and the way out; `who` is the browser's family. */
export function micHelp(state) {
  return {
    "denied-site": {
      title: gettext("This site may not use your microphone"),
      steps: [
        gettext("Press the icon left of the address (a lock, sliders or a crossed-out microphone)."),
        gettext("Set Microphone to Allow."),
        gettext("Come back here and press Try again."),
      ],
    },
    "denied-system": {
      title: gettext("Your system keeps the microphone from the browser"),
      steps: [
        gettext("Open the privacy settings of your system and choose Microphone."),
        gettext("Allow your browser there."),
        gettext("Come back here and press Try again; some systems want the browser restarted."),
      ],
    },
    "in-use": {
      title: gettext("Another program holds your microphone"),
      steps: [
        gettext("Close other calls and recorders, also in other tabs."),
        gettext("Or choose another microphone in the list."),
        gettext("Then press Try again."),
      ],
    },
    none: {
      title: gettext("No microphone found"),
      steps: [
        gettext("Plug in a headset or a microphone, or switch on your wireless one."),
        gettext("Then press Try again. You can go on listening meanwhile."),
      ],
    },
    insecure: {
      title: gettext("Speaking needs a secure address"),
      steps: [gettext("Open this room by https, or on the machine itself by localhost. Listening works here too.")],
    },
    silent: {
      title: gettext("No sound comes from your microphone"),
      steps: [
        gettext("Check the switch on your headset or cable."),
        gettext("Choose another microphone in the list and speak: the bars must move."),
      ],
    },
  }[state];
}
