"""One vehicle's pass, measured: what the rules judge and what `passes.jsonl` says.

Everything here follows from the track, the scene and the detector's error model, so that a bundle can
be measured again. No rule of the law is known here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from enforcement.detections import FloatArray, VehicleClass
from enforcement.geometry import heading_difference, heading_from_unit, points_in_polygon
from enforcement.path import BoxError, GroundPath, ground_path
from enforcement.scene import Lane, Scene
from enforcement.speed import Speed, SpeedRules, measure_speed, refused
from enforcement.tracks import Track
from enforcement.verdicts import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementModel:
    """What the measurement rests on besides the track and the scene; goes into evidence.

    errors: the detector's box errors per class, full-frame pixels. clock_rate_sigma: fraction.
    """

    errors: dict[VehicleClass, BoxError]
    clock_rate_sigma: float
    speed_rules: SpeedRules = field(default_factory=SpeedRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class VehiclePass:
    """A completed pass. lane_shares: (N, L) share of the footprint in each lane, NaN where unknown.

    class_share: share of the summed confidence that agrees with vehicle_class, 0..1.
    """

    track: Track
    vehicle_class: VehicleClass
    class_share: float
    path: GroundPath | None
    speed: Speed
    lane_shares: FloatArray
    lane_id: str | None
    heading_deg: float | None


def measure_pass(track: Track, scene: Scene, model: MeasurementModel) -> VehiclePass:
    """Measure one track on its scene."""
    weight = np.bincount(track.class_id, weights=track.confidence, minlength=len(VehicleClass))
    vehicle_class = VehicleClass(int(np.argmax(weight)))
    class_share = float(weight[vehicle_class] / weight.sum())
    error = model.errors[vehicle_class]
    path = None
    if scene.road is not None:
        guess = _lane_heading(track, scene)
        path = ground_path(track, vehicle_class, scene.road, error, lane_heading_deg=guess)
    speed = _speed(track, path, scene, error, model)
    shares = lane_shares(path, scene, len(track))
    lane = _main_lane(shares, track, scene)
    return VehiclePass(
        track=track,
        vehicle_class=vehicle_class,
        class_share=class_share,
        path=path,
        speed=speed,
        lane_shares=shares,
        lane_id=None if lane is None else lane.id,
        heading_deg=_heading(path),
    )


def _speed(
    track: Track, path: GroundPath | None, scene: Scene, error: BoxError, model: MeasurementModel
) -> Speed:
    if scene.road is None:
        return refused(Reason.NO_CALIBRATION)
    if path is None:
        return refused(Reason.FEW_OBSERVATIONS)
    return measure_speed(
        track,
        path,
        scene.road,
        error,
        zone_px=scene.measurement_zone,
        clock_rate_sigma=model.clock_rate_sigma,
        rules=model.speed_rules,
    )


def footprint_grid(path: GroundPath, *, along: int = 10, across: int = 6) -> FloatArray:
    """(N, along * across, 2) metres: an even grid over each footprint."""
    shape = path.shape
    u = (np.arange(along) + 0.5) / along - 0.5
    v = (np.arange(across) + 0.5) / across - 0.5
    grid = np.stack(np.meshgrid(u * shape.length_m, v * shape.width_m, indexing="ij"), axis=-1)
    flat = grid.reshape(-1, 2)
    left = np.stack([path.heading[:, 1], -path.heading[:, 0]], axis=1)
    return np.asarray(
        path.centre[:, None, :]
        + path.heading[:, None, :] * flat[None, :, 0:1]
        + left[:, None, :] * flat[None, :, 1:2]
    )


def lane_shares(path: GroundPath | None, scene: Scene, count: int) -> FloatArray:
    """(N, L) share of the footprint inside each lane, NaN where the footprint is unknown."""
    shares = np.full((count, len(scene.lanes)), np.nan)
    if path is None or scene.road is None or not scene.lanes:
        return shares
    grid = footprint_grid(path)
    for column, lane in enumerate(scene.lanes):
        polygon = scene.road.to_world(lane.polygon)
        inside = points_in_polygon(grid, polygon).mean(axis=1)
        shares[path.measurable, column] = inside[path.measurable]
    return shares


def _main_lane(shares: FloatArray, track: Track, scene: Scene) -> Lane | None:
    """The lane that held most of the footprint over the pass; by box feet where nothing is known."""
    if not scene.lanes:
        return None
    if np.isfinite(shares).any():
        held = np.nanmean(shares, axis=0)
        best = int(np.argmax(held))
        return scene.lanes[best] if held[best] > 0.25 else None
    counts = [int(points_in_polygon(_feet(track), lane.polygon).sum()) for lane in scene.lanes]
    return scene.lanes[int(np.argmax(counts))] if max(counts) > len(track) // 3 else None


def _feet(track: Track) -> FloatArray:
    x = (track.xyxy[:, 0] + track.xyxy[:, 2]) / 2.0
    return np.stack([x, track.xyxy[:, 3]], axis=1).astype(np.float64)


def _lane_heading(track: Track, scene: Scene) -> float | None:
    """Heading of the lane under most feet, for vehicles that hardly move."""
    with_heading = [lane for lane in scene.lanes if lane.heading_deg is not None]
    counts = [int(points_in_polygon(_feet(track), lane.polygon).sum()) for lane in with_heading]
    if not counts or max(counts) == 0:
        return None
    return with_heading[int(np.argmax(counts))].heading_deg


def _heading(path: GroundPath | None) -> float | None:
    if path is None or not path.measurable.any():
        return None
    mean = path.heading[path.measurable].mean(axis=0)
    return heading_from_unit(mean) if float(np.linalg.norm(mean)) > 1e-6 else None


def same_direction(heading_deg: float | None, wanted_deg: float | None, within: float) -> bool:
    """Whether a heading agrees with a wanted one; an unset wish agrees with all, unknown with none."""
    if wanted_deg is None:
        return True
    return heading_deg is not None and heading_difference(heading_deg, wanted_deg) <= within
