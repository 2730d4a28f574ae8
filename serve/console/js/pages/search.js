// Search over every infraction, with an export of what was found for those who may.

import { bytes, address } from "../api.js";
import { t } from "../i18n.js";
import { go } from "../router.js";
import { may } from "../session.js";
import { save } from "../ui/download.js";
import { infractionFields } from "../ui/infraction.js";
import { listing, translated } from "../ui/listing.js";
import { button, head, status } from "../ui/parts.js";
import { toast } from "../ui/toast.js";
import { columns } from "./queue.js";

/** Renders the search. */
export async function search(ctx) {
  const fields = await infractionFields(ctx);
  const fetchAs = (format) => async () => {
    try {
      const url = address("/infractions/export", { format, ...translated(fields, ctx.query) });
      save(await bytes(url.pathname + url.search), `infracciones.${format}`);
    } catch (error) {
      toast(error.message, { tone: "bad", keep: true });
    }
  };
  const exports = may("exports.create") ? ["csv", "parquet"].map((format) => button(format.toUpperCase(), fetchAs(format), { name: "down", label: t("search.export", { format: format.toUpperCase() }) })) : [];
  ctx.root.append(head(t("page.search"), null, ...exports));
  const shown = columns();
  shown.splice(1, 0, { label: t("column.status"), cell: (row) => status(row.status) });
  await listing(ctx, {
    path: "/infractions", fields, caption: t("search.caption"), columns: shown,
    open: (row) => go("review", row.id), none: { title: t("search.empty.title"), text: t("search.empty.text") },
  });
}
