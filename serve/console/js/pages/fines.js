// Fines and what became of them: payment, appeal, resolution, and the papeleta as it was issued.

import { bytes, call } from "../api.js";
import { h } from "../dom.js";
import { day, soles } from "../format.js";
import { t } from "../i18n.js";
import { go } from "../router.js";
import { may } from "../session.js";
import { ask } from "../ui/dialog.js";
import { save } from "../ui/download.js";
import { listing } from "../ui/listing.js";
import { button, head, plate, status, two, unverified } from "../ui/parts.js";
import { toast } from "../ui/toast.js";
import { refusal } from "../review/verdict.js";

const STATUSES = ["validated", "appealed", "paid", "cancelled"];

/** Renders the list of fines. */
export async function fines(ctx) {
  ctx.root.append(head(t("page.fines"), t("fines.text")));
  const fields = [
    { name: "status", label: t("column.status"), kind: "choice", options: STATUSES, prefix: "status" },
    { name: "plate", label: t("column.plate"), kind: "text" },
    { name: "from", label: t("filter.from"), kind: "time" },
    { name: "to", label: t("filter.to"), kind: "time" },
  ];
  const idOf = (row) => row.infraction_id ?? row.id;
  const list = await listing(ctx, {
    path: "/fines", fields, caption: t("fines.caption"), idOf, open: (row) => go("review", idOf(row)),
    none: { title: t("fines.empty.title"), text: t("fines.empty.text") },
    columns: [
      { label: t("column.code"), cell: (row) => [h("span", { class: "mono" }, row.infraction_code)] },
      { label: t("column.status"), cell: (row) => status(row.status) },
      { label: t("column.plate"), cell: (row) => plate(row.plate) },
      { label: t("column.article"), cell: (row) => row.fine_code ?? "–" },
      { label: t("column.amount"), num: true, cell: (row) => [soles(row.fine_amount), row.fine_amount !== null && row.verified === false ? [" ", unverified()] : null] },
      { label: t("column.when"), cell: (row) => two(day(row.detected_at), row.validated_at ? t("fines.issued", { day: day(row.validated_at) }) : "") },
      { label: t("column.actions"), full: true, cell: (row) => h("span", { class: "row-acts" }, acts(row, idOf(row), () => list.reload())) },
    ],
  });
}

function acts(row, id, reload) {
  const fined = ["validated", "appealed", "paid"].includes(row.status);
  return [
    fined ? button(t("fines.papeleta"), () => papeleta(row, id), { tone: "small", name: "down" }) : null,
    row.status === "validated" && !row.fine_issued && may("payments.record") ? button(t("fines.issue"), () => issue(row, id, reload), { tone: "small" }) : null,
    row.status === "validated" && may("payments.record") ? button(t("fines.pay"), () => pay(row, id, reload), { tone: "small" }) : null,
    row.status === "validated" && may("appeals.file") ? button(t("fines.appeal"), () => appeal(row, id, reload), { tone: "small" }) : null,
    row.status === "appealed" && may("appeals.resolve") ? button(t("fines.resolve"), () => resolve(row, id, reload), { tone: "small" }) : null,
  ];
}

async function papeleta(row, id) {
  try {
    save(await bytes(`/fines/${id}/papeleta`), `papeleta-${row.infraction_code}.pdf`);
  } catch (error) {
    toast(error.message, { tone: "bad", keep: true });
  }
}

function issue(row, id, reload) {
  return ask({
    title: t("fines.issue.title"), body: h("p", {}, t("fines.issue.text", { code: row.infraction_code })), confirm: t("fines.issue"),
    submit: async () => {
      await call("POST", `/fines/${id}/issue`);
      toast(t("fines.issue.done", { code: row.infraction_code }));
      reload();
      return true;
    },
  });
}

async function change(path, id, body, done, reload) {
  const { etag } = await call("GET", `/infractions/${id}`);
  try {
    await call("POST", path, { body, headers: { "If-Match": etag, "Idempotency-Key": crypto.randomUUID() } });
  } catch (error) {
    throw new Error(refusal(error), { cause: error });
  }
  toast(done);
  reload();
  return true;
}

function pay(row, id, reload) {
  return ask({
    title: t("fines.pay.title"), body: h("p", {}, t("fines.pay.text", { code: row.infraction_code, amount: soles(row.fine_amount) })),
    confirm: t("fines.pay"), submit: () => change(`/fines/${id}/payment`, id, {}, t("fines.paid", { code: row.infraction_code }), reload),
  });
}

function appeal(row, id, reload) {
  return ask({
    title: t("fines.appeal.title", { code: row.infraction_code }), body: reasonField("fines.appeal.reason"), confirm: t("fines.appeal"),
    submit: (data) => change(`/appeals/${id}`, id, { reason: due(data) }, t("fines.appealed", { code: row.infraction_code }), reload),
  });
}

function resolve(row, id, reload) {
  const choice = (value, key) => h("label", {}, h("input", { type: "radio", name: "outcome", value, required: true }), h("span", {}, t(key)));
  const body = [h("fieldset", { class: "reasons" }, h("legend", {}, t("fines.resolve.legend")), choice("upheld", "fines.resolve.upheld"), choice("rejected", "fines.resolve.rejected")), reasonField("fines.resolve.reason")];
  return ask({
    title: t("fines.resolve.title", { code: row.infraction_code }), body, confirm: t("fines.resolve"),
    submit: (data) => change(`/appeals/${id}/resolution`, id, { outcome: data.get("outcome"), reason: due(data) }, t("fines.resolved", { code: row.infraction_code }), reload),
  });
}

function reasonField(label) {
  return h("div", { class: "field" }, h("label", { for: "act-reason" }, t(label)), h("textarea", { id: "act-reason", name: "reason", required: true, maxlength: "1000" }));
}

function due(data) {
  const words = String(data.get("reason")).trim();
  if (!words) throw new Error(t("reason.due"));
  return words;
}
