// A filtered list with more below: the shape of search, fines, users, audit and notifications.

import { get } from "../api.js";
import { h, put } from "../dom.js";
import { fromLocal } from "../format.js";
import { t } from "../i18n.js";
import { filters } from "./filters.js";
import { empty, into } from "./states.js";
import { table } from "./table.js";
import { toast } from "./toast.js";

const PAGE = 50;

/** Renders filters, table and "more" into ctx.root; returns {reload, table}. */
export async function listing(ctx, { path, fields = [], fixed = {}, caption, columns, open, none, idOf, rowsOf = itemsOf }) {
  const region = h("div", { class: "region" });
  const foot = h("div", { class: "list-foot" });
  let shown = null;
  let cursor = null;
  const query = () => ({ ...fixed, ...translated(fields, ctx.query), limit: PAGE });

  async function reload() {
    await into(region, () => get(path, query(), ctx.signal), (data) => {
      const rows = rowsOf(data);
      cursor = data.next_cursor ?? null;
      put(foot, more());
      if (!rows.length) return empty(none.title, Object.keys(ctx.query).some((name) => name !== "sort") ? t("list.widen") : none.text);
      shown = table({ caption, columns, open, idOf });
      shown.set(rows);
      ctx.keys(shown.keys);
      return [h("div", { class: "scroll-x" }, shown.node), foot];
    });
  }

  function more() {
    if (!cursor) return t("list.end");
    return h("button", { class: "button", type: "button", on: { click: further } }, t("list.more"));
  }

  async function further() {
    try {
      const data = await get(path, { ...query(), cursor }, ctx.signal);
      cursor = data.next_cursor ?? null;
      shown.add(rowsOf(data));
    } catch (error) {
      toast(error.message, { tone: "bad" });
    }
    put(foot, more());
  }

  if (fields.length) {
    ctx.root.append(filters({ fields, values: ctx.query, change: (values) => { ctx.setQuery(values); reload(); } }));
  }
  ctx.root.append(region);
  await reload();
  return { reload, table: () => shown };
}

/** The rows of an answer, however its list is wrapped. */
export function itemsOf(data) {
  return Array.isArray(data) ? data : data.items ?? data.rows ?? [];
}

/** Filter values as the API takes them: Lima's local times become ISO 8601, plates upper case. */
export function translated(fields, values) {
  return Object.fromEntries(fields.filter(({ name }) => values[name]).map(({ name, kind }) => [
    name, kind === "time" ? fromLocal(values[name]) : name === "plate" ? values[name].toUpperCase() : values[name],
  ]));
}
