// While a room sounds (`<html data-sound="on">`) links swap #page in place, since loading a page would
// stop the sound. Without sound, links are just links.

const root = document.documentElement;

/** Whether this click is a plain visit to another page of the site. */
function isVisit(event, link) {
  if (!link || event.defaultPrevented || event.button !== 0) return false;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return false;
  if (link.target || link.hasAttribute("download") || "fullPage" in link.dataset) return false;
  const sameSite = link.origin === location.origin;
  return sameSite && !(link.pathname === location.pathname && link.search === location.search && link.hash);
}

/** Listen for visits; `leave` is called before the page goes, `arrive` when the next one stands. */
export function browseWithSound({ leave, arrive }) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (root.dataset.sound !== "on" || !window.htmx || !isVisit(event, link)) return;
    event.preventDefault();
    window.htmx.ajax("GET", link.href, { target: "#page", select: "#page", swap: "outerHTML", push: link.pathname + link.search });
  });
  document.addEventListener("htmx:before:swap", (event) => {
    if (isPage(event)) leave();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (isPage(event)) settle(arrive);
  });
}

/** Whether this swap replaced the page as a whole (a visit, or the back button). */
function isPage(event) {
  return event.detail?.ctx?.select?.includes("page") || event.detail?.ctx?.target?.id === "page";
}

function settle(arrive) {
  const page = document.getElementById("page");
  document.body.className = page.dataset.bodyClass;
  arrive();
  scrollTo({ top: 0, behavior: "instant" });
  const heading = page.querySelector("h1");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}
