"""A vehicle of the simulation: class, body, plate, motion; and how a random one is drawn.

It must not know cameras, light or the law.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from enforcement.detections import FloatArray, VehicleClass
from simulation.cars import SHAPES, car_mesh
from simulation.heavy import bus_mesh, truck_mesh
from simulation.kinematics import Motion
from simulation.mesh import Colour, Mesh
from simulation.motorcycles import HEIGHT_M, LENGTH_M, WIDTH_M, motorcycle_mesh
from simulation.plates import random_plate

CAR_COLOURS: list[tuple[Colour, float]] = [
    ((232, 232, 230), 0.24),
    ((180, 178, 176), 0.20),
    ((112, 108, 106), 0.14),
    ((34, 32, 32), 0.15),
    ((40, 34, 165), 0.09),
    ((120, 62, 34), 0.08),
    ((40, 190, 225), 0.04),
    ((150, 180, 190), 0.03),
    ((60, 92, 40), 0.03),
]
BUS_COLOURS: list[Colour] = [
    (60, 60, 190),
    (190, 110, 40),
    (225, 225, 225),
    (50, 150, 70),
    (40, 140, 230),
]
CLOTHES: list[Colour] = [
    (40, 40, 42),
    (140, 60, 40),
    (60, 60, 170),
    (190, 190, 190),
    (70, 120, 60),
    (40, 200, 230),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Class, kind and outer size in metres, and the faces that make it up."""

    vehicle_class: VehicleClass
    kind: str
    length_m: float
    width_m: float
    height_m: float
    mesh: Mesh


