// Lanes, stop line and measurement zone drawn on the camera's picture.

import { call, get } from "../api.js";
import { h, put, s } from "../dom.js";
import { number } from "../format.js";
import { named, t } from "../i18n.js";
import { icon } from "../icons.js";
import { go } from "../router.js";
import { board, path, tool, undoing } from "../scene/board.js";
import { handles } from "../scene/handles.js";
import { history } from "../scene/history.js";
import { round1 } from "../scene/pairs.js";
import { body, bounds, fresh, fromKept, tint, titleOf } from "../scene/shapes.js";
import { snapshot } from "../scene/snapshot.js";
import { button, head } from "../ui/parts.js";
import { into } from "../ui/states.js";
import { toast } from "../ui/toast.js";

const TYPES = ["normal", "exclusive_bus"];

/** Renders the drawing of the camera ctx.id. */
export async function lanes(ctx) {
  const id = encodeURIComponent(ctx.id);
  await into(ctx.root, async () => {
    const [device, kept, picture, calibration] = await Promise.all([
      get(`/devices/${id}`, {}, ctx.signal), call("GET", `/devices/${id}/lanes`, { signal: ctx.signal }), snapshot(ctx.id, ctx.signal),
      get(`/devices/${id}/calibration`, {}, ctx.signal).catch(() => null),
    ]);
    return { device, picture, calibration, kept: kept.data, etag: kept.etag };
  }, (found) => show(ctx, found));
}

