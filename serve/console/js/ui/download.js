// Hands bytes to the person as a file, or shows them in a tab of their own.

import { h } from "../dom.js";

const LONG_ENOUGH_MS = 60000;

/** Saves a blob under a name. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), LONG_ENOUGH_MS);
}
