// What every page has: theme, local times, dismissible messages, page modules, and browsing while a
// room sounds. Everything here adds to pages that work without it.
import { browseWithSound } from "./browse.js";
import { localiseTimes, rememberZone } from "./times.js";

const root = document.documentElement;

/** The theme button: the opposite of what is seen, kept for next time. */
function toggleTheme() {
  const seen = root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  root.dataset.theme = seen === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    // Storage is closed: the choice lasts as long as the page.
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-toggle]")) toggleTheme();
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) {
    dismiss.closest(".flash").remove();
    document.getElementById("main")?.focus();
  }
});

/** Going where a notification leads is reading it. Without a script there is the button beside it. */
function readWhatIsFollowed({ target }) {
  const link = target.closest("a[data-reads]");
  if (!link) return;
  const csrf = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  fetch(link.dataset.reads, { method: "POST", keepalive: true, headers: { "X-CSRFToken": csrf } }).catch(() => {});
}
document.addEventListener("click", readWhatIsFollowed);

/** Buttons that only a script can serve are hidden until one is there. */
function showScripted(scope) {
  for (const button of scope.querySelectorAll("[data-theme-toggle], [data-dismiss]")) button.hidden = false;
}

/** "30 of 80" under a field with a limit; in characters as the server counts them, not in UTF-16 units. */
function countCharacters({ target }) {
  const hint = (target.maxLength > 0 || target.dataset.most) && document.querySelector(`[data-count="${CSS.escape(target.id)}"]`);
  if (!hint) return;
  const length = [...target.value].length;
  hint.textContent = hint.dataset.pattern.replace("#", length);
  hint.classList.toggle("is-over", length > (target.dataset.most ?? target.maxLength));
}
document.addEventListener("input", countCharacters);

let leavePage = null;

/** Start the module that `<main data-module>` names; what its `mount` returns is called on leaving. */
async function mountPage() {
  const main = document.getElementById("main");
  if (!main?.dataset.module) return;
  const module = await import(main.dataset.module);
  const leave = (await module.mount?.(main)) ?? null;
  // One may be somewhere else by now.
  if (main.isConnected) leavePage = leave;
  else leave?.();
}

/** Everything to be done for fresh markup. */
function arrive() {
  localiseTimes(document);
  showScripted(document);
  for (const field of document.querySelectorAll("input[data-browser-zone]")) {
    field.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
  for (const field of document.querySelectorAll("select[data-browser-zone]")) chooseZone(field);
  // What is wrong may lie below the fold; a screen reader says it with the field.
  document.querySelector("main [aria-invalid=true]")?.focus();
  mountPage();
  watchMe();
}

/** Rings and the bell are for accounts; the module comes when the page stands. */
async function watchMe() {
  const module = document.getElementById("page")?.dataset.me;
  if (module) (await import(module)).watch();
}

/** Preselect the browser's zone in a choice that nobody has made yet. */
function chooseZone(select) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (select.dataset.browserZone === "" && [...select.options].some((option) => option.value === zone)) select.value = zone;
}

rememberZone();
arrive();
browseWithSound({
  leave() {
    leavePage?.();
    leavePage = null;
  },
  arrive,
});
document.addEventListener("htmx:after:swap", (event) => {
  if (event.target.id !== "page") localiseTimes(document);
});
