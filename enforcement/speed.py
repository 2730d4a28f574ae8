"""Speed as a measurement: one number, its standard uncertainty, or a reason to refuse.

All observations of the track inside the measured zone are regressed on capture time. The uncertainty
adds what the noise leaves (white, inflated for its own correlation) and what every observation shares:
the detector's edge bias, the unknown height of the bumper, the calibration's covariance and the clock's
rate (JCGM 100, *Guide to the expression of uncertainty in measurement*, §5). docs/speed.md has the
budget. It must not know any limit of the law.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from enforcement.calibration import RoadPlane
from enforcement.contact import VehicleShape, locate, varied
from enforcement.detections import BoolArray, FloatArray, IntArray
from enforcement.geometry import bow, points_in_polygon
from enforcement.height_drift import height_ratio
from enforcement.path import BoxError, GroundPath, unbiased
from enforcement.series import correlation_inflation, has_holes
from enforcement.tracks import Track
from enforcement.units import KMH_PER_MS
from enforcement.verdicts import Reason

COVERAGE_95 = 1.96
MAX_BOW_M = 0.8
EDGE_LEAN = 0.5
"""Share of the shared edge error that may change sign on a vehicle's way from far to near: a shadow that
is taken into the box when near and not when far (seen on simulated scenes, differing with the sun)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedRules:
    """When a speed is good enough to be said; the figures are FACTS §4's.

    acceleration_sigma_ms2: how strongly drivers are expected to change speed inside the zone.
    """

    min_base_m: float = 20.0
    min_observations: int = 8
    max_sigma_kmh: float = 1.25
    max_sigma_share: float = 0.01
    max_timing_sigma_s: float = 0.005
    max_held_out_rmse_m: float = 0.10
    max_occlusion: float = 0.15
    max_position_sigma_m: float = 1.0
    max_height_ratio: float = 1.45
    max_acceleration_ms2: float = 1.75
    acceleration_sigma_ms2: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """The measurement. speed_kmh is the mean over [from_s, to_s]; None with a refusal.

    budget_kmh: standard contribution of each source. observations: how many were used.
    """

    speed_kmh: float | None
    sigma_kmh: float | None
    refusal: Reason | None
    base_m: float = 0.0
    observations: int = 0
    from_s: float = 0.0
    to_s: float = 0.0
    acceleration_ms2: float = 0.0
    budget_kmh: Mapping[str, float] = field(default_factory=dict)

    @property
    def interval_kmh(self) -> tuple[float, float] | None:
        """The 95 % interval."""
        if self.speed_kmh is None or self.sigma_kmh is None:
            return None
        half = COVERAGE_95 * self.sigma_kmh
        return self.speed_kmh - half, self.speed_kmh + half


def refused(reason: Reason) -> Speed:
    """No value, and why."""
    return Speed(speed_kmh=None, sigma_kmh=None, refusal=reason)


