// Points of the picture and where they lie on the road, as somebody fills them in, and as the API takes them.

import { about } from "./geodesy.js";

let count = 0;

/** A point that was clicked; where it lies on the road comes after. */
export function clicked(at) {
  return { id: `p${++count}`, at: at.map(round1), world: ["", ""], proof: false };
}

/** What is kept, as it is drawn and filled in. unit: metres or gps; mapped: X is east and Y north of an origin. */
export function fromKept({ calibration, origin }) {
  const rows = (list, proof) => (list ?? []).map((pair) => ({ ...clicked(pair.image), at: pair.image, world: pair.world_m.map(String), proof }));
  const points = [...rows(calibration?.points, false), ...rows(calibration?.held_out, true)];
  return origin && points.length ? converted({ unit: "metres", mapped: true, points }, "gps", origin) : { unit: "metres", mapped: false, points };
}

/** The numbers of a point's place, null while they are not both there. */
export function numbersOf(point) {
  const found = point.world.map((text) => (String(text).trim() === "" ? NaN : Number(String(text).trim().replace(",", "."))));
  return found.every(Number.isFinite) ? found : null;
}

/** The same points by the other unit; emptied where nothing tells how metres lie on the map. */
export function converted(state, unit, origin) {
  if (unit === state.unit) return state;
  const told = origin && (unit === "metres" || state.mapped);
  const points = state.points.map((point) => {
    const given = numbersOf(point);
    if (!given || !told) return { ...point, world: ["", ""] };
    return { ...point, world: written(unit, unit === "gps" ? about(origin).degrees(given) : about(origin).metres(given)) };
  });
  return { ...state, unit, points, mapped: state.mapped || unit === "metres" };
}

/** Numbers as they are written in the fields. */
export function written(unit, [first, second]) {
  return unit === "gps" ? [first.toFixed(8), second.toFixed(8)] : [String(Number(first.toFixed(3))), String(Number(second.toFixed(3)))];
}

/** The body for the API, of the points that are filled in, and their ids in its order. */
export function body(state, { size, origin, lens }) {
  const full = state.points.map((point) => ({ point, place: numbersOf(point) })).filter(({ place }) => place);
  const pair = ({ point, place }) => ({
    image: point.at, ...(state.unit === "gps" ? { gps: { latitude: place[0], longitude: place[1] } } : { world_m: place }),
  });
  const [fitted, proving] = [full.filter(({ point }) => !point.proof), full.filter(({ point }) => point.proof)];
  return {
    ids: { points: fitted.map(({ point }) => point.id), held_out: proving.map(({ point }) => point.id) },
    body: {
      points: fitted.map(pair), held_out: proving.map(pair), image_size: size,
      ...(origin ? { origin: { latitude: origin[0], longitude: origin[1] } } : {}), ...(lens ? { lens } : {}),
    },
  };
}

/** To a tenth of a pixel: finer than anyone clicks. */
export function round1(value) {
  return Math.round(value * 10) / 10;
}
