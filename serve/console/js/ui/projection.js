// Longitude and latitude onto a flat drawing: right to a metre over a city, which is all that is asked.

const METRES_PER_DEGREE = 111320;

/** Fits these [lon, lat] points into width x height; project.metres is metres per unit, project.back its inverse. */
export function frame(points, width, height, least = 0.002) {
  const lons = points.map(([lon]) => lon);
  const lats = points.map(([, lat]) => lat);
  const middle = [(Math.min(...lons) + Math.max(...lons)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
  const squeeze = Math.cos((middle[1] * Math.PI) / 180);
  const wide = Math.max((Math.max(...lons) - Math.min(...lons)) * squeeze, least);
  const high = Math.max(Math.max(...lats) - Math.min(...lats), least);
  const unit = 0.82 * Math.min(width / wide, height / high);
  const project = ([lon, lat]) => [width / 2 + (lon - middle[0]) * squeeze * unit, height / 2 - (lat - middle[1]) * unit];
  project.back = ([x, y]) => [middle[0] + (x - width / 2) / (squeeze * unit), middle[1] - (y - height / 2) / unit];
  project.metres = METRES_PER_DEGREE / unit;
  return project;
}

/** The rings of a polygon or multipolygon, none for anything else. */
export function rings(geometry) {
  if (geometry?.type === "Polygon") return geometry.coordinates;
  if (geometry?.type === "MultiPolygon") return geometry.coordinates.flat();
  return [];
}

/** Where a camera stands as [lon, lat], null where nobody said. */
export function point(row) {
  const place = row.location;
  if (Array.isArray(place) && place.length === 2) return place.map(Number);
  if (place?.type === "Point") return place.coordinates.map(Number);
  const lon = place?.longitude ?? place?.lon ?? row.longitude;
  const lat = place?.latitude ?? place?.lat ?? row.latitude;
  return lon === undefined || lon === null || lat === undefined || lat === null ? null : [Number(lon), Number(lat)];
}
