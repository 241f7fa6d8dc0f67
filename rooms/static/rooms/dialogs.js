// Dialogues: native, modal, closed by Escape, focus on the safe button and back where it was.

import { gettext, html, icon, nothing, render } from "./html.js";

let current = null;

/** Show `view(close, update)` in a modal dialogue; resolves with what `close` was given, or "" for Escape. */
export function ask(view, { wide = false, look = "", labelledby = "d-h", describedby = "" } = {}) {
  current?.close();
  const dialog = document.createElement("dialog");
  dialog.className = `dialog ${wide ? "dialog-wide" : look}`;
  dialog.setAttribute("aria-labelledby", labelledby);
  if (describedby) dialog.setAttribute("aria-describedby", describedby);
  const before = document.activeElement;
  const close = (value = "") => dialog.close(value);
  const update = () => {
    const row = dialog.contains(document.activeElement) ? document.activeElement.closest("li") : null;
    render(view(close, update), dialog);
    // What was pressed may be gone: whoever stood on it stays on its row.
    if (dialog.open && !dialog.contains(document.activeElement)) (row?.querySelector("button") ?? dialog.querySelector("[autofocus]"))?.focus();
  };
  update();
  document.getElementById("page").append(dialog);
  // A press beside the sheet closes it, as people know it from their phones.
  if (look) dialog.closedBy = "any";
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
  current = dialog;
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (current === dialog) current = null;
      if (before?.isConnected) before.focus();
      resolve(dialog.returnValue);
    }, { once: true });
  });
}

export const button = (name, press, { look = "", glyph = "", focus = false } = {}) => html`
  <button class="btn ${look}" type="button" ?autofocus=${focus} @click=${press}>${glyph ? icon(glyph) : nothing}${name}</button>`;

/** The round mark on top of a question. */
export const mark = (name, danger = true) => html`<span class="dialog-mark ${danger ? "is-danger" : ""}">${icon(name)}</span>`;

/** In this room on another device: "here" or "". */
export const askElsewhere = () => ask((close) => html`
  ${mark("phones", false)}
  <h2 id="d-h">${gettext("You are in this room on another device")}</h2>
  <p id="d-p">${gettext("Your place can be on one device at a time. If you move here, the other one falls silent and your microphone is off.")}</p>
  <div class="dialog-actions">
    ${button(gettext("Stay there"), () => close(), { focus: true })}
    ${button(gettext("Move here"), () => close("here"), { look: "btn-primary" })}
  </div>`, { describedby: "d-p" });

/** After a minute without a line: "retry", "listen" or "leave". */
export const askFailed = () => ask((close) => html`
  ${mark("alert")}
  <h2 id="d-h">${gettext("The room can’t be reached")}</h2>
  <p id="d-p">${gettext("Your network or the server is away. We go on trying; you can also listen by the plain stream.")}</p>
  <div class="dialog-actions">
    ${button(gettext("Leave"), () => close("leave"))}
    ${button(gettext("Listen only"), () => close("listen"))}
    ${button(gettext("Retry"), () => close("retry"), { look: "btn-primary", focus: true })}
  </div>`, { describedby: "d-p" });
