// Icons, drawn for this console on a 24 grid: strokes only, so that they take the text's colour.

import { s } from "./dom.js";

const PATHS = {
  eye: "M2 12c3-5 6.3-7.2 10-7.2S19 7 22 12c-3 5-6.3 7.2-10 7.2S5 17 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  queue: "M4 6h16M4 12h16M4 18h9",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21",
  camera: "M3 8l12-4 3 7-12 4zM17 8l4-1M9 14v3H4m0-3v6",
  map: "M12 21c-4-5-6-8-6-11a6 6 0 0 1 12 0c0 3-2 6-6 11zM12 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  fine: "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
  appeal: "M4 5h16v11H9l-5 4z",
  users: "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 20c.5-4 3-5.5 6.5-5.5s6 1.5 6.5 5.5M16 5.5a3.2 3.2 0 0 1 0 6M18 14.8c2 .7 3.2 2.2 3.5 5.2",
  audit: "M12 3l8 3v6c0 5-3.5 7.8-8 9-4.5-1.2-8-4-8-9V6zM8.5 12l2.5 2.5 4.5-5",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 20.5h4",
  chart: "M4 20V4M4 20h16M8.5 16v-5M13 16V8M17.5 16v-7",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5c.3-3.3 5-3 5 0 0 2-2.5 2.2-2.5 4.3M12 17v.3",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  menu: "M4 6h16M4 12h16M4 18h16",
  leave: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  alert: "M12 3.5 22 20H2zM12 10v5M12 17.3v.3",
  cloud: "M4 4l16 16M8 18h9M7 9a5 5 0 0 0 0 9M10 6.5A6 6 0 0 1 17.5 11a3.6 3.6 0 0 1 2.7 5.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M6 6l12 12M18 6L6 18",
  next: "M6 5l8 7-8 7M18 5v14",
  play: "M7 4.5v15l12-7.5z",
  pause: "M8 5v14M16 5v14",
  back: "M11 6l-6 6 6 6M5 12h14",
  down: "M12 4v11M7 11l5 5 5-5M5 20h14",
  target: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 1v5M12 18v5M1 12h5M18 12h5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6",
  redo: "M15 7l5 5-5 5M20 12H10a6 6 0 0 0-6 6",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  layers: "M12 4l9 5-9 5-9-5zM4 14l8 4.5L20 14",
  gauge: "M4 18a9 9 0 1 1 16 0M12 15l4-6",
  light: "M9 3h6v18H9zM12 7v.3M12 12v.3M12 17v.3",
  lane: "M5 21L8 3M19 21L16 3M12 4v3M12 11v3M12 18v3",
  belt: "M12 3a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM7 21v-7c0-3 2-4 5-4s5 1 5 4v7M8 11.5L16 20",
  phone: "M8 3h8v18H8zM11 18h2",
  other: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 8v5M12 16v.3",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  empty: "M4 13l3-8h10l3 8v6H4zM4 13h5l1.5 2.5h3L15 13h5",
};

const OF_TYPE = {
  SPEED_VIOLATION: "gauge", RED_LIGHT: "light", LANE_INVASION: "lane", NO_SEATBELT: "belt", PHONE_USAGE: "phone",
};

/** An icon by name; decoration, so hidden from screen readers. */
export function icon(name) {
  return s("svg", {
    viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.8",
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true", width: "24", height: "24",
  }, s("path", { d: PATHS[name] ?? PATHS.other }));
}

/** The icon of an infraction's type. */
export function typeIcon(type) {
  return icon(OF_TYPE[type] ?? "other");
}
