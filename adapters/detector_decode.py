"""From a network's raw output to boxes, in NumPy: two layouts, one suppression.

`ultralytics`: (4 + C, N) centre, size and class scores, already decoded. `yolox`: (N, 5 + C) offsets
per cell of strides 8, 16, 32, objectness and class scores. No runtime is known here.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from adapters.model_card import ModelCard
from enforcement.detections import BoolArray, Detections, Float32Array, IntArray

MOST_CANDIDATES = 1000
MOST_BOXES = 300
VOTERS = 0.4  # of the threshold: weaker boxes are not asked where an edge is
AGREEMENT = 0.7  # IoU from which a box speaks of the same edges
YOLOX_STRIDES = (8, 16, 32)


def decode(raw: Float32Array, layout: str, size: tuple[int, int], card: ModelCard) -> Detections:
    """Boxes of one picture in inference pixels, best first.

    raw: the network's output for it. size: (width, height) of the picture. Of two boxes that overlap
    more than the card allows the weaker goes, whatever its class: one vehicle is one box. What goes
    still has its say in where the edges are.
    """
    centre, scores = _ultralytics(raw) if layout == "ultralytics" else _yolox(raw, size)
    columns = np.array(sorted(card.class_map), np.int64)
    ours = np.array([card.class_map[int(c)] for c in columns], np.int64)
    wanted = scores[:, columns]
    confidence = wanted.max(axis=1)
    candidates = np.flatnonzero(confidence >= VOTERS * card.confidence)
    order = candidates[np.argsort(-confidence[candidates], kind="stable")][:MOST_CANDIDATES]
    boxes, scored = _corners(centre[order], size), confidence[order]
    kept = suppress(boxes, card.overlap)[:MOST_BOXES]
    kept = kept[scored[kept] >= card.confidence]
    return Detections(
        xyxy=_voted(boxes, scored, kept),
        confidence=scored[kept].astype(np.float32),
        class_id=ours[wanted[order[kept]].argmax(axis=1)],
    )


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


def _ultralytics(raw: Float32Array) -> tuple[Float32Array, Float32Array]:
    return raw[:4].T, raw[4:].T


def _yolox(raw: Float32Array, size: tuple[int, int]) -> tuple[Float32Array, Float32Array]:
    cells, strides = _yolox_grid(size)
    centre = np.concatenate([(raw[:, :2] + cells) * strides, np.exp(raw[:, 2:4]) * strides], axis=1)
    return centre, np.asarray(raw[:, 5:] * raw[:, 4:5], np.float32)


@lru_cache(maxsize=8)
def _yolox_grid(size: tuple[int, int]) -> tuple[Float32Array, Float32Array]:
    shapes = [(size[1] // s, size[0] // s) for s in YOLOX_STRIDES]
    cells = [np.indices(shape, np.float32)[::-1].reshape(2, -1).T for shape in shapes]
    counts = [rows * columns for rows, columns in shapes]
    strides = np.repeat(np.array(YOLOX_STRIDES, np.float32), counts)[:, None]
    return np.concatenate(cells), strides


def _corners(centre: Float32Array, size: tuple[int, int]) -> Float32Array:
    half = centre[:, 2:] / 2
    corners = np.concatenate([centre[:, :2] - half, centre[:, :2] + half], axis=1)
    limit = np.array([*size, *size], np.float32)
    return np.asarray(np.clip(corners, 0, limit), np.float32)
