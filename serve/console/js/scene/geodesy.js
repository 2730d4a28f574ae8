// Degrees and metres beside an origin, as the server reckons them (enforcement/geodesy.py), for showing only.

const SEMI_MAJOR_M = 6378137;
const ECCENTRICITY_SQUARED = 6.694379990141e-3;

/** {metres([lat, lon]), degrees([x, y])} about an origin [lat, lon]. */
export function about(origin) {
  const latitude = (origin[0] * Math.PI) / 180;
  const bent = 1 - ECCENTRICITY_SQUARED * Math.sin(latitude) ** 2;
  const vertical = SEMI_MAJOR_M / Math.sqrt(bent);
  const north = ((vertical * (1 - ECCENTRICITY_SQUARED)) / bent) * (Math.PI / 180);
  const east = vertical * Math.cos(latitude) * (Math.PI / 180);
  return {
    metres: ([lat, lon]) => [(lon - origin[1]) * east, (lat - origin[0]) * north],
    degrees: ([x, y]) => [origin[0] + y / north, origin[1] + x / east],
  };
}
