"""Pictures for people: JPEG files, and lines, boxes and words drawn on a copy.

Drawing is for eyes only; no measurement reads a drawn picture. It must not know what the lines
mean, where files go afterwards, or the law.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Point = tuple[float, float]
Colour = tuple[int, int, int]

# BGR, chosen to differ also for colour-blind eyes and on grey asphalt.
WHITE: Colour = (255, 255, 255)
YELLOW: Colour = (0, 220, 255)
RED: Colour = (40, 40, 230)
BLUE: Colour = (230, 150, 40)
GREEN: Colour = (90, 200, 60)

_INK: Colour = (20, 20, 20)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SUBPIXEL = 4


def encode_jpeg(image: Image, *, quality: int = 92) -> bytes:
    """JPEG bytes of a BGR uint8 (H, W, 3) picture; equal pictures make equal bytes."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("picture cannot be encoded as JPEG")
    return bytes(data.tobytes())


def write_jpeg(image: Image, path: Path, *, quality: int = 92) -> None:
    """Write a JPEG at path, whole or not at all, on disk when this returns."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(encode_jpeg(image, quality=quality))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def cut(image: Image, xyxy: Sequence[float], *, margin: float = 0.0) -> Image:
    """A copy of the box, widened by margin (a share of its size) and clipped to the picture.

    ValueError where nothing of the box lies inside.
    """
    left, top, right, bottom = xyxy
    wide, high = margin * (right - left), margin * (bottom - top)
    x0, y0 = max(0, int(left - wide)), max(0, int(top - high))
    x1 = min(image.shape[1], int(np.ceil(right + wide)))
    y1 = min(image.shape[0], int(np.ceil(bottom + high)))
    if x1 <= x0 or y1 <= y0:
        raise ValueError("box lies outside the picture")
    return np.ascontiguousarray(image[y0:y1, x0:x1])


def draw_box(image: Image, xyxy: Sequence[float], colour: Colour, *, width: int = 2) -> None:
    """Draw a rectangle on image, in place."""
    x0, y0, x1, y1 = (round(float(v)) for v in xyxy)
    cv2.rectangle(image, (x0, y0), (x1, y1), colour, width, cv2.LINE_AA)


def draw_path(
    image: Image,
    points: Sequence[Point],
    colour: Colour,
    *,
    width: int = 2,
    closed: bool = False,
) -> None:
    """Draw a line through points on image, in place; closed joins the last to the first."""
    if len(points) < 2:
        return
    rows = np.rint(np.asarray(points, dtype=np.float64) * (1 << _SUBPIXEL)).astype(np.int32)
    cv2.polylines(image, [rows], closed, colour, width, cv2.LINE_AA, _SUBPIXEL)


def draw_area(
    image: Image, points: Sequence[Point], colour: Colour, *, share: float = 0.25
) -> None:
    """Tint a polygon on image, in place; share 1 covers it."""
    if len(points) < 3:
        return
    tinted = image.copy()
    cv2.fillPoly(tinted, [np.rint(np.asarray(points)).astype(np.int32)], colour)
    cv2.addWeighted(tinted, share, image, 1.0 - share, 0.0, dst=image)


def draw_words(
    image: Image, words: str, at: Point, colour: Colour = WHITE, *, height_px: int = 16
) -> None:
    """Write one line on a dark plate with its top left corner at a point, kept inside, in place."""
    scale = height_px / 22.0
    thick = max(1, round(height_px / 14))
    (wide, high), below = cv2.getTextSize(words, _FONT, scale, thick)
    pad = max(2, height_px // 5)
    x = int(min(max(0.0, at[0]), max(0, image.shape[1] - wide - 2 * pad)))
    y = int(min(max(0.0, at[1]), max(0, image.shape[0] - high - below - 2 * pad)))
    cv2.rectangle(image, (x, y), (x + wide + 2 * pad, y + high + below + 2 * pad), _INK, -1)
    origin = (x + pad, y + pad + high)
    cv2.putText(image, words, origin, _FONT, scale, colour, thick, cv2.LINE_AA)
