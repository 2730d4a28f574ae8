"""From a network's raw outputs to boxes, in NumPy: three layouts, one suppression.

`ultralytics`: (4 + C, N) centre, size and class scores, already decoded. `dfl`: the same network cut
before its decoding, (16, 4, N) logits of how many strides each edge is from its cell, and (C, N)
scores; decoded here in float32 for the few cells that matter, so that a network run in bfloat16 keeps
sub-pixel edges. `yolox`: (N, 5 + C) offsets per cell, objectness and class scores. No runtime is known.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from adapters.model_card import ModelCard
from enforcement.detections import BoolArray, Detections, Float32Array, IntArray, VehicleClass

MOST_CANDIDATES = 1000
MOST_BOXES = 300
VOTERS = 0.4  # of the threshold: weaker boxes are not asked where an edge is
AGREEMENT = 0.7  # IoU from which a box speaks of the same edges
STRIDES = (8, 16, 32)

Outputs = tuple[Float32Array, ...]
Corners = Callable[[IntArray], Float32Array]
"""Corners (M, 4) of chosen cells."""


def decode(
    raw: Outputs, layout: str, size: tuple[int, int], card: ModelCard
) -> tuple[Detections, Float32Array]:
    """Boxes of one picture in inference pixels, best first, and their score for each of our classes (N, 4).

    raw: the network's outputs for it. size: (width, height) of the picture. Of two boxes that overlap
    more than the card allows the weaker goes, whatever its class: one vehicle is one box. What goes
    still has its say in where the edges are.
    """
    scores, corners = LAYOUTS[layout](raw, size)
    columns = np.array(sorted(card.class_map), np.int64)
    ours = np.array([card.class_map[int(c)] for c in columns], np.int64)
    wanted = scores[:, columns]
    confidence = wanted.max(axis=1)
    candidates = np.flatnonzero(confidence >= VOTERS * card.confidence)
    order = candidates[np.argsort(-confidence[candidates], kind="stable")][:MOST_CANDIDATES]
    limit = np.array([*size, *size], np.float32)
    boxes, scored = np.clip(corners(order), 0, limit), confidence[order]
    kept = suppress(boxes, card.overlap)[:MOST_BOXES]
    kept = kept[scored[kept] >= card.confidence]
    own = wanted[order[kept]]
    by_class = np.zeros((len(kept), len(VehicleClass)), np.float32)
    np.maximum.at(by_class.T, ours, own.T)
    found = Detections(
        xyxy=_voted(boxes, scored, kept),
        confidence=scored[kept].astype(np.float32),
        class_id=ours[own.argmax(axis=1)],
    )
    return found, by_class


def _voted(boxes: Float32Array, scored: Float32Array, kept: IntArray) -> Float32Array:
    """Each kept box as the mean, weighted by score, of what nearly agrees with it.

    Neighbouring cells say the same box with errors of their own; together they are a tenth steadier.
    """
    weight = (iou(boxes[kept], boxes) > AGREEMENT) * scored[None]
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(weight @ boxes / total, np.float32)


def suppress(boxes: Float32Array, overlap: float) -> IntArray:
    """Indices kept of boxes (N, 4) sorted best first: each one that overlaps no better kept box."""
    if not len(boxes):
        return np.zeros(0, np.int64)
    too_close = iou(boxes, boxes) > overlap
    alive: BoolArray = np.ones(len(boxes), np.bool_)
    for row in range(len(boxes)):
        if alive[row]:
            alive[row + 1 :] &= ~too_close[row, row + 1 :]
    return np.flatnonzero(alive)


def iou(a: Float32Array, b: Float32Array) -> Float32Array:
    """Intersection over union of every pair: (N, 4) and (M, 4) corners -> (N, M)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(axis=1), (b[:, 2:] - b[:, :2]).prod(axis=1)
    return np.asarray(
        shared / np.maximum(area_a[:, None] + area_b[None] - shared, 1e-9), np.float32
    )


def _ultralytics(raw: Outputs, _size: tuple[int, int]) -> tuple[Float32Array, Corners]:
    return raw[0][4:].T, lambda chosen: _from_centre(raw[0][:4, chosen].T)


def _dfl(raw: Outputs, size: tuple[int, int]) -> tuple[Float32Array, Corners]:
    bins, scores = raw
    cells, strides = grid(size)

    def corners(chosen: IntArray) -> Float32Array:
        logits = bins[:, :, chosen]
        share = np.exp(logits - logits.max(axis=0, keepdims=True))
        steps = np.arange(len(bins), dtype=np.float32)[:, None, None]
        reach = ((share * steps).sum(axis=0) / share.sum(axis=0)).T
        middle = cells[chosen] + 0.5
        edges = np.concatenate([middle - reach[:, :2], middle + reach[:, 2:]], axis=1)
        return np.asarray(edges * strides[chosen], np.float32)

    return scores.T, corners


def _yolox(raw: Outputs, size: tuple[int, int]) -> tuple[Float32Array, Corners]:
    cells, strides = grid(size)

    def corners(chosen: IntArray) -> Float32Array:
        rows = raw[0][chosen]
        centre, extent = rows[:, :2] + cells[chosen], np.exp(rows[:, 2:4])
        return _from_centre(np.concatenate([centre, extent], axis=1) * strides[chosen])

    return np.asarray(raw[0][:, 5:] * raw[0][:, 4:5], np.float32), corners


LAYOUTS: dict[str, Callable[[Outputs, tuple[int, int]], tuple[Float32Array, Corners]]] = {
    "ultralytics": _ultralytics,
    "dfl": _dfl,
    "yolox": _yolox,
}


@lru_cache(maxsize=8)
def grid(size: tuple[int, int]) -> tuple[Float32Array, Float32Array]:
    """Column and row (N, 2), and stride (N, 1), of every cell of strides 8, 16 and 32."""
    shapes = [(size[1] // s, size[0] // s) for s in STRIDES]
    cells = [np.indices(shape, np.float32)[::-1].reshape(2, -1).T for shape in shapes]
    counts = [rows * columns for rows, columns in shapes]
    strides = np.repeat(np.array(STRIDES, np.float32), counts)[:, None]
    return np.concatenate(cells), strides


def _from_centre(centre: Float32Array) -> Float32Array:
    half = centre[:, 2:] / 2
    edges = np.concatenate([centre[:, :2] - half, centre[:, :2] + half], axis=1)
    return np.asarray(edges, np.float32)
