"""Training pictures that are all but a picture of the `val` split: frames of one recording come in both.

What is measured on them would be remembered, not seen. Compared are grey thumbnails, so that another
compression or size of the same frame is found, and the next frame of a still road too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from enforcement.detections import Float32Array
from jobs.training.evaluation import read_picture

SIDE = 24
NEAR = 3.0  # grey levels, root mean square; the frame itself recompressed gives less than 0.5


class Measured:
    """Pictures that figures are taken on. pictures: their files. Raises BadInput naming an unreadable one."""

    def __init__(self, pictures: Sequence[Path]) -> None:
        self._thumbnails = np.array([thumbnail(p) for p in pictures], np.float32).reshape(
            -1, SIDE * SIDE
        )

    def holds(self, picture: Path) -> bool:
        """Whether `picture` is nearly one of them. Raises BadInput for an unreadable one."""
        if not len(self._thumbnails):
            return False
        apart = ((self._thumbnails - thumbnail(picture)) ** 2).mean(axis=1)
        return bool(apart.min() < NEAR**2)


def thumbnail(picture: Path) -> Float32Array:
    """Mean grey levels of a SIDE x SIDE grid over the picture, (SIDE * SIDE,) float32."""
    grey = cv2.cvtColor(read_picture(picture), cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32).ravel()
