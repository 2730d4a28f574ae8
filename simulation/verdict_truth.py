"""Which infractions really happened, from exact positions and times alone.

Definitions: speeding is a true mean speed over the measured zone above limit plus tolerance; red light
is wholly behind the line at red onset and over it in red, later than the grace; lane invasion is a
non-bus mostly inside an exclusive bus lane for longer than the dwell, outside crossing stretches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from enforcement.detections import VehicleClass
from enforcement.signals import SignalState
from enforcement.verdicts import InfractionType
from simulation.road import LaneType, Road
from simulation.scene import SimScene
from simulation.vehicles import Vehicle

STEP_S = 0.02
INSIDE_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueInfraction:
    """One infraction that really happened; at_s in seconds since the epoch, true time."""

    type: InfractionType
    vehicle_id: int
    at_s: float
    speed_kmh: float | None
    limit_kmh: float | None
    details: dict[str, Any] = field(default_factory=dict)


def infractions(scene: SimScene) -> list[TrueInfraction]:
    """All of the scene, in order of time."""
    found: list[TrueInfraction] = []
    for vehicle in scene.vehicles:
        for judge in (speeding, red_light, lane_invasion):
            one = judge(scene, vehicle)
            if one is not None:
                found.append(one)
    return sorted(found, key=lambda one: one.at_s)


def zone_times(scene: SimScene, vehicle: Vehicle) -> tuple[float, float] | None:
    """True times at which the vehicle's front enters and leaves the measured zone; None if it does not."""
    t = np.arange(vehicle.motion.enters_s, vehicle.motion.leaves_s, STEP_S)
    front, _ = vehicle.ends(t)
    low, high = scene.road.zone_y
    inside = (front[:, 1] >= low) & (front[:, 1] <= high)
    within = (front[:, 0] > scene.road.x_left) & (front[:, 0] < scene.road.x_right)
    rows = np.nonzero(inside & within)[0]
    if len(rows) < 2:
        return None
    return float(t[rows[0]]), float(t[rows[-1]])


def zone_speed_kmh(scene: SimScene, vehicle: Vehicle) -> float | None:
    """Exact mean speed over the measured zone, km/h."""
    times = zone_times(scene, vehicle)
    return None if times is None else vehicle.motion.mean_speed_kmh(*times)


def speeding(scene: SimScene, vehicle: Vehicle) -> TrueInfraction | None:
    """True mean speed over the zone above limit plus tolerance."""
    times = zone_times(scene, vehicle)
    if times is None:
        return None
    mean = vehicle.motion.mean_speed_kmh(*times)
    if mean <= scene.rules.limit_kmh + scene.rules.tolerance_kmh:
        return None
    return TrueInfraction(
        type=InfractionType.SPEED_VIOLATION,
        vehicle_id=vehicle.vehicle_id,
        at_s=times[1],
        speed_kmh=mean,
        limit_kmh=scene.rules.limit_kmh,
        details={"zone_s": list(times)},
    )


def red_light(scene: SimScene, vehicle: Vehicle) -> TrueInfraction | None:
    """Wholly behind the line at red onset, over it while red and later than the grace."""
    line, programme = scene.road.stop_line_y, scene.programme
    lane = next((one for one in scene.road.lanes if one.lane_id == vehicle.lane_id), None)
    if line is None or programme is None or lane is None:
        return None
    t = np.arange(vehicle.motion.enters_s, vehicle.motion.leaves_s, STEP_S)
    over = lane.direction * (vehicle.footprint(t)[:, :, 1].max(axis=1) - line) > 0
    if lane.direction < 0:
        over = vehicle.footprint(t)[:, :, 1].min(axis=1) < line
    on_road = (
        np.abs(vehicle.footprint(t)[:, :, 0]).max(axis=1)
        < max(abs(scene.road.x_left), scene.road.x_right) + 0.3
    )
    rows = np.nonzero(over & on_road)[0]
    if not len(rows) or rows[0] == 0:
        return None
    at = _refined(vehicle, float(t[rows[0] - 1]), float(t[rows[0]]), line, lane.direction)
    if programme.state(at) is not SignalState.RED:
        return None
    onset = max(o for o in programme.red_onsets(at + 1e-6) if o <= at)
    elapsed = at - onset
    if elapsed <= scene.rules.grace_s:
        return None
    return TrueInfraction(
        type=InfractionType.RED_LIGHT,
        vehicle_id=vehicle.vehicle_id,
        at_s=at,
        speed_kmh=float(vehicle.motion.speed_kmh(np.array([at]))[0]),
        limit_kmh=None,
        details={"red_onset_s": onset, "elapsed_s": elapsed},
    )


def _refined(vehicle: Vehicle, before: float, after: float, line: float, direction: int) -> float:
    for _ in range(30):
        middle = (before + after) / 2
        front, _ = vehicle.ends(np.array([middle]))
        if direction * (front[0, 1] - line) > 0:
            after = middle
        else:
            before = middle
    return after


def bus_lane_dwell(road: Road, vehicle: Vehicle) -> tuple[float, float, str] | None:
    """Seconds mostly inside an exclusive bus lane (outside crossing stretches, within the measured
    zone), the true time it began, and the lane; None when never inside."""
    low, high = road.zone_y
    for lane in road.lanes:
        if lane.lane_type is not LaneType.EXCLUSIVE_BUS:
            continue
        t = np.arange(vehicle.motion.enters_s, vehicle.motion.leaves_s, STEP_S)
        _, y, _ = vehicle.motion.pose(t)
        within = (y > low) & (y < high)
        t, y = t[within], y[within]
        across = vehicle.footprint(t)[:, :, 0]
        x0, x1 = across.min(axis=1), across.max(axis=1)
        share = (np.minimum(x1, lane.x_right) - np.maximum(x0, lane.x_left)) / (x1 - x0)
        inside = share > INSIDE_SHARE
        for a, b in road.crossing_y:
            inside &= ~((y > a) & (y < b))
        if inside.any():
            first = float(t[np.nonzero(inside)[0][0]])
            return float(inside.sum() * STEP_S), first, lane.lane_id
    return None


def lane_invasion(scene: SimScene, vehicle: Vehicle) -> TrueInfraction | None:
    """A non-bus with more than half its width inside an exclusive bus lane for longer than the dwell."""
    if vehicle.body.vehicle_class is VehicleClass.BUS:
        return None
    found = bus_lane_dwell(scene.road, vehicle)
    if found is None or found[0] <= scene.rules.lane_dwell_s:
        return None
    dwell, first, lane_id = found
    return TrueInfraction(
        type=InfractionType.LANE_INVASION,
        vehicle_id=vehicle.vehicle_id,
        at_s=first + scene.rules.lane_dwell_s,
        speed_kmh=float(vehicle.motion.speed_kmh(np.array([first]))[0]),
        limit_kmh=None,
        details={"lane_id": lane_id, "dwell_s": dwell, "entered_s": first},
    )
