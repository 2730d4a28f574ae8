"""The path from vehicle crops to plate reads that every reader shares: find rows, read, join.

It must not know which library finds or reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.plate_image import whole
from adapters.plate_lines import TextRow, missing_half, plate_reads
from enforcement.detections import ByteArray, Float32Array
from enforcement.plates import PlateRead

# Crops given to `read_plate` carry this margin (x, y), as shares of the plate's own size.
MARGIN = (0.05, 0.15)

RowFinder = Callable[[ByteArray], list[Float32Array]]
"""A crop in, quads (4, 2) of the rows worth reading out, crop pixels, best first."""

RowReader = Callable[
    [Sequence[tuple[ByteArray, Float32Array]]], Sequence[tuple[str, tuple[float, ...]]]
]
"""(picture, quad) rows in; each row's text and how sure each sign is out."""


def read_vehicles(
    crops: Sequence[ByteArray], find: RowFinder, read: RowReader
) -> list[list[PlateRead]]:
    """Reads of each crop, best first; a stacked plate found by half is looked for whole."""
    found = [(i, quad) for i, crop in enumerate(crops) for quad in find(crop)]
    rows = _rows(crops, found, read)
    missing = [(i, quad) for i, seen in enumerate(rows) if (quad := missing_half(seen)) is not None]
    halves = _rows(crops, missing, read)
    return [plate_reads([*seen, *more]) for seen, more in zip(rows, halves, strict=True)]


def read_cut_plates(crops: Sequence[ByteArray], read: RowReader) -> list[PlateRead | None]:
    """Reads of pictures cut to one plate with `MARGIN`; None where no sign is seen."""
    texts = read([(crop, _without_margin(crop)) for crop in crops])
    return [_cut_read(crop, text, sure) for crop, (text, sure) in zip(crops, texts, strict=True)]


def _rows(
    crops: Sequence[ByteArray], where: Sequence[tuple[int, Float32Array]], read: RowReader
) -> list[list[TextRow]]:
    rows: list[list[TextRow]] = [[] for _ in crops]
    texts = read([(crops[i], quad) for i, quad in where])
    for (i, quad), (text, sure) in zip(where, texts, strict=True):
        rows[i].append(TextRow(quad=quad, text=text, sure=sure))
    return rows


def _cut_read(crop: ByteArray, text: str, sure: tuple[float, ...]) -> PlateRead | None:
    if not text:
        return None
    height, width = crop.shape[:2]
    return PlateRead(
        text=text,
        confidence=min(sure),
        char_confidence=sure,
        xyxy=(0.0, 0.0, float(width), float(height)),
    )


def _without_margin(crop: ByteArray) -> Float32Array:
    height, width = crop.shape[:2]
    dx = width * MARGIN[0] / (1 + 2 * MARGIN[0])
    dy = height * MARGIN[1] / (1 + 2 * MARGIN[1])
    inward: Float32Array = whole(crop)
    inward[:, 0] += (dx, -dx, -dx, dx)
    inward[:, 1] += (dy, dy, -dy, -dy)
    return inward
