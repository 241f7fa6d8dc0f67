// Before the first words: which microphone, does it hear you, where do you hear us. You arrive muted.

import { chooseOutput, chosenOutput } from "./devices.js";
import { ask, button } from "./dialogs.js";
import { face, fill, gettext, html, icon, nothing } from "./html.js";
import { devices, Meter, playTestSound, recordAndPlay } from "./mic.js";
import { micHelp } from "./michelp.js";

const STEPS = [1, 2, 3, 4, 5];
const RECORD_S = 4;

/** True when a microphone was granted and chosen before: the dialogue is then skipped. */
export async function isKnown() {
  if (!localStorage.getItem("spaces.input")) return false;
  const state = await navigator.permissions?.query({ name: "microphone" }).then((status) => status.state, () => "prompt");
  return state === "granted";
}

class Preflight {
  constructor({ person, title, mic, sound, join }) {
    Object.assign(this, { person, title, mic, sound, join });
    this.inputs = [];
    this.outputs = [];
    this.phase = "";
    this.step = 0;
    this.output = chosenOutput();
  }

  async start(update) {
    this.update = update;
    await this.take(localStorage.getItem("spaces.input") ?? "");
    navigator.mediaDevices?.addEventListener("devicechange", this.list);
    this.timer = setInterval(() => this.look(), 80);
  }

  stop() {
    clearInterval(this.timer);
    navigator.mediaDevices?.removeEventListener("devicechange", this.list);
    this.meter?.close();
    for (const track of this.copy?.getTracks() ?? []) track.stop();
  }

  take = async (deviceId) => {
    await this.mic.acquire(deviceId);
    this.meter?.close();
    this.meter = null;
    for (const track of this.copy?.getTracks() ?? []) track.stop();
    if (this.mic.track) {
      // The sent track stays silent; a copy is measured and recorded.
      this.copy = new MediaStream([this.mic.track.clone()]);
      this.copy.getAudioTracks()[0].enabled = true;
      this.meter = new Meter(this.copy);
    }
    await this.list();
  };

  list = async () => {
    const { inputs, outputs } = await devices();
    this.inputs = inputs;
    this.outputs = outputs;
    this.input = this.mic.track?.getSettings().deviceId ?? "";
    this.update();
  };

  look() {
    const step = this.meter?.step ?? 0;
    this.step = Math.max(step, this.step - 0.34);
    this.update();
  }

  choose = (deviceId) => {
    localStorage.setItem("spaces.input", deviceId);
    this.take(deviceId);
  };

  chooseOutput = (deviceId) => {
    this.output = deviceId;
    chooseOutput(this.sound, deviceId);
  };

  record = async () => {
    if (this.phase || !this.copy) return;
    await recordAndPlay(this.copy, RECORD_S, this.output, (phase) => {
      this.phase = phase;
      this.update();
    });
  };

  sentence() {
    if (this.mic.asking) return [gettext("Waiting for your browser…"), gettext("Allow the microphone when it asks")];
    if (this.mic.problem) return [micHelp(this.mic.problem).title, gettext("See below what helps")];
    if (this.phase === "recording") return [gettext("Recording…"), gettext("Say a few words")];
    if (this.phase === "playing") return [gettext("This is how you sound"), gettext("Listen")];
    if (this.step >= 2) return [gettext("We hear you well"), gettext("Say a few words to check")];
    return [gettext("Say a few words"), gettext("The bars must move when you speak")];
  }
}

const heroView = (it) => {
  const step = Math.round(it.step);
  const [bold, small] = it.sentence();
  return html`
    <div class="pre-hero night ripples"><span class="pre-av" data-level=${step || nothing}>${face(it.person, "av-xl")}</span>
      <div class="pre-meter" role="meter" aria-label=${gettext("Microphone level")} aria-valuemin="0" aria-valuemax="5" aria-valuenow=${step}>
        ${STEPS.map((at) => html`<i class=${at <= step ? "on" : ""}></i>`)}</div>
      <p class="pre-say"><b>${bold}</b>${small}</p></div>`;
};

const optionList = (all, chosen, fallback) => (all.length
  ? all.map((device) => html`<option value=${device.deviceId} ?selected=${device.deviceId === chosen}>${device.label || fallback}</option>`)
  : html`<option value="">${fallback}</option>`);

const devicesView = (it) => html`
  <div class="grid2">
    <div class="field"><label for="pm">${gettext("Microphone")}</label><span class="with">
      <select id="pm" @change=${(event) => it.choose(event.target.value)}>${optionList(it.inputs, it.input, gettext("Standard microphone"))}</select>
      <button class="btn" type="button" ?disabled=${Boolean(it.phase) || !it.mic.track} @click=${it.record}>${gettext("Test")}<span
        class="vh">${fill(gettext(": record %(n)s s and play back"), { n: RECORD_S })}</span></button></span></div>
    <div class="field"><label for="ps">${gettext("Speaker")}</label><span class="with">
      <select id="ps" @change=${(event) => it.chooseOutput(event.target.value)}>${optionList(it.outputs, it.output, gettext("Standard output"))}</select>
      <button class="btn" type="button" @click=${() => playTestSound(it.output)}>${gettext("Test")}<span
        class="vh">${gettext(": play a sound")}</span></button></span></div>
  </div>`;

const helpView = (it) => {
  const help = it.mic.problem && micHelp(it.mic.problem);
  if (!help) return nothing;
  return html`<div class="pre-help" role="alert"><b>${help.title}</b><ol class="steps-list">${help.steps.map((step) => html`<li>${step}</li>`)}</ol>
    <button class="btn btn-s" type="button" @click=${() => it.take(localStorage.getItem("spaces.input") ?? "")}>${gettext("Try again")}</button></div>`;
};

/**
 * Open the dialogue; resolves with "join" or "". `join` names what the confirming button does:
 * "Join muted" on the way to the stage, "Done" when only the devices are chosen; `stay` what the other one does.
 */
export async function preflight(options) {
  const it = new Preflight(options);
  const { title, join, sub, stay } = options;
  let started = false;
  const answer = await ask((close, update) => {
    if (!started) {
      started = true;
      it.start(update);
    }
    return html`
      ${heroView(it)}
      <h2 id="d-h">${title}</h2>
      ${sub ? html`<p class="sub">${sub}</p>` : nothing}
      ${helpView(it)}${devicesView(it)}
      <div class="dialog-actions">
        ${stay ? button(stay, () => close()) : nothing}
        <button class="btn btn-primary" type="button" autofocus @click=${() => it.mic.asking || close("join")}>${sub
          ? icon("micoff")
          : nothing}${join}</button>
      </div>`;
  }, { wide: true });
  it.stop();
  if (answer === "join" && it.input) localStorage.setItem("spaces.input", it.input);
  return answer;
}
