// Bars and lines drawn in SVG, each with the table of its numbers below for whoever cannot see it.

import { h, s } from "../dom.js";
import { clock, number } from "../format.js";
import { t } from "../i18n.js";

const WIDE = 640;
const HIGH = 190;
const FOOT = 24;
const SIDE = 44;

/** Vertical bars. rows: [{label, value}]. */
export function bars({ title, rows, unit = "" }) {
  const top = nice(Math.max(...rows.map((row) => row.value), 1));
  const step = (WIDE - SIDE) / rows.length;
  const y = (value) => 8 + (HIGH - FOOT - 8) * (1 - value / top);
  return figure(title, [
    grid(top, y),
    rows.map(({ label, value }, i) => [
      s("rect", { class: "bar", x: SIDE + i * step + step * 0.14, width: step * 0.72, y: y(value), height: Math.max(0, HIGH - FOOT - y(value)), rx: 2 },
        s("title", {}, `${label}: ${number(value)} ${unit}`)),
      rows.length <= 12 || i % 3 === 0 ? s("text", { class: "tick", x: SIDE + (i + 0.5) * step, y: HIGH - 7, "text-anchor": "middle" }, label) : null,
    ]),
  ]);
}

/** Horizontal bars, for names. rows: [{label, value}]. */
export function rowsOfBars({ title, rows, unit = "" }) {
  const top = Math.max(...rows.map((row) => row.value), 1);
  const high = rows.length * 26 + 8;
  return h("figure", { class: "chart" }, h("figcaption", {}, title),
    s("svg", { viewBox: `0 0 ${WIDE} ${high}`, role: "img", "aria-label": title }, rows.map(({ label, value }, i) => [
      s("text", { class: "name", x: 196, y: i * 26 + 20, "text-anchor": "end" }, label.length > 30 ? `${label.slice(0, 29)}…` : label),
      s("rect", { class: "bar", x: 204, y: i * 26 + 6, width: Math.max(2, (value / top) * (WIDE - 270)), height: 18, rx: 2 }),
      s("text", { class: "tick", x: 210 + Math.max(2, (value / top) * (WIDE - 270)), y: i * 26 + 19 }, `${number(value)} ${unit}`),
    ])));
}

/** A line over time. points: [{at, value}] in order. */
export function lines({ title, points }) {
  const top = nice(Math.max(...points.map((point) => point.value), 1));
  const times = points.map((point) => Date.parse(point.at));
  const [first, last] = [times[0], times.at(-1)];
  const x = (time) => SIDE + ((time - first) / Math.max(1, last - first)) * (WIDE - SIDE - 8);
  const y = (value) => 8 + (HIGH - FOOT - 8) * (1 - value / top);
  const path = points.map((point, i) => `${i ? "L" : "M"}${x(times[i]).toFixed(1)} ${y(point.value).toFixed(1)}`).join("");
  return figure(title, [
    grid(top, y), s("path", { class: "curve", d: path }),
    s("text", { class: "tick", x: SIDE, y: HIGH - 7 }, clock(points[0].at)),
    s("text", { class: "tick", x: WIDE - 8, y: HIGH - 7, "text-anchor": "end" }, clock(points.at(-1).at)),
  ]);
}

/** The numbers of a chart. columns: [[label, cell(row), num?]]. */
export function numbers({ caption, columns, rows }) {
  return h("details", { class: "numbers" }, h("summary", {}, t("chart.table")),
    h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": caption }, h("table", { class: "list" }, h("caption", {}, caption),
      h("thead", {}, h("tr", {}, columns.map(([label, , num]) => h("th", { scope: "col", class: num ? "num" : "" }, label)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map(([, cell, num]) => h("td", { class: num ? "num" : "" }, cell(row)))))))));
}

function figure(title, parts) {
  return h("figure", { class: "chart" }, h("figcaption", {}, title),
    s("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": title }, parts));
}

function grid(top, y) {
  return [0, 0.5, 1].map((share) => [
    s("line", { class: "grid", x1: SIDE, x2: WIDE, y1: y(top * share), y2: y(top * share) }),
    s("text", { class: "tick", x: SIDE - 6, y: y(top * share) + 4, "text-anchor": "end" }, number(top * share, top < 4 ? 1 : 0)),
  ]);
}

function nice(value) {
  const size = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((step) => step * size).find((step) => step >= value);
}
