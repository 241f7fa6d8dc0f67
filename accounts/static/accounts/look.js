// What is chosen here replaces what the theme button of this browser remembers, and is seen at once.
const NAMES = { LIGHT: "light", DARK: "dark" };

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-look]")) return;
  const theme = NAMES[new FormData(event.target).get("appearance")];
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // Storage is closed (private window): the account's choice is followed anyway.
  }
});
