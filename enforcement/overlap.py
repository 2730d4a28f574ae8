"""Which boxes of one frame hide or dispute each other.

Nearer to the camera means lower in the picture, which holds for vehicles on one road plane.
"""

from __future__ import annotations

import numpy as np

from enforcement.detections import BoolArray, Float32Array

CONTEST_SHARE = 0.6
"""Two boxes of which one covers so much of the other could own each other's values."""
EDGE_SHARE = 0.7
"""An edge covered over more of its height than this is not seen."""


def crowding(xyxy: Float32Array) -> tuple[Float32Array, BoolArray]:
    """Occlusion and contest of each box.

    xyxy: (N, 4) pixels. Returns (N,) float32, the largest share of a box's lower third that one nearer
    box covers, and (N,) bool, whether another box covers most of it or is mostly covered by it.
    """
    count = len(xyxy)
    if count < 2:
        return np.zeros(count, np.float32), np.zeros(count, bool)
    lower = xyxy.astype(np.float64).copy()
    lower[:, 1] = lower[:, 3] - (lower[:, 3] - lower[:, 1]) / 3
    covered = _intersection(lower, xyxy) / np.maximum(_area(lower), 1e-9)[:, None]
    nearer = xyxy[None, :, 3] > xyxy[:, None, 3]
    np.fill_diagonal(covered, 0.0)
    occlusion = np.where(nearer, covered, 0.0).max(axis=1)
    area = _area(xyxy)
    shared = _intersection(xyxy, xyxy) / np.maximum(np.minimum(area[:, None], area[None, :]), 1e-9)
    np.fill_diagonal(shared, 0.0)
    similar = np.minimum(area[:, None], area[None, :]) / np.maximum(area[:, None], area[None, :])
    contested = ((shared > CONTEST_SHARE) & (similar > 0.3)).any(axis=1)
    return occlusion.astype(np.float32), np.asarray(contested)


def sides_hidden(xyxy: Float32Array) -> Float32Array:
    """How much of each box's width may be missing at a side; (N,) float32 shares.

    xyxy: (N, 4) pixels. The horizontal middle of a box is known while both its edges show somewhere along
    their height, even where a vehicle close ahead hides the tyres. Where a nearer box covers nearly all of
    an edge, what shows beside it may be all that was boxed: the middle is then off by up to half of the
    width that is covered.
    """
    count = len(xyxy)
    if count < 2:
        return np.zeros(count, np.float32)
    boxes = xyxy.astype(np.float64)
    shared = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.clip(shared - np.maximum(boxes[:, None, :2], boxes[None, :, :2]), 0, None)
    covered = shared / np.maximum(boxes[:, None, 2:] - boxes[:, None, :2], 1e-9)
    nearer = boxes[None, :, 3] > boxes[:, None, 3]
    left, right = boxes[:, None, 0], boxes[:, None, 2]
    over_left = (boxes[None, :, 0] <= left) & (boxes[None, :, 2] >= left)
    over_right = (boxes[None, :, 0] <= right) & (boxes[None, :, 2] >= right)
    hides = nearer & (covered[..., 1] > EDGE_SHARE) & (over_left | over_right)
    return np.asarray(np.where(hides, covered[..., 0], 0.0).max(axis=1), np.float32)


def _area(boxes: np.ndarray) -> np.ndarray:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), np.float64)


def _intersection(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    left = np.maximum(a[:, None, 0], b[None, :, 0])
    top = np.maximum(a[:, None, 1], b[None, :, 1])
    right = np.minimum(a[:, None, 2], b[None, :, 2])
    bottom = np.minimum(a[:, None, 3], b[None, :, 3])
    return np.asarray(np.clip(right - left, 0, None) * np.clip(bottom - top, 0, None), np.float64)
