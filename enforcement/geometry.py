"""Plane geometry the rules stand on: polygons, segments, areas; vectorised over points.

It must not know what a polygon means (a lane, a zone) nor in which unit its points are.
"""

from __future__ import annotations

import numpy as np

from enforcement.detections import BoolArray, FloatArray


def polygon_area(polygon: FloatArray) -> float:
    """Unsigned area of a simple polygon; polygon: (K, 2)."""
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2.0)


def points_in_polygon(points: FloatArray, polygon: FloatArray) -> BoolArray:
    """Even-odd test. points: (..., 2), polygon: (K, 2); returns (...,) bool."""
    x, y = points[..., 0], points[..., 1]
    inside = np.zeros(x.shape, dtype=bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return inside


def segments_cross(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> bool:
    """Whether the open segments ab and cd cross; points are (2,)."""

    def side(p: FloatArray, q: FloatArray, r: FloatArray) -> float:
        return float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def is_simple_polygon(polygon: FloatArray) -> bool:
    """True when no two edges cross and the area is not zero; polygon: (K, 2)."""
    count = len(polygon)
    if count < 3 or polygon_area(polygon) <= 0:
        return False
    for i in range(count):
        for j in range(i + 2, count):
            if i == 0 and j == count - 1:
                continue
            if segments_cross(
                polygon[i], polygon[(i + 1) % count], polygon[j], polygon[(j + 1) % count]
            ):
                return False
    return True


def are_collinear(points: FloatArray, *, tolerance: float = 1e-3) -> bool:
    """True when all points lie near one line: the thin side over the long side is below tolerance."""
    centred = points - points.mean(axis=0)
    spread = np.linalg.svd(centred, compute_uv=False)
    return bool(spread[0] == 0 or spread[1] / spread[0] < tolerance)


def unit_from_heading(heading_deg: float) -> FloatArray:
    """Direction on the road plane; 0° is +Y, 90° is +X (clockwise seen from above)."""
    angle = np.deg2rad(heading_deg)
    return np.array([np.sin(angle), np.cos(angle)])


def heading_from_unit(direction: FloatArray) -> float:
    """Heading in [0, 360) of a direction on the road plane; direction: (2,)."""
    return float(np.rad2deg(np.arctan2(direction[0], direction[1])) % 360.0)


def heading_difference(a_deg: float, b_deg: float) -> float:
    """Smallest absolute angle between two headings, 0..180 degrees."""
    return float(abs((a_deg - b_deg + 180.0) % 360.0 - 180.0))


def bow(points: FloatArray, direction: FloatArray) -> float:
    """How far a path (N, 2) bows to a side of its chord along a unit direction, in the points' unit."""
    centred = points - points.mean(axis=0)
    across = centred @ np.array([direction[1], -direction[0]])
    along = centred @ direction
    curvature = np.polynomial.polynomial.polyfit(along, across, 2)[2]
    return float(abs(curvature) * (np.ptp(along) / 2) ** 2)
