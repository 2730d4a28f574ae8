// One camera: what it sees, what it is, how it is, and what has been heard of it lately.

import { get } from "../api.js";
import { h, put } from "../dom.js";
import { livePicture } from "../scene/live_picture.js";
import { editDevice } from "../scene/device_form.js";
import { ago, day, moment, number, span } from "../format.js";
import { t } from "../i18n.js";
import { go, to } from "../router.js";
import { may } from "../session.js";
import { lines } from "../ui/chart.js";
import { button, head, pairs, status } from "../ui/parts.js";
import { empty, into } from "../ui/states.js";

const EVERY_MS = 15000;

/** Renders the camera ctx.id, and its health again and again. */
export async function camera(ctx) {
  const manage = may("devices.manage");
  const path = `/devices/${encodeURIComponent(ctx.id)}/health`;
  const health = h("section", { class: "card" });
  const show = (row) => put(health, h("h2", {}, t("camera.health")), now(row), graphs(row));
  await into(ctx.root, () => get(path, {}, ctx.signal), (row) => {
    const { device } = row;
    ctx.title(`${device.name ?? device.id} · ${t("page.cameras")}`);
    show(row);
    return [
      head(device.name ?? device.id, null, button(t("action.back"), () => go("cameras"), { name: "back" }),
        may("infractions.read") ? h("a", { class: "button", href: to("search", null, { device_id: device.id }) }, t("camera.infractions")) : null,
        manage && [h("a", { class: "button", href: to("calibrate", device.id) }, t("calibrate.open")), h("a", { class: "button", href: to("lanes", device.id) }, t("lanes.open")),
          button(t("device.change"), () => editDevice(device.id, () => window.dispatchEvent(new Event("hashchange"))))]),
      h("div", { class: "columns" }, h("div", { class: "stack" }, may("evidence.view") ? livePicture(ctx, device) : null, h("section", { class: "card" }, h("h2", {}, t("camera.what")), what(device))), health),
    ];
  });
  const timer = setInterval(async () => {
    const row = document.hidden ? null : await get(path, {}, ctx.signal).catch(() => null);
    if (row) show(row);
  }, EVERY_MS);
  ctx.signal.addEventListener("abort", () => clearInterval(timer));
}

function what(row) {
  return pairs([
    [t("camera.model"), row.model], [t("camera.serial"), row.serial_number],
    [t("camera.certificate"), row.certificate_number], [t("column.zone"), row.zone_name ?? row.zone_id],
    [t("camera.calibrated"), t(row.calibrated ? "word.yes" : "word.no")],
    [t("camera.address"), row.rtsp_url && h("code", {}, row.rtsp_url)], [t("camera.firmware"), row.firmware_version],
    [t("camera.installed"), row.installed_at && day(row.installed_at)], [t("camera.maintenance"), row.next_maintenance && day(row.next_maintenance)],
  ]);
}

function now({ device, reports }) {
  const last = reports[0] ?? {};
  return pairs([
    [t("column.status"), status(device.status)],
    [t("column.heartbeat"), device.last_heartbeat ? `${ago(device.last_heartbeat)} (${moment(device.last_heartbeat)})` : t("cameras.never")],
    [t("column.fps"), number(device.current_fps, 1)],
    [t("column.latency"), device.avg_latency_ms === null ? null : `${number(device.avg_latency_ms)} ms`],
    [t("camera.uptime"), device.uptime_seconds ? span(device.uptime_seconds) : null],
    [t("camera.detections"), number(device.total_detections)],
    [t("column.infractions"), number(device.total_infractions)],
    [t("camera.dropped"), last.dropped_frames === undefined ? null : number(last.dropped_frames)],
    [t("camera.said"), (last.error_messages ?? []).join(" · ")],
  ]);
}

function graphs({ reports, metrics }) {
  const drawn = [
    series("column.fps", metrics.length > 1 ? metrics : [...reports].reverse(), (row) => row.avg_fps ?? row.fps),
    series("reports.p95", metrics, (row) => row.p95_latency),
    series("camera.network", [...reports].reverse(), (row) => row.network_latency_ms),
  ].filter(Boolean);
  return drawn.length ? drawn : empty(t("camera.quiet.title"), t("camera.quiet.text"));
}

function series(label, rows, value) {
  const points = rows.map((row) => ({ at: row.bucket ?? row.timestamp, value: value(row) }))
    .filter((point) => point.value !== null && point.value !== undefined);
  return points.length > 1 ? lines({ title: t(label), points }) : null;
}
