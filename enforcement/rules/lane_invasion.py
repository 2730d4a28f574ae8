"""LANE_INVASION: a vehicle that may not use a lane drives in it, long enough and with most of itself.

A touch of the line is a small share; turning across is where a crossing zone allows it; a bus that
might be a truck accuses nobody. Confidence is the probability that the mean share of the footprint over the
stay exceeds one half, given the lateral doubt, times the share of the votes for no allowed class.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from enforcement.calibration import RoadPlane
from enforcement.contact import sensitivity
from enforcement.detections import BoolArray, FloatArray, VehicleClass
from enforcement.geometry import points_in_polygon
from enforcement.passes import VehiclePass, same_direction
from enforcement.path import GroundPath
from enforcement.scene import Lane, Scene
from enforcement.signals import SignalHistory
from enforcement.tracks import Track
from enforcement.verdicts import Abstention, InfractionType, Reason, Verdict, Violation

LARGE = frozenset({VehicleClass.BUS, VehicleClass.TRUCK})
"""Classes that look alike: tall boxes on wheels."""
PAINT_SIGMA_M = 0.10
"""Doubt of where the lane's edge is, metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneInvasion:
    """The rule.

    min_share: share of the footprint inside the lane. min_dwell_s and min_distance_m: how long it must
    last. min_clear_s: over how much of that time it must be clear where the vehicle is across the road,
    max_sides_hidden being how much of its width may then be missing beside others. hidden_foot: doubt of
    where a box would end below whose lower third others hide, as a share of its height times the share
    hidden. max_foreign_share: share of the class votes that may speak for an allowed class.
    max_lookalike_share: the same where the vehicle's class and the allowed one are a bus and a truck,
    which detectors mix up in runs of frames and not frame by frame. max_lookalike_near: the same with
    each vote counted by the height of its box, so that what near pictures say decides. max_angle_deg: a
    vehicle crossing the lane at a larger angle turns across and is not using it.
    """

    min_share: float = 0.55
    min_dwell_s: float = 1.2
    min_clear_s: float = 0.5
    max_sides_hidden: float = 0.75
    hidden_foot: float = 0.15
    min_distance_m: float = 8.0
    max_foreign_share: float = 0.2
    max_lookalike_share: float = 0.1
    max_lookalike_near: float = 0.1
    max_angle_deg: float = 25.0
    max_gap_s: float = 0.5
    type: InfractionType = InfractionType.LANE_INVASION

    def missing(self, scene: Scene) -> str | None:
        """Part of the site this rule lacks."""
        if scene.road is None:
            return "calibration"
        return None if any(_restricted(lane) for lane in scene.lanes) else "lanes with `allowed`"

    def judge(self, pass_: VehiclePass, scene: Scene, signals: SignalHistory) -> Verdict | None:
        """Violation, abstention or nothing: a lane's longest stay, and the first lane that accuses."""
        if pass_.path is None or scene.road is None:
            return None
        best: Verdict | None = None
        for column, lane in enumerate(scene.lanes):
            if not _restricted(lane) or self._may_use(pass_, lane):
                continue
            verdict = self._judge_lane(pass_, pass_.path, scene.road, lane, column)
            if verdict is not None and not isinstance(best, Violation):
                best = verdict
        return best

    def _may_use(self, pass_: VehiclePass, lane: Lane) -> bool:
        return lane.allowed is not None and pass_.vehicle_class in lane.allowed

    def _judge_lane(
        self, pass_: VehiclePass, path: GroundPath, road: RoadPlane, lane: Lane, column: int
    ) -> Verdict | None:
        inside = self._inside(pass_, path, road, lane, column)
        span = _longest(inside, pass_.track.t_s, self.max_gap_s)
        if span is None:
            return None
        first, last = span
        t = pass_.track.t_s
        dwell = float(t[last] - t[first])
        distance = float(np.linalg.norm(path.centre[last] - path.centre[first]))
        if dwell < self.min_dwell_s or distance < self.min_distance_m:
            return None
        rows = np.flatnonzero(inside[first : last + 1]) + first
        clear = rows[self._clear(pass_)[rows]]
        reason = self._doubt(pass_, lane, clear)
        if reason is not None:
            return Abstention(
                type=self.type,
                track_id=pass_.track.track_id,
                at_s=float(t[first]),
                reason=reason,
                details={"lane_id": lane.id, "invasion_duration_seconds": round(dwell, 2)},
            )
        margin = self._certainty(pass_, path, road, column, clear)
        if margin < 0.95:
            return Abstention(
                type=self.type,
                track_id=pass_.track.track_id,
                at_s=float(t[first]),
                reason=Reason.LANE_UNCERTAIN,
                details={"lane_id": lane.id, "invasion_duration_seconds": round(dwell, 2)},
            )
        return Violation(
            type=self.type,
            track_id=pass_.track.track_id,
            at_s=float(t[last]),
            window_s=(float(t[first]), float(t[last])),
            confidence=margin * (1.0 - _votes(pass_.track, lane.allowed or frozenset())),
            details={
                "invaded_lane_id": lane.id,
                "invaded_lane_type": lane.type,
                "invasion_duration_seconds": round(dwell, 2),
                "invasion_points": _points(path.centre[rows]),
                "distance_m": round(distance, 2),
                "mean_share": round(float(pass_.lane_shares[rows, column].mean()), 3),
                "vehicle_class": pass_.vehicle_class.label,
            },
        )

    def _inside(
        self, pass_: VehiclePass, path: GroundPath, road: RoadPlane, lane: Lane, column: int
    ) -> BoolArray:
        share = np.nan_to_num(pass_.lane_shares[:, column])
        inside = (share >= self.min_share) & path.measurable & ~pass_.track.concealed
        if lane.heading_deg is not None:
            inside &= _along(path, lane.heading_deg, self.max_angle_deg)
        for zone in lane.crossing_zones:
            polygon = road.to_world(zone)
            inside &= ~points_in_polygon(np.nan_to_num(path.centre, nan=np.inf), polygon)
        return inside

    def _clear(self, pass_: VehiclePass) -> BoolArray:
        """Observations that show both sides and could not be another vehicle's.

        One close ahead in the same lane hides the tyres, not where the vehicle is across the road.
        """
        track = pass_.track
        return np.asarray((track.sides_hidden <= self.max_sides_hidden) & ~track.contested)

    def _doubt(self, pass_: VehiclePass, lane: Lane, clear: np.ndarray) -> Reason | None:
        if self._may_be_allowed(pass_, lane):
            return Reason.CLASS_UNCERTAIN
        if _seen_s(pass_.track.t_s[clear], self.max_gap_s) < self.min_clear_s:
            return Reason.OCCLUDED
        if not same_direction(pass_.heading_deg, lane.heading_deg, 60.0):
            return Reason.LANE_UNCERTAIN
        return None

    def _may_be_allowed(self, pass_: VehiclePass, lane: Lane) -> bool:
        """Whether votes for an allowed class are more than noise.

        A bus and a truck far away are a few pixels alike, so between those two it is the near
        pictures that must agree, and the far ones mostly.
        """
        allowed = lane.allowed or frozenset()
        if pass_.vehicle_class in LARGE and LARGE & allowed:
            near = _votes(pass_.track, allowed, by_size=True)
            return near > self.max_lookalike_near or (
                _votes(pass_.track, allowed) > self.max_lookalike_share
            )
        return _votes(pass_.track, allowed) > self.max_foreign_share

    def _certainty(
        self, pass_: VehiclePass, path: GroundPath, road: RoadPlane, column: int, rows: np.ndarray
    ) -> float:
        """Probability that the mean share exceeds one half, lateral error shared by all rows.

        Rows count by how well they know where the vehicle is across the road.
        """
        across = np.stack([path.heading[rows, 1], -path.heading[rows, 0]], axis=1)
        variance = np.einsum("ni,nij,nj->n", across, path.cov[rows], across)
        boxes = pass_.track.xyxy[rows]
        hidden_px = self.hidden_foot * pass_.track.occlusion[rows] * (boxes[:, 3] - boxes[:, 1])
        to_metres = sensitivity(path.centre[rows], path.heading[rows], road, path.shape)
        variance += (np.einsum("ni,ni->n", across, to_metres[:, :, 1]) * hidden_px) ** 2
        variance += (pass_.track.sides_hidden[rows] * path.shape.width_m / 2) ** 2
        sigma = np.sqrt(variance) + PAINT_SIGMA_M
        weight = sigma**-2 / (sigma**-2).sum()
        mean_share = float(weight @ pass_.lane_shares[rows, column])
        return float(ndtr((mean_share - 0.5) * path.shape.width_m / float(weight @ sigma)))


