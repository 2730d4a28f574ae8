"""The road plane: image points to metres and back, with what the points leave in doubt.

A homography from world metres to straight-lens pixels is fitted by maximum likelihood (DLT start,
Gauss-Newton on reprojection, R. Hartley & A. Zisserman, *Multiple View Geometry*, §4), and proves
itself on points it has not seen. A pose is derived from it, because vehicles have height.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from enforcement.detections import FloatArray
from enforcement.errors import PoorCalibration
from enforcement.geometry import are_collinear
from enforcement.lens import Lens

CLICK_SIGMA_PX = 0.5
"""Standard error of a clicked point that no residual can talk down, pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointPair:
    """A point seen in the image (pixels) and known on the road (metres)."""

    image: tuple[float, float]
    world_m: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadPlane:
    """Calibrated road plane of one camera.

    homography: (3, 3), world (X, Y, 1) metres to straight-lens pixels, scaled so that [2, 2] = 1.
    parameter_cov: (8, 8) covariance of the first eight entries of the homography.
    click_sigma_px: standard error of the points as fitted. held_out_rmse_m: error on points left out
    (None when there were none to leave out). pose: (3, 4) camera matrix [R | t] or None.
    """

    lens: Lens
    homography: FloatArray
    parameter_cov: FloatArray
    click_sigma_px: float
    fit_rmse_m: float
    held_out_rmse_m: float | None
    pose: FloatArray | None

    def to_world(self, pixels: FloatArray) -> FloatArray:
        """Image pixels (..., 2) to road metres (..., 2)."""
        straight = self.lens.pixels_of(self.lens.undistort(pixels))
        return apply_homography(inverse(self.homography), straight)

    def to_image(self, world_m: FloatArray) -> FloatArray:
        """Road metres (..., 2) to image pixels (..., 2)."""
        return self._bend(apply_homography(self.homography, world_m))

    def project(self, points_m: FloatArray) -> FloatArray:
        """Points in space (..., 3) metres to image pixels (..., 2); height needs a pose."""
        if self.pose is None:
            return self.to_image(points_m[..., :2])
        camera = points_m @ self.pose[:, :3].T + self.pose[:, 3]
        return self.lens.distort(camera[..., :2] / camera[..., 2:3])

    def with_homography(self, homography: FloatArray) -> RoadPlane:
        """The same camera with another homography: used to propagate the fit's doubt."""
        return RoadPlane(
            lens=self.lens,
            homography=homography,
            parameter_cov=self.parameter_cov,
            click_sigma_px=self.click_sigma_px,
            fit_rmse_m=self.fit_rmse_m,
            held_out_rmse_m=self.held_out_rmse_m,
            pose=None if self.pose is None else pose_from(homography, self.lens),
        )

    def jacobian(self, world_m: FloatArray) -> FloatArray:
        """d(pixels)/d(metres) at road points (N, 2); returns (N, 2, 2)."""
        step = 1e-3
        columns = [
            (self.to_image(world_m + delta) - self.to_image(world_m - delta)) / (2 * step)
            for delta in (np.array([step, 0.0]), np.array([0.0, step]))
        ]
        return np.stack(columns, axis=-1)

    @property
    def camera_height_m(self) -> float | None:
        """Height of the camera above the road, metres."""
        if self.pose is None:
            return None
        return float(-(self.pose[:, :3].T @ self.pose[:, 3])[2])

    def _bend(self, straight: FloatArray) -> FloatArray:
        lens = self.lens
        return lens.distort((straight - [lens.cx, lens.cy]) / [lens.fx, lens.fy])


def apply_homography(homography: FloatArray, points: FloatArray) -> FloatArray:
    """Map (..., 2) points."""
    mapped = points @ homography[:, :2].T + homography[:, 2]
    return np.asarray(mapped[..., :2] / mapped[..., 2:3])


def inverse(homography: FloatArray) -> FloatArray:
    """(3, 3) image to road of a road to image homography."""
    return np.asarray(np.linalg.inv(homography), dtype=np.float64)


