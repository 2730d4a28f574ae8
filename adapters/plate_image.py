"""Cutting, straightening and contrast of plate pictures for a text recogniser.

It must not know which recogniser, nor what a plate may say.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from enforcement.detections import ByteArray, Float32Array


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One way of showing a text line to the recogniser.

    margin: (x, y) added on each side as a share of the line's width and height, negative cuts.
    stretch: width multiplied by this. even: local contrast evened out (CLAHE).
    """

    margin: tuple[float, float] = (0.0, 0.0)
    stretch: float = 1.0
    even: bool = False


def whole(picture: ByteArray) -> Float32Array:
    """The picture's own outline as a quad (4, 2): left top, right top, right bottom, left bottom."""
    height, width = picture.shape[:2]
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def grown(quad: Float32Array, margin: tuple[float, float]) -> Float32Array:
    """The quad (4, 2) with margins along its own sides."""
    across = (quad[1] - quad[0] + quad[2] - quad[3]) / 2 * margin[0]
    down = (quad[3] - quad[0] + quad[2] - quad[1]) / 2 * margin[1]
    return quad + np.array(
        [-across - down, across - down, across + down, -across + down], np.float32
    )


def extent(quad: Float32Array) -> tuple[float, float]:
    """(width, height) of the quad along its own sides, pixels."""
    width = (np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
    height = (np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2
    return float(width), float(height)


def straightened(picture: ByteArray, quad: Float32Array, view: View, height: int) -> ByteArray:
    """The quad's content upright, `height` pixels high, aspect kept but for `view.stretch`."""
    outline = grown(quad, view.margin)
    across, down = (max(2.0, side) for side in extent(outline))
    size = (max(2, round(across)), max(2, round(down)))
    corners = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    upright = cv2.warpPerspective(
        picture,
        cv2.getPerspectiveTransform(outline.astype(np.float32), corners),
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if view.even:
        upright = _evened(upright)
    width = max(height // 2, round(height * across / down * view.stretch))
    how = cv2.INTER_AREA if size[1] > height else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(upright, (width, height), interpolation=how), np.uint8)


def _evened(picture: ByteArray) -> ByteArray:
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB)
    lab[..., 0] = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(2, 4)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), np.uint8)


def sharpness(picture: ByteArray) -> float:
    """Variance of the Laplacian of the grey picture; blur lowers it, so does darkness."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if picture.ndim == 3 else picture
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def fitted(picture: ByteArray, side: int, step: int, enlarge: float) -> ByteArray:
    """The picture scaled so that its long side is `side` (enlarged `enlarge` times at most).

    Both sides become multiples of `step`, as networks with strides want.
    """
    height, width = picture.shape[:2]
    scale = min(side / max(height, width), enlarge)
    size = tuple(max(step, round(length * scale / step) * step) for length in (width, height))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)
