// The place of reports: the data model's five questions, drawn where a drawing says more, always with numbers.

import { get } from "../api.js";
import { h } from "../dom.js";
import { day, moment, number, percent } from "../format.js";
import { named, t } from "../i18n.js";
import { bars, numbers, rowsOfBars } from "../ui/chart.js";
import { itemsOf } from "../ui/listing.js";
import { monthly } from "./monthly.js";
import { head, plate, status, two } from "../ui/parts.js";
import { empty, into } from "../ui/states.js";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** Renders the reports. */
export async function reports(ctx) {
  ctx.root.append(head(t("page.reports"), t("reports.text")));
  await Promise.all([
    monthly(ctx),
    section(ctx, "review-accuracy", "reports.accuracy", accuracy, "reports.accuracy.text"), section(ctx, "review-agreement", "reports.agreement", agreement, "reports.agreement.text"),
    section(ctx, "zone-hours", "reports.hours", zoneHours), section(ctx, "camera-performance", "reports.cameras", cameraTable),
    section(ctx, "top-offenders", "reports.offenders", offenders, "reports.risk"), section(ctx, "recidivism", "reports.recidivism", recidivism, "reports.risk"),
  ]);
}

async function section(ctx, name, title, show, note = null) {
  const region = h("div", {});
  ctx.root.append(h("section", { class: "card" }, h("h2", {}, t(title)), note && h("p", { class: "notice quiet" }, t(note)), region));
  await into(region, () => get(`/reports/${name}`, {}, ctx.signal), (data) => {
    const rows = itemsOf(data);
    return rows.length ? show(rows) : empty(t("reports.empty.title"), t("reports.empty.text"));
  });
}

function zoneHours(rows) {
  const hour = (row) => Number(row.hour ?? row.hour_of_day);
  const count = (row) => Number(row.total_infractions);
  const zones = [...new Set(rows.map((row) => row.zone))];
  const sum = (kept) => kept.reduce((total, row) => total + count(row), 0);
  return [
    h("div", { class: "columns" },
      bars({ title: t("reports.byHour"), rows: HOURS.map((value) => ({ label: String(value).padStart(2, "0"), value: sum(rows.filter((row) => hour(row) === value)) })) }),
      rowsOfBars({ title: t("reports.byZone"), rows: zones.map((zone) => ({ label: zone, value: sum(rows.filter((row) => row.zone === zone)) })).sort((a, b) => b.value - a.value).slice(0, 12) })),
    numbers({
      caption: t("reports.hours"), rows, columns: [
        [t("column.zone"), (row) => row.zone], [t("reports.hour"), (row) => `${String(hour(row)).padStart(2, "0")}:00`, true], [t("column.infractions"), (row) => number(count(row)), true],
        [t("reports.vehicles"), (row) => number(row.unique_vehicles), true], [t("reports.mean"), (row) => `${number(row.avg_speed, 1)} km/h`, true],
        [t("reports.highest"), (row) => `${number(row.max_speed, 1)} km/h`, true], [t("column.confidence"), (row) => percent(row.avg_confidence), true],
      ],
    }),
  ];
}

function cameraTable(rows) {
  return plain(t("reports.cameras"), rows, [
    [t("column.camera"), (row) => two(row.name, row.id)], [t("column.status"), (row) => status(row.status)], [t("column.heartbeat"), (row) => moment(row.last_heartbeat)],
    [t("column.fps"), (row) => number(row.current_fps, 1), true], [t("column.latency"), (row) => `${number(row.avg_latency_ms)} ms`, true],
    [t("reports.p95"), (row) => (row.p95_latency === null ? "–" : `${number(row.p95_latency)} ms`), true],
    [t("reports.detections"), (row) => number(row.total_detections), true], [t("column.infractions"), (row) => number(row.total_infractions), true],
    [t("reports.rate"), (row) => (row.infraction_rate === null ? "–" : `${number(row.infraction_rate, 2)} %`), true],
  ]);
}

function accuracy(rows) {
  return plain(t("reports.accuracy"), rows, [
    [t("column.camera"), (row) => row.device_name ?? row.device_id ?? "–"], [t("column.type"), (row) => named("type", row.type)],
    [t("reports.upheld"), (row) => `${number(row.upheld)} / ${number(row.reviewed)}`, true], [t("reports.precision"), (row) => percent(row.precision), true],
    [t("reports.interval"), (row) => (row.low === null ? "–" : `${percent(row.low)} – ${percent(row.high)}`), true],
  ]);
}

function agreement(rows) {
  return plain(t("reports.agreement"), rows, [
    [t("users.username"), (row) => row.username ?? "–"], [t("reports.verdict"), (row) => named("status", row.first_verdict)],
    [t("reports.agreed"), (row) => `${number(row.agreed)} / ${number(row.looked_at)}`, true], [t("reports.agreementShare"), (row) => percent(row.agreement), true],
    [t("reports.interval"), (row) => (row.low === null ? "–" : `${percent(row.low)} – ${percent(row.high)}`), true],
  ]);
}

function offenders(rows) {
  return plain(t("reports.offenders"), rows, [
    [t("column.plate"), (row) => plate(row.plate)], [t("facts.make"), (row) => [row.brand, row.model].filter(Boolean).join(" ") || "–"],
    [t("facts.owner"), (row) => row.owner_name ?? "–"], [t("reports.driver"), (row) => row.driver_name ?? "–"],
    [t("column.infractions"), (row) => number(row.infraction_count), true], [t("reports.speedings"), (row) => number(row.speed_violations), true],
    [t("reports.reds"), (row) => number(row.red_light_violations), true],
    [t("reports.mostExcess"), (row) => (row.max_speed_excess === null ? "–" : `${number(row.max_speed_excess, 1)} km/h`), true],
    [t("facts.risk"), (row) => percent(row.risk_score), true],
  ]);
}

function recidivism(rows) {
  return plain(t("reports.recidivism"), rows, [
    [t("reports.driver"), (row) => row.full_name ?? "–"], [t("column.infractions"), (row) => number(row.total_infractions), true],
    [t("reports.days"), (row) => number(row.days_with_infractions), true], [t("reports.first"), (row) => day(row.first_infraction)],
    [t("reports.last"), (row) => day(row.last_infraction)], [t("reports.perDay"), (row) => number(row.infractions_per_day, 2), true],
    [t("facts.risk"), (row) => percent(row.risk_score), true],
  ]);
}

function plain(caption, rows, columns) {
  return h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": caption }, h("table", { class: "list" }, h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, columns.map(([label, , num]) => h("th", { scope: "col", class: num ? "num" : "" }, label)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, columns.map(([, cell, num]) => h("td", { class: num ? "num" : "" }, cell(row))))))));
}
