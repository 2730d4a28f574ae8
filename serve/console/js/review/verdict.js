// A verdict on its way to the server, and what is said when someone was quicker.

import { Offline, call } from "../api.js";
import { h } from "../dom.js";
import { clock } from "../format.js";
import { inSpanish, named, t } from "../i18n.js";
import { ask } from "../ui/dialog.js";

const REASONS = ["plate", "vehicle", "emergency", "notSeen", "measure", "duplicate"];

/** Asks the server for a transition; returns {detail, etag}. Throws Problem, Offline. */
export async function decide({ id, etag, to, reason }) {
  const body = reason ? { to, reason } : { to };
  const headers = { "If-Match": etag, "Idempotency-Key": crypto.randomUUID() };
  const { data, etag: next } = await call("POST", `/infractions/${id}/transitions`, { body, headers });
  return { detail: data, etag: next };
}

/** Asks why; resolves with the reason as it enters the record, null when left. */
export function askReason() {
  const other = h("textarea", { id: "reason-other", name: "other", maxlength: "1000", rows: "2" });
  const body = h("fieldset", { class: "reasons" }, h("legend", {}, t("reason.legend")),
    REASONS.map((name, i) => h("label", {},
      h("input", { type: "radio", name: "reason", value: name }), h("kbd", {}, i + 1), h("span", {}, t(`reason.${name}`)))),
    h("div", { class: "field" }, h("label", { for: "reason-other" }, t("reason.other")), other));
  return ask({
    title: t("reason.title"), body, confirm: t("reason.confirm"), tone: "danger solid",
    keys: (event, form) => {
      if (event.target === other) {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
        return;
      }
      const choice = form.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
      if (choice) {
        choice.checked = true;
        choice.focus();
        event.preventDefault();
      } else if (event.key === "Enter" && !event.target.closest("button")) {
        event.preventDefault();
        form.requestSubmit();
      }
    },
    submit: async (data) => {
      const words = [data.get("reason") && inSpanish(`reason.${data.get("reason")}`), String(data.get("other")).trim()].filter(Boolean).join(". ");
      if (!words) throw new Error(t("reason.due"));
      return words;
    },
  });
}

/** What went wrong with a verdict, in words that name who decided what. */
export function refusal(error) {
  if (error instanceof Offline) return t("verdict.offline");
  const current = error.body?.current;
  if ([409, 412].includes(error.status) && current?.status && current.status !== "pending") return taken(current);
  if ([409, 412].includes(error.status)) return t("verdict.changed");
  if (error.status === 403) return t("verdict.forbidden");
  if (error.status === 422) return t("verdict.reason");
  return t("verdict.failed", { detail: error.message });
}

/** Who decided what on an infraction, when, and why: from its status and the last row of its history. */
export function taken({ status, history }) {
  const last = (history ?? []).at(-1) ?? {};
  return t("verdict.taken", {
    by: last.by ?? t("word.someone"), status: named("status", status).toLowerCase(),
    at: last.at ? t("verdict.at", { time: clock(last.at) }) : "", reason: last.reason ? ` «${last.reason}».` : "",
  });
}
