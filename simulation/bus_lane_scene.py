"""Traffic beside an exclusive bus lane: invaders, touches, swerves, turns across it, buses, the rest.

Dwell times near the limit are not drawn: each intent is what its name says beyond doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from enforcement.detections import VehicleClass
from enforcement.units import ms
from simulation.kinematics import Path, lane_path, motion_along, profile, turning_path
from simulation.road import Lane, LaneType, Road
from simulation.speed_scene import FAR_Y, NEAR_Y, Flow
from simulation.traffic import Ground
from simulation.vehicles import Body, Vehicle, plate_for, random_body, random_class
from simulation.verdict_truth import bus_lane_dwell

INTENTS = ("invader", "merger", "toucher", "swerver", "crosser", "bus", "pass")
WEIGHTS = np.array([0.18, 0.10, 0.14, 0.08, 0.10, 0.14, 0.26])
CLEAR_BELOW_S, CLEAR_ABOVE_S = 0.9, 2.4
TURN_RADIUS_M = 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Body, path, speed and starting lane of one vehicle."""

    body: Body
    path: Path
    speed_ms: float
    lane_id: str


def bus_lane_traffic(rng: np.random.Generator, road: Road, flow: Flow) -> tuple[Vehicle, ...]:
    """flow.passes vehicles; none touches another, none dwells ambiguously."""
    vehicles: list[Vehicle] = []
    ground = Ground(gap_m=3.0)
    clock = flow.start_s
    while len(vehicles) < flow.passes:
        clock += float(rng.exponential(1 / flow.density))
        intent = str(rng.choice(INTENTS, p=WEIGHTS / WEIGHTS.sum()))
        vehicle = _draw(rng, road, flow, intent, len(vehicles) + 1, clock)
        if not _clear(road, vehicle):
            continue
        vehicles.append(ground.earliest(vehicle))
    return tuple(vehicles)


def _clear(road: Road, vehicle: Vehicle) -> bool:
    if vehicle.body.vehicle_class is VehicleClass.BUS:
        return True
    found = bus_lane_dwell(road, vehicle)
    dwell = 0.0 if found is None else found[0]
    if vehicle.intent in ("invader", "merger"):
        return dwell > CLEAR_ABOVE_S
    return dwell < CLEAR_BELOW_S


def _draw(
    rng: np.random.Generator, road: Road, flow: Flow, intent: str, number: int, start_s: float
) -> Vehicle:
    bus = next(lane for lane in road.lanes if lane.lane_type is LaneType.EXCLUSIVE_BUS)
    beside = min(
        (lane for lane in road.lanes if lane is not bus),
        key=lambda lane: abs(lane.centre - bus.centre),
    )
    plan = {
        "invader": _invader,
        "merger": _merger,
        "toucher": _toucher,
        "swerver": _swerver,
        "crosser": _crosser,
        "bus": _bus,
        "pass": _passer,
    }[intent](rng, road, flow, bus, beside)
    along = profile(start_s, plan.speed_ms, [])
    return Vehicle(
        vehicle_id=number,
        body=plan.body,
        plate=plate_for(rng, plan.body, flow.on),
        motion=motion_along(plan.path, along),
        lane_id=plan.lane_id,
        intent=intent,
    )


def _other_body(rng: np.random.Generator, flow: Flow) -> Body:
    """Anything but a bus."""
    mix = flow.mix or {VehicleClass.CAR: 0.8, VehicleClass.MOTORCYCLE: 0.1, VehicleClass.TRUCK: 0.1}
    return random_body(
        rng, random_class(rng, {k: v for k, v in mix.items() if k is not VehicleClass.BUS})
    )


def _ends(lane: Lane) -> tuple[float, float]:
    return (FAR_Y, NEAR_Y) if lane.direction < 0 else (NEAR_Y, FAR_Y)


def _speed(rng: np.random.Generator) -> float:
    return ms(float(rng.uniform(26, 48)))


def _invader(rng: np.random.Generator, road: Road, flow: Flow, bus: Lane, beside: Lane) -> Plan:
    path = lane_path(bus.centre + float(rng.normal(0, 0.15)), *_ends(bus))
    return Plan(body=_other_body(rng, flow), path=path, speed_ms=_speed(rng), lane_id=bus.lane_id)


