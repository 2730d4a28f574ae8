"""Small square pictures of single vehicles, cut out of a frame, each vehicle as large as the others."""

from __future__ import annotations

import cv2
import numpy as np

from enforcement.detections import ByteArray, Float32Array, FloatArray

BEYOND = 114  # grey of what lies outside the picture


def vehicle_crops(
    picture: ByteArray, xyxy: Float32Array, *, side: int, context: float
) -> ByteArray:
    """(N, side, side, 3) uint8 around the boxes (N, 4) of a picture (H, W, 3).

    A crop's edge is `context` times the longer edge of its box, so that shape is kept. Beyond the picture it
    is grey: a border that is repeated draws a car that is cut off out into a bus.
    """
    made = np.empty((len(xyxy), side, side, 3), np.uint8)
    for index, box in enumerate(xyxy.astype(np.float64)):
        edge = max(float(box[2] - box[0]), float(box[3] - box[1]), 1.0) * context
        middle = (box[:2] + box[2:]) / 2
        scale = side / edge
        if scale < 1:  # a linear look-up would skip pixels: average them first
            source, low = _averaged(picture, middle, edge, scale)
            step, shift = 1.0, side / 2 - scale * (middle - low)
        else:
            source, step, shift = picture, scale, side / 2 - scale * middle
        made[index] = cv2.warpAffine(
            source,
            np.array([[step, 0, shift[0]], [0, step, shift[1]]]),
            (side, side),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(BEYOND, BEYOND, BEYOND),
        )
    return made


def _averaged(
    picture: ByteArray, middle: FloatArray, edge: float, scale: float
) -> tuple[ByteArray, FloatArray]:
    """The part of the picture that a crop needs, shrunk, and its corner in the picture."""
    height, width = picture.shape[:2]
    low = np.clip(np.floor(middle - edge / 2), 0, [width - 1, height - 1]).astype(np.int64)
    high = np.clip(np.ceil(middle + edge / 2), low + 1, [width, height]).astype(np.int64)
    part = picture[low[1] : high[1], low[0] : high[0]]
    size = np.maximum(np.round((high - low) * scale), 1).astype(int)
    small = cv2.resize(part, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), low.astype(np.float64)
