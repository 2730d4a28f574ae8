"""Which detected text rows could be a plate, by shape; stacked rows and read rows are joined here.

Geometry and lengths only: which texts are plates is the grammar's to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adapters.plate_image import extent
from enforcement.detections import Float32Array
from enforcement.plates import PlateRead

# A detected row comes with air around it, so it is squarer than the text itself.
_ROW_ASPECT = (1.3, 10.0)
_HALF_ASPECT = (0.8, 4.0)
_BLOCK_ASPECT = (0.7, 1.3)
_STEEPEST = 0.6
_LEAST_HEIGHT_PX = 6.0
_UPPER_SIGNS, _LOWER_SIGNS = 3, 4
# How plausible a plate of that many signs is, anywhere in the world.
_LENGTH_PRIOR = {4: 0.3, 5: 0.7, 6: 1.0, 7: 1.0, 8: 0.9, 9: 0.5}
_BEYOND_DOUBT = 0.9
_ONE_KIND_PRIOR = 0.5  # names and dates are all letters or all digits; plates seldom are


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """A row of text: quad (4, 2) in crop pixels, its signs and how sure each is."""

    quad: Float32Array
    text: str
    sure: tuple[float, ...]


def plausible_rows(
    quads: Sequence[Float32Array], scores: Sequence[float], width: int
) -> list[Float32Array]:
    """Rows shaped like a plate or half of a stacked one in a crop of that width, best first."""
    weighed = [
        (score * _size_prior(quad, width), index)
        for index, (quad, score) in enumerate(zip(quads, scores, strict=True))
        if _level(quad)
        and extent(quad)[1] >= _LEAST_HEIGHT_PX
        and _BLOCK_ASPECT[0] <= _aspect(quad) <= _ROW_ASPECT[1]
    ]
    ordered = [quads[index] for _, index in sorted(weighed, key=lambda pair: (-pair[0], pair[1]))]
    return [row for quad in ordered for row in _split(quad)]


def _split(quad: Float32Array) -> tuple[Float32Array, ...]:
    """A block as high as wide is a stacked plate seen as one: its two rows, else the row itself."""
    if _aspect(quad) >= _BLOCK_ASPECT[1]:
        return (quad,)
    return _band(quad, 0.12, 0.57), _band(quad, 0.55, 0.97)


def _band(quad: Float32Array, top: float, bottom: float) -> Float32Array:
    left, right = quad[3] - quad[0], quad[2] - quad[1]
    corners = (quad[0] + top * left, quad[1] + top * right)
    return np.array([*corners, quad[1] + bottom * right, quad[0] + bottom * left], np.float32)


def settles(rows: Sequence[TextRow]) -> bool:
    """Whether the rows read so far hold a plate beyond doubt, so that no other needs reading."""
    return any(
        _LENGTH_PRIOR.get(len(row.text)) == 1.0
        and min(row.sure) >= _BEYOND_DOUBT
        and not (row.text.isalpha() or row.text.isdigit())
        for row in rows
    )


def missing_half(rows: Sequence[TextRow]) -> Float32Array | None:
    """Where the other row of a stacked plate would be, if only one of its rows was found.

    Three signs stand above and four below, so the count tells which one was seen.
    """
    if any(len(row.text) > _LOWER_SIGNS for row in rows):
        return None
    seen = next((row for row in rows if len(row.text) in (_UPPER_SIGNS, _LOWER_SIGNS)), None)
    if seen is None or not _between(_aspect(seen.quad), _HALF_ASPECT):
        return None
    if any(_stacked(a.quad, b.quad) and a.text and b.text for a in rows for b in rows):
        return None
    down = (seen.quad[3] - seen.quad[0] + seen.quad[2] - seen.quad[1]) / 2
    step = 0.9 * down if len(seen.text) == _UPPER_SIGNS else -0.9 * down
    return np.asarray(seen.quad + step, np.float32)


def plate_reads(rows: Sequence[TextRow]) -> list[PlateRead]:
    """Single rows and stacked pairs of plausible length, most plausible first."""
    single = [(row,) for row in rows if _between(_aspect(row.quad), _ROW_ASPECT)]
    pairs = [(top, low) for top in rows for low in rows if _stacked(top.quad, low.quad)]
    reads = [_read(lines) for lines in (*single, *pairs) if all(row.text for row in lines)]
    plausible = [read for read in reads if len(read.text) in _LENGTH_PRIOR]
    return sorted(plausible, key=_plausibility, reverse=True)


def _plausibility(read: PlateRead) -> float:
    mean = sum(read.char_confidence) / len(read.char_confidence)
    one_kind = read.text.isalpha() or read.text.isdigit()
    return mean * _LENGTH_PRIOR[len(read.text)] * (_ONE_KIND_PRIOR if one_kind else 1.0)


def _read(lines: Sequence[TextRow]) -> PlateRead:
    points = np.concatenate([row.quad for row in lines])
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    sure = tuple(p for row in lines for p in row.sure)
    return PlateRead(
        text="".join(row.text for row in lines),
        confidence=min(sure),
        char_confidence=sure,
        xyxy=(float(left), float(top), float(right), float(bottom)),
        lines=len(lines),
    )


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
    off = float(np.log(max(extent(quad)[0], 1.0) / width * 6.0))
    return float(np.exp(-((off / 1.5) ** 2) / 2))


def _stacked(top: Float32Array, low: Float32Array) -> bool:
    (wide_a, high_a), (wide_b, high_b) = extent(top), extent(low)
    if not (_between(_aspect(top), _HALF_ASPECT) and _between(_aspect(low), _HALF_ASPECT)):
        return False
    apart = low.mean(axis=0) - top.mean(axis=0)
    near = 0.4 * min(high_a, high_b) <= apart[1] <= 1.8 * max(high_a, high_b)
    alike = 0.5 <= high_a / high_b <= 2.0 and 0.5 <= wide_a / wide_b <= 2.0
    return bool(near and alike and abs(apart[0]) <= 0.3 * max(wide_a, wide_b))
