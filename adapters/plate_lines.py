"""Which detected text lines could be a plate, by shape alone; stacked pairs are joined.

Geometry only: nothing here reads a character.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adapters.plate_image import extent
from enforcement.detections import Float32Array
from enforcement.plates import Box

# A row of 5 to 8 signs is 2.2 to 9 times as wide as high; half of a stacked plate at least 0.8.
_ROW_ASPECT = (2.0, 10.0)
_HALF_ASPECT = (0.8, 6.0)
_STEEPEST = 0.6
_LEAST_HEIGHT_PX = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateCandidate:
    """Text lines, top first, that may be one plate; score 0..1, a prior without reading."""

    quads: tuple[Float32Array, ...]
    score: float

    @property
    def xyxy(self) -> Box:
        """Bounding box of all lines, pixels."""
        points = np.concatenate(self.quads)
        left, top = points.min(axis=0)
        right, bottom = points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)


def plate_candidates(
    quads: Sequence[Float32Array], scores: Sequence[float], width: int, height: int
) -> list[PlateCandidate]:
    """Plausible plates among text lines of a picture (width, height), most plausible first."""
    lines = [
        (quad.astype(np.float32), score)
        for quad, score in zip(quads, scores, strict=True)
        if _level(quad) and extent(quad)[1] >= _LEAST_HEIGHT_PX
    ]
    rows = [
        PlateCandidate(quads=(quad,), score=score * _size_prior(quad, width))
        for quad, score in lines
        if _between(_aspect(quad), _ROW_ASPECT)
    ]
    stacked = [
        PlateCandidate(
            quads=(top, bottom), score=(high + low) / 2 * max(_size_prior(top, width), 0.5)
        )
        for top, high in lines
        for bottom, low in lines
        if _stacked(top, bottom)
    ]
    return sorted(rows + stacked, key=lambda candidate: -candidate.score)


def _aspect(quad: Float32Array) -> float:
    across, down = extent(quad)
    return across / max(down, 1e-6)


def _between(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _level(quad: Float32Array) -> bool:
    across = quad[1] - quad[0]
    return bool(abs(across[1]) <= _STEEPEST * abs(across[0]))


def _size_prior(quad: Float32Array, width: int) -> float:
    """1 where the row is as wide as plates are in a vehicle's box (a sixth), less far from it."""
    off = abs(float(np.log(max(extent(quad)[0], 1.0) / width * 6.0)))
    return float(np.exp(-((off / 1.5) ** 2) / 2))


def _stacked(top: Float32Array, bottom: Float32Array) -> bool:
    (wide_a, high_a), (wide_b, high_b) = extent(top), extent(bottom)
    if not (_between(wide_a / high_a, _HALF_ASPECT) and _between(wide_b / high_b, _HALF_ASPECT)):
        return False
    apart = bottom.mean(axis=0) - top.mean(axis=0)
    near = 0.6 * min(high_a, high_b) <= apart[1] <= 1.8 * max(high_a, high_b)
    alike = 0.5 <= high_a / high_b <= 2.0 and 0.5 <= wide_a / wide_b <= 2.0
    return bool(near and alike and abs(apart[0]) <= 0.3 * max(wide_a, wide_b))
