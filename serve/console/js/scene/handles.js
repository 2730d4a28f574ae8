// Points on a drawing that can be dragged, nudged with the arrow keys and removed with Delete.

import { s } from "../dom.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 10;

/**
 * Handles in the user units of an svg. points of draw(): [{id, at: [x, y], label, text?, tone?}].
 * moved(id, at, step): step names one drag or one stretch of keys; chosen(id), removed(id), added(at).
 * within: [width, height] no handle leaves; unit(): user units per screen pixel.
 */
export function handles({ svg, layer, within, unit, moved, chosen, removed, added = null, nudge = () => 1 }) {
  let points = [];
  let current = null;
  let step = 0;
  const nodes = new Map();
  const inside = ([x, y]) => [Math.min(within[0], Math.max(0, x)), Math.min(within[1], Math.max(0, y))];

  function place(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return inside([at.x, at.y]);
  }

  function node(point) {
    const made = s("g", { class: "handle", tabindex: "0", role: "button", dataset: {} },
      s("circle", { class: "reach" }), s("circle", { class: "ring" }), s("circle", { class: "dot" }), s("text", {}, ""));
    made.addEventListener("focus", () => choose(point.id));
    made.addEventListener("keydown", (event) => key(event, point.id));
    made.addEventListener("pointerdown", (event) => drag(event, made, point.id));
    made.addEventListener("click", (event) => event.stopPropagation());
    return made;
  }

  function key(event, id) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const point = points.find((one) => one.id === id);
    if (event.key in STEPS && point) {
      const size = nudge() * (event.shiftKey ? FAR : 1);
      const [dx, dy] = STEPS[event.key];
      if (!event.repeat) step += 1;
      moved(id, inside([point.at[0] + dx * size, point.at[1] + dy * size]), `key ${id} ${step}`);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      const next = points[(points.indexOf(point) + 1) % points.length];
      removed(id);
      (nodes.get(next?.id) ?? svg).focus({ preventScroll: true });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function drag(event, target, id) {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    target.focus({ preventScroll: true });
    target.setPointerCapture(event.pointerId);
    step += 1;
    const point = points.find((one) => one.id === id);
    const from = place(event);
    const start = point.at;
    const move = (next) => {
      const to = place(next);
      moved(id, inside([start[0] + to[0] - from[0], start[1] + to[1] - from[1]]), `drag ${step}`);
    };
    target.addEventListener("pointermove", move);
    for (const end of ["pointerup", "pointercancel"]) target.addEventListener(end, () => target.removeEventListener("pointermove", move), { once: true });
  }

  function choose(id) {
    if (current !== id) {
      current = id;
      chosen(id);
    }
    for (const [name, one] of nodes) one.dataset.chosen = String(name === current);
  }

  if (added) svg.addEventListener("click", (event) => added(place(event)));

  return {
    /** Shows these points; those that stay keep their focus. */
    draw(next) {
      points = next;
      const kept = new Set(points.map((point) => point.id));
      for (const [id, one] of nodes) if (!kept.has(id)) { one.remove(); nodes.delete(id); }
      points.forEach((point, i) => {
        if (!nodes.has(point.id)) nodes.set(point.id, node(point));
        const one = nodes.get(point.id);
        // In the order of the points, for Tab; what stands right is not touched, for it may have the focus.
        if (layer.children[i] !== one) layer.insertBefore(one, layer.children[i] ?? null);
        one.setAttribute("transform", `translate(${point.at[0].toFixed(2)} ${point.at[1].toFixed(2)}) scale(${unit().toFixed(4)})`);
        one.setAttribute("aria-label", point.label);
        one.dataset.tone = point.tone ?? "";
        one.dataset.chosen = String(point.id === current);
        const [reach, ring, dot, text] = one.children;
        reach.setAttribute("r", 16);
        ring.setAttribute("r", 8);
        dot.setAttribute("r", 1.5);
        text.textContent = point.text ?? "";
        text.setAttribute("x", 11);
        text.setAttribute("y", -9);
      });
    },
    choose,
    current: () => current,
    focus(id) { nodes.get(id)?.focus({ preventScroll: true }); },
  };
}
