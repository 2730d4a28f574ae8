// Light or dark: as the machine prefers, until the person chooses.

const KEPT = "vigia.theme";
const DARK = window.matchMedia("(prefers-color-scheme: dark)");

/** The theme shown now: "light" or "dark". */
export function theme() {
  return localStorage.getItem(KEPT) ?? (DARK.matches ? "dark" : "light");
}

/** Shows the theme and follows the machine's preference. */
export function startTheme() {
  const show = () => { document.documentElement.dataset.theme = theme(); };
  DARK.addEventListener("change", show);
  show();
}

/** Turns to the other theme and remembers it. */
export function switchTheme() {
  localStorage.setItem(KEPT, theme() === "dark" ? "light" : "dark");
  document.documentElement.dataset.theme = theme();
}
