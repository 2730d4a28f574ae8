// A zone's shape drawn on the map: corners clicked, dragged, nudged and removed, then kept.

import { call } from "../api.js";
import { h, put, s } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { button } from "../ui/parts.js";
import { rings } from "../ui/projection.js";
import { toast } from "../ui/toast.js";
import { path, tool, undoing } from "./board.js";
import { handles } from "./handles.js";
import { history } from "./history.js";
import { keepZone } from "./zone_form.js";

const DECIMALS = 7;

/** Draws a zone's outer ring on the map's svg; done(kept) when it ends. Returns the tools to show under it. */
export function zoneEditor({ svg, project, size, zone, done }) {
  const ending = new AbortController();
  const { signal } = ending;
  const address = `/zones/${encodeURIComponent(zone.id)}`;
  const [outer = [], ...holes] = rings(zone.geometry);
  const draft = s("path", { class: "draft" });
  const layer = s("g", { class: "layer" });
  svg.append(draft, layer);
  const steps = history(outer.slice(0, -1).map((at, i) => ({ id: `c${i}`, at: project(at) })), () => draw());
  const undo = undoing(steps, signal);
  let made = outer.length;
  const count = h("span", { class: "small muted", role: "status" });
  const save = button(t("action.save"), keep, { tone: "primary small" });
  const svgUnit = () => size[0] / (svg.clientWidth || size[0]);
  const marks = handles({
    svg, layer, within: size, unit: svgUnit, nudge: () => 2,
    moved: (id, at, step) => steps.set(steps.get().map((corner) => (corner.id === id ? { ...corner, at } : corner)), step),
    removed: (id) => steps.set(steps.get().filter((corner) => corner.id !== id)),
    chosen: () => {}, added: (at) => { if (!signal.aborted) add(at); },
  });

  function add(at, focused = false) {
    const id = `c${++made}`;
    steps.set([...steps.get(), { id, at }]);
    marks.choose(id);
    if (focused) marks.focus(id);
    draw();
  }

  function draw() {
    const corners = steps.get();
    draft.setAttribute("d", path(corners.map((corner) => corner.at), true));
    marks.draw(corners.map((corner, i) => ({ ...corner, label: t("zone.corner", { number: i + 1 }) })));
    undo.show();
    save.disabled = corners.length < 3 || !steps.canUndo();
    put(count, t("zone.corners", { count: number(corners.length) }));
  }

  async function keep() {
    const ring = steps.get().map((corner) => project.back(corner.at).map((v) => Number(v.toFixed(DECIMALS))));
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
    draft.remove();
    layer.remove();
    done(kept);
  }

  draw();
  return h("div", { class: "board-tools" }, tool("target", t("zone.addCorner"), () => add([size[0] / 2, size[1] / 2], true)), undo.nodes, count,
    h("span", { class: "spacer" }), button(t("action.cancel"), () => end(false), { tone: "small" }), save);
}
