"""The path from vehicle crops to plate reads that every reader shares: find rows, read, join.

It must not know which library finds or reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.plate_image import whole
from adapters.plate_lines import TextRow, missing_half, plate_reads, settles
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
    """Reads of each crop, best first.

    The likeliest row is read first and, where it is a plate beyond doubt, alone. A stacked plate
    found by half is looked for whole.
    """
    found = [find(crop) for crop in crops]
    rows = _rows(crops, [quads[:1] for quads in found], read)
    rest = [[] if settles(seen) else quads[1:] for seen, quads in zip(rows, found, strict=True)]
    rows = _added(rows, _rows(crops, rest, read))
    halves = [[] if (quad := missing_half(seen)) is None else [quad] for seen in rows]
    return [plate_reads(seen) for seen in _added(rows, _rows(crops, halves, read))]


def read_cut_plates(crops: Sequence[ByteArray], read: RowReader) -> list[PlateRead | None]:
    """Reads of pictures cut to one plate with `MARGIN`; None where no sign is seen."""
    texts = read([(crop, _without_margin(crop)) for crop in crops])
    return [_cut_read(crop, text, sure) for crop, (text, sure) in zip(crops, texts, strict=True)]


def _rows(
    crops: Sequence[ByteArray], where: Sequence[Sequence[Float32Array]], read: RowReader
) -> list[list[TextRow]]:
    """Rows read at the quads given for each crop, all in one batch."""
    texts = iter(
        read([(crop, quad) for crop, quads in zip(crops, where, strict=True) for quad in quads])
    )
    return [[_row(quad, next(texts)) for quad in quads] for quads in where]


def _row(quad: Float32Array, read: tuple[str, tuple[float, ...]]) -> TextRow:
    return TextRow(quad=quad, text=read[0], sure=read[1])


def _added(rows: list[list[TextRow]], more: list[list[TextRow]]) -> list[list[TextRow]]:
    return [[*some, *others] for some, others in zip(rows, more, strict=True)]


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
