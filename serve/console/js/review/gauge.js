// A measured speed on its scale: limit, tolerance, and the interval it lies in with 95 % probability.

import { h, s } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";

const WIDTH = 360;

/** The scale; null where nothing was measured. measured: {speed, low, high, limit, tolerance} in km/h. */
export function gauge({ speed, low, high, limit, tolerance }) {
  if (speed === null || limit === null) return null;
  const from = Math.floor((Math.min(limit, low ?? speed) - 12) / 10) * 10;
  const until = Math.ceil((Math.max(speed, high ?? speed, limit + (tolerance ?? 0)) + 6) / 10) * 10;
  const x = (value) => 8 + ((value - from) / (until - from)) * (WIDTH - 16);
  const ticks = [];
  for (let value = from; value <= until; value += until - from > 80 ? 20 : 10) ticks.push(value);
  return h("figure", { class: "gauge" },
    s("svg", { viewBox: `0 0 ${WIDTH} 54`, role: "img", "aria-label": t("gauge.alt", { speed: number(speed, 1), limit: number(limit) }) },
      s("line", { class: "axis", x1: 8, x2: WIDTH - 8, y1: 36, y2: 36 }),
      ticks.map((value) => s("text", { class: "tick", x: x(value), y: 51, "text-anchor": "middle" }, value)),
      tolerance ? s("rect", { class: "tolerance", x: x(limit), y: 20, width: x(limit + tolerance) - x(limit), height: 16 }) : null,
      s("line", { class: "limit", x1: x(limit), x2: x(limit), y1: 12, y2: 40 }),
      s("text", { class: "tick", x: x(limit), y: 9, "text-anchor": "middle" }, t("gauge.limit")),
      low === null ? null : s("rect", { class: "interval", x: x(low), y: 23, width: Math.max(2, x(high) - x(low)), height: 10, rx: 2 }),
      s("circle", { class: "value", cx: x(speed), cy: 28, r: 5 })));
}
