// Keys. A page names its keys with what they do; the help page lists them from the same table.

import { h } from "./dom.js";
import { t } from "./i18n.js";

const scopes = [];

/** Adds keys {key: {label, act, repeat?}} until signal ends. The last scope added is asked first. */
export function bind(table, signal) {
  const scope = { table };
  scopes.push(scope);
  signal?.addEventListener("abort", () => {
    const at = scopes.indexOf(scope);
    if (at >= 0) scopes.splice(at, 1);
  });
  return scope;
}

/** A key's cap, as it is drawn beside what it does. */
export function cap(key) {
  return h("kbd", {}, { " ": t("key.space"), ArrowLeft: "←", ArrowRight: "→" }[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}

/** Begins to listen; once. */
export function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    for (const { table } of [...scopes].reverse()) {
      const entry = table[event.key] ?? table[event.key.toLowerCase()];
      if (!entry) continue;
      if (ownsKey(event)) return;
      event.preventDefault();
      // A key held down never decides twice.
      if (!event.repeat || entry.repeat) entry.act(event);
      return;
    }
  });
}

function typing(target) {
  return target.matches?.("input:not([type=checkbox]):not([type=range]), textarea, select, [contenteditable]");
}

function ownsKey(event) {
  const on = event.target.closest?.("a[href], button, summary, input");
  return Boolean(on) && (event.key === "Enter" || event.key === " ");
}
