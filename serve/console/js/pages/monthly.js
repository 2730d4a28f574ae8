// Monthly reports as the batch job left them: the figures drawn here, the page and the tables to take away.

import { bytes, get } from "../api.js";
import { h, put } from "../dom.js";
import { day, number, percent } from "../format.js";
import { named, t } from "../i18n.js";
import { may } from "../session.js";
import { bars, numbers, rowsOfBars } from "../ui/chart.js";
import { save } from "../ui/download.js";
import { itemsOf } from "../ui/listing.js";
import { empty, explain, into } from "../ui/states.js";

/** The section of monthly reports, with a choice of months. */
export async function monthly(ctx) {
  const region = h("div", {});
  ctx.root.append(h("section", { class: "card" }, h("h2", {}, t("monthly.title")), h("p", { class: "notice quiet" }, t("monthly.text")), region));
  await into(region, () => get("/monthly-reports", {}, ctx.signal), (data) => {
    const rows = itemsOf(data);
    if (!rows.length) return empty(t("monthly.empty.title"), t("monthly.empty.text"));
    const shown = h("div", {});
    const choice = h("select", { id: "monthly-month", on: { change: () => show(ctx, rows[choice.selectedIndex], shown) } },
      rows.map((row) => h("option", { value: row.month }, row.month)));
    show(ctx, rows[0], shown);
    return [h("p", {}, h("label", { for: "monthly-month" }, `${t("monthly.month")} `), choice), shown];
  });
}

function show(ctx, row, region) {
  return into(region, () => get(`/monthly-reports/${row.month}/report.json`, {}, ctx.signal), (found) => [
    summary(found), downloads(ctx, row),
    bars({ title: t("monthly.byDay"), rows: found.by_day.map((one) => ({ label: one.day.slice(8), value: one.infractions })) }),
    h("div", { class: "columns" },
      rowsOfBars({ title: t("monthly.byType"), rows: found.by_type.map((one) => ({ label: named("type", one.type), value: one.infractions })) }),
      rowsOfBars({ title: t("reports.byZone"), rows: found.by_zone.slice(0, 12).map((one) => ({ label: one.name ?? "–", value: one.infractions })) })),
    numbers({
      caption: t("monthly.cameras"), rows: found.cameras, columns: [
        [t("column.camera"), (one) => one.name], [t("reports.perDay"), (one) => number(one.per_day, 1), true],
        [t("column.infractions"), (one) => number(one.infractions), true], [t("reports.precision"), (one) => percent(one.precision), true],
        [t("reports.interval"), (one) => (one.low === null ? "–" : `${percent(one.low)} – ${percent(one.high)}`), true],
      ],
    }),
    h("p", { class: "ref" }, t("monthly.made", { at: day(found.made_at) })),
  ]);
}

function summary({ summary: all, recidivism, fines }) {
  const sum = (key) => fines.reduce((total, row) => total + row[key], 0);
  const rows = [
    [t("column.infractions"), number(all.infractions)], [t("monthly.standing"), number(all.standing)], [t("reports.precision"), percent(all.precision)],
    [t("monthly.issued"), number(sum("issued"))], [t("monthly.paid"), number(sum("paid"))], [t("reports.recidivism"), percent(recidivism.share)],
  ];
  return h("dl", { class: "month-figures" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function downloads(ctx, row) {
  const tables = may("exports.create") ? row.files.filter((name) => name.endsWith(".parquet")) : [];
  const fault = h("span", { role: "alert" });
  const take = (name) => async () => {
    try {
      save(await bytes(`/monthly-reports/${row.month}/${name}`, ctx.signal), `vigia-${row.month}-${name}`);
    } catch (error) {
      put(fault, explain(error).title);
    }
  };
  return h("div", { class: "month-files" },
    h("button", { class: "button primary", type: "button", on: { click: take("report.html") } }, t("monthly.page")),
    tables.map((name) => h("button", { class: "button small", type: "button", on: { click: take(name) } }, name)), fault);
}
