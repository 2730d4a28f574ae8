// What the models say of an infraction's driver or vehicle, and why; it decides nothing, and says so.

import { h } from "../dom.js";
import { likelihood, number } from "../format.js";
import { named, t } from "../i18n.js";
import { meter, pairs, simulated } from "../ui/parts.js";

/** Risks with their factors; null where no model has said any. */
export function riskFacts(detail) {
  const rows = [["facts.recidivism", detail.recidivism_risk], ["facts.accident", detail.accident_risk]].filter(([, value]) => value !== null && value !== undefined);
  if (!rows.length) return null;
  const model = detail.risk_model;
  return h("section", {},
    h("h2", {}, t("facts.risk"), " ", model?.simulated && simulated()),
    h("p", { class: "muted small" }, t(detail.driver_dni ? "facts.risk.driver" : "facts.risk.vehicle")),
    pairs(rows.map(([name, value]) => [t(name), meter(value, likelihood(value))])),
    factors(detail.risk_factors),
    model && h("p", { class: "muted small" }, t("facts.risk.model", { name: model.name, version: model.version })),
    h("p", { class: "notice quiet" }, t("facts.risk.not")));
}

function factors(given) {
  const rows = Object.entries(given ?? {}).sort(([, a], [, b]) => b.importance - a.importance);
  if (!rows.length) return null;
  return h("table", { class: "reads factors" }, h("caption", {}, t("facts.risk.why")),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("facts.risk.factor")), h("th", { scope: "col", class: "num" }, t("facts.risk.value")), h("th", { scope: "col", class: "num" }, t("facts.risk.weight")))),
    h("tbody", {}, rows.map(([name, one]) => h("tr", {},
      h("td", {}, named("factor", name)),
      h("td", { class: "num" }, typeof one.value === "number" ? number(one.value, Number.isInteger(one.value) ? 0 : 1) : one.value ?? t("word.unknown")),
      h("td", { class: "num" }, effect(one), " ", meter(one.importance))))));
}

function effect(one) {
  if (!one.effect) return null;
  return h("span", {}, h("span", { "aria-hidden": "true" }, one.effect === "raises" ? "▲" : "▼"), h("span", { class: "unseen" }, t(`facts.risk.${one.effect}`)));
}
