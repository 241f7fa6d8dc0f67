// While a room sounds (`<html data-sound="on">`) links and forms swap #page in place, since loading a page
// would stop the sound. Without sound, links are just links and forms just forms.

const root = document.documentElement;
const WHOLE = { target: "#page", select: "#page", swap: "outerHTML" };

const sounds = () => root.dataset.sound === "on" && Boolean(window.htmx);

/** Whether this click is a plain visit to another page of the site. */
function isVisit(event, link) {
  if (!link || event.defaultPrevented || event.button !== 0) return false;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return false;
  if (link.target || link.hasAttribute("download") || "fullPage" in link.dataset) return false;
  const sameSite = link.origin === location.origin;
  return sameSite && !(link.pathname === location.pathname && link.search === location.search && link.hash);
}

/** Go to a page of this site, in place while a room sounds. */
export function visit(url) {
  const { href, pathname, search } = new URL(url, location.href);
  if (sounds()) window.htmx.ajax("GET", href, { ...WHOLE, push: pathname + search });
  else location.assign(href);
}

/** Send a form in place; where it leads to becomes the address. */
function send(event, form) {
  const { formAction, formMethod } = event.submitter ?? {};
  const action = event.submitter?.hasAttribute("formaction") ? formAction : form.action;
  const method = event.submitter?.hasAttribute("formmethod") ? formMethod : form.method;
  window.htmx.ajax(method, action, { ...WHOLE, source: form, event, push: "true" });
}

/** Whether a script has not taken this form already, and it stays on this site. */
function isPlain(event, form) {
  if (event.defaultPrevented || form.target || form.method === "dialog" || "fullPage" in form.dataset) return false;
  return !form.hasAttribute("hx-post") && new URL(form.action).origin === location.origin;
}

/** Listen for visits; `leave` is called before the page goes, `arrive` when the next one stands. */
export function browseWithSound({ leave, arrive }) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!sounds() || !isVisit(event, link)) return;
    event.preventDefault();
    visit(link.href);
  });
  document.addEventListener("submit", (event) => {
    if (!sounds() || !isPlain(event, event.target)) return;
    event.preventDefault();
    send(event, event.target);
  });
  document.addEventListener("htmx:after:request", (event) => {
    // The admin and the page of a broken server have another frame: only loading them shows them.
    if (!isPage(event) || event.detail.ctx.text.includes('id="page"')) return;
    event.preventDefault();
    location.assign(event.detail.ctx.response.raw.url);
  });
  let before = "";
  document.addEventListener("htmx:before:swap", (event) => {
    if (!isPage(event)) return;
    before = document.getElementById("page").dataset.person;
    leave();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (isPage(event)) settle(arrive, before);
  });
}

/** Whether this swap replaces the page as a whole (a visit, a form, or the back button). */
function isPage(event) {
  return event.detail?.ctx?.select?.includes("page") || event.detail?.ctx?.target?.id === "page";
}

/** What scripts write, and what stands beside the page, follows the page into another language. */
async function speak(page) {
  root.lang = page.lang;
  root.dir = page.dir;
  const { follow } = await import("./i18n.js");
  await follow();
}

async function settle(arrive, before) {
  const page = document.getElementById("page");
  const translated = page.lang !== root.lang;
  document.body.className = page.dataset.bodyClass;
  if (translated) await speak(page);
  // Who signed in or out, or reads another language now, is somebody else to the room that sounds.
  if (translated || page.dataset.person !== before) document.dispatchEvent(new Event("spaces:person"));
  // One may be somewhere else by now.
  if (!page.isConnected) return;
  scrollTo({ top: 0, behavior: "instant" });
  arrive();
  const heading = page.querySelector("h1");
  if (heading && !page.querySelector("[aria-invalid=true]:focus")) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}