def calibrate(
    points: Sequence[PointPair],
    *,
    held_out: Sequence[PointPair] = (),
    lens: Lens | None = None,
    image_size: tuple[int, int] | None = None,
) -> RoadPlane:
    """Fit the road plane to point pairs.

    points: at least four, no three of them deciding alone. held_out: pairs used only to prove the fit;
    without them the error is cross-validated by leaving one out when there are more than four points.
    lens: None assumes a straight lens whose principal point is the middle of the picture and whose
    focal length the points decide. image_size: (width, height) pixels, used only then.

    Raises PoorCalibration when the points cannot decide the plane.
    """
    image = np.array([p.image for p in points], dtype=np.float64)
    world = np.array([p.world_m for p in points], dtype=np.float64)
    _refuse_degenerate(image, world)
    used_lens = lens or Lens(fx=1.0, fy=1.0, cx=0.0, cy=0.0)
    straight = used_lens.pixels_of(used_lens.undistort(image))
    homography, covariance, sigma = _fit(world, straight)
    if lens is None and image_size is not None:
        used_lens = _lens_from(homography, image_size)
    plane = RoadPlane(
        lens=used_lens,
        homography=homography,
        parameter_cov=covariance,
        click_sigma_px=sigma,
        fit_rmse_m=_rmse(homography, straight, world),
        held_out_rmse_m=_held_out_error(world, straight, held_out, used_lens),
        pose=pose_from(homography, used_lens) if used_lens.fx != 1.0 else None,
    )
    height = plane.camera_height_m
    if height is not None and height <= 0:
        raise PoorCalibration(
            "calibration: the points place the camera under the road", reason="under_road"
        )
    return plane


def _refuse_degenerate(image: FloatArray, world: FloatArray) -> None:
    if len(image) < 4:
        raise PoorCalibration(
            f"calibration: needs at least 4 points, got {len(image)}", reason="too_few"
        )
    if not (np.isfinite(image).all() and np.isfinite(world).all()):
        raise PoorCalibration("calibration: a point is not a finite number", reason="not_finite")
    for name, side in (("image", image), ("world_m", world)):
        if are_collinear(side):
            raise PoorCalibration(
                f"calibration: the {name} points lie on one line", reason="collinear"
            )
        if len(side) == 4 and any(are_collinear(np.delete(side, i, axis=0)) for i in range(4)):
            raise PoorCalibration(
                f"calibration: three of the four {name} points lie on one line", reason="collinear"
            )
        if len(np.unique(side.round(6), axis=0)) < len(side):
            raise PoorCalibration(f"calibration: two {name} points are the same", reason="repeated")


def _fit(world: FloatArray, pixels: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    homography = _dlt(world, pixels)
    for _ in range(30):
        jacobian = _parameter_jacobian(homography, world)
        residual = (pixels - apply_homography(homography, world)).reshape(-1)
        # Columns differ by many orders of magnitude (pixels against 1/metre), so they are scaled.
        scale = np.linalg.norm(jacobian, axis=0)
        step = np.linalg.lstsq(jacobian / scale, residual, rcond=None)[0] / scale
        homography = (homography.reshape(-1) + np.append(step, 0.0)).reshape(3, 3)
        if np.max(np.abs(step * scale)) < 1e-9:
            break
    if not np.isfinite(homography).all():
        raise PoorCalibration("calibration: the points do not decide a plane")
    jacobian = _parameter_jacobian(homography, world)
    residual = (pixels - apply_homography(homography, world)).reshape(-1)
    freedom = len(residual) - 8
    spread = float(np.sqrt(residual @ residual / freedom)) if freedom > 0 else CLICK_SIGMA_PX
    sigma = max(spread, CLICK_SIGMA_PX)
    scale = np.linalg.norm(jacobian, axis=0)
    inner = np.linalg.pinv((jacobian / scale).T @ (jacobian / scale))
    return homography, sigma**2 * inner / np.outer(scale, scale), sigma


def _dlt(world: FloatArray, pixels: FloatArray) -> FloatArray:
    from_world, from_pixels = _normaliser(world), _normaliser(pixels)
    w = apply_homography(from_world, world)
    p = apply_homography(from_pixels, pixels)
    rows = []
    for (x, y), (u, v) in zip(w, p, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, -u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, -v])
    matrix = np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)
    homography = np.linalg.inv(from_pixels) @ matrix @ from_world
    if abs(homography[2, 2]) < 1e-12:
        raise PoorCalibration(
            "calibration: the world origin lies on the camera's horizon; move it", reason="horizon"
        )
    return np.asarray(homography / homography[2, 2])


