// The road from above, in metres: where each point lies, and a click says where the chosen one does.

import { h, put, s } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { tool } from "./board.js";

const NARROW = window.matchMedia("(max-width: 1000px)").matches;
const WIDE = NARROW ? 360 : 620;
const HIGH = NARROW ? 260 : 250;
const MOST_NAMES = 12;
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** {node, draw({points: [{id, name, at}], chosen, edges, camera})}; all in metres. placed(at) on a click. */
export function plan({ placed }) {
  const svg = s("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": t("plan.alt") });
  const hint = h("p", { class: "muted small" }, "");
  let shown = null;
  let zoom = 1;
  let frame = null;

  svg.addEventListener("click", (event) => {
    if (!frame || !shown) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    placed([frame.x + (at.x - WIDE / 2) / frame.scale, frame.y - (at.y - HIGH / 2) / frame.scale]);
  });

  function fit({ points, edges, camera }) {
    const all = [...points.map((point) => point.at), ...(camera ? [camera] : []), ...(points.length ? [] : edges.flat())];
    const known = all.length ? all : [[-5, -5], [15, 45]];
    const [xs, ys] = [known.map(([x]) => x), known.map(([, y]) => y)];
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = 0.8 * zoom * Math.min(WIDE / Math.max(right - left, 12), HIGH / Math.max(high - low, 12));
    return { x: (left + right) / 2, y: (low + high) / 2, scale };
  }

  const to = ([x, y]) => [WIDE / 2 + (x - frame.x) * frame.scale, HIGH / 2 - (y - frame.y) * frame.scale];

  function rules() {
    const step = STEPS.find((one) => one * frame.scale >= 38) ?? 2000;
    const made = [];
    for (const [axis, side, middle] of [[0, WIDE, frame.x], [1, HIGH, frame.y]]) {
      const half = side / 2 / frame.scale;
      for (let at = Math.ceil((middle - half) / step) * step; at <= middle + half; at += step) {
        const [x, y] = to(axis ? [frame.x, at] : [at, frame.y]);
        made.push(s("path", { class: Math.abs(at) < step / 2 ? "axis" : "rule", d: axis ? `M0 ${y.toFixed(1)}H${WIDE}` : `M${x.toFixed(1)} 0V${HIGH}` }));
        const text = number(at, step < 1 ? 1 : 0);
        made.push(axis ? s("text", { class: "tick", x: 3, y: y - 3 }, text) : s("text", { class: "tick", x: x + 3, y: HIGH - 4 }, text));
      }
    }
    return made;
  }

  function draw(next) {
    shown = next;
    frame = fit(next);
    put(svg, rules(),
      next.edges.map((ring) => s("path", { class: "zone-edge", d: `${ring.map((at, i) => `${i ? "L" : "M"}${to(at).map((v) => v.toFixed(1)).join(" ")}`).join("")}Z` })),
      next.camera ? spotOf(next.camera) : null,
      next.points.map((point) => {
        const [x, y] = to(point.at);
        return s("g", { class: "spot", dataset: { chosen: String(point.id === next.chosen) }, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
          s("circle", { r: 5 }), next.points.length <= MOST_NAMES || point.id === next.chosen ? s("text", { x: 8, y: 4 }, point.name) : null);
      }));
    put(hint, next.hint);
  }

  function spotOf(at) {
    const [x, y] = to(at);
    return s("path", { class: "camera-spot", d: `M${x.toFixed(1)} ${(y - 7).toFixed(1)}l6 12h-12z` }, s("title", {}, t("plan.camera")));
  }

  const scale = (by) => { zoom = Math.max(0.2, Math.min(40, zoom * by)); if (shown) draw(shown); };
  const tools = h("div", { class: "board-tools" }, hint, h("span", { class: "spacer" }), tool("minus", t("plan.out"), () => scale(1 / 1.6)), tool("plus", t("plan.in"), () => scale(1.6)));
  return { node: h("div", { class: "plan" }, svg, tools), draw };
}
