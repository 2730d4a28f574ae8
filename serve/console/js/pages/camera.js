// One camera: what it is, how it is, and what has been heard of it lately.

import { get } from "../api.js";
import { h, put } from "../dom.js";
import { ago, day, moment, number, span } from "../format.js";
import { named, t } from "../i18n.js";
import { go, to } from "../router.js";
import { may } from "../session.js";
import { lines } from "../ui/chart.js";
import { button, head, pairs, status } from "../ui/parts.js";
import { empty, into } from "../ui/states.js";

const EVERY_MS = 15000;

/** Renders the camera ctx.id. */
export async function camera(ctx) {
  const path = `/devices/${encodeURIComponent(ctx.id)}`;
  const health = h("section", { class: "card", "aria-live": "off" });
  await into(ctx.root, () => get(path, {}, ctx.signal), (row) => {
    ctx.title(`${row.name ?? row.id} · ${t("page.cameras")}`);
    return [
      head(row.name ?? row.id, null, button(t("action.back"), () => go("cameras"), { name: "back" }),
        may("infractions.read") ? h("a", { class: "button", href: to("search", null, { device_id: row.id }) }, t("camera.infractions")) : null),
      h("div", { class: "columns" }, h("section", { class: "card" }, h("h2", {}, t("camera.what")), what(row)), health),
    ];
  });
  const show = () => into(health, () => get(`${path}/health`, {}, ctx.signal), (row) => [h("h2", {}, t("camera.health")), how(row)]);
  await show();
  const timer = setInterval(() => { if (!document.hidden) refresh(); }, EVERY_MS);
  ctx.signal.addEventListener("abort", () => clearInterval(timer));

  async function refresh() {
    const row = await get(`${path}/health`, {}, ctx.signal).catch(() => null);
    if (row) put(health, h("h2", {}, t("camera.health")), how(row));
  }
}

function what(row) {
  return pairs([
    [t("column.status"), status(row.status)], [t("camera.model"), row.model], [t("camera.serial"), row.serial_number],
    [t("camera.certificate"), row.certificate_number], [t("column.zone"), row.zone_name ?? row.zone_id],
    [t("camera.address"), row.rtsp_url && h("code", {}, row.rtsp_url)], [t("camera.firmware"), row.firmware_version],
    [t("camera.installed"), row.installed_at && day(row.installed_at)], [t("camera.maintenance"), row.next_maintenance && day(row.next_maintenance)],
    [t("camera.notes"), row.maintenance_notes],
  ]);
}

function how(row) {
  const series = row.history ?? row.metrics ?? row.items ?? [];
  const now = row.latest ?? row.current ?? row;
  return [
    pairs([
      [t("column.status"), now.status && status(now.status)],
      [t("column.heartbeat"), now.last_heartbeat && `${ago(now.last_heartbeat)} (${moment(now.last_heartbeat)})`],
      [t("column.fps"), number(now.current_fps ?? now.fps, 1)],
      [t("column.latency"), now.avg_latency_ms === undefined && now.latency_ms === undefined ? null : `${number(now.avg_latency_ms ?? now.latency_ms)} ms`],
      [t("camera.uptime"), now.uptime_seconds === undefined ? null : span(now.uptime_seconds)],
      [t("camera.dropped"), now.dropped_frames === undefined ? null : number(now.dropped_frames)],
      [t("camera.detections"), now.total_detections === undefined ? null : number(now.total_detections)],
      [t("camera.said"), now.message ?? (now.error_message && named("error", now.error_message))],
    ]),
    series.length > 1 ? graphs(series) : empty(t("camera.quiet.title"), t("camera.quiet.text")),
  ];
}

function graphs(series) {
  const at = (row) => row.timestamp ?? row.at;
  const rows = [...series].sort((a, b) => (at(a) < at(b) ? -1 : 1));
  return [["column.fps", "fps"], ["column.latency", "latency_ms"]].map(([label, name]) => {
    const points = rows.filter((row) => row[name] !== null && row[name] !== undefined).map((row) => ({ at: at(row), value: row[name] }));
    return points.length > 1 ? lines({ title: t(label), points }) : null;
  });
}
