// Calibration by clicking: points on the picture and on the road, what they are worth shown at once.

import { call, get } from "../api.js";
import { h, put, s } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { go } from "../router.js";
import { board, path, tool, undoing } from "../scene/board.js";
import { about } from "../scene/geodesy.js";
import { handles } from "../scene/handles.js";
import { history } from "../scene/history.js";
import { body, clicked, converted, fromKept, numbersOf, round1, written } from "../scene/pairs.js";
import { plan } from "../scene/plan.js";
import { metres, pointsTable } from "../scene/points.js";
import { snapshot } from "../scene/snapshot.js";
import { button, head } from "../ui/parts.js";
import { into } from "../ui/states.js";
import { toast } from "../ui/toast.js";
import { point as placeOf, rings } from "../ui/projection.js";

const WAIT_MS = 180;
const SUSPECT = 0.6; // of the largest error in the picture

/** Renders the calibration of the camera ctx.id. */
export async function calibrate(ctx) {
  const id = encodeURIComponent(ctx.id);
  await into(ctx.root, async () => {
    const [device, kept, picture] = await Promise.all([
      get(`/devices/${id}`, {}, ctx.signal), call("GET", `/devices/${id}/calibration`, { signal: ctx.signal }), snapshot(ctx.id, ctx.signal),
    ]);
    const zone = device.zone_id ? await get(`/zones/${encodeURIComponent(device.zone_id)}`, {}, ctx.signal).catch(() => null) : null;
    return { device, zone, picture, kept: kept.data, etag: kept.etag };
  }, (found) => show(ctx, found));
}

