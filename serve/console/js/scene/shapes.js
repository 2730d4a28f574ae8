// What is drawn in a camera's picture: lanes, stop line, measurement zone; as drawn here and as the API has it.

import { named, t } from "../i18n.js";

let count = 0;

/** The shapes of what is kept, in the order they are listed. */
export function fromKept({ lanes, stop_line: line, measurement_zone: zone }) {
  const shapes = lanes.map((lane) => lane0("lane", lane.polygon, lane));
  if (line) shapes.push(lane0("stop", line, {}));
  if (zone) shapes.push(lane0("measurement", zone, {}));
  return shapes;
}

/** A new shape without points; a lane is called by the first number that is free. */
export function fresh(kind, shapes) {
  const taken = new Set(shapes.map((shape) => shape.name));
  let number = 1;
  while (taken.has(String(number))) number += 1;
  return lane0(kind, [], kind === "lane" ? { id: String(number), type: "normal" } : {});
}

function lane0(kind, points, { id = null, type = null, heading_deg: heading = null, polygon: _, ...rest }) {
  return { key: `s${++count}`, kind, name: id, type: type ?? (kind === "lane" ? "normal" : null), heading, rest, points: points.map((at) => [...at]) };
}

/** The body for the API. Shapes that nobody gave a point are not there. */
export function body(shapes) {
  const drawn = shapes.filter((shape) => shape.points.length);
  const one = (kind) => drawn.find((shape) => shape.kind === kind)?.points ?? null;
  return {
    lanes: drawn.filter((shape) => shape.kind === "lane").map(({ name, type, heading, rest, points }) => ({
      ...rest, id: name ?? "", type, polygon: points, ...(heading === null || heading === "" ? {} : { heading_deg: Number(heading) }),
    })),
    stop_line: one("stop"), measurement_zone: one("measurement"),
  };
}

/** How many points a shape must have, and may have. */
export function bounds(kind) {
  return kind === "stop" ? [2, 2] : [3, 60];
}

/** A shape's name for people. */
export function titleOf(shape) {
  if (shape.kind !== "lane") return t(`shape.${shape.kind}`);
  return `${t("shape.laneName", { name: shape.name || "?" })} · ${named("lane", shape.type)}`;
}

/** What colours it. */
export function tint(shape) {
  return shape.kind === "lane" ? (shape.type?.startsWith("exclusive") ? "exclusive" : "normal") : shape.kind;
}
