// A table whose rows can be chosen with j and k and opened with Enter.

import { h } from "../dom.js";
import { t } from "../i18n.js";

/** columns: [{label, cell(row), num?, full?}]. open(row) makes rows openable. Returns {node, keys, set, add}. */
export function table({ caption, columns, open = null, idOf = (row) => row.id, onChoose = null }) {
  const body = h("tbody");
  const node = h("table", { class: `list cards${open ? " openable" : ""}` },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col", class: column.num ? "num" : "" }, column.label)))),
    body);
  let rows = [];
  let chosen = -1;

  function line(row, fresh) {
    const cells = columns.map((column, at) => {
      const content = column.cell(row);
      const linked = at === 0 && open ? h("button", { class: "row-open", type: "button" }, content) : content;
      return h("td", { class: `${column.num ? "num" : ""}${column.full ? " full" : ""}`, dataset: { label: column.label } }, linked);
    });
    const tr = h("tr", { class: fresh ? "fresh" : "", dataset: { id: String(idOf(row)) } }, cells);
    if (open) tr.addEventListener("click", (event) => { if (!event.target.closest("a, button:not(.row-open), input, select")) open(row); });
    return tr;
  }

  function choose(at, { move = true } = {}) {
    chosen = Math.max(rows.length ? 0 : -1, Math.min(at, rows.length - 1));
    [...body.children].forEach((tr, i) => { tr.dataset.chosen = String(i === chosen); });
    const tr = body.children[chosen];
    if (tr && move) {
      tr.scrollIntoView({ block: "nearest" });
      tr.querySelector("button, a")?.focus({ preventScroll: true });
    }
    onChoose?.(rows[chosen] ?? null);
  }

  return {
    node,
    rows: () => rows,
    chosen: () => rows[chosen] ?? null,
    /** Replaces the rows, keeping the chosen one by its id; new ones are tinted. */
    set(next, { fresh = new Set() } = {}) {
      const kept = rows[chosen] && idOf(rows[chosen]);
      const focused = body.contains(document.activeElement);
      rows = next;
      body.replaceChildren(...rows.map((row) => line(row, fresh.has(idOf(row)))));
      const at = rows.findIndex((row) => idOf(row) === kept);
      if (rows.length) choose(at >= 0 ? at : Math.min(Math.max(chosen, 0), rows.length - 1), { move: focused });
    },
    add(more) {
      rows = [...rows, ...more];
      body.append(...more.map((row) => line(row, false)));
      if (chosen < 0 && rows.length) choose(0, { move: false });
    },
    keys: {
      j: { label: t("key.down"), act: () => choose(chosen + 1), repeat: true },
      k: { label: t("key.up"), act: () => choose(chosen - 1), repeat: true },
      ...(open ? { Enter: { label: t("key.open"), act: () => rows[chosen] && open(rows[chosen]) } } : {}),
    },
  };
}