def _normaliser(points: FloatArray) -> FloatArray:
    centre = points.mean(axis=0)
    scale = np.sqrt(2.0) / np.mean(np.linalg.norm(points - centre, axis=1))
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1.0]])


def _parameter_jacobian(homography: FloatArray, world: FloatArray) -> FloatArray:
    """d(u, v)/d(h0..h7), rows interleaved u, v; (2N, 8)."""
    x, y = world[:, 0], world[:, 1]
    w = homography[2, 0] * x + homography[2, 1] * y + 1.0
    u, v = apply_homography(homography, world).T
    zero, one = np.zeros_like(x), np.ones_like(x)
    du = np.stack([x, y, one, zero, zero, zero, -u * x, -u * y], axis=1) / w[:, None]
    dv = np.stack([zero, zero, zero, x, y, one, -v * x, -v * y], axis=1) / w[:, None]
    return np.stack([du, dv], axis=1).reshape(-1, 8)


def _rmse(homography: FloatArray, straight: FloatArray, world: FloatArray) -> float:
    error = apply_homography(inverse(homography), straight) - world
    return float(np.sqrt(np.mean(np.sum(error**2, axis=1))))


def _held_out_error(
    world: FloatArray, straight: FloatArray, held_out: Sequence[PointPair], lens: Lens
) -> float | None:
    if held_out:
        homography = _fit(world, straight)[0]
        pixels = np.array([p.image for p in held_out], dtype=np.float64)
        truth = np.array([p.world_m for p in held_out], dtype=np.float64)
        return _rmse(homography, lens.pixels_of(lens.undistort(pixels)), truth)
    if len(world) <= 4:
        return None
    errors = []
    for left_out in range(len(world)):
        keep = np.arange(len(world)) != left_out
        if are_collinear(world[keep]) or (keep.sum() == 4 and _has_collinear_triple(world[keep])):
            continue
        homography = _fit(world[keep], straight[keep])[0]
        one = slice(left_out, left_out + 1)
        errors.append(_rmse(homography, straight[one], world[one]))
    return float(np.sqrt(np.mean(np.square(errors)))) if errors else None


def _has_collinear_triple(points: FloatArray) -> bool:
    return any(are_collinear(np.delete(points, i, axis=0)) for i in range(len(points)))


def pose_from(homography: FloatArray, lens: Lens) -> FloatArray | None:
    """(3, 4) [R | t] of a camera whose road homography and lens are known; Z points up.

    Hartley & Zisserman §8.1; the rotation is the nearest orthonormal one.
    """
    columns = np.linalg.inv(lens.matrix) @ homography
    scale = 2.0 / (np.linalg.norm(columns[:, 0]) + np.linalg.norm(columns[:, 1]))
    columns = columns * scale
    if columns[2, 2] < 0:
        columns = -columns
    third = np.cross(columns[:, 0], columns[:, 1])
    rotation = np.column_stack([columns[:, 0], columns[:, 1], third])
    u, _, vt = np.linalg.svd(rotation)
    rotation = u @ vt
    if np.linalg.det(rotation) < 0:
        return None
    return np.column_stack([rotation, columns[:, 2]])


def _lens_from(homography: FloatArray, image_size: tuple[int, int]) -> Lens:
    """Focal length that makes the plane's axes orthogonal, principal point in the middle (H&Z §8.8)."""
    cx, cy = image_size[0] / 2.0, image_size[1] / 2.0
    centred = np.array([[1.0, 0, -cx], [0, 1.0, -cy], [0, 0, 1.0]]) @ homography
    a, b = centred[:, 0], centred[:, 1]
    orthogonal = -(a[0] * b[0] + a[1] * b[1]) / (a[2] * b[2]) if a[2] * b[2] else np.inf
    same = a[2] ** 2 - b[2] ** 2
    equal = -(a[0] ** 2 + a[1] ** 2 - b[0] ** 2 - b[1] ** 2) / same if same else np.inf
    # The better-conditioned of the two constraints decides.
    first_weight, second_weight = abs(a[2] * b[2]), abs(same)
    square = orthogonal if first_weight > second_weight else equal
    if not np.isfinite(square) or square <= 0:
        square = equal if square is orthogonal else orthogonal
    width = image_size[0]
    focal = float(np.sqrt(square)) if np.isfinite(square) and square > 0 else 1.2 * width
    return Lens(fx=focal, fy=focal, cx=cx, cy=cy)
