// Which page an address means. Addresses live after #, so any static server can serve the console.

import { audit } from "./pages/audit.js";
import { calibrate } from "./pages/calibrate.js";
import { camera } from "./pages/camera.js";
import { cameras } from "./pages/cameras.js";
import { fines } from "./pages/fines.js";
import { help } from "./pages/help.js";
import { lanes } from "./pages/lanes.js";
import { map } from "./pages/map.js";
import { notifications } from "./pages/notifications.js";
import { queue } from "./pages/queue.js";
import { reports } from "./pages/reports.js";
import { review } from "./pages/review.js";
import { secondReview } from "./pages/second_review.js";
import { search } from "./pages/search.js";
import { second } from "./pages/second.js";
import { users } from "./pages/users.js";
import { may } from "./session.js";

/** Pages in the menu's order: name, icon, what they need, the key that follows g. */
export const PAGES = [
  { name: "queue", icon: "queue", needs: "infractions.read", key: "q", render: queue },
  { name: "second", icon: "eye", needs: "infractions.review", key: "s", render: second },
  { name: "search", icon: "search", needs: "infractions.read", key: "b", render: search },
  { name: "map", icon: "map", needs: "zones.read", key: "m", render: map },
  { name: "cameras", icon: "camera", needs: "devices.read", key: "c", render: cameras },
  { name: "fines", icon: "fine", needs: "fines.read", key: "f", render: fines },
  { name: "reports", icon: "chart", needs: "reports.read", key: "r", render: reports },
  { name: "notifications", icon: "bell", needs: "notifications.read", key: "n", render: notifications },
  { name: "users", icon: "users", needs: "users.read", key: "u", render: users },
  { name: "audit", icon: "audit", needs: "audit.read", key: "a", render: audit },
  { name: "help", icon: "help", needs: null, key: "h", render: help },
  { name: "review", needs: "infractions.read", render: review, under: "queue" },
  { name: "second-review", needs: "infractions.review", render: secondReview, under: "second" },
  { name: "camera", needs: "devices.read", render: camera, under: "cameras" },
  { name: "calibrate", needs: "devices.manage", render: calibrate, under: "cameras" },
  { name: "lanes", needs: "devices.manage", render: lanes, under: "cameras" },
];

/** What an address after # means: {page, id, query}; page null where none fits. */
export function place(hash = location.hash) {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?");
  const [name, id] = path.split("/");
  const page = PAGES.find((entry) => entry.name === name) ?? null;
  return { name, page, id: id ? decodeURIComponent(id) : null, query: Object.fromEntries(new URLSearchParams(search)) };
}

/** The address of a page. */
export function to(name, id = null, query = {}) {
  const words = new URLSearchParams(query).toString();
  return `#/${name}${id === null ? "" : `/${encodeURIComponent(id)}`}${words ? `?${words}` : ""}`;
}

/** Goes to a page. */
export function go(name, id = null, query = {}) {
  location.hash = to(name, id, query);
}

/** The first page that the person may see. */
export function home() {
  return PAGES.find((page) => page.key && may(page.needs))?.name ?? "help";
}
