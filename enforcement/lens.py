"""The lens: pixels to straight rays and back (Brown's model, as in OpenCV's documentation).

Normalised coordinates are (X/Z, Y/Z) of the camera frame. Without a lens block the identity lens keeps
pixels as they are, and straight roads are assumed to look straight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from enforcement.detections import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Focal lengths and principal point in pixels, Brown's distortion without unit."""

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
    def matrix(self) -> FloatArray:
        """(3, 3) camera matrix."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    def distort(self, normalised: FloatArray) -> FloatArray:
        """Normalised (..., 2) to pixels (..., 2)."""
        x, y = normalised[..., 0], normalised[..., 1]
        r2 = x * x + y * y
        radial = 1.0 + r2 * (self.k1 + r2 * (self.k2 + r2 * self.k3))
        dx = 2.0 * self.p1 * x * y + self.p2 * (r2 + 2.0 * x * x)
        dy = self.p1 * (r2 + 2.0 * y * y) + 2.0 * self.p2 * x * y
        return np.stack(
            [self.fx * (x * radial + dx) + self.cx, self.fy * (y * radial + dy) + self.cy], axis=-1
        )

    def undistort(self, pixels: FloatArray) -> FloatArray:
        """Pixels (..., 2) to normalised (..., 2), by fixed-point iteration to below 1e-9."""
        target = np.stack(
            [(pixels[..., 0] - self.cx) / self.fx, (pixels[..., 1] - self.cy) / self.fy], axis=-1
        )
        if not any((self.k1, self.k2, self.p1, self.p2, self.k3)):
            return target
        point: FloatArray = target.copy()
        for _ in range(20):
            x, y = point[..., 0], point[..., 1]
            r2 = x * x + y * y
            radial = 1.0 + r2 * (self.k1 + r2 * (self.k2 + r2 * self.k3))
            dx = 2.0 * self.p1 * x * y + self.p2 * (r2 + 2.0 * x * x)
            dy = self.p1 * (r2 + 2.0 * y * y) + 2.0 * self.p2 * x * y
            point = np.stack(
                [(target[..., 0] - dx) / radial, (target[..., 1] - dy) / radial], axis=-1
            )
        return point

    def pixels_of(self, normalised: FloatArray) -> FloatArray:
        """Straight-lens pixels of normalised coordinates: what a perfect lens would show."""
        return np.asarray(normalised * np.array([self.fx, self.fy]) + np.array([self.cx, self.cy]))