def measure_speed(
    track: Track,
    path: GroundPath,
    road: RoadPlane,
    error: BoxError,
    *,
    zone_px: FloatArray | None,
    clock_rate_sigma: float,
    rules: SpeedRules,
) -> Speed:
    """Measure one track. zone_px: (K, 2) pixel polygon that bounds the measurement, or None."""
    if road.held_out_rmse_m is None or road.held_out_rmse_m > rules.max_held_out_rmse_m:
        return refused(Reason.POOR_CALIBRATION)
    inside = _inside_zone(track, path, zone_px)
    reason = _unusable(track, inside, rules)
    if reason is not None:
        return refused(reason)
    clear = (track.occlusion <= rules.max_occlusion) & ~track.contested
    chosen = np.flatnonzero(inside & clear)
    along, direction = _along(path, chosen)
    if bow(path.centre[chosen], direction) > MAX_BOW_M:
        return refused(Reason.NOT_STRAIGHT)
    fit = _regress(track, path, chosen, along, direction, rules)
    if isinstance(fit, Reason):
        return refused(fit)
    reason = _drifts(track, path, road, error, fit, rules)
    if reason is not None:
        return refused(reason)
    return _with_budget(track, path, road, error, fit, direction, clock_rate_sigma, rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    chosen: IntArray
    speed_ms: float
    white_sigma_ms: float
    acceleration: float
    weights: FloatArray
    base_m: float


def _inside_zone(track: Track, path: GroundPath, zone_px: FloatArray | None) -> BoolArray:
    if zone_px is None:
        sigma = np.sqrt(np.nan_to_num(path.cov[:, 0, 0] + path.cov[:, 1, 1], nan=np.inf))
        return path.measurable & (sigma < 0.5)
    foot = np.stack([(track.xyxy[:, 0] + track.xyxy[:, 2]) / 2.0, track.xyxy[:, 3]], axis=1).astype(
        np.float64
    )
    return path.measurable & points_in_polygon(foot, zone_px)


def _unusable(track: Track, inside: BoolArray, rules: SpeedRules) -> Reason | None:
    """Reasons that forbid a measurement whatever the fit says; the first that holds."""
    count = int(inside.sum())
    if count < rules.min_observations:
        return Reason.OUTSIDE_MEASURED_AREA if count == 0 else Reason.FEW_OBSERVATIONS
    if not bool(track.regular[inside].all()):
        return Reason.IRREGULAR_TIME
    if float(track.sigma_t_s[inside].max()) > rules.max_timing_sigma_s:
        return Reason.POOR_TIMING
    contested = inside & track.contested
    if int(contested.sum()) > count // 3:
        return Reason.AMBIGUOUS_VEHICLE
    clear = inside & ~track.contested & (track.occlusion <= rules.max_occlusion)
    if int(clear.sum()) < max(rules.min_observations, count // 2):
        return Reason.OCCLUDED
    return None


def _along(path: GroundPath, chosen: IntArray) -> tuple[FloatArray, FloatArray]:
    centre = path.centre[chosen]
    centred = centre - centre.mean(axis=0)
    direction = np.linalg.svd(centred, full_matrices=False)[2][0]
    direction = direction * (np.sign(direction @ (centre[-1] - centre[0])) or 1.0)
    return centred @ direction, direction


def _drifts(
    track: Track, path: GroundPath, road: RoadPlane, error: BoxError, fit: _Fit, rules: SpeedRules
) -> Reason | None:
    """Signs that an edge wanders along the pass, smoothly enough for small residuals."""
    if height_ratio(track, path, road, error, fit.chosen) > rules.max_height_ratio:
        return Reason.INCONSISTENT_BOX
    if abs(fit.acceleration) > rules.max_acceleration_ms2:
        return Reason.UNSTEADY_SPEED
    return None


def _regress(
    track: Track,
    path: GroundPath,
    chosen: IntArray,
    along: FloatArray,
    direction: FloatArray,
    rules: SpeedRules,
) -> _Fit | Reason:
    sigma = np.sqrt(np.einsum("i,nij,j->n", direction, path.cov[chosen], direction))
    near = sigma < rules.max_position_sigma_m
    if int(near.sum()) < rules.min_observations:
        return Reason.FEW_OBSERVATIONS
    chosen, along, sigma = chosen[near], along[near], sigma[near]
    base = float(np.ptp(along))
    if base < rules.min_base_m:
        return Reason.SHORT_BASE
    t = track.t_s[chosen]
    if has_holes(t):
        return Reason.FEW_OBSERVATIONS
    tau = t - (t[0] + t[-1]) / 2
    rough_speed = base / max(t[-1] - t[0], 1e-6)
    noise = np.hypot(sigma, rough_speed * track.sigma_t_s[chosen])
    design = np.stack([np.ones_like(tau), tau, 0.5 * tau * tau], axis=1)
    weights = 1.0 / noise**2
    prior = np.diag([0.0, 0.0, 1.0 / rules.acceleration_sigma_ms2**2])
    for _ in range(4):
        normal = design.T @ (weights[:, None] * design) + prior
        solution = np.linalg.solve(normal, design.T @ (weights * along))
        pull = np.abs(along - design @ solution) / noise
        # Huber's weight: a single bad box must not turn the line.
        scale = max(1.0, float(np.median(pull)) * 1.4826)
        weights = np.minimum(1.0, 2.0 * scale / np.maximum(pull, 1e-9)) / noise**2
    residual = along - design @ solution
    chi = float(np.sqrt(np.average((residual / noise) ** 2, weights=weights * noise**2)))
    if chi > 4.0:
        return Reason.POOR_FIT
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design) + prior)
    inflate = max(chi, 0.3) * np.sqrt(correlation_inflation(residual / noise))
    return _Fit(
        chosen=chosen,
        speed_ms=float(solution[1]),
        white_sigma_ms=float(np.sqrt(covariance[1, 1]) * inflate),
        acceleration=float(solution[2]),
        weights=weights,
        base_m=base,
    )


