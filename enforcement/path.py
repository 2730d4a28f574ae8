"""A track's path on the road plane: where the vehicle's footprint was at each observation.

Positions, headings and their covariance come from the boxes alone; who may be accused is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from enforcement.calibration import RoadPlane
from enforcement.contact import SHAPES, VehicleShape, locate, sensitivity
from enforcement.detections import BoolArray, EdgeError, Float32Array, FloatArray, VehicleClass
from enforcement.geometry import unit_from_heading
from enforcement.tracks import Track

SMOOTH_S = 0.5
"""Half-width of the window that a local heading is taken from, seconds."""
STRAIGHT_DEG = 6.0
"""Spread of local headings below which a path is straight and gets one heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxError:
    """How far a box's edges are off, full-frame pixels: the detector's error model, at its scale.

    bottom, side: errors of the bottom edge and of the horizontal middle. scale: full-frame pixels per
    inference pixel.
    """

    bottom: EdgeError
    side: EdgeError
    scale: float

    def bottom_sigma(self, height_px: FloatArray) -> FloatArray:
        """(N,) standard error of the bottom edge, full-frame pixels."""
        return np.hypot(self.bottom.sigma_px * self.scale, self.bottom.sigma_frac * height_px)

    def bottom_shared_sigma(self, height_px: FloatArray) -> FloatArray:
        """(N,) the part of it that a vehicle keeps through all its frames, full-frame pixels."""
        own = np.sqrt(self.bottom.corr) * self.bottom_sigma(height_px)
        return np.asarray(np.hypot(own, self.bottom.scene_px * self.scale), np.float64)

    def side_sigma(self, height_px: FloatArray) -> FloatArray:
        """(N,) standard error of the horizontal middle, full-frame pixels."""
        return np.hypot(self.side.sigma_px * self.scale, self.side.sigma_frac * height_px)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPath:
    """Footprint centres of a track (N observations).

    centre: (N, 2) metres. heading: (N, 2) unit vectors. cov: (N, 2, 2) metres squared, from box noise.
    measurable: (N,) bool, inside what the plane can map, not truncated and not concealed.
    shape: dimensions assumed. straight: one heading holds for the whole path.
    """

    centre: FloatArray
    heading: FloatArray
    cov: FloatArray
    measurable: BoolArray
    shape: VehicleShape
    straight: bool

    def front(self) -> FloatArray:
        """(N, 2) metres, middle of the leading edge."""
        return self.centre + self.heading * (self.shape.length_m / 2)

    def rear(self) -> FloatArray:
        """(N, 2) metres, middle of the trailing edge."""
        return self.centre - self.heading * (self.shape.length_m / 2)


def unbiased(xyxy: Float32Array, error: BoxError) -> FloatArray:
    """Boxes with the detector's mean bottom-edge error taken out; (N, 4) pixels."""
    boxes = np.asarray(xyxy, dtype=np.float64).copy()
    height = boxes[:, 3] - boxes[:, 1]
    boxes[:, 3] -= error.bottom.bias(height / error.scale) * error.scale
    return boxes


def ground_path(
    track: Track,
    vehicle_class: VehicleClass,
    road: RoadPlane,
    error: BoxError,
    *,
    lane_heading_deg: float | None = None,
) -> GroundPath | None:
    """The path of a track, or None when fewer than three observations can be placed on the road."""
    measurable = ~(track.truncated | track.concealed) & _below_horizon(track, road)
    if int(measurable.sum()) < 3:
        return None
    shape = SHAPES[vehicle_class]
    boxes = unbiased(track.xyxy, error)
    bottom = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
    rough = np.full((len(track), 2), np.nan)
    rough[measurable] = road.to_world(bottom[measurable])
    heading, straight = _headings(track.t_s, rough, measurable, lane_heading_deg)
    centre = np.full((len(track), 2), np.nan)
    cov = np.full((len(track), 2, 2), np.nan)
    for _ in range(2):
        chosen = heading[measurable]
        centre[measurable] = locate(boxes[measurable], chosen, road, shape)
        heading, straight = _headings(track.t_s, centre, measurable, lane_heading_deg)
    to_metres = sensitivity(centre[measurable], heading[measurable], road, shape)
    height = (boxes[:, 3] - boxes[:, 1])[measurable]
    pixels = np.zeros((len(height), 2, 2))
    pixels[:, 0, 0] = error.side_sigma(height) ** 2
    pixels[:, 1, 1] = error.bottom_sigma(height) ** 2
    cov[measurable] = to_metres @ pixels @ np.swapaxes(to_metres, 1, 2)
    return GroundPath(
        centre=centre,
        heading=heading,
        cov=cov,
        measurable=measurable,
        shape=shape,
        straight=straight,
    )


