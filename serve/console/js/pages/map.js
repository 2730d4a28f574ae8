// Zones and cameras in their place: a flat drawing of the GeoJSON, without anyone's map tiles.

import { call, get } from "../api.js";
import { h, put, s } from "../dom.js";
import { number } from "../format.js";
import { named, t } from "../i18n.js";
import { go } from "../router.js";
import { may } from "../session.js";
import { zoneEditor } from "../scene/zone_editor.js";
import { addZone, editZone } from "../scene/zone_form.js";
import { itemsOf } from "../ui/listing.js";
import { button, head, status } from "../ui/parts.js";
import { empty, into } from "../ui/states.js";
import { frame, point, rings } from "../ui/projection.js";

const WIDE = 900;
const HIGH = 540;
const LIMA = [-77.0428, -12.0464];

/** Renders the map. */
export async function map(ctx) {
  const region = h("div", { class: "region" });
  const load = (drawing = null) => into(region, async () => {
    const [zones, devices] = await Promise.all([get("/zones", {}, ctx.signal), may("devices.read") ? get("/devices", {}, ctx.signal) : { items: [] }]);
    return { zones: zones.features ?? [], devices: itemsOf(devices).map((row) => ({ ...row, at: point(row) })) };
  }, (found) => show(ctx, found, { load, drawing }));
  ctx.root.append(head(t("page.map"), t("map.text"), may("zones.manage") ? button(t("zone.new"), () => addZone((id, centre) => load({ id, centre })), { name: "plus" }) : null), region);
  await load();
}

function show(ctx, { zones, devices }, { load, drawing: first }) {
  const placed = devices.filter((device) => device.at);
  const drawn = zones.filter((zone) => rings(zone.geometry).length);
  const begun = zones.find((zone) => zone.id === first?.id) ?? null;
  if (!drawn.length && !placed.length && !begun) return empty(t("map.empty.title"), t("map.empty.text"));
  const known = [...drawn.flatMap((zone) => rings(zone.geometry).flat()), ...placed.map((device) => device.at)];
  // Where nothing has a place yet, a new zone is drawn around the middle of Lima.
  const project = frame(known.length ? known : [LIMA], WIDE, HIGH);
  const told = h("div", { class: "card map-told", "aria-live": "polite" }, h("p", { class: "muted" }, t("map.choose")));
  const drawing = s("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "group", "aria-label": t("map.alt", { zones: drawn.length, cameras: placed.length }) });
  const frameOf = h("div", { class: "map-drawing" }, drawing);
  let editing = null;
  ctx.signal.addEventListener("abort", () => editing?.stop());
  const shapes = () => put(drawing, drawn.map((zone) => zoneShape(zone, project, told, actsOf)), placed.map((device) => deviceMark(device, project, told)), scale(project));
  const actsOf = may("zones.manage") ? (zone) => h("div", { class: "row-acts" }, button(t("zone.change"), () => editZone(zone.id, () => load()), { tone: "small" }),
    button(t("zone.draw"), () => draw(zone), { tone: "small" })) : () => null;

  async function draw(zone, centre = null) {
    // The version that is seen now is the one that is changed.
    const { data, etag } = await call("GET", `/zones/${encodeURIComponent(zone.id)}`);
    const own = placed.filter((device) => device.zone_id === zone.id).map((device) => device.at);
    const near = [rings(zone.geometry).flat(), centre ? [centre] : [], own, known, [LIMA]].find((places) => places.length);
    frameOf.classList.add("editing");
    put(told, h("h2", {}, zone.properties?.name ?? zone.id), h("p", { class: "muted" }, t("zone.how")));
    frameOf.querySelector(".board-tools")?.remove();
    editing?.stop();
    const { tools, stop } = zoneEditor({
      svg: drawing, size: [WIDE, HIGH], near, zone: { ...data, etag },
      background: (to) => [drawn.filter((other) => other.id !== zone.id).map((other) => s("path", { class: "zone", d: outline(other, to) })),
        placed.map((device) => s("circle", { class: "device-spot", cx: to(device.at)[0], cy: to(device.at)[1], r: 6 })), scale(to)],
      done: (kept) => {
        frameOf.classList.remove("editing");
        tools.remove();
        if (kept) load();
        else { shapes(); put(told, h("p", { class: "muted" }, t("map.choose"))); }
      },
    });
    editing = { stop };
    frameOf.append(tools);
  }

  shapes();
  if (begun) draw(begun, first.centre);
  const lost = devices.filter((device) => !device.at);
  return [h("div", { class: "map" }, frameOf, h("div", {}, told, legend(zones, devices, actsOf))),
    lost.length ? h("p", { class: "muted small" }, t("map.unplaced", { names: lost.map((device) => device.name ?? device.id).join(", ") })) : null];
}

function outline(zone, project) {
  return rings(zone.geometry).map((ring) => `${ring.map((at, i) => `${i ? "L" : "M"}${project(at).map((v) => v.toFixed(1)).join(" ")}`).join("")}Z`).join("");
}

function zoneShape(zone, project, told, more) {
  const d = outline(zone, project);
  const { name, speed_limit: limit } = zone.properties ?? {};
  const tell = () => put(told, h("h2", {}, name ?? zone.id), h("p", {}, limit ? t("map.limit", { limit: number(limit) }) : t("map.noLimit")), zone.properties?.district && h("p", { class: "muted" }, zone.properties.district), more(zone));
  return s("path", { class: "zone", d, "fill-rule": "evenodd", tabindex: "0", role: "button", "aria-label": name ?? zone.id, on: acts(tell) });
}

function deviceMark(device, project, told) {
  const [x, y] = project(device.at);
  const tell = () => put(told, h("h2", {}, device.name ?? device.id), h("p", {}, status(device.status)), h("p", { class: "muted" }, device.zone_name ?? device.zone_id ?? ""),
    h("button", { class: "button", type: "button", on: { click: () => go("camera", device.id) } }, t("map.open")));
  return s("g", { class: "device", "data-status": device.status, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, tabindex: "0", role: "button", "aria-label": `${device.name ?? device.id}, ${named("status", device.status)}`, on: acts(tell) },
    s("circle", { r: 11 }), device.status === "active" ? s("circle", { class: "core", r: 4 }) : s("path", { class: "core", d: "M-4-4L4 4M4-4L-4 4" }));
}

function acts(tell) {
  return { click: tell, focus: tell, keydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); tell(); } } };
}

function scale({ metres }) {
  const length = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000].findLast((m) => m / metres < WIDE / 4) ?? 5;
  const wide = length / metres;
  return s("g", { class: "scale", transform: `translate(20 ${HIGH - 20})` }, s("path", { d: `M0-6V0H${wide.toFixed(1)}V-6` }),
    s("text", { x: wide / 2, y: -8, "text-anchor": "middle" }, length < 1000 ? `${length} m` : `${length / 1000} km`));
}

function legend(zones, devices, more) {
  return h("div", { class: "card" },
    h("h2", {}, t("map.zones")), h("ul", { class: "plain" }, zones.map((zone) => h("li", {}, zone.properties?.name ?? zone.id, h("span", { class: "muted" }, zone.properties?.speed_limit ? ` ${number(zone.properties.speed_limit)} km/h` : ""), rings(zone.geometry).length ? null : more(zone)))),
    h("h2", {}, t("map.cameras")), h("ul", { class: "plain" }, devices.map((device) => h("li", {}, h("a", { href: `#/camera/${encodeURIComponent(device.id)}` }, device.name ?? device.id), " ", status(device.status)))));
}
