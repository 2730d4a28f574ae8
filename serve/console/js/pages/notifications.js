// What the system wanted this person to know.

import { call } from "../api.js";
import { h } from "../dom.js";
import { named, t } from "../i18n.js";
import { to } from "../router.js";
import { listing } from "../ui/listing.js";
import { button, chip, head, when } from "../ui/parts.js";
import { toast } from "../ui/toast.js";
import { preferences, sendings } from "./preferences.js";

const TONES = { low: "plain", normal: "info", high: "warn", urgent: "bad" };

/** Renders the notifications. */
export async function notifications(ctx) {
  ctx.root.append(head(t("page.notifications"), t("notifications.text")));
  const list = await listing(ctx, {
    path: "/notifications", caption: t("notifications.caption"),
    none: { title: t("notifications.empty.title"), text: t("notifications.empty.text") },
    columns: [
      { label: t("notifications.what"), cell: (row) => h("span", { class: row.is_read ? "" : "unread" }, row.title) },
      { label: t("notifications.message"), full: true, cell: (row) => [row.message, row.infraction_id ? [" ", h("a", { href: to("review", row.infraction_id) }, t("notifications.open"))] : null] },
      { label: t("notifications.priority"), cell: (row) => chip(named("priority", row.priority), TONES[row.priority] ?? "info") },
      { label: t("column.when"), cell: (row) => when(row.created_at) },
      { label: t("column.actions"), full: true, cell: (row) => [
        row.is_read ? h("span", { class: "muted" }, t("notifications.read")) : button(t("notifications.mark"), () => mark(row, list), { tone: "small" }), " ",
        button(t("sent.show"), () => sendings(row), { tone: "small" }),
      ] },
    ],
  });
  await preferences(ctx);
}

async function mark(row, list) {
  try {
    await call("POST", `/notifications/${row.id}/read`);
    window.dispatchEvent(new Event("vigia:notices"));
    await list.reload();
  } catch (error) {
    toast(error.message, { tone: "bad" });
  }
}