def _restricted(lane: Lane) -> bool:
    return lane.allowed is not None


def _votes(track: Track, classes: Collection[VehicleClass], *, by_size: bool = False) -> float:
    """Share of the track's confidence that speaks for the classes, each box by its height if asked."""
    weight = track.confidence.astype(np.float64)
    if by_size:
        weight *= np.maximum(track.xyxy[:, 3] - track.xyxy[:, 1], 1.0)
    chosen = np.isin(track.class_id, [int(one) for one in classes])
    return float(weight[chosen].sum() / weight.sum())


def _along(path: GroundPath, heading_deg: float, within_deg: float) -> BoolArray:
    angle = np.deg2rad(heading_deg)
    cosine = path.heading @ np.array([np.sin(angle), np.cos(angle)])
    return np.asarray(np.abs(cosine) >= np.cos(np.deg2rad(within_deg)))


def _longest(inside: BoolArray, t_s: FloatArray, max_gap_s: float) -> tuple[int, int] | None:
    """First and last row of the longest stretch inside; short gaps do not end it."""
    rows = np.flatnonzero(inside)
    if len(rows) == 0:
        return None
    breaks = np.flatnonzero(np.diff(t_s[rows]) > max_gap_s)
    starts = np.append(0, breaks + 1)
    ends = np.append(breaks, len(rows) - 1)
    longest = int(np.argmax(t_s[rows[ends]] - t_s[rows[starts]]))
    return int(rows[starts[longest]]), int(rows[ends[longest]])


def _seen_s(t_s: FloatArray, max_gap_s: float) -> float:
    """Time covered by observations, holes longer than the gap left out; seconds."""
    steps = np.diff(t_s)
    return float(steps[steps <= max_gap_s].sum())


def _points(centre: FloatArray) -> list[list[float]]:
    chosen = centre[np.linspace(0, len(centre) - 1, min(len(centre), 20)).round().astype(int)]
    return [[round(float(x), 2), round(float(y), 2)] for x, y in chosen]
