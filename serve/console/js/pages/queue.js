// The queue: what waits for a verdict, newest as the person likes it, kept up to date by the live stream.

import { announce, h, put } from "../dom.js";
import { get } from "../api.js";
import { clock, day, number, plusMinus } from "../format.js";
import { t } from "../i18n.js";
import { bundle } from "../review/bundle.js";
import { deal } from "../review/deck.js";
import { go } from "../router.js";
import { filters } from "../ui/filters.js";
import { infractionFields } from "../ui/infraction.js";
import { itemsOf, translated } from "../ui/listing.js";
import { button, head, kind, meter, plate, simulated, two } from "../ui/parts.js";
import { empty, failure, loading } from "../ui/states.js";
import { table } from "../ui/table.js";

const PAGE = 50;
const SETTLE_MS = 250;

/** Renders the queue. */
export async function queue(ctx) {
  const fields = await infractionFields(ctx, { status: false });
  const region = h("div", { class: "region" });
  const count = h("span", { class: "muted num", role: "status" });
  const view = { ctx, fields, region, count, shown: null, rows: [], cursor: null };
  ctx.root.append(
    head(t("page.queue"), null, count, button(t("queue.begin"), () => begin(view), { name: "play", tone: "primary" })),
    filters({ fields, values: ctx.query, change: (values) => { ctx.setQuery(values); reload(view); } }), region);
  put(region, loading());
  let settling = 0;
  const soon = () => { clearTimeout(settling); settling = setTimeout(() => reload(view, true), SETTLE_MS); };
  for (const name of ["infraction", "transition", "resumed"]) window.addEventListener(`vigia:${name}`, soon, { signal: ctx.signal });
  await reload(view);
}

function query({ ctx, fields }) {
  return { sort: "-detected_at", ...translated(fields, ctx.query), status: "pending", limit: PAGE };
}

async function reload(view, quiet = false) {
  try {
    const data = await get("/infractions", query(view), view.ctx.signal);
    const before = new Set(view.rows.map((row) => row.id));
    view.rows = itemsOf(data);
    view.cursor = data.next_cursor ?? null;
    const fresh = quiet ? new Set(view.rows.map((row) => row.id).filter((id) => !before.has(id))) : new Set();
    deal(query(view), view.rows, view.cursor);
    show(view, fresh);
    if (fresh.size) announce(t("queue.fresh", { count: fresh.size }));
  } catch (error) {
    if (error.name !== "AbortError" && !quiet) put(view.region, failure(error, () => reload(view)));
  }
}

function show(view, fresh) {
  const { ctx, rows, cursor } = view;
  view.count.textContent = t("queue.count", { count: cursor ? `${rows.length}+` : rows.length });
  ctx.root.dataset.usable = String(rows.length);
  if (!rows.length) {
    view.shown = null;
    const filtered = Object.keys(ctx.query).some((name) => name !== "sort");
    put(view.region, empty(t("queue.empty.title"), t(filtered ? "list.widen" : "queue.empty.text")));
    return;
  }
  if (!view.shown) {
    view.shown = table({ caption: t("queue.caption"), columns: columns(), open: (row) => go("review", row.id), onChoose: (row) => ahead(row) });
    ctx.keys(view.shown.keys);
    put(view.region, h("div", { class: "scroll-x" }, view.shown.node));
  }
  view.shown.set(rows, { fresh });
}

// The chosen one is fetched while the eye is still on its row.
let resting = 0;
function ahead(row) {
  clearTimeout(resting);
  if (row) resting = setTimeout(() => { bundle(row.id).catch(() => {}); }, 150);
}

function begin(view) {
  const row = view.shown?.chosen() ?? view.rows[0];
  if (row) go("review", row.id);
}

/** The queue's columns. */
export function columns() {
  return [
    { label: t("column.type"), cell: (row) => kind(row.type) },
    { label: t("column.plate"), cell: (row) => plate(row.plate) },
    { label: t("column.speed"), num: true, cell: speeds },
    { label: t("column.where"), cell: (row) => two(row.zone_name ?? row.zone_id ?? "–", row.device_id ?? "–") },
    { label: t("column.when"), cell: (row) => two(clock(row.detected_at), day(row.detected_at)) },
    { label: t("column.confidence"), cell: (row) => meter(row.confidence_score) },
    { label: t("column.code"), cell: (row) => [h("span", { class: "mono small nowrap" }, row.infraction_code), row.simulated ? [" ", simulated()] : null] },
  ];
}

function speeds(row) {
  if (row.detected_speed === null || row.detected_speed === undefined) return "–";
  return h("span", { class: "two" }, h("b", {}, `${number(row.detected_speed, 1)}${plusMinus(row.speed_sigma_kmh)}`), h("span", {}, row.speed_limit ? t("queue.in", { limit: number(row.speed_limit) }) : ""));
}
