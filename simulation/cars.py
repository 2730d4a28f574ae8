"""Bodies of cars: sedan, hatchback, off-roader, van, pick-up.

Dimensions are those of common models on Lima's streets. It must not know classes, plates or light.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from enforcement.detections import FloatArray
from simulation.mesh import Colour, Mesh, MeshBuilder, plate_corners, recoloured
from simulation.plates import CAR_PLATE_M

GLASS: Colour = (62, 54, 48)
BLACK: Colour = (34, 32, 32)
CHROME: Colour = (150, 150, 150)
LAMP: Colour = (225, 225, 220)
TAIL: Colour = (38, 30, 150)
TYRE: Colour = (26, 25, 25)
HUB: Colour = (140, 138, 136)
# Stands for the paint in the shape that is built once.
UNPAINTED: Colour = (-1, -1, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarShape:
    """Proportions: hood, roof, boot as fractions of the length from the front; belt as share of height."""

    length: float
    width: float
    height: float
    hood: float
    roof_front: float
    roof_rear: float
    boot: float
    belt: float = 0.62
    clearance: float = 0.19
    wheel: float = 0.31
    nose: float = 0.46


SHAPES: dict[str, CarShape] = {
    "sedan": CarShape(
        length=4.45, width=1.76, height=1.47, hood=0.27, roof_front=0.44, roof_rear=0.76, boot=0.88
    ),
    "hatch": CarShape(
        length=3.90, width=1.70, height=1.50, hood=0.24, roof_front=0.42, roof_rear=0.88, boot=0.985
    ),
    "suv": CarShape(
        length=4.55,
        width=1.85,
        height=1.70,
        hood=0.25,
        roof_front=0.41,
        roof_rear=0.90,
        boot=0.985,
        clearance=0.23,
        wheel=0.35,
    ),
    "van": CarShape(
        length=4.90,
        width=1.80,
        height=1.98,
        hood=0.10,
        roof_front=0.25,
        roof_rear=0.96,
        boot=0.99,
        belt=0.55,
        nose=0.42,
    ),
    "pickup": CarShape(
        length=5.25,
        width=1.85,
        height=1.79,
        hood=0.24,
        roof_front=0.38,
        roof_rear=0.56,
        boot=0.62,
        belt=0.60,
        clearance=0.25,
        wheel=0.37,
    ),
}


def car_mesh(shape: CarShape, colour: Colour, *, taxi: bool = False) -> Mesh:
    """The whole car in one colour."""
    return recoloured(_unpainted(shape, taxi=taxi), {UNPAINTED: colour})


@lru_cache(maxsize=32)
def _unpainted(shape: CarShape, *, taxi: bool) -> Mesh:
    colour = UNPAINTED
    build = MeshBuilder()
    _wheels(build, shape)
    _lower_body(build, shape, colour)
    _cabin(build, shape, colour, taxi=taxi)
    half, wide = shape.length / 2, shape.width / 2
    lamp_z, tail_z = _lamp_height(shape), _tail_height(shape)
    return build.build(
        plates=(
            plate_corners(half + 0.025, shape.clearance + 0.24, *CAR_PLATE_M, front=True),
            plate_corners(-half - 0.025, _rear_plate_height(shape), *CAR_PLATE_M, front=False),
        ),
        headlamps=[(s * wide * 0.70, half, lamp_z) for s in (-1, 1)],
        taillamps=[(s * wide * 0.74, -half, tail_z) for s in (-1, 1)],
    )


def _belt(s: CarShape) -> float:
    return s.clearance + (s.height - s.clearance) * s.belt


def _lamp_height(s: CarShape) -> float:
    return s.height * s.nose - 0.03


def _tail_height(s: CarShape) -> float:
    return _belt(s) - 0.15


def _rear_plate_height(s: CarShape) -> float:
    return s.clearance + 0.33


def _wheels(build: MeshBuilder, s: CarShape) -> None:
    build.part(0)
    for y in (s.length * 0.5 - 0.85, -s.length * 0.5 + 0.80):
        for side in (-1, 1):
            build.wheel(side * (s.width / 2 - 0.14), y, s.wheel, 0.20, TYRE)


def _lower_body(build: MeshBuilder, s: CarShape, colour: Colour) -> None:
    build.part(1)
    half, w, belt, z0 = s.length / 2, s.width / 2, _belt(s), s.clearance
    nose = s.height * s.nose + 0.08
    mid = z0 + (belt - z0) * 0.5
    hood_y = half - s.length * s.hood
    tail_top = belt * 0.97
    build.loft(
        [
            (-half, z0 + 0.06, mid, tail_top - 0.05, w * 0.84, w * 0.90, w * 0.80),
            (-half + 0.14, z0, mid, tail_top, w * 0.93, w * 0.97, w * 0.86),
            (-half + 0.80, z0, mid, belt, w * 0.96, w, w * 0.92),
            (hood_y, z0, mid, belt, w * 0.96, w, w * 0.92),
            (half - 0.40, z0, mid * 0.97, nose + 0.06, w * 0.94, w * 0.97, w * 0.84),
            (half - 0.10, z0, mid * 0.94, nose, w * 0.90, w * 0.93, w * 0.78),
            (half, z0 + 0.05, mid * 0.92, nose - 0.09, w * 0.80, w * 0.84, w * 0.70),
        ],
        colour,
        gloss=0.35,
    )
    _front(build, s, nose)
    _rear(build, s, tail_top)
    for y in (half - 0.85, -half + 0.80):
        for x in (-w, w):
            build.disc(x, y, s.wheel + 0.06, s.wheel + 0.05, BLACK, 1)
            build.disc(x, y, s.wheel, s.wheel, TYRE, 2)
            build.disc(x, y, s.wheel, s.wheel * 0.62, HUB, 3)
    for x, outward in ((w, 1), (-w, -1)):
        _side_lines(build, s, x, outward, mid)


def _quad(x0: float, x1: float, y: float, z0: float, z1: float, *, front: bool) -> FloatArray:
    if front:
        x0, x1 = x1, x0
    return np.array([[x0, y, z0], [x1, y, z0], [x1, y, z1], [x0, y, z1]])


def _front(build: MeshBuilder, s: CarShape, nose: float) -> None:
    y, w, z0 = s.length / 2 + 0.012, s.width / 2, s.clearance
    build.face(_quad(-w * 0.78, w * 0.78, y, z0 + 0.05, z0 + 0.15, front=True), BLACK, decal=1)
    build.face(_quad(-w * 0.46, w * 0.46, y, z0 + 0.18, nose - 0.13, front=True), BLACK, decal=1)
    build.face(
        _quad(-w * 0.44, w * 0.44, y + 0.01, nose - 0.22, nose - 0.18, front=True), CHROME, decal=2
    )
    for a, b in ((-0.80, -0.50), (0.50, 0.80)):
        lamp = _quad(w * a, w * b, y, nose - 0.26, nose - 0.10, front=True)
        build.face(lamp, CHROME, decal=1, gloss=0.3)
        build.face(
            _quad(w * (a + 0.04), w * (b - 0.04), y + 0.01, nose - 0.24, nose - 0.12, front=True),
            LAMP,
            decal=2,
            gloss=0.5,
        )
        build.face(
            _quad(w * (a + 0.06), w * (b - 0.06), y + 0.01, z0 + 0.17, z0 + 0.25, front=True),
            BLACK,
            decal=2,
        )


def _rear(build: MeshBuilder, s: CarShape, top: float) -> None:
    y, w, z0 = -s.length / 2 - 0.012, s.width / 2, s.clearance
    build.face(_quad(-w * 0.82, w * 0.82, y, z0 + 0.06, z0 + 0.20, front=False), BLACK, decal=1)
    build.face(
        _quad(-w * 0.45, w * 0.45, y, z0 + 0.24, z0 + 0.42, front=False), (60, 58, 58), decal=1
    )
    for a, b in ((-0.82, -0.52), (0.52, 0.82)):
        build.face(
            _quad(w * a, w * b, y, top - 0.26, top - 0.07, front=False), TAIL, decal=1, gloss=0.2
        )
        build.face(
            _quad(w * (a + 0.05), w * (b - 0.05), y - 0.01, top - 0.14, top - 0.09, front=False),
            (120, 110, 190),
            decal=2,
        )


def _side_lines(build: MeshBuilder, s: CarShape, x: float, outward: int, mid: float) -> None:
    half = s.length / 2
    for y in (half - s.length * 0.36, half - s.length * 0.58, half - s.length * 0.76):
        y0, y1 = (y, y + 0.02) if outward > 0 else (y + 0.02, y)
        xs = x + outward * 0.012
        corners = [
            [xs, y0, s.clearance + 0.08],
            [xs, y1, s.clearance + 0.08],
            [xs, y1, mid],
            [xs, y0, mid],
        ]
        build.face(np.array(corners), BLACK, decal=1)


def _cabin(build: MeshBuilder, s: CarShape, colour: Colour, *, taxi: bool) -> None:
    build.part(3)
    half, w, belt = s.length / 2, s.width / 2, _belt(s)
    y_hood, y_boot = half - s.length * s.hood, half - s.length * s.boot
    y_front, y_rear = half - s.length * s.roof_front, half - s.length * s.roof_rear
    quads = build.frustum(
        (y_boot, y_hood, w * 0.90, belt - 0.01),
        (y_rear, y_front, w * 0.73, s.height),
        colour,
        gloss=0.3,
    )
    build.decal(quads["front"], (0.05, 0.03, 0.95, 0.93), GLASS, gloss=0.5)
    build.decal(quads["front"], (0.08, 0.55, 0.92, 0.90), (88, 78, 70), level=2, gloss=0.7)
    build.decal(quads["rear"], (0.08, 0.10, 0.92, 0.90), GLASS, gloss=0.4)
    for name in ("left", "right"):
        for u0, u1 in ((0.10, 0.36), (0.39, 0.64), (0.67, 0.90)):
            build.decal(quads[name], (u0, 0.08, u1, 0.88), GLASS, gloss=0.35)
    for side in (-1, 1):
        # Below the cabin in the order, so that the roof hides the mirror on the far side.
        build.part(2)
        build.frustum(
            (y_hood - 0.42, y_hood - 0.26, 0.09, belt - 0.02),
            (y_hood - 0.40, y_hood - 0.26, 0.08, belt + 0.13),
            colour,
        )
        _move_last(build, 5, side * (w + 0.06))
    if taxi:
        build.part(4)
        mid = (y_front + y_rear) / 2
        build.frustum(
            (mid - 0.08, mid + 0.08, 0.25, s.height),
            (mid - 0.06, mid + 0.06, 0.2, s.height + 0.14),
            (90, 230, 240),
        )


def _move_last(build: MeshBuilder, n: int, x: float) -> None:
    for i in range(-n, 0):
        build.polygons[i] = build.polygons[i] + np.array([x, 0.0, 0.0])
