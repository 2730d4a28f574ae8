// The table of clicked points: where each lies on the road, whether it fits or proves, how far it is off.

import { h, put } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { tool } from "./board.js";

/** Metres for people: to a centimetre, and nothing is exactly none. */
export function metres(value) {
  if (value === null || value === undefined) return "–";
  return value < 0.005 ? `< ${number(0.01, 2)} m` : `${number(value, 2)} m`;
}

/** {node, draw(state, errors, chosen), focus(id)}; typed(id, index, text), proves(id, yes), removed(id), chosen(id). */
export function pointsTable({ typed, proves, removed, chosen }) {
  const body = h("tbody");
  const heads = h("tr");
  const node = h("table", { class: "points" }, h("caption", {}, t("points.caption")), h("thead", {}, heads), body);
  const rows = new Map();

  function row(point) {
    const inputs = [0, 1].map((index) => h("input", {
      type: "text", inputmode: "decimal", autocomplete: "off", maxlength: "20",
      on: { input: (event) => typed(point.id, index, event.target.value), focus: () => chosen(point.id) },
    }));
    const proof = h("input", { type: "checkbox", on: { change: (event) => proves(point.id, event.target.checked) } });
    const error = h("td", { class: "num" });
    const name = h("th", { scope: "row" });
    const drop = tool("trash", "", () => removed(point.id));
    const tr = h("tr", { dataset: { id: point.id } }, name, inputs.map((input) => h("td", {}, input)), h("td", {}, proof), error, h("td", {}, drop));
    tr.addEventListener("click", (event) => { if (!event.target.closest("button, input")) chosen(point.id); });
    return { tr, inputs, proof, error, name, drop };
  }

  return {
    node,
    draw(state, errors, current) {
      const names = state.unit === "gps" ? [t("points.latitude"), t("points.longitude")] : [t("points.x"), t("points.y")];
      put(heads, ["#", ...names, t("points.proves"), t("points.error"), ""].map((text) => h(text ? "th" : "td", text ? { scope: "col" } : {}, text)));
      const kept = new Set(state.points.map((point) => point.id));
      for (const [id, one] of rows) if (!kept.has(id)) { one.tr.remove(); rows.delete(id); }
      state.points.forEach((point, i) => {
        if (!rows.has(point.id)) rows.set(point.id, row(point));
        const one = rows.get(point.id);
        if (body.children[i] !== one.tr) body.insertBefore(one.tr, body.children[i] ?? null);
        put(one.name, String(i + 1));
        one.inputs.forEach((input, at) => {
          if (document.activeElement !== input || input.value !== point.world[at]) input.value = point.world[at];
          input.setAttribute("aria-label", t("points.cell", { what: names[at], number: i + 1 }));
        });
        one.proof.checked = point.proof;
        one.proof.setAttribute("aria-label", t("points.provesOne", { number: i + 1 }));
        one.drop.setAttribute("aria-label", t("points.remove", { number: i + 1 }));
        one.drop.title = t("points.remove", { number: i + 1 });
        const off = errors.get(point.id);
        put(one.error, metres(off?.metres));
        one.error.classList.toggle("bad", Boolean(off?.suspect));
        one.tr.dataset.chosen = String(point.id === current);
      });
    },
    focus(id) { rows.get(id)?.inputs[0].focus(); },
  };
}
