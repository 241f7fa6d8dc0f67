// The languages that a room may be spoken in, and saying which it is when that changes.

/** As the page lists them: code → the language's own name. */
export const languages = () => JSON.parse(document.getElementById("room-languages")?.textContent ?? "{}");

/** The server drew title and captions in the language of then. */
export function speak(main, code) {
  const captions = main.querySelector(".caps-lang");
  if (!captions) return;
  main.querySelector("h1").lang = code;
  captions.lang = code;
  captions.textContent = languages()[code] ?? code;
}
