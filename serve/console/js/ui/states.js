// What a page shows when it has nothing to show yet, nothing at all, or could not get it.

import { Offline, Problem } from "../api.js";
import { h, put } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";

/** Something is on its way. */
export function loading() {
  return h("div", { class: "state", role: "status" }, h("div", { class: "spinner" }), h("p", {}, t("state.loading")));
}

/** Nothing fits, with what can be done about it. */
export function empty(title, text, ...actions) {
  return h("div", { class: "state" }, icon("empty"), h("h2", {}, title), text && h("p", {}, text), actions);
}

/** It could not be got: why, and a way to try again. */
export function failure(error, retry) {
  const { title, text } = explain(error);
  return h("div", { class: "state", role: "alert" },
    icon(error instanceof Offline ? "cloud" : error.status === 403 ? "lock" : "alert"),
    h("h2", {}, title), h("p", {}, text),
    error.requestId && h("p", { class: "ref" }, t("state.reference", { id: error.requestId })),
    retry && h("button", { class: "button", type: "button", on: { click: retry } }, t("state.retry")));
}

/** A failure in words for a person. */
export function explain(error) {
  if (error instanceof Offline) return { title: t("state.offline.title"), text: t("state.offline.text") };
  if (!(error instanceof Problem)) throw error;
  const known = { 403: "forbidden", 404: "missing", 429: "slow" }[error.status];
  if (known) return { title: t(`state.${known}.title`), text: t(`state.${known}.text`) };
  if (error.status >= 500 || error.status === 0) return { title: t("state.broken.title"), text: t("state.broken.text") };
  return { title: t("state.refused.title"), text: error.message };
}

/** Runs fetch, showing loading, the outcome by show, or the failure with a retry. */
export async function into(region, fetch, show) {
  const run = async () => {
    put(region, loading());
    region.setAttribute("aria-busy", "true");
    try {
      put(region, await show(await fetch()));
    } catch (error) {
      if (error.name === "AbortError") return;
      put(region, failure(error, run));
    } finally {
      region.removeAttribute("aria-busy");
    }
  };
  await run();
}
