// Verdicts that another person is asked for again: never one's own, and never with the first verdict beside.

import { t } from "../i18n.js";
import { go } from "../router.js";
import { listing } from "../ui/listing.js";
import { head, kind, two, when } from "../ui/parts.js";
import { clock, day } from "../format.js";
import { h } from "../dom.js";

/** Renders the list of what waits for a second look. */
export async function second(ctx) {
  ctx.root.append(head(t("page.second"), t("second.text")));
  await listing(ctx, {
    path: "/second-reviews", caption: t("second.caption"), open: (row) => go("second-review", row.id),
    none: { title: t("second.empty.title"), text: t("second.empty.text") },
    columns: [
      { label: t("column.type"), cell: (row) => kind(row.type) },
      { label: t("column.when"), cell: (row) => two(clock(row.detected_at), day(row.detected_at)) },
      { label: t("second.asked"), cell: (row) => when(row.created_at) },
      { label: t("column.code"), cell: (row) => h("span", { class: "mono small nowrap" }, row.infraction_code) },
    ],
  });
}
