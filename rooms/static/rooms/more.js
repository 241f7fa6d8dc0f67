// "More": sound, devices, comfort, and the way off the stage.

import { ask, button } from "./dialogs.js";
import { chooseOutput, chosenOutput } from "./devices.js";
import { gettext, html, icon, nothing } from "./html.js";
import { devices } from "./mic.js";
import { wanted } from "./shortcuts.js";
import { isOnStage } from "./store.js";

const item = (glyph, name, press) => html`<li><button type="button" @click=${press}>${icon(glyph)}${name}</button></li>`;

const toggle = (name, hint, on, change) => html`
  <label class="check"><input type="checkbox" .checked=${on} @change=${(event) => change(event.target.checked)}><span><b>${name}</b><span
    class="hint">${hint}</span></span></label>`;

const keep = (key, value) => localStorage.setItem(key, value);

const comfort = (act) => html`
  <div class="consents">
    ${toggle(gettext("Floating reactions"), gettext("Off: only the counts are shown."), localStorage.getItem("spaces.floats") !== "off",
      (on) => keep("spaces.floats", on ? "on" : "off"))}
    ${toggle(gettext("Shortcuts with Ctrl"), gettext("Such as Ctrl D for the microphone."), wanted.chords, (on) => keep("spaces.keys.chords", on ? "on" : "off"))}
    ${toggle(gettext("Single keys"), gettext("M, H, R, C and P, where nothing has focus."), wanted.single, (on) => keep("spaces.keys.single", on ? "on" : "off"))}
    ${act.onStage
      ? toggle(gettext("Hold V to talk"), gettext("Your microphone is open while you hold the key."), wanted.pushToTalk, (on) => keep("spaces.keys.talk", on ? "on" : "off"))
      : nothing}
  </div>`;

/** Open the menu; resolves with "devices", "step-down", "keys" or "". */
export function askMore(state, sound) {
  const onStage = isOnStage(state);
  return ask((close, update) => html`
    <h2 id="d-h">${gettext("More")}</h2>
    <div class="field"><label for="vol">${gettext("Volume")}</label>
      <span class="with"><input id="vol" type="range" min="0" max="1" step="0.05" .value=${String(sound.volume)}
        @input=${(event) => sound.setVolume(Number(event.target.value))}>
      <button class="btn" type="button" aria-pressed=${sound.isMuted} @click=${() => { sound.setMuted(!sound.isMuted); update(); }}>${icon("volume")}${gettext("Silence")}</button></span></div>
    <ul class="menu">
      ${onStage ? item("mic", gettext("Microphone and speaker"), () => close("devices")) : item("phones", gettext("Choose where it plays"), () => close("output"))}
      ${["speaker", "co_host"].includes(state.you?.role) ? item("down", gettext("Go back to the listeners"), () => close("step-down")) : nothing}
      ${item("help", gettext("Keyboard shortcuts"), () => close("keys"))}
    </ul>
    ${comfort({ onStage })}
    ${state.room.description ? html`<p class="about" dir="auto">${state.room.description}</p>` : nothing}
    <div class="dialog-actions">${button(gettext("Close"), () => close(), { focus: true })}</div>`);
}

/** Where the sound plays; resolves when closed. */
export async function askOutput(sound) {
  let { outputs } = await devices();
  const list = () => outputs.map((device) => html`
    <option value=${device.deviceId} ?selected=${device.deviceId === chosenOutput()}>${device.label || gettext("Speaker")}</option>`);
  let relist;
  const answer = await ask((close, update) => {
    if (!relist) {
      relist = async () => {
        ({ outputs } = await devices());
        update();
      };
      navigator.mediaDevices?.addEventListener("devicechange", relist);
    }
    return html`
    <h2 id="d-h">${gettext("Choose where it plays")}</h2>
    <div class="field"><label for="out">${gettext("Speaker")}</label>
      <select id="out" @change=${(event) => chooseOutput(sound, event.target.value)}><option value="">${gettext("Standard output")}</option>${list()}</select></div>
    ${outputs.some((device) => device.label)
      ? nothing
      : html`<p class="sub">${gettext("Your browser names the devices once you have used your microphone here.")}</p>`}
    <div class="dialog-actions">${button(gettext("Close"), () => close(), { focus: true })}</div>`;
  });
  navigator.mediaDevices?.removeEventListener("devicechange", relist);
  return answer;
}
