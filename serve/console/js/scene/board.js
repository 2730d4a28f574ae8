// A camera's picture to draw on: it can be enlarged, scrolled, and says where on it something is.

import { h, put, s } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { toast } from "../ui/toast.js";
import { caption } from "./snapshot.js";

const ZOOMS = [1, 1.5, 2, 3, 4, 6];

/** {node, svg, back, front, size, unit(), middle()}: back and front are layers in picture pixels; again() takes another picture. */
export function board(picture, { label, signal, redraw, again, tail = [] }) {
  const { width, height } = picture;
  let { url } = picture;
  const image = h("img", { src: picture.url, alt: label });
  const back = s("g", { class: "layer back" });
  const front = s("g", { class: "layer front" });
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, tabindex: "-1", role: "group", "aria-label": label }, back, front);
  const sheet = h("div", { class: "sheet", dataset: { zoom: "1" } }, image, svg);
  const view = h("div", { class: "view", tabindex: "0", role: "region", "aria-label": t("board.region") }, sheet);
  let zoom = 0;
  const shown = h("output", {}, "");
  const further = tool("plus", t("board.in"), () => turn(1));
  const nearer = tool("minus", t("board.out"), () => turn(-1));

  function turn(by, around = null) {
    const next = Math.max(0, Math.min(ZOOMS.length - 1, zoom + by));
    const at = around ?? [(view.scrollLeft + view.clientWidth / 2) / sheet.clientWidth, (view.scrollTop + view.clientHeight / 2) / sheet.clientHeight];
    zoom = next;
    sheet.dataset.zoom = String(ZOOMS[zoom]);
    view.scrollTo(at[0] * sheet.clientWidth - view.clientWidth / 2, at[1] * sheet.clientHeight - view.clientHeight / 2);
    tell();
  }

  function tell() {
    put(shown, `${ZOOMS[zoom]}×`);
    further.disabled = zoom === ZOOMS.length - 1;
    nearer.disabled = zoom === 0;
    redraw();
  }

  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const box = sheet.getBoundingClientRect();
    turn(event.deltaY < 0 ? 1 : -1, [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
  }, { passive: false });
  const watcher = new ResizeObserver(() => redraw());
  watcher.observe(sheet);
  signal.addEventListener("abort", () => { watcher.disconnect(); URL.revokeObjectURL(url); });
  const said = h("span", {}, caption(picture));
  const retake = tool("camera", t("board.again"), async () => {
    retake.disabled = true;
    try {
      const next = await again();
      if (next.width !== width || next.height !== height) throw new Error(t("board.otherSize"));
      URL.revokeObjectURL(url);
      ({ url } = next);
      image.src = url;
      put(said, caption(next));
    } catch (error) {
      if (!signal.aborted) toast(error.message, { tone: "bad" });
    } finally {
      retake.disabled = false;
    }
  });
  const node = h("div", { class: "board" }, view, h("div", { class: "board-tools" }, nearer, shown, further, tail, h("span", { class: "spacer" }), said, retake));
  put(shown, "1×");
  nearer.disabled = true;
  return {
    node, svg, back, front, size: [width, height],
    unit: () => width / (sheet.clientWidth || width),
    /** The middle of what is in view, picture pixels. */
    middle: () => {
      const unit = width / (sheet.clientWidth || width);
      return [(view.scrollLeft + view.clientWidth / 2) * unit, Math.min(height, (view.scrollTop + view.clientHeight / 2) * unit)].map((v) => Math.round(v));
    },
  };
}

/** A small button of an icon, named for who cannot see it. */
export function tool(name, label, act) {
  return h("button", { class: "button small icon", type: "button", "aria-label": label, title: label, on: { click: act } }, icon(name));
}

/** The path of points, closed or not. */
export function path(points, closed = false) {
  return points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("") + (closed && points.length ? "Z" : "");
}

/** Undo and redo by button and by Ctrl+Z, Ctrl+Y, until signal ends; show() says which can be pressed. */
export function undoing(steps, signal) {
  const back = tool("undo", t("board.undo"), () => steps.undo());
  const on = tool("redo", t("board.redo"), () => steps.redo());
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.matches?.("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) steps.redo();
    else steps.undo();
  }, { signal });
  return { nodes: [back, on], show() { back.disabled = !steps.canUndo(); on.disabled = !steps.canRedo(); } };
}