function show(ctx, { device, zone, picture, kept, etag }) {
  const name = device.name ?? device.id;
  ctx.title(`${t("calibrate.title")} · ${name}`);
  const at = placeOf(device);
  const centre = zone?.properties?.center?.coordinates ?? rings(zone?.geometry)[0]?.[0] ?? null;
  const origin = kept.origin ?? (at ? [at[1], at[0]] : centre ? [centre[1], centre[0]] : null);
  const around = origin && about(origin);
  let version = etag;
  let proof = null;
  let stale = true; // what is shown is of the step before, until the answer to this one comes
  let errors = new Map();
  let asked = null;
  let waiting = 0;

  const steps = history(fromKept(kept), changed);
  const undo = undoing(steps, ctx.signal);
  const saved = { state: JSON.stringify(steps.get()) };
  const grid = ["grid under", "grid"].map((cls) => s("path", { class: cls }));
  const stage = board(picture, {
    label: t("calibrate.picture", { camera: name }), signal: ctx.signal, redraw: () => draw(), again: () => snapshot(ctx.id, ctx.signal),
    tail: [tool("target", t("calibrate.add"), () => add(stage.middle(), true)), undo.nodes],
  });
  stage.back.append(...grid);
  const marks = handles({
    svg: stage.svg, layer: stage.front, within: stage.size, unit: () => stage.unit(),
    moved: (key, to, step) => edit(key, { at: to.map(round1) }, step),
    chosen: () => draw(), removed: remove, added: (to) => add(to),
  });
  const table = pointsTable({
    typed: (key, index, text) => edit(key, (point) => ({ world: point.world.map((old, i) => (i === index ? text : old)) }), `type ${key} ${index}`),
    proves: (key, yes) => edit(key, { proof: yes }), removed: remove, chosen: (key) => { marks.choose(key); draw(); },
  });
  const above = plan({ placed: (to) => {
    const key = marks.current();
    const { unit } = steps.get();
    if (!key || (unit === "gps" && !around)) return;
    edit(key, { world: written(unit, unit === "gps" ? around.degrees(to) : to) });
  } });
  const how = h("p", { class: "muted small" }, t("calibrate.how"));
  const verdict = h("section", { class: "card proof", "aria-live": "polite", id: "proof" });
  const save = button(t("action.save"), keep, { tone: "primary" });
  save.setAttribute("aria-describedby", "proof");
  const units = h("fieldset", { class: "choice" }, h("legend", {}, t("points.unit")), ["metres", "gps"].map((unit) => h("label", {},
    h("input", { type: "radio", name: "unit", value: unit, on: { change: () => steps.set(converted(steps.get(), unit, origin)) } }), t(`points.${unit}`))));

  stage.front.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !marks.current()) return;
    event.preventDefault();
    table.focus(marks.current());
  });

  function edit(key, change, step = null) {
    const state = steps.get();
    steps.set({ ...state, points: state.points.map((point) => (point.id === key ? { ...point, ...(typeof change === "function" ? change(point) : change) } : point)) }, step);
  }

  function add(to, focused = false) {
    const point = clicked(to);
    const state = steps.get();
    steps.set({ ...state, points: [...state.points, point] });
    marks.choose(point.id);
    if (focused) marks.focus(point.id);
    draw();
  }

  function remove(key) {
    const state = steps.get();
    steps.set({ ...state, points: state.points.filter((point) => point.id !== key) });
  }

  function changed() {
    stale = true;
    draw();
    clearTimeout(waiting);
    waiting = setTimeout(prove, WAIT_MS);
  }

  async function prove() {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const sent = body(steps.get(), { size: stage.size, origin, lens: kept.calibration?.lens });
    try {
      const { data } = await call("POST", `/devices/${encodeURIComponent(ctx.id)}/calibration/preview`, { body: sent.body, signal });
      proof = data;
      errors = errorsOf(sent.ids, data);
    } catch (error) {
      if (signal.aborted) return;
      proof = { accepted: false, refusal: null, detail: error.message, grid: [], fit_rmse_m: null, held_out_rmse_m: null };
      errors = new Map();
    }
    stale = false;
    draw();
  }

  async function keep() {
    save.disabled = true;
    const sent = body(steps.get(), { size: stage.size, origin: steps.get().unit === "gps" || kept.origin ? origin : null, lens: kept.calibration?.lens });
    try {
      const { data, etag: next } = await call("PUT", `/devices/${encodeURIComponent(ctx.id)}/calibration`, { body: sent.body, headers: { "If-Match": version } });
      version = next;
      proof = data.proof;
      saved.state = JSON.stringify(steps.get());
      toast(t("calibrate.saved", { camera: name }));
    } catch (error) {
      if (error.status === 412) toast(t("calibrate.changed"), { tone: "bad", keep: true });
      else if (error.code === "poor_calibration") proof = error.body.proof;
      else toast(error.message, { tone: "bad", keep: true });
    }
    draw();
  }

  function draw() {
    const state = steps.get();
    const open = (point) => (numbersOf(point) ? null : "open");
    const worst = (point) => (errors.get(point.id)?.suspect ? "bad" : null);
    marks.draw(state.points.map((point, i) => ({
      id: point.id, at: point.at, text: String(i + 1), tone: open(point) ?? worst(point) ?? (point.proof ? "proof" : ""),
      label: t("points.label", { number: i + 1, x: number(point.at[0]), y: number(point.at[1]) }),
    })));
    const lines = (proof?.grid ?? []).map((line) => path(line)).join("");
    if (proof) grid.forEach((line) => line.setAttribute("d", lines));
    table.draw(state, errors, marks.current());
    above.draw(seenFromAbove(state));
    units.querySelectorAll("input").forEach((input) => { input.checked = input.value === state.unit; });
    undo.show();
    how.hidden = state.points.length > 0;
    put(verdict, h("h2", {}, t("proof.title")), figures(proof), word(state));
    save.disabled = stale || !proof?.accepted || JSON.stringify(state) === saved.state || state.points.some((point) => !numbersOf(point));
  }

  function seenFromAbove(state) {
    const gps = state.unit === "gps";
    const onPlan = (place) => (gps ? around?.metres(place) : place);
    const points = state.points.map((point, i) => ({ id: point.id, name: String(i + 1), at: numbersOf(point) && onPlan(numbersOf(point)) })).filter((point) => point.at);
    const edges = gps && around ? rings(zone?.geometry).map((ring) => ring.map(([lon, lat]) => around.metres([lat, lon]))) : [];
    const hint = gps && !around ? t("plan.noOrigin") : marks.current() ? t("plan.click", { number: state.points.findIndex((point) => point.id === marks.current()) + 1 }) : t("plan.choose");
    return { points, edges, chosen: marks.current(), hint, camera: gps && around && at ? around.metres([at[1], at[0]]) : null };
  }

  function word(state) {
    if (state.points.length && state.points.some((point) => !numbersOf(point))) return told("warn", "alert", t("proof.open"));
    if (!proof) return told("warn", "gauge", t("proof.asking"));
    if (!proof.accepted) return told("bad", "alert", proof.refusal ? t(`refused.${proof.refusal}`, { error: number(proof.held_out_rmse_m, 2), limit: number(proof.limit_m, 2) }) : proof.detail);
    return told("good", "check", JSON.stringify(state) === saved.state ? t("proof.same") : t("proof.good", { limit: number(proof.limit_m, 2) }));
  }

  ctx.signal.addEventListener("abort", () => { clearTimeout(waiting); asked?.abort(); });
  prove();
  draw();
  return [
    head(t("calibrate.title"), name, button(t("action.back"), () => go("camera", ctx.id), { name: "back" }), save),
    h("div", { class: "scene" }, h("div", { class: "scene-main" }, stage.node, h("p", { class: "muted small" }, t("calibrate.keys"))),
      h("div", { class: "scene-side" }, verdict,
        h("section", { class: "card" }, units, h("div", { class: "points-view" }, table.node), how)),
      h("section", { class: "card scene-below" }, h("h2", {}, t("plan.title")), above.node)),
  ];
}

/** Each point's error by its id; where it is poor, those that stand out in the picture are suspect. */
function errorsOf(ids, proof) {
  const all = [...ids.points.map((key, i) => [key, proof.points[i]]), ...ids.held_out.map((key, i) => [key, proof.held_out[i]])].filter(([, one]) => one);
  const most = Math.max(0, ...all.map(([, one]) => one.error_px));
  return new Map(all.map(([key, one]) => [key, { metres: one.error_m, suspect: proof.refusal === "poor" && one.error_px >= SUSPECT * most }]));
}

function figures(proof) {
  const figure = (value, label) => h("div", {}, h("b", {}, metres(value)), h("span", {}, label));
  return h("div", { class: "figures" }, figure(proof?.held_out_rmse_m, t(`proof.${proof?.held_out_by ?? "unseen"}`)), figure(proof?.fit_rmse_m, t("proof.fit")));
}

function told(tone, name, text) {
  return h("p", { class: "word", dataset: { tone } }, icon(name), h("span", {}, text));
}