def _merger(rng: np.random.Generator, road: Road, flow: Flow, bus: Lane, beside: Lane) -> Plan:
    """Changes into the bus lane within the zone and stays."""
    low, high = road.zone_y
    begin = high + 6.0 if beside.direction < 0 else low - 6.0
    shift = (begin, float(rng.uniform(14, 22)), bus.centre - beside.centre)
    path = lane_path(beside.centre, *_ends(beside), shifts=(shift,))
    return Plan(
        body=_other_body(rng, flow), path=path, speed_ms=_speed(rng), lane_id=beside.lane_id
    )


def _toucher(rng: np.random.Generator, road: Road, flow: Flow, bus: Lane, beside: Lane) -> Plan:
    """Wheels on or a little over the line for a while, most of it in its own lane."""
    body = _other_body(rng, flow)
    side = float(np.sign(bus.centre - beside.centre))
    to_line = abs(bus.centre - beside.centre) / 2 - body.width_m / 2
    over = float(rng.uniform(0.05, 0.28)) * body.width_m
    return _there_and_back(
        rng, road, body, beside, side * (to_line + over), float(rng.uniform(6, 22))
    )


def _swerver(rng: np.random.Generator, road: Road, flow: Flow, bus: Lane, beside: Lane) -> Plan:
    """Mostly inside for a moment only, around an obstacle."""
    side = float(np.sign(bus.centre - beside.centre))
    return _there_and_back(
        rng, road, _other_body(rng, flow), beside, side * float(rng.uniform(1.7, 2.0)), 0.5
    )


def _there_and_back(
    rng: np.random.Generator, road: Road, body: Body, lane: Lane, sideways: float, stay_m: float
) -> Plan:
    low, high = road.zone_y
    length = 13.0
    if lane.direction < 0:
        out = float(rng.uniform(min(low + 2 * length + stay_m, high - 1), high))
    else:
        out = float(rng.uniform(low, max(high - 2 * length - stay_m, low + 1)))
    back = out + lane.direction * (length + stay_m)
    shifts = ((out, length, sideways), (back, length, -sideways))
    path = lane_path(lane.centre, *_ends(lane), shifts=shifts)
    return Plan(body=body, path=path, speed_ms=_speed(rng), lane_id=lane.lane_id)


def _crosser(rng: np.random.Generator, road: Road, flow: Flow, bus: Lane, beside: Lane) -> Plan:
    """Turns across the bus lane into the side road, where that is allowed."""
    if road.side_road_y is None:
        return _passer(rng, road, flow, bus, beside)
    middle = sum(road.side_road_y) / 2
    turn_y = middle - beside.direction * TURN_RADIUS_M
    side = float(np.sign(bus.centre - beside.centre))
    start, _ = _ends(beside)
    path = turning_path(
        beside.centre, start, turn_y, TURN_RADIUS_M, side, beside.centre + side * 50
    )
    body = random_body(rng, VehicleClass.CAR)
    return Plan(
        body=body, path=path, speed_ms=ms(float(rng.uniform(17, 24))), lane_id=beside.lane_id
    )


def _bus(rng: np.random.Generator, road: Road, flow: Flow, bus: Lane, beside: Lane) -> Plan:
    path = lane_path(bus.centre + float(rng.normal(0, 0.12)), *_ends(bus))
    return Plan(
        body=random_body(rng, VehicleClass.BUS),
        path=path,
        speed_ms=_speed(rng),
        lane_id=bus.lane_id,
    )


def _passer(rng: np.random.Generator, road: Road, flow: Flow, bus: Lane, beside: Lane) -> Plan:
    free = [lane for lane in road.lanes if lane.lane_type is LaneType.NORMAL]
    lane = free[int(rng.integers(len(free)))]
    path = lane_path(lane.centre + float(np.clip(rng.normal(0, 0.15), -0.3, 0.3)), *_ends(lane))
    body = _other_body(rng, flow)
    return Plan(body=body, path=path, speed_ms=_speed(rng), lane_id=lane.lane_id)
