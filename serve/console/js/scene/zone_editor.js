// A zone's shape drawn on the map: corners clicked, dragged, nudged and removed, then kept.

import { call } from "../api.js";
import { h, put, s } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { button } from "../ui/parts.js";
import { frame, rings } from "../ui/projection.js";
import { toast } from "../ui/toast.js";
import { path, tool, undoing } from "./board.js";
import { handles } from "./handles.js";
import { history } from "./history.js";
import { keepZone } from "./zone_form.js";

const DECIMALS = 7;
const CLOSEST = 0.0005; // degrees: some fifty metres
const STILL_PX = 5;

/**
 * Draws a zone's outer ring on the map's svg. near: [lon, lat] places to begin around; background(project) draws
 * what lies around it; done(kept) when it ends. Returns {tools, stop}: what to show under it, and what ends it unkept.
 */
export function zoneEditor({ svg, size, near, background, zone, done }) {
  const ending = new AbortController();
  const { signal } = ending;
  const address = `/zones/${encodeURIComponent(zone.id)}`;
  const [outer = [], ...holes] = rings(zone.geometry);
  const around = s("g", {});
  const draft = s("path", { class: "draft" });
  const layer = s("g", { class: "layer" });
  put(svg, around, draft, layer);
  const steps = history(outer.slice(0, -1).map((place, i) => ({ id: `c${i}`, place })), () => draw());
  const undo = undoing(steps, signal);
  let made = outer.length;
  let panned = false;
  let view = viewOf(near);
  let project = frame(view, ...size, CLOSEST);
  const count = h("span", { class: "small muted", role: "status" });
  const save = button(t("action.save"), keep, { tone: "primary small" });
  const marks = handles({
    svg, layer, within: size, unit: () => size[0] / (svg.clientWidth || size[0]), nudge: () => 2,
    moved: (id, at, step) => steps.set(steps.get().map((corner) => (corner.id === id ? { ...corner, place: project.back(at) } : corner)), step),
    removed: (id) => steps.set(steps.get().filter((corner) => corner.id !== id)),
    chosen: () => {}, added: (at) => { if (!signal.aborted && !panned) add(at); },
  });

  function add(at, focused = false) {
    const id = `c${++made}`;
    steps.set([...steps.get(), { id, place: project.back(at) }]);
    marks.choose(id);
    if (focused) marks.focus(id);
    draw();
  }

  function look(next) {
    view = next;
    project = frame(view, ...size, CLOSEST);
    draw();
  }

  /** Closer or farther, around the chosen corner or the middle. */
  function scale(by) {
    const middle = steps.get().find((corner) => corner.id === marks.current())?.place ?? middleOf(view);
    const half = view[1].map((v, i) => Math.min(10, Math.max(CLOSEST / 2, ((v - view[0][i]) / 2) * by)));
    look([middle.map((v, i) => v - half[i]), middle.map((v, i) => v + half[i])]);
  }

  svg.addEventListener("pointerdown", (event) => {
    panned = false;
    const from = [event.clientX, event.clientY];
    const start = { view, project };
    const unit = size[0] / svg.clientWidth;
    const move = (next) => {
      const gone = [next.clientX - from[0], next.clientY - from[1]];
      if (!panned && Math.hypot(...gone) < STILL_PX) return;
      panned = true;
      const there = start.project.back([size[0] / 2 - gone[0] * unit, size[1] / 2 - gone[1] * unit]);
      const by = middleOf(start.view).map((v, i) => there[i] - v);
      look(start.view.map((corner) => corner.map((v, i) => v + by[i])));
    };
    svg.addEventListener("pointermove", move, { signal });
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => svg.removeEventListener("pointermove", move), { once: true });
  }, { signal });

  function draw() {
    const corners = steps.get().map((corner) => ({ ...corner, at: project(corner.place) }));
    put(around, background(project));
    draft.setAttribute("d", path(corners.map((corner) => corner.at), true));
    marks.draw(corners.map((corner, i) => ({ ...corner, label: t("zone.corner", { number: i + 1 }) })));
    undo.show();
    save.disabled = corners.length < 3 || !steps.canUndo();
    put(count, t("zone.corners", { count: number(corners.length) }));
  }

  async function keep() {
    const ring = steps.get().map(({ place }) => place.map((v) => Number(v.toFixed(DECIMALS))));
    save.disabled = true;
    try {
      const { etag } = await call("GET", address);
      await keepZone(address, zone.etag ?? etag, { geometry: { type: "Polygon", coordinates: [[...ring, ring[0]], ...holes] } });
      toast(t("zone.saved", { name: zone.properties?.name ?? zone.id }));
      end(true);
    } catch (error) {
      toast(error.message, { tone: "bad", keep: true });
      draw();
    }
  }

  function end(kept) {
    ending.abort();
    put(svg);
    done(kept);
  }

  draw();
  const tools = h("div", { class: "board-tools" }, tool("minus", t("plan.out"), () => scale(2)), tool("plus", t("plan.in"), () => scale(0.5)), tool("target", t("zone.addCorner"), () => add([size[0] / 2, size[1] / 2], true)), undo.nodes, count,
    h("span", { class: "spacer" }), button(t("action.cancel"), () => end(false), { tone: "small" }), save);
  return { tools, stop: () => ending.abort() };
}

/** Two corners around these places, with as much room again. */
function viewOf(places) {
  const [low, high] = [Math.min, Math.max].map((pick) => [0, 1].map((axis) => pick(...places.map((place) => place[axis]))));
  const room = high.map((v, axis) => Math.max((v - low[axis]) / 2, CLOSEST));
  return [low.map((v, axis) => v - room[axis]), high.map((v, axis) => v + room[axis])];
}

function middleOf([low, high]) {
  return low.map((v, axis) => (v + high[axis]) / 2);
}
