"""A motorcycle with its rider: narrow, open, and the smallest thing a road camera must find.

It must not know classes, plates or light.
"""

from __future__ import annotations

import numpy as np

from simulation.mesh import Colour, Mesh, MeshBuilder, plate_corners
from simulation.plates import MOTORCYCLE_PLATE_M

SKIN: Colour = (96, 130, 178)
DARK: Colour = (36, 34, 34)
LENGTH_M, WIDTH_M, HEIGHT_M = 2.05, 0.78, 1.66


def motorcycle_mesh(
    colour: Colour, jacket: Colour, trousers: Colour, helmet: Colour, *, box: bool
) -> Mesh:
    """The machine, the rider and, if box, a delivery box behind."""
    build = MeshBuilder()
    half = LENGTH_M / 2
    build.part(0)
    build.wheel(0.0, half - 0.31, 0.31, 0.12)
    build.part(0)
    build.wheel(0.0, -half + 0.31, 0.31, 0.14)
    _block(
        build,
        (0, 0, 0),
        (-half + 0.45, half - 0.55, 0.13, 0.35),
        (-half + 0.4, half - 0.5, 0.15, 0.78),
        colour,
    )
    _block(
        build,
        (0, 0, 0),
        (-half + 0.18, -half + 0.8, 0.12, 0.72),
        (-half + 0.05, -half + 0.8, 0.14, 0.84),
        DARK,
    )
    _block(
        build,
        (0, 0, 0),
        (half - 0.55, half - 0.32, 0.11, 0.60),
        (half - 0.60, half - 0.42, 0.14, 1.05),
        colour,
    )
    _block(
        build,
        (0, 0, 0),
        (half - 0.66, half - 0.58, 0.36, 1.00),
        (half - 0.66, half - 0.58, 0.36, 1.05),
        DARK,
    )
    for side in (-1, 1):
        x = side * 0.20
        _block(build, (x, 0, 0), (-0.05, 0.25, 0.09, 0.28), (-0.25, 0.28, 0.10, 0.86), trousers)
        _block(build, (x, 0, 0), (-0.02, 0.24, 0.06, 0.20), (-0.02, 0.24, 0.06, 0.30), DARK)
        x = side * 0.29
        _block(
            build, (x, 0, 0), (0.05, 0.46, 0.05, 0.98), (-0.15, 0.02, 0.06, 1.36), jacket, layer=2
        )
    _block(build, (0, 0, 0), (-0.42, -0.08, 0.19, 0.82), (-0.28, 0.04, 0.25, 1.40), jacket, layer=2)
    _block(build, (0, 0, 0), (-0.16, 0.00, 0.07, 1.38), (-0.16, 0.0, 0.07, 1.44), SKIN, layer=2)
    q = _block(
        build, (0, 0, 0), (-0.24, 0.09, 0.12, 1.40), (-0.18, 0.02, 0.09, HEIGHT_M), helmet, layer=3
    )
    build.decal(q["front"], (0.08, 0.22, 0.92, 0.62), (46, 40, 38), gloss=0.4)
    if box:
        _block(
            build,
            (0, 0, 0),
            (-half - 0.02, -0.52, 0.22, 0.86),
            (-half - 0.02, -0.52, 0.22, 1.28),
            (40, 90, 235),
            layer=2,
        )
    _lamps(build, half)
    return build.build(
        plates=(None, plate_corners(-half - 0.03, 0.58, *MOTORCYCLE_PLATE_M, front=False)),
        headlamps=[(0.0, half - 0.40, 0.86)],
        taillamps=[(0.0, -half, 0.74)],
    )


def _lamps(build: MeshBuilder, half: float) -> None:
    build.part(1)
    y = half - 0.36
    build.face(
        np.array([[0.08, y, 0.76], [-0.08, y, 0.76], [-0.08, y, 0.92], [0.08, y, 0.92]]),
        (230, 230, 226),
        decal=1,
    )
    y = -half - 0.02
    build.face(
        np.array([[-0.08, y, 0.70], [0.08, y, 0.70], [0.08, y, 0.78], [-0.08, y, 0.78]]),
        (40, 30, 170),
        decal=1,
    )


def _block(
    build: MeshBuilder,
    shift: tuple[float, float, float],
    base: tuple[float, float, float, float],
    top: tuple[float, float, float, float],
    colour: Colour,
    layer: int = 1,
) -> dict[str, np.ndarray]:
    build.part(layer)
    quads = build.frustum(base, top, colour, gloss=0.12)
    moved = np.array(shift)
    for i in range(-5, 0):
        build.polygons[i] = build.polygons[i] + moved
    return {name: quad + moved for name, quad in quads.items()}
