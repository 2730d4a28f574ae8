"""Bodies of buses and trucks, with their real height: tall vehicles are where box bottoms mislead.

It must not know classes, plates or light.
"""

from __future__ import annotations

import numpy as np

from simulation.cars import BLACK, CHROME, GLASS, HUB, LAMP, TAIL, TYRE
from simulation.mesh import Colour, Mesh, MeshBuilder, plate_corners
from simulation.plates import CAR_PLATE_M


def _axle(build: MeshBuilder, y: float, width: float, radius: float) -> None:
    for side in (-1, 1):
        build.wheel(side * (width / 2 - 0.20), y, radius, 0.30, TYRE)


def _side_wheels(build: MeshBuilder, y: float, width: float, radius: float) -> None:
    for x in (-width / 2, width / 2):
        build.disc(x, y, radius + 0.08, radius + 0.07, BLACK, 1)
        build.disc(x, y, radius, radius, TYRE, 2)
        build.disc(x, y, radius, radius * 0.55, HUB, 3)


def bus_mesh(length: float, width: float, height: float, colour: Colour, band: Colour) -> Mesh:
    """A city bus: one tall box, wide windscreen, a row of windows."""
    build = MeshBuilder()
    half, w, z0 = length / 2, width / 2, 0.30
    radius = 0.48 if length > 8 else 0.40
    axles = (half - length * 0.22, -half + length * 0.26)
    build.part(0)
    for y in axles:
        _axle(build, y, width, radius)
    build.part(1)
    q = build.frustum((-half, half, w, z0), (-half + 0.08, half - 0.10, w * 0.97, height), colour)
    for name in ("left", "right"):
        build.decal(q[name], (0.0, 0.30, 1.0, 0.38), band)
        count = max(int(length / 1.5), 3)
        for i in range(count):
            u0 = 0.03 + 0.94 * i / count
            build.decal(q[name], (u0, 0.46, u0 + 0.94 / count - 0.015, 0.84), GLASS, gloss=0.4)
    for y in axles:
        _side_wheels(build, y, width, radius)
    build.decal(q["front"], (0.05, 0.30, 0.95, 0.80), GLASS, gloss=0.45)
    build.decal(q["front"], (0.08, 0.58, 0.92, 0.78), (84, 76, 70), level=2, gloss=0.6)
    build.decal(q["front"], (0.18, 0.83, 0.82, 0.95), (20, 20, 22))
    build.decal(q["front"], (0.24, 0.86, 0.76, 0.92), (40, 160, 230), level=2)
    build.decal(q["front"], (0.0, 0.0, 1.0, 0.06), BLACK)
    build.decal(q["front"], (0.30, 0.14, 0.70, 0.22), band)
    build.decal(q["rear"], (0.12, 0.52, 0.88, 0.84), GLASS, gloss=0.3)
    build.decal(q["rear"], (0.0, 0.0, 1.0, 0.07), BLACK)
    build.decal(q["rear"], (0.15, 0.16, 0.85, 0.40), (70, 70, 72))
    for u0, u1 in ((0.06, 0.20), (0.80, 0.94)):
        build.decal(q["front"], (u0, 0.11, u1, 0.19), LAMP, level=2, gloss=0.4)
        build.decal(q["rear"], (u0 - 0.02, 0.14, u1 - 0.04, 0.30), TAIL)
    build.decal(q["top"], (0.3, 0.25, 0.7, 0.45), (150, 150, 152))
    for side in (-1, 1):
        build.part(1)
        build.frustum(
            (half - 0.1, half + 0.06, 0.1, height - 0.95),
            (half - 0.1, half + 0.06, 0.1, height - 0.5),
            BLACK,
        )
        for i in range(-5, 0):
            build.polygons[i] = build.polygons[i] + np.array([side * (w + 0.10), 0, 0])
    lamp_z = z0 + (height - z0) * 0.15
    return build.build(
        plates=(
            plate_corners(half + 0.03, z0 + 0.30, *CAR_PLATE_M, front=True),
            plate_corners(-half - 0.03, z0 + 0.36, *CAR_PLATE_M, front=False),
        ),
        headlamps=[(s * w * 0.74, half, lamp_z) for s in (-1, 1)],
        taillamps=[(s * w * 0.76, -half, lamp_z + 0.15) for s in (-1, 1)],
    )


