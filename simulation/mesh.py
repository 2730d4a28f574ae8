"""Bodies as flat faces in a vehicle's own metres: x right, y forward, z up, origin below its middle.

Parts are drawn by layer, then far to near; decals (glass, lamps) after the face they lie on. It must
not know cameras or light.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.spatial import ConvexHull

from enforcement.detections import FloatArray, IntArray

Point = tuple[float, float, float]
Colour = tuple[float, float, float]
DECAL_LIFT_M = 0.012


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """Columns of F faces over V vertices.

    vertices: (V, 3) metres. hull: (H, 3) the outermost of them. faces: F index tuples.
    normals, centres: (F, 3). colour: (F, 3) BGR 0..255.
    part, layer, decal: (F,) int64. gloss: (F,) how much of the sky a face mirrors.
    plates: (2, 4, 3) corners of the front and rear plate (top left, top right, bottom right, bottom
    left as read), NaN where there is none. headlamps, taillamps: (n, 3).
    """

    vertices: FloatArray
    hull: FloatArray
    faces: tuple[IntArray, ...]
    normals: FloatArray
    centres: FloatArray
    colour: FloatArray
    gloss: FloatArray
    part: IntArray
    layer: IntArray
    decal: IntArray
    plates: FloatArray
    headlamps: FloatArray
    taillamps: FloatArray


@dataclass(slots=True)
class MeshBuilder:
    """Collects faces part by part."""

    polygons: list[FloatArray] = field(default_factory=list)
    colours: list[Colour] = field(default_factory=list)
    rows: list[tuple[int, int, int, float]] = field(default_factory=list)
    parts: int = 0
    layer: int = 0

    def part(self, layer: int) -> None:
        """Begin a new part; parts of a lower layer are drawn first."""
        self.parts += 1
        self.layer = layer

    def face(
        self, corners: FloatArray, colour: Colour, *, decal: int = 0, gloss: float = 0.0
    ) -> None:
        """One flat polygon, corners counter-clockwise seen from outside."""
        self.polygons.append(np.asarray(corners, np.float64))
        self.colours.append(colour)
        self.rows.append((self.parts, self.layer, decal, gloss))

    def decal(
        self,
        quad: FloatArray,
        span: tuple[float, float, float, float],
        colour: Colour,
        *,
        level: int = 1,
        gloss: float = 0.0,
    ) -> None:
        """A patch of a quad; span is (u0, v0, u1, v1), u along its first edge, v towards its last."""
        u0, v0, u1, v1 = span
        a, b, c, d = quad

        def at(u: float, v: float) -> FloatArray:
            return np.asarray((a * (1 - u) + b * u) * (1 - v) + (d * (1 - u) + c * u) * v)

        corners = np.array([at(u0, v0), at(u1, v0), at(u1, v1), at(u0, v1)])
        self.face(
            corners + _normal(corners) * DECAL_LIFT_M * level, colour, decal=level, gloss=gloss
        )

    def loft(
        self, stations: list[tuple[float, ...]], colour: Colour, *, gloss: float = 0.25
    ) -> None:
        """A body through cross-sections from rear to front.

        Each station is (y, z_low, z_mid, z_top, half width low, mid, top).
        """
        rings = [_ring(*s) for s in stations]
        for rear, front in itertools.pairwise(rings):
            for i in range(5):
                self.face(
                    np.array([front[i], front[i + 1], rear[i + 1], rear[i]]), colour, gloss=gloss
                )
        self.face(rings[0], colour, gloss=gloss)
        self.face(rings[-1][::-1], colour, gloss=gloss)

    def frustum(
        self,
        base: tuple[float, float, float, float],
        top: tuple[float, float, float, float],
        colour: Colour,
        *,
        gloss: float = 0.2,
    ) -> dict[str, FloatArray]:
        """A block: base and top are (y_rear, y_front, half width, z). Returns its named quads.

        Quads start at the bottom left corner as seen from outside, counter-clockwise.
        """
        low = _corners(*base)
        high = _corners(*top)
        rl, rr, fr, fl = range(4)
        quads = {
            "front": np.array([low[fr], low[fl], high[fl], high[fr]]),
            "rear": np.array([low[rl], low[rr], high[rr], high[rl]]),
            "right": np.array([low[rr], low[fr], high[fr], high[rr]]),
            "left": np.array([low[fl], low[rl], high[rl], high[fl]]),
            "top": np.array([high[rl], high[rr], high[fr], high[fl]]),
        }
        for quad in quads.values():
            self.face(quad, colour, gloss=gloss)
        return quads

    def wheel(
        self, x: float, y: float, radius: float, width: float, colour: Colour = (28, 26, 26)
    ) -> None:
        """A tyre that touches the road below (x, y)."""
        angle = np.deg2rad(np.arange(0, 360, 30) - 90)
        ring = np.stack([np.cos(angle) * radius + y, np.sin(angle) * radius + radius], axis=1)
        inner = np.column_stack([np.full(12, x - width / 2), ring])
        outer = np.column_stack([np.full(12, x + width / 2), ring])
        self.face(outer, colour)
        self.face(inner[::-1], colour)
        for i in range(12):
            j = (i + 1) % 12
            self.face(np.array([inner[i], inner[j], outer[j], outer[i]]), colour)

    def disc(self, x: float, y: float, z: float, radius: float, colour: Colour, level: int) -> None:
        """A round decal on a side face (x > 0 is the right side)."""
        angle = np.deg2rad(np.arange(0, 360, 30) - 90)
        if x < 0:
            angle = angle[::-1]
        lift = np.sign(x) * DECAL_LIFT_M * level
        corners = np.column_stack(
            [np.full(12, x + lift), np.cos(angle) * radius + y, np.sin(angle) * radius + z]
        )
        self.face(corners, colour, decal=level)

    def build(
        self,
        *,
        plates: tuple[FloatArray | None, FloatArray | None],
        headlamps: list[Point],
        taillamps: list[Point],
    ) -> Mesh:
        """The finished columns."""
        sizes = [len(p) for p in self.polygons]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        rows = np.array(self.rows)
        none = np.full((4, 3), np.nan)
        vertices = np.concatenate(self.polygons)
        return Mesh(
            vertices=vertices,
            hull=vertices[ConvexHull(vertices).vertices],
            faces=tuple(np.arange(a, b) for a, b in itertools.pairwise(starts)),
            normals=_normals(self.polygons),
            centres=np.array([p.mean(axis=0) for p in self.polygons]),
            colour=np.array(self.colours, np.float64),
            gloss=rows[:, 3],
            part=rows[:, 0].astype(np.int64),
            layer=rows[:, 1].astype(np.int64),
            decal=rows[:, 2].astype(np.int64),
            plates=np.stack([none if p is None else p for p in plates]),
            headlamps=np.array(headlamps, np.float64).reshape(-1, 3),
            taillamps=np.array(taillamps, np.float64).reshape(-1, 3),
        )


def recoloured(mesh: Mesh, paint: dict[Colour, Colour]) -> Mesh:
    """The same shape with some colours exchanged; everything but the colours is shared."""
    colour = mesh.colour.copy()
    for old, new in paint.items():
        colour[(mesh.colour == old).all(axis=1)] = new
    return replace(mesh, colour=colour)


def plate_corners(y: float, z: float, width: float, height: float, *, front: bool) -> FloatArray:
    """(4, 3) corners of a plate facing forward or backward, in reading order."""
    side = 1.0 if front else -1.0
    h, w = height / 2, width / 2
    return np.array(
        [[side * w, y, z + h], [-side * w, y, z + h], [-side * w, y, z - h], [side * w, y, z - h]]
    )


def _ring(y: float, z0: float, zm: float, zt: float, w0: float, wm: float, wt: float) -> FloatArray:
    return np.array(
        [[w0, y, z0], [wm, y, zm], [wt, y, zt], [-wt, y, zt], [-wm, y, zm], [-w0, y, z0]]
    )


def _corners(y_rear: float, y_front: float, half: float, z: float) -> FloatArray:
    return np.array(
        [[-half, y_rear, z], [half, y_rear, z], [half, y_front, z], [-half, y_front, z]]
    )


def _normal(corners: FloatArray) -> FloatArray:
    """Unit normal of a flat polygon of at least four corners."""
    return np.asarray(_normals([corners])[0], np.float64)


def _normals(polygons: list[FloatArray]) -> FloatArray:
    """(F, 3) unit normals from two diagonals of each polygon."""
    p = np.array([q[[0, len(q) // 2, len(q) // 4, 3 * len(q) // 4]] for q in polygons])
    u, v = p[:, 1] - p[:, 0], p[:, 3] - p[:, 2]
    n = np.stack(
        [
            u[:, 1] * v[:, 2] - u[:, 2] * v[:, 1],
            u[:, 2] * v[:, 0] - u[:, 0] * v[:, 2],
            u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0],
        ],
        axis=1,
    )
    return np.asarray(n / np.maximum(np.linalg.norm(n, axis=1), 1e-12)[:, None], np.float64)
