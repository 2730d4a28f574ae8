"""Traffic at a light: runners, those who cross on green or amber, stop, straddle the line, or turn off.

Every intent is timed against the true red onset, so that each is what its name says beyond doubt.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from enforcement.detections import VehicleClass
from enforcement.units import ms
from simulation.kinematics import (
    Motion,
    Path,
    Profile,
    lane_path,
    motion_along,
    profile,
    turning_path,
)
from simulation.road import Lane, Road
from simulation.signals import Programme
from simulation.speed_scene import Flow
from simulation.traffic import Ground
from simulation.vehicles import Body, Vehicle, plate_for, random_body, random_class

BEHIND_M, BEYOND_M = 45.0, 75.0
BRAKE_MS2, PULL_MS2 = 2.6, 1.7
TEMPLATES = ("runner", "amber", "straddle", "stoppers", "green", "turner", "over_line", "grace")
WEIGHTS = np.array([0.42, 0.12, 0.10, 0.12, 0.08, 0.08, 0.04, 0.04])


@dataclass(slots=True)
class Junction:
    """Vehicles accepted so far on one road with one light."""

    rng: np.random.Generator
    road: Road
    programme: Programme
    flow: Flow
    vehicles: list[Vehicle] = field(default_factory=list)
    ground: Ground = field(default_factory=lambda: Ground(gap_m=0.9))
    own: int = 0

    @property
    def line_y(self) -> float:
        """Where the stop line is."""
        return self.road.stop_line_y or 0.0

    def add(self, body: Body, motion: Motion, lane_id: str, intent: str) -> bool:
        """Accept the vehicle unless it would touch another; whether it was accepted."""
        one = Vehicle(
            vehicle_id=len(self.vehicles) + 1,
            body=body,
            plate=plate_for(self.rng, body, self.flow.on),
            motion=motion,
            lane_id=lane_id,
            intent=intent,
        )
        if motion.enters_s < 0 or not self.ground.free_for(one):
            return False
        self.vehicles.append(one)
        self.ground.take(one)
        self.own += lane_id != "cross"
        return True

    def body(self) -> Body:
        """Any vehicle of the mix."""
        return random_body(self.rng, random_class(self.rng, self.flow.mix))

    def path(self, lane: Lane) -> Path:
        """Straight through the junction in the lane, a little off its middle."""
        x = lane.centre + float(np.clip(self.rng.normal(0, 0.2), -0.5, 0.5))
        return lane_path(
            x, self.line_y - lane.direction * BEHIND_M, self.line_y + lane.direction * BEYOND_M
        )


def junction_traffic(
    rng: np.random.Generator, road: Road, programme: Programme, flow: Flow
) -> tuple[Vehicle, ...]:
    """At least flow.passes own vehicles over as many cycles as needed, cut to flow.passes."""
    junction = Junction(rng=rng, road=road, programme=programme, flow=flow)
    cycle = 0
    while junction.own < flow.passes:
        start = programme.offset_s + cycle * programme.cycle_s
        onset = start + programme.green_s + programme.amber_s
        for index in rng.permutation(len(road.lanes)):
            lane = road.lanes[int(index)]
            name = str(rng.choice(TEMPLATES, p=WEIGHTS / WEIGHTS.sum()))
            _lane_cycle(junction, lane, name, onset)
        if rng.random() < 0.5:
            _cross_traffic(junction, onset)
        cycle += 1
    return _first_own(junction.vehicles, flow.passes)


def _first_own(vehicles: list[Vehicle], passes: int) -> tuple[Vehicle, ...]:
    kept, own = [], 0
    for vehicle in sorted(vehicles, key=lambda v: v.motion.enters_s):
        own += vehicle.lane_id != "cross"
        if own > passes:
            break
        kept.append(vehicle)
    return tuple(kept)


def _lane_cycle(j: Junction, lane: Lane, name: str, onset: float) -> None:
    rng, programme = j.rng, j.programme
    if name == "runner":
        late = float(rng.uniform(0.6, 2.5) if rng.random() < 0.7 else rng.uniform(2.5, 6.0))
        _through(j, lane, onset + late, name)
    elif name == "amber":
        _through(
            j, lane, onset - float(rng.uniform(0.6, programme.amber_s - 0.1)), name, wholly=True
        )
    elif name == "straddle":
        _through(j, lane, onset - float(rng.uniform(0.08, 0.22)), name)
    elif name == "grace":
        _through(j, lane, onset + float(rng.uniform(0.03, 0.2)), name)
    elif name == "turner" and j.road.side_road_y is not None:
        _turn_off(j, lane, onset)
    elif name == "over_line":
        _queue(
            j, lane, onset, first_gap=-float(rng.uniform(0.6, 1.4)), first_stop=onset - 0.6, count=1
        )
    if name in ("runner", "amber", "straddle", "stoppers", "grace"):
        wait = float(rng.uniform(1.0, 3.0)) + (7.5 if name == "runner" else 1.5)
        if wait < programme.red_s - 1.5:
            _queue(
                j,
                lane,
                onset,
                first_gap=float(rng.uniform(0.35, 2.0)),
                first_stop=onset + wait,
                count=int(rng.integers(1, 3)),
            )
    for _ in range(int(rng.integers(0, 3))):
        at = onset - programme.amber_s - float(rng.uniform(0.5, programme.green_s - 4.0))
        _through(j, lane, at, "green")


def _through(j: Junction, lane: Lane, at_s: float, intent: str, *, wholly: bool = False) -> None:
    """Cross at constant speed, the front passing the line at at_s (wholly: the rear passing it)."""
    body = j.body()
    speed = ms(float(j.rng.uniform(28, 62)))
    path = j.path(lane)
    shift = body.length_m / 2 if wholly else -body.length_m / 2
    s_line = BEHIND_M + shift
    start = at_s - s_line / speed
    along = profile(start, speed, [])
    j.add(body, motion_along(path, along), lane.lane_id, intent)


def _queue(
    j: Junction, lane: Lane, onset: float, *, first_gap: float, first_stop: float, count: int
) -> None:
    """Vehicles that stop one behind another and leave on green; first_gap is metres short of the line."""
    green = onset + j.programme.red_s
    gap, stop_at, leave = first_gap, first_stop, green + float(j.rng.uniform(0.8, 1.6))
    for number in range(count):
        body = j.body()
        s_stop = BEHIND_M - gap - body.length_m / 2
        speed = ms(float(j.rng.uniform(28, 48)))
        along = stopping(s_stop, stop_at, leave, speed)
        intent = "stopper" if first_gap > 0 else "over_line"
        if not j.add(body, motion_along(j.path(lane), along), lane.lane_id, intent):
            return
        gap += body.length_m + float(j.rng.uniform(1.4, 2.6))
        stop_at = min(stop_at + float(j.rng.uniform(2.5, 4.0)), green - 0.5 + number)
        leave += float(j.rng.uniform(1.3, 1.8))


def stopping(s_stop: float, stop_at: float, leave: float, speed: float) -> Profile:
    """Cruise, brake to a stand at s_stop at stop_at, wait, pull away at leave to the old speed."""
    brake = speed / BRAKE_MS2
    roll = s_stop - speed**2 / (2 * BRAKE_MS2)
    start = stop_at - brake - roll / speed
    hold = max(leave - stop_at, 0.3)
    phases = [(roll / speed, 0.0), (brake, -BRAKE_MS2), (hold, 0.0), (speed / PULL_MS2, PULL_MS2)]
    return profile(start, speed, phases)


def _turn_off(j: Junction, lane: Lane, onset: float) -> None:
    """Leave into the side road before the line; only from the lane next to it."""
    side, mouth = j.road.side_road_side, j.road.side_road_y
    edge = max(j.road.lanes, key=lambda one: side * one.centre)
    if mouth is None or lane.lane_id != edge.lane_id:
        return
    body = random_body(j.rng, VehicleClass.CAR)
    radius = 6.0
    middle = (mouth[0] + mouth[1]) / 2
    turn_y = middle - lane.direction * radius
    start_y = j.line_y - lane.direction * BEHIND_M
    path = turning_path(lane.centre, start_y, turn_y, radius, side, lane.centre + side * 45.0)
    speed = ms(float(j.rng.uniform(16, 22)))
    reach = abs(turn_y - start_y)
    start = onset + float(j.rng.uniform(-1, 3)) - reach / speed
    j.add(body, motion_along(path, profile(start, speed, [])), lane.lane_id, "turner")


def _cross_traffic(j: Junction, onset: float) -> None:
    """A vehicle on the cross street while our light is red."""
    mouth = j.road.cross_road_y
    if mouth is None:
        return
    body = j.body()
    to_right = bool(j.rng.random() < 0.5)
    y = mouth[0] + (mouth[1] - mouth[0]) * (0.3 if to_right else 0.7)
    ends = (-45.0, 45.0) if to_right else (45.0, -45.0)
    s = np.array([0.0, 90.0])
    path = Path(
        s_m=s,
        x_m=np.array(ends),
        y_m=np.array([y, y]),
        heading=np.full(2, np.pi / 2 if to_right else -np.pi / 2),
    )
    speed = ms(float(j.rng.uniform(25, 45)))
    start = onset + float(j.rng.uniform(2.5, j.programme.red_s - 3.0)) - 45.0 / speed
    j.add(body, motion_along(path, profile(start, speed, [])), "cross", "cross")
