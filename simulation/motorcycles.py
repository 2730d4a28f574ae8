"""A motorcycle with its rider: narrow, open, and the smallest thing a road camera must find.

It must not know classes, plates or light.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simulation.mesh import Colour, Mesh, MeshBuilder, plate_corners, recoloured
from simulation.plates import MOTORCYCLE_PLATE_M

SKIN: Colour = (96, 130, 178)
DARK: Colour = (36, 34, 34)
VISOR: Colour = (52, 44, 40)
METAL: Colour = (120, 120, 120)
# Stand for the four colours in the shape that is built once.
PLACEHOLDERS: tuple[Colour, ...] = ((-1, 0, 0), (-2, 0, 0), (-3, 0, 0), (-4, 0, 0))
LENGTH_M, WIDTH_M, HEIGHT_M = 2.05, 0.78, 1.66
HALF = LENGTH_M / 2
# (y_rear, y_front, half width, z) of a block's base and top.
Slab = tuple[float, float, float, float]


def motorcycle_mesh(
    colour: Colour, jacket: Colour, trousers: Colour, helmet: Colour, *, box: bool
) -> Mesh:
    """The machine, the rider and, if box, a delivery box behind."""
    paints = zip(PLACEHOLDERS, (colour, jacket, trousers, helmet), strict=True)
    return recoloured(_unpainted(box=box), dict(paints))


@lru_cache(maxsize=2)
def _unpainted(*, box: bool) -> Mesh:
    colour, jacket, trousers, helmet = PLACEHOLDERS
    build = MeshBuilder()
    _machine(build, colour)
    _rider(build, jacket, trousers, helmet)
    if box:
        _block(build, 0.0, (-1.04, -0.52, 0.22, 0.86), (-1.04, -0.52, 0.22, 1.26), (40, 90, 235), 2)
    _lamps(build)
    return build.build(
        plates=(None, plate_corners(-HALF - 0.03, 0.58, *MOTORCYCLE_PLATE_M, front=False)),
        headlamps=[(0.0, HALF - 0.28, 0.88)],
        taillamps=[(0.0, -HALF, 0.74)],
    )


def _machine(build: MeshBuilder, colour: Colour) -> None:
    for y, width in ((HALF - 0.31, 0.11), (-HALF + 0.31, 0.14)):
        build.part(0)
        build.wheel(0.0, y, 0.31, width)
    _block(build, 0.0, (-0.55, 0.45, 0.12, 0.30), (-0.55, 0.45, 0.14, 0.66), METAL)
    _block(build, 0.0, (-0.10, 0.46, 0.14, 0.66), (-0.05, 0.42, 0.16, 0.90), colour)
    _block(build, 0.0, (-0.85, -0.10, 0.11, 0.70), (-0.97, -0.10, 0.14, 0.82), DARK)
    _block(build, 0.0, (-1.00, -0.55, 0.10, 0.60), (-1.02, -0.55, 0.11, 0.70), colour)
    _block(build, 0.0, (0.58, 0.84, 0.07, 0.60), (0.58, 0.84, 0.07, 0.66), colour)
    _block(build, 0.0, (0.50, 0.70, 0.10, 0.34), (0.42, 0.52, 0.10, 0.98), DARK)
    _block(build, 0.0, (0.46, 0.72, 0.13, 0.76), (0.44, 0.62, 0.15, 1.06), colour)
    _block(build, 0.0, (0.36, 0.43, 0.36, 1.00), (0.36, 0.43, 0.36, 1.04), DARK)
    for side in (-1, 1):
        _block(build, side * 0.27, (0.40, 0.44, 0.05, 1.12), (0.40, 0.44, 0.05, 1.20), DARK)


def _rider(build: MeshBuilder, jacket: Colour, trousers: Colour, helmet: Colour) -> None:
    for side in (-1, 1):
        thigh = ((-0.30, 0.22, 0.075, 0.62), (-0.34, 0.20, 0.085, 0.82))
        _block(build, side * 0.21, *thigh, trousers)
        shin = ((-0.08, 0.08, 0.055, 0.26), (0.06, 0.24, 0.065, 0.72))
        _block(build, side * 0.20, *shin, trousers)
        _block(build, side * 0.20, (-0.10, 0.16, 0.05, 0.20), (-0.10, 0.12, 0.05, 0.29), DARK)
        upper = ((-0.02, 0.14, 0.055, 1.06), (-0.16, 0.00, 0.065, 1.36))
        _block(build, side * 0.27, *upper, jacket, 2)
        _block(build, side * 0.30, (0.10, 0.40, 0.045, 1.00), (0.02, 0.40, 0.045, 1.09), jacket, 2)
        _block(build, side * 0.31, (0.36, 0.46, 0.045, 1.00), (0.36, 0.46, 0.045, 1.08), SKIN, 2)
    _block(build, 0.0, (-0.40, -0.10, 0.17, 0.80), (-0.34, -0.02, 0.20, 1.12), jacket, 2)
    _block(build, 0.0, (-0.34, -0.02, 0.20, 1.12), (-0.24, 0.02, 0.16, 1.40), jacket, 3)
    _block(build, 0.0, (-0.16, 0.00, 0.06, 1.38), (-0.16, 0.0, 0.06, 1.44), SKIN, 3)
    low = _block(build, 0.0, (-0.20, 0.06, 0.09, 1.38), (-0.25, 0.10, 0.125, 1.50), helmet, 4)
    build.decal(low["front"], (0.08, 0.45, 0.92, 1.0), VISOR, gloss=0.4)
    top = _block(build, 0.0, (-0.25, 0.10, 0.125, 1.50), (-0.19, 0.02, 0.075, HEIGHT_M), helmet, 5)
    build.decal(top["front"], (0.08, 0.0, 0.92, 0.35), VISOR, gloss=0.6)


def _lamps(build: MeshBuilder) -> None:
    build.part(1)
    for y, z0, z1, half, colour in (
        (HALF - 0.30, 0.80, 0.97, 0.09, (232.0, 232.0, 228.0)),
        (-HALF - 0.02, 0.70, 0.78, 0.08, (40.0, 30.0, 170.0)),
    ):
        x = -half if y > 0 else half
        corners = np.array([[-x, y, z0], [x, y, z0], [x, y, z1], [-x, y, z1]])
        build.face(corners, colour, decal=1)


def _block(
    build: MeshBuilder, x: float, base: Slab, top: Slab, colour: Colour, layer: int = 1
) -> dict[str, np.ndarray]:
    build.part(layer)
    quads = build.frustum(base, top, colour, gloss=0.12)
    moved = np.array([x, 0.0, 0.0])
    for i in range(-5, 0):
        build.polygons[i] = build.polygons[i] + moved
    return {name: quad + moved for name, quad in quads.items()}