def truck_mesh(
    length: float,
    width: float,
    height: float,
    cab: Colour,
    cargo: Colour,
    *,
    cab_length: float,
    flat: bool,
) -> Mesh:
    """A cab, a chassis and a load: a closed box, or an open bed (flat)."""
    build = MeshBuilder()
    half, w = length / 2, width / 2
    radius = 0.46
    cab_height = min(height, 2.35 if length < 8 else 2.85)
    rear_axles = (
        (-half + 1.1,) if length < 8 else (-half + 0.9, -half + 2.1, half - cab_length - 1.0)
    )
    axles = (half - 0.95, *rear_axles)
    build.part(0)
    for y in axles:
        _axle(build, y, width, radius)
    build.part(0)
    build.frustum(
        (-half + 0.1, half - 0.4, w * 0.5, 0.45), (-half + 0.1, half - 0.4, w * 0.5, 0.95), BLACK
    )
    _cab(build, half, w, cab_height, cab_length, cab)
    _load(build, half, w, height, cab_length, cargo, flat=flat)
    for y in axles:
        for x in (-w, w):
            build.disc(x, y, radius, radius, TYRE, 2)
            build.disc(x, y, radius, radius * 0.55, HUB, 3)
    return build.build(
        plates=(
            plate_corners(half + 0.03, 0.62, *CAR_PLATE_M, front=True),
            plate_corners(-half - 0.03, 0.72, *CAR_PLATE_M, front=False),
        ),
        headlamps=[(s * w * 0.74, half, 0.75) for s in (-1, 1)],
        taillamps=[(s * w * 0.8, -half, 0.85) for s in (-1, 1)],
    )


def _cab(
    build: MeshBuilder, half: float, w: float, top: float, length: float, colour: Colour
) -> None:
    build.part(1)
    rear = half - length
    q = build.frustum(
        (rear, half, w * 0.96, 0.38), (rear, half - 0.28, w * 0.90, top), colour, gloss=0.3
    )
    build.decal(q["front"], (0.06, 0.50, 0.94, 0.90), GLASS, gloss=0.45)
    build.decal(q["front"], (0.09, 0.70, 0.91, 0.88), (86, 78, 70), level=2, gloss=0.6)
    build.decal(q["front"], (0.25, 0.22, 0.75, 0.42), BLACK)
    build.decal(q["front"], (0.28, 0.30, 0.72, 0.33), CHROME, level=2)
    build.decal(q["front"], (0.0, 0.0, 1.0, 0.16), (52, 52, 54))
    for u0, u1 in ((0.04, 0.20), (0.80, 0.96)):
        build.decal(q["front"], (u0, 0.12, u1, 0.22), LAMP, level=2, gloss=0.4)
    for name, u0, u1 in (("right", 0.30, 0.85), ("left", 0.15, 0.70)):
        build.decal(q[name], (u0, 0.52, u1, 0.88), GLASS, gloss=0.35)


def _load(
    build: MeshBuilder,
    half: float,
    w: float,
    height: float,
    cab: float,
    colour: Colour,
    *,
    flat: bool,
) -> None:
    build.part(1)
    front, floor = half - cab - 0.12, 0.95
    top = 1.55 if flat else height
    q = build.frustum((-half, front, w, floor), (-half, front, w, top), colour, gloss=0.1)
    if flat:
        build.decal(q["top"], (0.05, 0.03, 0.95, 0.97), (60, 70, 82))
    else:
        build.decal(q["rear"], (0.49, 0.03, 0.51, 0.97), BLACK)
        build.decal(q["rear"], (0.02, 0.02, 0.04, 0.98), CHROME)
        b, g, r = colour
        seam, sign = (0.8 * b, 0.8 * g, 0.8 * r), (0.6 * r + 30, 0.6 * g + 30, 0.6 * b + 30)
        for name in ("left", "right"):
            for i in range(1, 6):
                build.decal(q[name], (i / 6, 0.02, i / 6 + 0.006, 0.98), seam)
            build.decal(q[name], (0.25, 0.40, 0.75, 0.62), sign)
    build.part(2)
    bar = np.array(
        [
            [-w * 0.9, -half - 0.01, 0.5],
            [w * 0.9, -half - 0.01, 0.5],
            [w * 0.9, -half - 0.01, 0.66],
            [-w * 0.9, -half - 0.01, 0.66],
        ]
    )
    build.face(bar, (70, 70, 160), decal=0)
    for a, b in ((-0.92, -0.70), (0.70, 0.92)):
        build.face(
            np.array(
                [
                    [w * a, -half - 0.02, 0.78],
                    [w * b, -half - 0.02, 0.78],
                    [w * b, -half - 0.02, 0.92],
                    [w * a, -half - 0.02, 0.92],
                ]
            ),
            TAIL,
            decal=1,
        )
    build.part(0)