function show(ctx, { device, picture, calibration, kept, etag }) {
  const name = device.name ?? device.id;
  ctx.title(`${t("lanes.title")} · ${name}`);
  let version = etag;
  let current = null;
  let fault = null;
  const steps = history(fromKept(kept), () => { fault = null; draw(); });
  const undo = undoing(steps, ctx.signal);
  let saved = JSON.stringify(body(steps.get()));

  const road = ["grid under", "grid"].map((cls) => s("path", { class: cls, d: (calibration?.proof?.grid ?? []).map((line) => path(line)).join("") }));
  const areas = s("g", {});
  const stage = board(picture, {
    label: t("calibrate.picture", { camera: name }), signal: ctx.signal, redraw: () => draw(), again: () => snapshot(ctx.id, ctx.signal),
    tail: [tool("target", t("lanes.addPoint"), () => add(stage.middle(), true)), undo.nodes, gridSwitch(road)],
  });
  stage.back.append(...road, areas);
  road.forEach((line) => line.toggleAttribute("hidden", true));
  const marks = handles({
    svg: stage.svg, layer: stage.front, within: stage.size, unit: () => stage.unit(),
    moved: (key, to, step) => change(current, (shape) => ({ points: shape.points.map((at, i) => (`${shape.key}-${i}` === key ? to.map(round1) : at)) }), step),
    removed: (key) => change(current, (shape) => ({ points: shape.points.filter((_, i) => `${shape.key}-${i}` !== key) })),
    chosen: () => {}, added: (to) => add(to),
  });
  const list = h("div", { class: "shapes", role: "group", "aria-label": t("lanes.shapes") });
  const form = h("div", { class: "shape-form" });
  const word = h("div", { role: "status", class: "proof" });
  const save = button(t("action.save"), keep, { tone: "primary" });
  const nodes = new Map();
  let formOf = null;

  function change(key, made, step = null) {
    steps.set(steps.get().map((shape) => (shape.key === key ? { ...shape, ...made(shape) } : shape)), step);
  }

  function add(to, focused = false) {
    const shape = steps.get().find((one) => one.key === current);
    if (!shape) return toast(t("lanes.chooseFirst"), { tone: "warn" });
    if (shape.points.length >= bounds(shape.kind)[1]) return toast(t("lanes.full"), { tone: "warn" });
    const last = shape.points.length;
    change(current, () => ({ points: [...shape.points, to.map(round1)] }));
    marks.choose(`${current}-${last}`);
    if (focused) marks.focus(`${current}-${last}`);
    return draw();
  }

  function begin(kind) {
    const there = kind === "lane" ? null : steps.get().find((shape) => shape.kind === kind);
    const shape = there ?? fresh(kind, steps.get());
    current = shape.key;
    if (there) draw();
    else steps.set([...steps.get(), shape]);
    marks.choose(null);
  }

  function drop(key) {
    if (current === key) current = null;
    steps.set(steps.get().filter((shape) => shape.key !== key));
  }

  async function keep() {
    const sent = body(steps.get());
    save.disabled = true;
    try {
      const { data, etag: next } = await call("PUT", `/devices/${encodeURIComponent(ctx.id)}/lanes`, { body: sent, headers: { "If-Match": version } });
      version = next;
      saved = JSON.stringify(body(fromKept(data)));
      steps.reset(fromKept(data));
      current = null;
      toast(t("lanes.saved", { camera: name }));
    } catch (error) {
      if (error.status === 412) toast(t("calibrate.changed"), { tone: "bad", keep: true });
      else fault = { part: error.body?.part, lane: error.body?.lane, text: error.message };
    }
    draw();
  }

  const faulty = (shape) => fault && (shape.kind === "lane" ? shape.name === fault.lane : { stop: "stop_line", measurement: "measurement_zone" }[shape.kind] === fault.part);
  const unfinished = (shape) => shape.points.length > 0 && shape.points.length < bounds(shape.kind)[0];

  function draw() {
    const shapes = steps.get();
    const chosen = shapes.find((shape) => shape.key === current) ?? null;
    if (!chosen) current = null;
    put(areas, shapes.map((shape) => s("path", {
      class: "area", d: path(shape.points, shape.kind !== "stop"), dataset: { kind: tint(shape), chosen: String(shape.key === current), fault: String(Boolean(faulty(shape))) },
    })));
    marks.draw((chosen?.points ?? []).map((at, i) => ({
      id: `${chosen.key}-${i}`, at, text: String(i + 1), label: t("points.label", { number: i + 1, x: number(at[0]), y: number(at[1]) }),
    })));
    drawList(shapes);
    drawForm(chosen);
    undo.show();
    const waits = shapes.find(unfinished);
    const same = JSON.stringify(body(shapes)) === saved;
    put(word, fault ? told("bad", "alert", faultText(fault)) : waits ? told("warn", "alert", t("lanes.unfinished", { shape: titleOf(waits) }))
      : chosen ? told("warn", "target", t(`lanes.how.${chosen.kind}`)) : told(same ? "good" : "warn", same ? "check" : "gauge", t(same ? "lanes.same" : "lanes.unsaved")));
    save.disabled = same || Boolean(waits);
  }

  function drawList(shapes) {
    const seen = new Set(shapes.map((shape) => shape.key));
    for (const [key, node] of nodes) if (!seen.has(key)) { node.remove(); nodes.delete(key); }
    for (const shape of shapes) {
      if (!nodes.has(shape.key)) {
        nodes.set(shape.key, list.appendChild(h("button", { class: "button", type: "button", on: { click: () => { current = shape.key; marks.choose(null); draw(); } } })));
      }
      const node = nodes.get(shape.key);
      put(node, h("span", { class: "swatch", dataset: { kind: tint(shape) } }), h("span", {}, titleOf(shape)), faulty(shape) ? icon("alert") : null);
      node.setAttribute("aria-pressed", String(shape.key === current));
    }
  }

  function drawForm(shape) {
    // A field that is being typed in is not made anew under the fingers.
    if (formOf === shape?.key && form.contains(document.activeElement) && document.activeElement.matches("input, select")) return;
    formOf = shape?.key ?? null;
    if (!shape) return void put(form);
    const points = h("p", { class: "muted small wide" }, t("lanes.count", { count: shape.points.length }));
    const gone = button(t("lanes.drop", { shape: titleOf(shape) }), () => drop(shape.key), { name: "trash", tone: "danger small" });
    const typed = (key) => (event) => change(shape.key, () => ({ [key]: event.target.value }), `${key} ${shape.key}`);
    put(form, shape.kind === "lane" ? [
      field("lane-name", t("lanes.name"), h("input", { id: "lane-name", value: shape.name ?? "", maxlength: "50", on: { input: typed("name") } })),
      field("lane-type", t("lanes.type"), h("select", { id: "lane-type", on: { change: typed("type") } },
        [...new Set([...TYPES, shape.type])].map((type) => h("option", { value: type, selected: type === shape.type }, named("lane", type))))),
      field("lane-heading", t("lanes.heading"), h("input", { id: "lane-heading", type: "number", min: "-360", max: "360", step: "any", value: shape.heading === null ? "" : String(shape.heading), on: { input: typed("heading") } })),
    ] : null, points, h("div", { class: "wide" }, gone));
  }

  draw();
  return [
    head(t("lanes.title"), name, button(t("action.back"), () => go("camera", ctx.id), { name: "back" }), save),
    h("div", { class: "scene" }, h("div", { class: "scene-main" }, stage.node, h("p", { class: "muted small" }, t("lanes.keys"))),
      h("div", { class: "scene-side" }, h("section", { class: "card" }, word),
        h("section", { class: "card" }, h("h2", {}, t("lanes.shapes")), list, h("div", { class: "row-acts lane-adds" },
          ["lane", "stop", "measurement"].map((kind) => button(t(`lanes.new.${kind}`), () => begin(kind), { name: "plus", tone: "small" })))),
        h("section", { class: "card" }, h("h2", {}, t("lanes.chosen")), form))),
  ];
}

function faultText({ part, lane, text }) {
  if (lane) return t("lanes.fault.lane", { lane, text });
  return part ? t(`lanes.fault.${part}`, { text }) : text;
}

function gridSwitch(road) {
  const box = h("input", { type: "checkbox", on: { change: () => road.forEach((line) => line.toggleAttribute("hidden", !box.checked)) } });
  return road[0].getAttribute("d") ? h("label", { class: "check small" }, box, t("lanes.grid")) : null;
}

function field(id, label, input) {
  return h("div", { class: "field" }, h("label", { for: id }, label), input);
}

function told(tone, name, text) {
  return h("p", { class: "word", dataset: { tone } }, icon(name), h("span", {}, text));
}
