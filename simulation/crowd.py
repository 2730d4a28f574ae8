"""Random cameras, roads and standing crowds of vehicles, for pictures rather than for passes."""

from __future__ import annotations

import numpy as np

from enforcement.detections import VehicleClass
from simulation.kinematics import Motion, lane_path, profile
from simulation.lens import Camera, Lens, pole_camera
from simulation.road import Lane, Road, parallel_lanes
from simulation.scenarios import EPOCH
from simulation.traffic import collides
from simulation.vehicles import Vehicle, plate_for, random_body, random_class

FARTHEST_M = 95.0
TRIES_PER_VEHICLE = 4


def random_camera(rng: np.random.Generator, size: tuple[int, int]) -> Camera:
    """Bridges, poles and roadside masts; low and high, wide and long lenses, turned and tilted."""
    height = float(np.exp(rng.uniform(np.log(3.2), np.log(14))))
    focal = size[0] * float(np.exp(rng.uniform(np.log(0.62), np.log(2.0))))
    aim = float(rng.uniform(14, 45)) * (focal / size[0]) ** 0.7
    pitch = float(np.rad2deg(np.arctan2(height, aim)))
    bend = float(rng.uniform(0, 1)) if focal < size[0] and rng.random() < 0.5 else 0.0
    lens = Lens(fx=focal, fy=focal, cx=size[0] / 2, cy=size[1] / 2, k1=-0.22 * bend, k2=0.05 * bend)
    side = rng.random() < 0.4
    x = float(rng.uniform(5, 11) * rng.choice([-1, 1])) if side else float(rng.uniform(-4, 4))
    yaw = -np.sign(x) * float(rng.uniform(2, 38)) if side else float(rng.uniform(-10, 10))
    return pole_camera(
        lens=lens,
        size=size,
        height_m=height,
        pitch_deg=pitch,
        yaw_deg=float(yaw),
        roll_deg=float(rng.normal(0, 1.5)),
        x_m=x,
    )


def random_road(rng: np.random.Generator) -> Road:
    """One-way or two-way, two to six lanes, sometimes with a bus lane or a junction."""
    lanes: tuple[Lane, ...]
    if rng.random() < 0.5:
        count = int(rng.integers(2, 6))
        bus = count - 1 if rng.random() < 0.3 else None
        lanes = parallel_lanes(count, int(rng.choice([-1, 1])), bus_lane=bus)
    else:
        each = int(rng.integers(1, 4))
        half = each * 3.3 / 2
        left = parallel_lanes(each, -1, x_middle=-half)
        right = parallel_lanes(each, 1, x_middle=half)
        lanes = left + tuple(
            Lane(
                lane_id=f"lane-{each + i + 1}",
                x_left=lane.x_left,
                x_right=lane.x_right,
                direction=1,
            )
            for i, lane in enumerate(right)
        )
    if rng.random() < 0.35:
        y = float(rng.uniform(14, 34))
        return Road(
            lanes=lanes,
            zone_y=(12, 40),
            stop_line_y=y,
            zebra_y=(y + 1.2, y + 4.2),
            cross_road_y=(y + 6, y + 19),
        )
    return Road(lanes=lanes, zone_y=(12, 40))


def crowd(
    rng: np.random.Generator, road: Road, camera: Camera, mix: dict[VehicleClass, float]
) -> tuple[Vehicle, ...]:
    """Standing or slowly crossing vehicles that do not overlap on the ground; sometimes none."""
    wanted = int(
        rng.choice(
            np.array([0, rng.integers(1, 6), rng.integers(6, 18), rng.integers(18, 40)]),
            p=[0.04, 0.36, 0.4, 0.2],
        )
    )
    vehicles: list[Vehicle] = []
    for number in range(wanted):
        for _ in range(TRIES_PER_VEHICLE):
            one = _standing(rng, road, number + 1, mix, camera)
            if not collides(one, vehicles, gap_m=0.6):
                vehicles.append(one)
                break
    return tuple(vehicles)


def _standing(
    rng: np.random.Generator,
    road: Road,
    number: int,
    mix: dict[VehicleClass, float],
    camera: Camera,
) -> Vehicle:
    body = random_body(rng, random_class(rng, mix))
    lane = road.lanes[int(rng.integers(len(road.lanes)))]
    nearest = float(camera.pixel_to_road(np.array([[camera.width / 2, camera.height - 1.0]]))[0, 1])
    y = float(nearest - 2 + (FARTHEST_M - nearest) * rng.random() ** 1.6)
    x = lane.centre + float(rng.normal(0, 0.35))
    turned = float(rng.normal(0, 1.5))
    if road.cross_road_y is not None and rng.random() < 0.25:
        heading = float(rng.choice([90.0, 270.0])) + turned
        y = float(rng.uniform(road.cross_road_y[0] + 1.5, road.cross_road_y[1] - 1.5))
        x = float(rng.uniform(-18, 18))
    else:
        heading = (
            lane.heading_deg + turned + (float(rng.uniform(-40, 40)) if rng.random() < 0.06 else 0)
        )
    speed = float(rng.choice([0.01, rng.uniform(2, 25)]))
    angle = np.deg2rad(heading)
    path = lane_path(0.0, -1.0, 1.0)
    moved = type(path)(
        s_m=path.s_m,
        x_m=x + np.sin(angle) * (path.s_m - 1),
        y_m=y + np.cos(angle) * (path.s_m - 1),
        heading=np.full(len(path.s_m), angle),
    )
    motion = Motion(
        path=moved, profile=profile(0.5, speed, [], s0_m=1.0), enters_s=0.5, leaves_s=0.5001
    )
    return Vehicle(
        vehicle_id=number,
        body=body,
        plate=plate_for(rng, body, EPOCH.date()),
        motion=motion,
        lane_id=lane.lane_id,
    )
