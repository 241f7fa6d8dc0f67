// Reporting from within the room: symptoms first, then whom it hurts, then what one may do at once.

import { ask, button, mark } from "./dialogs.js";
import { fill, gettext, html, icon, nothing } from "./html.js";
import { refusalWords } from "./words.js";

const CATEGORIES = () => [
  ["hate", gettext("Hate or discrimination")],
  ["harassment", gettext("Harassment or insults")],
  ["threats", gettext("Threats or violence")],
  ["sexual", gettext("Sexual content")],
  ["child", gettext("A child is in danger")],
  ["self_harm", gettext("Self-harm or suicide")],
  ["privacy", gettext("Private information")],
  ["impersonation", gettext("Impersonation")],
  ["spam", gettext("Spam or scam")],
  ["false", gettext("False information")],
  ["other", gettext("Something else")],
];

const CONCERNS = () => [["me", gettext("Me")], ["someone", gettext("Someone")], ["group", gettext("A group")]];

const radios = (name, choices, chosen, change) => html`
  <div class="choices">${choices.map(([value, words]) => html`
    <label class="choice" for="${name}-${value}"><input type="radio" id="${name}-${value}" name=${name} value=${value}
      .checked=${chosen === value} @change=${() => change(value)}><span>${words}</span></label>`)}</div>`;

/** The notice of the Digital Services Act asks for more; its page carries the item along. */
const illegalAddress = (live, who) => {
  const carried = new URLSearchParams({ room: live.id, at: new Date().toISOString() });
  if (who) carried.set("person", who.person.id);
  return `/report/illegal/?${carried}`;
};

const helplines = html`<p class="note">${icon("help")}<span>${gettext("If somebody may hurt themselves, call now:")} <a href="tel:3114">3114</a> (${gettext("France")}), <a
  href="tel:112">112</a> (${gettext("Europe")}), <a href="tel:988">988</a> (${gettext("United States")}).</span></p>`;

const faultView = (fault) => html`<p class="error" role="alert">${icon("alert")}${fault}</p>`;

function formView(live, who, told, act) {
  return html`
    <h2 id="d-h">${who ? fill(gettext("Report %(name)s"), { name: who.person.name }) : gettext("Report this room")}</h2>
    <fieldset class="field"><legend>${gettext("What is happening?")}</legend>
      ${told.missing ? faultView(gettext("Choose what is happening.")) : nothing}
      ${radios("category", CATEGORIES(), told.category, (value) => act.change({ category: value }))}
      <p><a href=${illegalAddress(live, who)} data-full-page target="_blank">${gettext("Illegal in my country (DSA form)")}</a></p></fieldset>
    ${told.category === "self_harm" ? helplines : nothing}
    <fieldset class="field"><legend>${gettext("Whom does it concern?")}</legend>
      ${radios("concerns", CONCERNS(), told.concerns, (value) => act.change({ concerns: value }))}</fieldset>
    <div class="field"><label for="report-details">${gettext("Details")} <span class="hint">${gettext("optional")}</span></label>
      <textarea id="report-details" rows="3" maxlength="2000" @input=${(event) => { told.details = event.target.value; }}></textarea></div>
    <label class="check"><input type="checkbox" .checked=${told.keep_sound} @change=${(event) => { told.keep_sound = event.target.checked; }}><span><b>${gettext("Keep the last 2 minutes of sound as evidence")}</b><span
      class="hint">${gettext("Only the moderation team can hear it.")}</span></span></label>
    ${told.fault ? faultView(told.fault) : nothing}
    <div class="dialog-actions">
      ${button(gettext("Cancel"), () => act.close(), { focus: true })}
      ${button(gettext("Send the report"), act.send, { look: "btn-primary", glyph: "flag" })}
    </div>`;
}

/** The form is longer than a phone: what is wrong must not lie out of sight. */
const showFault = () => document.querySelector("dialog[open] [role=alert]")?.scrollIntoView({ block: "center" });

const thanksView = (who, told, act) => html`
  ${mark("check", false)}
  <h2 id="d-h" tabindex="-1">${gettext("Report sent")}</h2>
  <p>${gettext("Thank you. We answer within 24 h (child safety: at once).")} <a href="/reports/" data-full-page target="_blank">${gettext("Your reports")}</a></p>
  ${told.category === "self_harm" ? helplines : nothing}
  <p class="sub">${gettext("You may also")}</p>
  <p class="actions">
    ${who?.tile ? button(gettext("Mute for me"), () => act.close("quiet"), { glyph: "volume" }) : nothing}
    ${who && !who.person.guest ? button(gettext("Block"), () => act.close("block"), { glyph: "ban" }) : nothing}
    ${button(gettext("Leave"), () => act.close("leave"), { glyph: "leave" })}
  </p>
  <div class="dialog-actions">${button(gettext("Close"), () => act.close(), { focus: true })}</div>`;

/** Report somebody, or the room where `who` is null. Resolves with "quiet", "block", "leave" or "". */
export function askReport(live, who) {
  const told = { category: "", concerns: "", details: "", keep_sound: true, missing: false, fault: "", sent: false };
  const at = new Date().toISOString();
  return ask((close, update) => {
    const act = {
      close,
      change: (change) => { Object.assign(told, change, { missing: false, fault: "" }); update(); },
      send: async () => {
        if (!told.category) {
          told.missing = true;
          update();
          document.querySelector("dialog[open] [name=category]").focus({ preventScroll: true });
          showFault();
          return;
        }
        const { category, concerns, details, keep_sound } = told;
        try {
          await live.socket.send("report.send", { category, concerns, details, keep_sound, at, participant: who?.participant || null });
          told.sent = true;
        } catch (error) {
          told.fault = refusalWords(error);
        }
        update();
        if (told.sent) document.getElementById("d-h")?.focus();
        else showFault();
      },
    };
    return told.sent ? thanksView(who, told, act) : formView(live, who, told, act);
  }, { wide: true });
}
