// Sharing: a page that works without this, and the same piece of it in the room's own dialogue.

/** The page of sharing: its buttons that need a script. */
export const mount = (main) => enhance(main.querySelector("#share"));

/** Show the ways that `source` leads to, a link or the button of a form, without leaving the room. */
export async function askShare(source) {
  const section = await fetchSection(source).catch(() => null);
  const [{ ask, button }, { gettext, html }] = await Promise.all([import("./dialogs.js"), import("./html.js")]);
  if (section) enhance(section);
  await ask((close) => html`${section ?? html`<h2 id="share-h">${gettext("The room can’t be reached.")}</h2>`}<div class="dialog-actions">${button(gettext("Close"), () => close(), { focus: true })}</div>`,
    { labelledby: "share-h" });
}

async function fetchSection(source) {
  const posted = source.form && await fetch(source.form.action, { method: "POST", body: new FormData(source.form) });
  // An address of one's own may be refused, the plain one never is.
  const answer = posted?.ok ? posted : await fetch(source.form?.action ?? source.href);
  if (!answer.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return document.adoptNode(page.querySelector("#share"));
}

/** Copying, and what the system can share with. */
function enhance(section) {
  for (const button of section.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(section, section.querySelector(`#${button.dataset.copy}`)));
  }
  const system = section.querySelector("[data-system]");
  if (!system || !navigator.share) return;
  system.closest("li").hidden = false;
  system.addEventListener("click", () => navigator.share({ title: system.dataset.title, url: system.dataset.url }).catch(() => {}));
}

/** By the clipboard; where that is shut, marked so that a key copies it. */
async function copy(section, field) {
  field.select();
  const copied = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
  if (!copied) return;
  const said = section.querySelector("[data-said]");
  said.textContent = said.dataset.copied;
}
