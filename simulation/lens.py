"""How a point of the road becomes a pixel: a pinhole with Brown distortion on a pole.

World: metres on the road plane, X right, Y forward, Z up. Pixels: the left top pixel covers 0..1, its
centre is (0.5, 0.5), as in boxes of labels. It must not know what stands on the road.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from enforcement.detections import FloatArray

NEAREST_DEPTH_M = 0.4
UNDISTORT_STEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Pinhole (pixels) with Brown distortion, OpenCV's order of coefficients."""

    fx: float
    fy: float
    cx: float
    cy: float
    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    k3: float = 0.0

    @property
    def distorted(self) -> bool:
        """Whether straight lines come out bent."""
        return any((self.k1, self.k2, self.p1, self.p2, self.k3))

    def matrix(self) -> FloatArray:
        """(3, 3) float64 camera matrix K."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1]], np.float64)

    def coefficients(self) -> FloatArray:
        """(5,) float64: k1, k2, p1, p2, k3."""
        return np.array([self.k1, self.k2, self.p1, self.p2, self.k3], np.float64)

    def distort(self, normal: FloatArray) -> FloatArray:
        """(N, 2) ideal normalised coordinates to distorted ones.

        Beyond the radius where the polynomial folds back it goes on linearly, so that points far
        outside the picture stay outside it.
        """
        if not self.distorted:
            return normal
        radius = np.hypot(normal[:, 0], normal[:, 1])
        limit = self._fold_radius()
        scale = np.where(radius > limit, limit / np.maximum(radius, 1e-12), 1.0)
        inner = normal * scale[:, None]
        return self._brown(inner) + (normal - inner)

    def _brown(self, normal: FloatArray) -> FloatArray:
        x, y = normal[:, 0], normal[:, 1]
        r2 = x * x + y * y
        radial = 1 + r2 * (self.k1 + r2 * (self.k2 + r2 * self.k3))
        dx = 2 * self.p1 * x * y + self.p2 * (r2 + 2 * x * x)
        dy = self.p1 * (r2 + 2 * y * y) + 2 * self.p2 * x * y
        return np.stack([x * radial + dx, y * radial + dy], axis=1)

    def _fold_radius(self) -> float:
        r = np.linspace(0.02, 3.0, 150)
        r2 = r * r
        slope = 1 + r2 * (3 * self.k1 + r2 * (5 * self.k2 + r2 * 7 * self.k3))
        bad = np.nonzero(slope < 0.2)[0]
        return float(r[bad[0]]) if bad.size else float(r[-1])

    def undistort(self, distorted: FloatArray) -> FloatArray:
        """(N, 2) distorted normalised coordinates back to ideal ones, by fixed-point steps."""
        if not self.distorted:
            return distorted
        ideal = distorted.copy()
        for _ in range(UNDISTORT_STEPS):
            ideal = ideal + (distorted - self.distort(ideal))
        return ideal


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A lens at a place: camera = rotation @ world + translation; size in pixels."""

    lens: Lens
    rotation: FloatArray
    translation: FloatArray
    width: int
    height: int

    @property
    def centre(self) -> FloatArray:
        """(3,) position of the lens in the world, metres."""
        return np.asarray(-self.rotation.T @ self.translation, np.float64)

    def depth(self, world: FloatArray) -> FloatArray:
        """(N,) distance along the optical axis of (N, 3) world points, metres."""
        return np.asarray(world @ self.rotation[2] + self.translation[2], np.float64)

    def project(self, world: FloatArray) -> FloatArray:
        """(N, 3) world metres to (N, 2) pixels; points behind the lens land far outside."""
        seen = world @ self.rotation.T + self.translation
        depth = np.maximum(seen[:, 2], NEAREST_DEPTH_M)
        bent = self.lens.distort(seen[:, :2] / depth[:, None])
        return bent * (self.lens.fx, self.lens.fy) + (self.lens.cx, self.lens.cy)

    def rays(self, pixels: FloatArray) -> FloatArray:
        """(N, 2) pixels to (N, 3) world directions (not unit length)."""
        normal = (pixels - (self.lens.cx, self.lens.cy)) / (self.lens.fx, self.lens.fy)
        ideal = self.lens.undistort(normal)
        seen = np.column_stack([ideal, np.ones(len(ideal))])
        return np.asarray(seen @ self.rotation, np.float64)

    def pixel_to_road(self, pixels: FloatArray) -> FloatArray:
        """(N, 2) pixels to (N, 2) metres on the road plane; NaN above the horizon."""
        ray = self.rays(pixels)
        down = ray[:, 2] < -1e-9
        scale = np.where(down, -self.centre[2] / np.where(down, ray[:, 2], -1.0), np.nan)
        return self.centre[:2] + ray[:, :2] * scale[:, None]


def pole_camera(
    *,
    lens: Lens,
    size: tuple[int, int],
    height_m: float,
    pitch_deg: float,
    yaw_deg: float = 0.0,
    roll_deg: float = 0.0,
    x_m: float = 0.0,
    y_m: float = 0.0,
) -> Camera:
    """A camera on a pole at (x, y, height), looking along +Y, pitched down, yawed to the right."""
    pitch, yaw, roll = np.deg2rad([pitch_deg, yaw_deg, roll_deg])
    forward = np.array([np.sin(yaw) * np.cos(pitch), np.cos(yaw) * np.cos(pitch), -np.sin(pitch)])
    right = np.array([np.cos(yaw), -np.sin(yaw), 0.0])
    down = np.cross(forward, right)
    rolled_right = np.cos(roll) * right + np.sin(roll) * down
    rotation = np.stack([rolled_right, np.cross(forward, rolled_right), forward])
    translation = -rotation @ np.array([x_m, y_m, height_m])
    return Camera(
        lens=lens, rotation=rotation, translation=translation, width=size[0], height=size[1]
    )