def _below_horizon(track: Track, road: RoadPlane) -> BoolArray:
    """Boxes whose bottom edge lies well under the road's vanishing line, where metres mean something."""
    x = (track.xyxy[:, 0] + track.xyxy[:, 2]) / 2.0
    bottom = np.stack([x, track.xyxy[:, 3]], axis=1).astype(np.float64)
    inverse = np.linalg.inv(road.homography)
    straight = road.lens.pixels_of(road.lens.undistort(bottom))
    depth = straight @ inverse[2, :2] + inverse[2, 2]
    return np.asarray(depth * np.sign(inverse[2, 2] or 1.0) != 0) & _same_side(depth, road)


def _same_side(depth: FloatArray, road: RoadPlane) -> BoolArray:
    """Same side of the horizon as the road at the picture's foot."""
    inverse = np.linalg.inv(road.homography)
    foot = road.to_image(np.zeros((1, 2)))
    straight = road.lens.pixels_of(road.lens.undistort(foot))
    sign = np.sign(straight @ inverse[2, :2] + inverse[2, 2])
    return np.asarray(depth * sign > 0)


def _headings(
    t_s: FloatArray, points: FloatArray, usable: BoolArray, lane_heading_deg: float | None
) -> tuple[FloatArray, bool]:
    """(N, 2) unit headings and whether the path is straight."""
    heading = np.zeros((len(t_s), 2))
    chosen = np.flatnonzero(usable)
    t, xy = t_s[chosen], points[chosen]
    chord = xy[-1] - xy[0]
    if float(np.linalg.norm(chord)) < 2.0:
        fallback = np.array([0.0, 1.0])
        if lane_heading_deg is not None:
            fallback = unit_from_heading(lane_heading_deg)
        elif float(np.linalg.norm(chord)) > 0.5:
            fallback = chord / np.linalg.norm(chord)
        heading[:] = fallback
        return heading, False
    overall = _principal_direction(xy, chord)
    first = np.searchsorted(t, t - SMOOTH_S, side="left")
    last = np.searchsorted(t, t + SMOOTH_S, side="right") - 1
    local = xy[last] - xy[first]
    length = np.linalg.norm(local, axis=1)
    moving = length > 1.5
    unit = np.where(moving[:, None], local / np.maximum(length, 1e-9)[:, None], overall)
    angle = np.rad2deg(np.arccos(np.clip(unit @ overall, -1.0, 1.0)))
    straight = bool(np.percentile(angle[moving], 80) < STRAIGHT_DEG) if moving.any() else True
    heading[:] = overall
    if not straight:
        heading[chosen] = _carried(unit, moving, overall)
    return heading, straight


def _principal_direction(xy: FloatArray, chord: FloatArray) -> FloatArray:
    centred = xy - xy.mean(axis=0)
    direction = np.linalg.svd(centred, full_matrices=False)[2][0]
    return np.asarray(direction * (np.sign(direction @ chord) or 1.0))


def _carried(unit: FloatArray, moving: BoolArray, overall: FloatArray) -> FloatArray:
    """Headings of moments at rest are those of the last moment in motion."""
    if not moving.any():
        return np.broadcast_to(overall, unit.shape).copy()
    index = np.where(moving, np.arange(len(unit)), -1)
    index = np.maximum.accumulate(index)
    index[index < 0] = int(np.flatnonzero(moving)[0])
    return np.asarray(unit[index])
