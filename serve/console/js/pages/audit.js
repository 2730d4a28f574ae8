// What was done, seen and refused, by whom: read only, for everyone.

import { h } from "../dom.js";
import { moment } from "../format.js";
import { named, t } from "../i18n.js";
import { listing } from "../ui/listing.js";
import { chip, head, two } from "../ui/parts.js";

/** Renders the audit. */
export async function audit(ctx) {
  ctx.root.append(head(t("page.audit"), t("audit.text")));
  await listing(ctx, {
    path: "/audit", caption: t("audit.caption"), none: { title: t("audit.empty.title"), text: t("audit.empty.text") },
    fields: [
      { name: "action", label: t("audit.action"), kind: "text" },
      { name: "resource_type", label: t("audit.kind"), kind: "choice", options: ["infraction", "user", "session", "vehicle", "driver", "audit", "endpoint"], prefix: "resource" },
      { name: "resource_id", label: t("audit.resource"), kind: "text" },
      { name: "from", label: t("filter.from"), kind: "time" },
      { name: "to", label: t("filter.to"), kind: "time" },
    ],
    columns: [
      { label: t("column.when"), cell: (row) => h("span", { class: "nowrap" }, moment(row.timestamp ?? row.at)) },
      { label: t("audit.who"), cell: (row) => row.username ?? row.by ?? t("word.nobody") },
      { label: t("audit.action"), cell: (row) => two(named("audited", row.action), row.action) },
      { label: t("audit.resource"), full: true, cell: (row) => two(named("resource", row.resource_type), row.resource_id ?? "") },
      { label: t("audit.outcome"), cell: (row) => (row.success === false ? chip(t("audit.refused"), "bad") : chip(t("audit.done"), "good")) },
      { label: t("audit.change"), full: true, cell: change },
      { label: t("audit.from"), cell: (row) => h("span", { class: "mono small" }, row.ip_address ?? "") },
    ],
  });
}

function change(row) {
  const [old, next] = [row.old_values, row.new_values];
  if (!old && !next) return row.error_message ?? "";
  return h("details", {}, h("summary", {}, t("audit.values")), h("pre", { class: "values" }, JSON.stringify({ ...(old && { old }), ...(next && { new: next }) }, null, 1)));
}
