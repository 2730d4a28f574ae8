// The infractions waiting in the order of the queue the person chose: what N and a verdict lead to.

import { get } from "../api.js";

const PAGE = 50;
const FEW = 5;

let filter = { status: "pending" };
let ids = [];
let cursor = null;
let known = false;

/** The queue page says what it shows, and in which order. */
export function deal(nextFilter, rows, nextCursor) {
  filter = nextFilter;
  ids = rows.filter((row) => row.status === "pending").map((row) => row.id);
  cursor = nextCursor;
  known = true;
}

/** Takes out what has been decided, here or by someone else. */
export function drop(id) {
  ids = ids.filter((other) => other !== id);
}

/** Puts back what was undone. */
export function restore(id) {
  if (!ids.includes(id)) ids.unshift(id);
}

/** The pending infraction after this one, wrapping around; null when nothing else waits. */
export async function after(id) {
  await filled();
  const at = ids.indexOf(id);
  const others = ids.filter((other) => other !== id);
  if (!others.length) return null;
  return at >= 0 ? ids[(at + 1) % ids.length] : others[0];
}

/** The one before, null when nothing else waits. */
export async function before(id) {
  await filled();
  const at = ids.indexOf(id);
  return ids.length > (at >= 0 ? 1 : 0) ? ids.at(at - 1) : null;
}

/** Where this one stands among those that wait: {at, of, more}. */
export function position(id) {
  return { at: ids.indexOf(id) + 1, of: ids.length, more: Boolean(cursor) };
}

async function filled() {
  if (known && (ids.length > FEW || !cursor)) return;
  const data = await get("/infractions", { ...filter, status: "pending", limit: PAGE, cursor: known ? cursor : null });
  const fresh = data.items.map((row) => row.id).filter((id) => !ids.includes(id));
  ids = [...ids, ...fresh];
  cursor = data.next_cursor ?? null;
  known = true;
}

window.addEventListener("vigia:infraction", ({ detail }) => {
  if (known && detail.id && !ids.includes(detail.id) && (detail.status ?? "pending") === "pending") ids.push(detail.id);
});
window.addEventListener("vigia:transition", ({ detail }) => {
  if (detail.id && detail.status !== "pending") drop(detail.id);
});
// A missed stretch of the live stream may have changed anything.
window.addEventListener("vigia:resumed", () => { known = false; ids = []; cursor = null; });
