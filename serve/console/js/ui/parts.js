// Small pieces of meaning that many pages show the same way.

import { h, s } from "../dom.js";
import { ago, moment, percent } from "../format.js";
import { named, t } from "../i18n.js";
import { icon, typeIcon } from "../icons.js";

const TONES = {
  pending: "warn", validated: "good", rejected: "plain", appealed: "info", paid: "good", cancelled: "plain",
  active: "good", inactive: "plain", maintenance: "warn", error: "bad", offline: "bad",
};

/** A chip with a tone. */
export function chip(text, tone = "info", name = null) {
  return h("span", { class: "chip", dataset: { tone } }, name && icon(name), text);
}

/** An infraction's or a camera's status. */
export function status(value) {
  return chip(named("status", value), TONES[value] ?? "info");
}

/** The word that stands wherever data was made by the simulation. */
export function simulated() {
  return chip(t("word.simulated"), "warn");
}

/** The word that stands wherever a row of the law was not read in its source. */
export function unverified() {
  return chip(t("word.unverified"), "bad", "alert");
}

/** A plate, or that none could be read. */
export function plate(text) {
  return text ? h("span", { class: "plate" }, text) : h("span", { class: "plate unread" }, t("word.unread"));
}

/** Type with its icon. */
export function kind(type) {
  return h("span", { class: "kind" }, typeIcon(type), named("type", type));
}

/** Two lines: the matter, and what belongs to it. */
export function two(first, second) {
  return h("span", { class: "two" }, h("b", {}, first), h("span", {}, second));
}

/** A time, with how long ago. */
export function when(at) {
  return at ? h("time", { class: "two", datetime: at, title: moment(at) }, h("b", {}, moment(at)), h("span", {}, ago(at))) : "–";
}

/** A share from 0 to 1, drawn and written; written: other words for it. */
export function meter(value, written = percent(value)) {
  if (value === null || value === undefined) return "–";
  return h("span", { class: "meter" },
    s("svg", { viewBox: "0 0 54 7", "aria-hidden": "true" },
      s("rect", { class: "track", width: 54, height: 7, rx: 3.5 }),
      s("rect", { class: "fill", width: Math.max(2, 54 * value), height: 7, rx: 3.5 })),
    written);
}

/** A page's head: title, what it is for, what can be done. */
export function head(title, text, ...tail) {
  return h("header", { class: "page-head" }, h("h1", {}, title), text && h("p", {}, text), tail.length ? h("div", { class: "tail" }, tail) : null);
}

/** Term and value pairs; values that are null are left out. */
export function pairs(rows) {
  return h("dl", { class: "pairs" }, rows.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** A button. */
export function button(text, act, { name = null, tone = "", disabled = false, label = null } = {}) {
  return h("button", { class: `button ${tone}`, type: "button", disabled, "aria-label": label, on: { click: act } }, name && icon(name), text);
}