def _with_budget(
    track: Track,
    path: GroundPath,
    road: RoadPlane,
    error: BoxError,
    fit: _Fit,
    direction: FloatArray,
    clock_rate_sigma: float,
    rules: SpeedRules,
) -> Speed:
    boxes = unbiased(track.xyxy, error)[fit.chosen]
    heading = path.heading[fit.chosen]
    start = path.centre[fit.chosen]
    t = track.t_s[fit.chosen]

    def speed_of(changed_boxes: FloatArray, changed_road: RoadPlane, shape: VehicleShape) -> float:
        centre = locate(changed_boxes, heading, changed_road, shape, start=start, iterations=3)
        return _slope(t, centre @ direction, fit.weights, rules)

    nominal = speed_of(boxes, road, path.shape)
    height = boxes[:, 3] - boxes[:, 1]
    shared = error.bottom_shared_sigma(height)
    shifted, leaning = boxes.copy(), boxes.copy()
    shifted[:, 3] += shared
    leaning[:, 3] += EDGE_LEAN * shared * _from_far_to_near(height)
    budget = {
        "noise": fit.white_sigma_ms,
        "edge_bias": speed_of(shifted, road, path.shape) - nominal,
        "edge_lean": speed_of(leaning, road, path.shape) - nominal,
        "clearance": speed_of(boxes, road, varied(path.shape, clearance=1.0)) - nominal,
        "overhang": speed_of(boxes, road, varied(path.shape, overhang=1.0)) - nominal,
        "calibration": _calibration_doubt(road, lambda r: speed_of(boxes, r, path.shape), nominal),
        "clock": fit.speed_ms * clock_rate_sigma,
    }
    budget_kmh = {name: round(abs(value) * KMH_PER_MS, 4) for name, value in budget.items()}
    sigma = float(np.sqrt(sum(value**2 for value in budget_kmh.values())))
    speed = fit.speed_ms * KMH_PER_MS
    too_wide = sigma > max(rules.max_sigma_kmh, rules.max_sigma_share * speed)
    return Speed(
        speed_kmh=None if too_wide else speed,
        sigma_kmh=None if too_wide else sigma,
        refusal=Reason.UNCERTAIN_SPEED if too_wide else None,
        base_m=fit.base_m,
        observations=len(fit.chosen),
        from_s=float(t[0]),
        to_s=float(t[-1]),
        acceleration_ms2=fit.acceleration,
        budget_kmh=budget_kmh,
    )


def _from_far_to_near(height: FloatArray) -> FloatArray:
    """-1 at the smallest box of a track to +1 at its largest; (N,)."""
    low, high = float(height.min()), float(height.max())
    return np.asarray(2 * (height - low) / max(high - low, 1e-9) - 1, np.float64)


def _slope(t: FloatArray, along: FloatArray, weights: FloatArray, rules: SpeedRules) -> float:
    tau = t - (t[0] + t[-1]) / 2
    design = np.stack([np.ones_like(tau), tau, 0.5 * tau * tau], axis=1)
    prior = np.diag([0.0, 0.0, 1.0 / rules.acceleration_sigma_ms2**2])
    normal = design.T @ (weights[:, None] * design) + prior
    return float(np.linalg.solve(normal, design.T @ (weights * along))[1])


def _calibration_doubt(
    road: RoadPlane, speed_of: Callable[[RoadPlane], float], nominal: float
) -> float:
    """Root sum of squares over the principal directions of the homography's covariance."""
    scale = np.sqrt(np.diag(road.parameter_cov))
    correlation = road.parameter_cov / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(correlation)
    total = 0.0
    for value, vector in zip(values, vectors.T, strict=True):
        if value <= 1e-9:
            continue
        step = np.append(scale * vector * np.sqrt(value), 0.0).reshape(3, 3)
        total += (speed_of(road.with_homography(road.homography + step)) - nominal) ** 2
    return float(np.sqrt(total))