@dataclass(frozen=True, kw_only=True)
class Vehicle:
    """One road user with exact motion; lane_id is where it starts, intent what the scene made it do."""

    vehicle_id: int
    body: Body
    plate: str
    motion: Motion
    lane_id: str
    intent: str = "pass"

    @cached_property
    def mesh(self) -> Mesh:
        """Faces of its body."""
        return self.body.mesh

    def ends(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Front-bottom-centre and rear-bottom-centre at times t, each (N, 2) metres on the road."""
        x, y, heading = self.motion.pose(t)
        ahead = np.stack([np.sin(heading), np.cos(heading)], axis=-1) * (self.body.length_m / 2)
        middle = np.stack([x, y], axis=-1)
        return middle + ahead, middle - ahead

    def footprint(self, t: FloatArray) -> FloatArray:
        """(N, 4, 2) corners of the ground rectangle at times t, metres."""
        x, y, heading = self.motion.pose(t)
        along = np.stack([np.sin(heading), np.cos(heading)], axis=-1) * (self.body.length_m / 2)
        across = np.stack([np.cos(heading), -np.sin(heading)], axis=-1) * (self.body.width_m / 2)
        middle = np.stack([x, y], axis=-1)
        return np.stack(
            [
                middle + along - across,
                middle + along + across,
                middle - along + across,
                middle - along - across,
            ],
            axis=1,
        )


def world_points(points: FloatArray, x: float, y: float, heading: float) -> FloatArray:
    """(N, 3) points of a vehicle's own frame placed on the road."""
    return points @ turn(heading) + (x, y, 0.0)


def turn(heading: float) -> FloatArray:
    """(3, 3) matrix M so that local @ M is world for a heading from +Y towards +X."""
    c, s = np.cos(heading), np.sin(heading)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


DEFAULT_MIX: dict[VehicleClass, float] = {
    VehicleClass.CAR: 0.74,
    VehicleClass.MOTORCYCLE: 0.10,
    VehicleClass.BUS: 0.07,
    VehicleClass.TRUCK: 0.09,
}


def random_class(
    rng: np.random.Generator, mix: dict[VehicleClass, float] | None = None
) -> VehicleClass:
    """A class drawn from the mix."""
    shares = mix or DEFAULT_MIX
    weights = np.array(list(shares.values()))
    return list(shares)[int(rng.choice(len(weights), p=weights / weights.sum()))]


def random_body(rng: np.random.Generator, vehicle_class: VehicleClass) -> Body:
    """A body of the class, with its own size and colours."""
    make = {
        VehicleClass.CAR: _random_car,
        VehicleClass.BUS: _random_bus,
        VehicleClass.TRUCK: _random_truck,
        VehicleClass.MOTORCYCLE: _random_motorcycle,
    }[vehicle_class]
    return make(rng)


def plate_for(rng: np.random.Generator, body: Body, on: date) -> str:
    """A plate that fits the body's class on a date."""
    return random_plate(rng, body.vehicle_class, on)


def _car_colour(rng: np.random.Generator) -> Colour:
    weights = np.array([w for _, w in CAR_COLOURS])
    base = CAR_COLOURS[int(rng.choice(len(weights), p=weights / weights.sum()))][0]
    return _vary(rng, base)


def _vary(rng: np.random.Generator, base: Colour) -> Colour:
    b, g, r = np.clip(np.array(base) * rng.uniform(0.85, 1.1) + rng.normal(0, 4, 3), 5, 250)
    return float(b), float(g), float(r)


def _random_car(rng: np.random.Generator) -> Body:
    kind = str(rng.choice(list(SHAPES), p=[0.33, 0.25, 0.25, 0.10, 0.07]))
    shape = SHAPES[kind]
    taxi = kind in ("sedan", "hatch") and bool(rng.random() < 0.12)
    mesh = car_mesh(shape, _car_colour(rng), taxi=taxi)
    return Body(
        vehicle_class=VehicleClass.CAR,
        kind=kind,
        length_m=shape.length,
        width_m=shape.width,
        height_m=shape.height,
        mesh=mesh,
    )


def _random_bus(rng: np.random.Generator) -> Body:
    length, width, height = (
        (float(rng.uniform(10.5, 12.2)), 2.5, float(rng.uniform(3.0, 3.3)))
        if rng.random() < 0.6
        else (float(rng.uniform(6.8, 8.2)), 2.2, 2.75)
    )
    colours = rng.permutation(len(BUS_COLOURS))
    mesh = bus_mesh(
        length,
        width,
        height,
        _vary(rng, BUS_COLOURS[colours[0]]),
        _vary(rng, BUS_COLOURS[colours[1]]),
    )
    return Body(
        vehicle_class=VehicleClass.BUS,
        kind="bus" if length > 9 else "microbus",
        length_m=length,
        width_m=width,
        height_m=height,
        mesh=mesh,
    )


def _random_truck(rng: np.random.Generator) -> Body:
    heavy, flat = bool(rng.random() < 0.45), bool(rng.random() < 0.25)
    length = float(rng.uniform(9.0, 14.0) if heavy else rng.uniform(5.6, 7.8))
    width = 2.5 if heavy else 2.15
    height = float(rng.uniform(3.3, 3.9) if heavy else rng.uniform(2.6, 3.1))
    if flat:
        height = 2.85 if heavy else 2.35
    cargo = _vary(
        rng, [(225, 225, 225), (170, 120, 60), (120, 150, 170), (90, 90, 200)][int(rng.integers(4))]
    )
    mesh = truck_mesh(
        length, width, height, _car_colour(rng), cargo, cab_length=2.1 if heavy else 1.7, flat=flat
    )
    return Body(
        vehicle_class=VehicleClass.TRUCK,
        kind="truck_flat" if flat else "truck_box",
        length_m=length,
        width_m=width,
        height_m=height,
        mesh=mesh,
    )


def _random_motorcycle(rng: np.random.Generator) -> Body:
    clothes = [CLOTHES[int(i)] for i in rng.integers(0, len(CLOTHES), 3)]
    mesh = motorcycle_mesh(
        _car_colour(rng), clothes[0], clothes[1], clothes[2], box=bool(rng.random() < 0.3)
    )
    return Body(
        vehicle_class=VehicleClass.MOTORCYCLE,
        kind="motorcycle",
        length_m=LENGTH_M,
        width_m=WIDTH_M,
        height_m=HEIGHT_M,
        mesh=mesh,
    )
