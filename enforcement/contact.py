"""Where a box's vehicle stands on the road.

A box's bottom edge is not a point of the road: far away it is where tyres touch, near the camera it is
the lower lip of a bumper some 20 cm above the road, and on a skewed view it is a corner. Taking it for
ground makes speeds wrong by clearance ÷ camera height, about 3 %. So the vehicle is modelled by a few
points with class-typical dimensions and doubt, and its position is the one whose projection has this
box's bottom edge and horizontal middle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from enforcement.calibration import RoadPlane
from enforcement.detections import Float32Array, FloatArray, VehicleClass


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleShape:
    """Typical dimensions of a class, metres, with the standard doubt of those that matter.

    length_range_m: shortest and longest to be reckoned with; lengths of buses and trucks have two humps,
    and no standard error describes them. clearance_m: height of the lower bumper edge, lip_setback_m
    behind the bumper's foremost point. overhang_m: bumper to wheel contact, front and rear.
    shoulder_m: height at which the body is widest.
    """

    length_m: float
    length_range_m: tuple[float, float]
    width_m: float
    shoulder_m: float
    front_overhang_m: float
    rear_overhang_m: float
    overhang_sigma_m: float
    clearance_m: float
    clearance_sigma_m: float
    lip_setback_m: float = 0.1


SHAPES: Mapping[VehicleClass, VehicleShape] = {
    VehicleClass.CAR: VehicleShape(
        length_m=4.4,
        length_range_m=(3.2, 5.6),
        width_m=1.8,
        shoulder_m=0.9,
        front_overhang_m=0.85,
        rear_overhang_m=0.9,
        overhang_sigma_m=0.08,
        clearance_m=0.20,
        clearance_sigma_m=0.035,
    ),
    VehicleClass.BUS: VehicleShape(
        length_m=11.0,
        length_range_m=(5.8, 13.5),
        width_m=2.5,
        shoulder_m=2.5,
        front_overhang_m=2.5,
        rear_overhang_m=3.0,
        overhang_sigma_m=0.3,
        clearance_m=0.30,
        clearance_sigma_m=0.06,
    ),
    VehicleClass.TRUCK: VehicleShape(
        length_m=8.0,
        length_range_m=(5.0, 14.5),
        width_m=2.4,
        shoulder_m=2.5,
        front_overhang_m=1.15,
        rear_overhang_m=1.8,
        overhang_sigma_m=0.2,
        clearance_m=0.35,
        clearance_sigma_m=0.06,
    ),
    VehicleClass.MOTORCYCLE: VehicleShape(
        length_m=2.05,
        length_range_m=(1.7, 2.5),
        width_m=0.75,
        shoulder_m=0.9,
        front_overhang_m=0.3,
        rear_overhang_m=0.3,
        overhang_sigma_m=0.05,
        clearance_m=0.30,
        clearance_sigma_m=0.05,
    ),
}
"""Class-typical dimensions; sources in docs/speed.md."""


def body_points(shape: VehicleShape) -> FloatArray:
    """(M, 3) points of the body in its own frame: along (front positive), across, up; metres."""
    half_length, half_width = shape.length_m / 2, shape.width_m / 2
    front_axle = half_length - shape.front_overhang_m
    rear_axle = -half_length + shape.rear_overhang_m
    rows: list[tuple[float, float, float]] = []
    for side in (-half_width, half_width):
        rows.extend((axle, side, 0.0) for axle in (front_axle, rear_axle))
        for end in (1.0, -1.0):
            lip = end * (half_length - shape.lip_setback_m)
            rows.append((lip, side, shape.clearance_m))
            rows.append((end * half_length, side, shape.shoulder_m))
    return np.array(rows)


def locate(
    xyxy: Float32Array | FloatArray,
    heading: FloatArray,
    road: RoadPlane,
    shape: VehicleShape,
    *,
    start: FloatArray | None = None,
    iterations: int = 6,
) -> FloatArray:
    """Centre of the vehicle's footprint for each box.

    xyxy: (N, 4) pixels. heading: (N, 2) or (2,) unit vectors on the road. start: (N, 2) metres to begin
    from. Returns (N, 2) metres.
    """
    boxes = np.asarray(xyxy, dtype=np.float64)
    heading = np.broadcast_to(heading, (len(boxes), 2))
    target = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
    body = body_points(shape)
    centre = road.to_world(target) if start is None else start
    if start is None:
        # The bottom edge belongs to the end that is nearer to the camera.
        away = _away_from_camera(centre, heading, road)
        centre = centre + heading * (away * shape.length_m / 2)[:, None]
    for _ in range(iterations):
        seen = observe(centre, heading, road, body)
        step_jacobian = _jacobian(centre, heading, road, body, seen)
        error = target - seen
        move = np.linalg.solve(step_jacobian, error[:, :, None])[:, :, 0]
        length = np.linalg.norm(move, axis=1, keepdims=True)
        # A first guess far off must not be thrown over the horizon.
        centre = centre + move * np.minimum(1.0, 8.0 / np.maximum(length, 1e-9))
        if float(length.max(initial=0.0)) < 1e-4:
            break
    return centre


def observe(
    centre: FloatArray, heading: FloatArray, road: RoadPlane, body: FloatArray
) -> FloatArray:
    """(N, 2) pixels of what a perfect box would show: horizontal middle and bottom edge."""
    across = np.stack([heading[:, 1], -heading[:, 0]], axis=1)
    ground = (
        centre[:, None, :]
        + heading[:, None, :] * body[None, :, 0:1]
        + across[:, None, :] * body[None, :, 1:2]
    )
    height = np.broadcast_to(body[None, :, 2:3], (*ground.shape[:2], 1))
    pixels = road.project(np.concatenate([ground, height], axis=-1))
    u, v = pixels[..., 0], pixels[..., 1]
    return np.stack([(u.min(axis=1) + u.max(axis=1)) / 2, v.max(axis=1)], axis=1)


def standing_height(
    xyxy: FloatArray, centre: FloatArray, heading: FloatArray, road: RoadPlane, shape: VehicleShape
) -> FloatArray:
    """(N,) metres: how tall a board at the vehicle's nearer end would be that fills the box.

    A roof farther back adds a little that grows as the camera nears, at most a quarter of the whole; what
    grows more is not one vehicle's box all along. xyxy: (N, 4) pixels, bias taken out.
    """
    away = _away_from_camera(centre, heading, road)
    near_end = centre - heading * (away * shape.length_m / 2)[:, None]
    height = np.ones(len(centre))
    for _ in range(3):
        foot = road.project(np.column_stack([near_end, np.zeros(len(centre))]))[:, 1]
        top = road.project(np.column_stack([near_end, height]))[:, 1]
        height = height * (foot - xyxy[:, 1]) / np.maximum(foot - top, 1e-6)
    return height


def sensitivity(
    centre: FloatArray, heading: FloatArray, road: RoadPlane, shape: VehicleShape
) -> FloatArray:
    """(N, 2, 2) d(metres of centre)/d(pixels of middle and bottom)."""
    heading = np.broadcast_to(heading, centre.shape)
    body = body_points(shape)
    seen = observe(centre, heading, road, body)
    return np.asarray(np.linalg.inv(_jacobian(centre, heading, road, body, seen)), np.float64)


def varied(shape: VehicleShape, *, clearance: float = 0.0, overhang: float = 0.0) -> VehicleShape:
    """The shape moved by so many standard doubts, for propagation."""
    return replace(
        shape,
        clearance_m=max(0.0, shape.clearance_m + clearance * shape.clearance_sigma_m),
        front_overhang_m=shape.front_overhang_m + overhang * shape.overhang_sigma_m,
        rear_overhang_m=shape.rear_overhang_m + overhang * shape.overhang_sigma_m,
    )


def _away_from_camera(centre: FloatArray, heading: FloatArray, road: RoadPlane) -> FloatArray:
    """+1 where moving along the heading recedes from the camera, -1 where it approaches."""
    ahead = road.to_image(centre + 0.5 * heading)
    here = road.to_image(centre)
    return np.where(ahead[:, 1] < here[:, 1], 1.0, -1.0)


def _jacobian(
    centre: FloatArray, heading: FloatArray, road: RoadPlane, body: FloatArray, seen: FloatArray
) -> FloatArray:
    step = 0.02
    columns = [
        (observe(centre + delta, heading, road, body) - seen) / step
        for delta in (np.array([step, 0.0]), np.array([0.0, step]))
    ]
    return np.stack(columns, axis=-1)
