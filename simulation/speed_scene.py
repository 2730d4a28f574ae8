"""Scenes for speed: free traffic around the limit, some clear of it, some within the tolerance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from enforcement.detections import VehicleClass
from enforcement.units import ms
from simulation.kinematics import Motion, lane_path, profile
from simulation.road import Lane, Road
from simulation.traffic import Ground
from simulation.vehicles import Body, Vehicle, plate_for, random_body, random_class

FAR_Y, NEAR_Y = 150.0, -14.0
TOLERANCE_KMH = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How much traffic and how fast: density is vehicles per second over all lanes.

    margin_kmh: no vehicle's true mean over the zone is nearer than this to limit plus tolerance.
    """

    passes: int
    density: float
    limit_kmh: float
    on: date
    violators: float = 0.25
    mix: dict[VehicleClass, float] | None = None
    accelerating: float = 0.25
    start_s: float = 0.0
    margin_kmh: float = 0.0


def speed_traffic(rng: np.random.Generator, road: Road, flow: Flow) -> tuple[Vehicle, ...]:
    """flow.passes vehicles on the road's lanes, none touching another."""
    vehicles: list[Vehicle] = []
    ground = Ground(gap_m=3.0)
    clock = flow.start_s
    for i in range(flow.passes):
        clock += float(rng.exponential(1 / flow.density))
        vehicle = _draw(rng, road, flow, i + 1, clock)
        while abs(_zone_mean_kmh(road, vehicle) - flow.limit_kmh - TOLERANCE_KMH) < flow.margin_kmh:
            vehicle = _draw(rng, road, flow, i + 1, clock)
        vehicles.append(ground.earliest(vehicle))
    return tuple(vehicles)


def _zone_mean_kmh(road: Road, vehicle: Vehicle) -> float:
    """True mean speed of the front over the measured zone."""
    start = vehicle.motion.path.y_m[0]
    half = vehicle.body.length_m / 2
    t0, t1 = sorted(vehicle.motion.profile.time_at(abs(y - start) - half) for y in road.zone_y)
    return vehicle.motion.mean_speed_kmh(t0, t1)


def _draw(rng: np.random.Generator, road: Road, flow: Flow, number: int, start_s: float) -> Vehicle:
    body = random_body(rng, random_class(rng, flow.mix))
    lane = _lane_for(rng, road, body)
    speed = drawn_speed(rng, flow, body)
    wander = float(rng.normal(0, 0.15)) if body.width_m > 1 else float(rng.normal(0, 0.5))
    path_ends = (FAR_Y, NEAR_Y) if lane.direction < 0 else (NEAR_Y, FAR_Y)
    path = lane_path(lane.centre + float(np.clip(wander, -0.7, 0.7)), *path_ends)
    phases: list[tuple[float, float]] = []
    if rng.random() < flow.accelerating:
        phases = [
            (float(rng.uniform(0, 3)), 0.0),
            (float(rng.uniform(1, 3)), float(rng.uniform(-0.8, 0.8))),
        ]
    motion_profile = profile(start_s, ms(speed), phases, s0_m=-body.length_m)
    length = float(path.s_m[-1]) + body.length_m
    motion = Motion(
        path=path, profile=motion_profile, enters_s=start_s, leaves_s=motion_profile.time_at(length)
    )
    return Vehicle(
        vehicle_id=number,
        body=body,
        plate=plate_for(rng, body, flow.on),
        motion=motion,
        lane_id=lane.lane_id,
        intent="speeds" if speed > flow.limit_kmh + TOLERANCE_KMH else "pass",
    )


def _lane_for(rng: np.random.Generator, road: Road, body: Body) -> Lane:
    lanes = list(road.lanes)
    if body.vehicle_class in (VehicleClass.BUS, VehicleClass.TRUCK) and rng.random() < 0.7:
        # Heavy vehicles keep to the kerb side, which is +X for those who drive away.
        own = [lane for lane in lanes if lane.direction == lanes[0].direction]
        return own[-1] if own[0].direction > 0 else own[0]
    return lanes[int(rng.integers(len(lanes)))]


def drawn_speed(rng: np.random.Generator, flow: Flow, body: Body) -> float:
    """km/h: mostly below the limit, some within the tolerance, some clear of it."""
    limit = flow.limit_kmh
    kind = rng.random()
    heavy = body.vehicle_class in (VehicleClass.BUS, VehicleClass.TRUCK)
    if kind < flow.violators * (0.5 if heavy else 1.0):
        return limit + TOLERANCE_KMH + float(rng.choice([rng.uniform(1.0, 6), rng.uniform(6, 35)]))
    if kind < flow.violators + 0.15:
        return limit + float(rng.uniform(-2, 4.9))
    return float(np.clip(rng.normal(limit * 0.84, limit * 0.10), limit * 0.45, limit - 0.5))
