"""The best crops of each passing vehicle, kept for the plate reader in bounded memory.

Best is large and sharp: the expected plate's width in pixels first, then the sharpness of the crop's
lower part. Only crops are copied, never the frame. It must not know what a plate says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from enforcement.detections import ByteArray, Detections, IntArray, VehicleClass
from enforcement.overlap import crowding
from enforcement.plates import Box

MIN_PLATE_PX = 40.0
"""Narrower plates are not readable by anything here: no crop is kept for them."""
KEPT = 4
GROWTH = 1.12
"""A vehicle must have grown by this much since its last crop: neighbouring frames see the same."""
MAX_TRACKS = 200
PLATE_SHARE = {
    VehicleClass.CAR: 0.30 / 1.8,
    VehicleClass.BUS: 0.30 / 2.5,
    VehicleClass.TRUCK: 0.30 / 2.4,
    VehicleClass.MOTORCYCLE: 0.20 / 0.75,
}
"""Width of a plate over the width of the vehicle that carries it."""


class Croppable(Protocol):
    """A frame that gives parts of itself, in BGR, without converting the rest."""

    def crop(self, x: int, y: int, width: int, height: int) -> ByteArray:
        """The part inside the box, clipped to the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CropKept:
    """One crop of one vehicle. origin: (left, top) in the frame; box, others: frame pixels."""

    picture: ByteArray
    origin: tuple[float, float]
    box: Box
    others: tuple[Box, ...]
    plate_px: float
    sharpness: float

    def cut(self, xyxy: Box, *, margin: float = 0.25) -> ByteArray:
        """The part of the crop around a read, for people."""
        wide, high = margin * (xyxy[2] - xyxy[0]), margin * (xyxy[3] - xyxy[1])
        left, top = max(0, int(xyxy[0] - wide)), max(0, int(xyxy[1] - high))
        right, bottom = int(xyxy[2] + wide) + 1, int(xyxy[3] + high) + 1
        return np.ascontiguousarray(self.picture[top:bottom, left:right])


class PlateCrops:
    """Keeps up to `KEPT` crops of each open track."""

    def __init__(self) -> None:
        self._kept: dict[int, list[CropKept]] = {}

    def offer(self, frame: Croppable, tracked: Detections, ids: IntArray) -> None:
        """Consider one frame's vehicles; tracked and ids as the observer gives them."""
        if len(ids) == 0:
            return
        occlusion, contested = crowding(tracked.xyxy)
        clear = (occlusion < 0.3) & ~contested
        for row in np.flatnonzero(clear):
            width = float(tracked.xyxy[row, 2] - tracked.xyxy[row, 0])
            plate_px = width * PLATE_SHARE[VehicleClass(int(tracked.class_id[row]))]
            track_id = int(ids[row])
            if plate_px >= MIN_PLATE_PX and self._wanted(track_id, plate_px):
                self._keep(track_id, _crop(frame, tracked, int(row), plate_px))

    def take(self, track_id: int) -> Sequence[CropKept]:
        """The crops of a track that has ended, largest first; they are forgotten here."""
        return self._kept.pop(track_id, [])

    def _wanted(self, track_id: int, plate_px: float) -> bool:
        kept = self._kept.get(track_id)
        if not kept:
            return True
        widths = [crop.plate_px for crop in kept]
        grown = all(not w / GROWTH < plate_px < w * GROWTH for w in widths)
        return grown and (len(kept) < KEPT or plate_px > min(widths))

    def _keep(self, track_id: int, crop: CropKept) -> None:
        kept = [*self._kept.get(track_id, []), crop]
        kept.sort(key=lambda c: -_worth(c))
        self._kept[track_id] = kept[:KEPT]
        # Tracks that never became a pass are never taken: the oldest give way.
        while len(self._kept) > MAX_TRACKS:
            del self._kept[next(iter(self._kept))]


def _worth(crop: CropKept) -> float:
    return crop.plate_px * min(1.0, 0.3 + crop.sharpness / 300.0)


def _crop(frame: Croppable, tracked: Detections, row: int, plate_px: float) -> CropKept:
    left, top, right, bottom = (float(v) for v in tracked.xyxy[row])
    pad = 0.04 * (right - left)
    x, y = max(0, int(left - pad)), max(0, int(top))
    width, height = int(right + pad) - x, int(bottom + pad) - y
    picture = np.ascontiguousarray(frame.crop(x, y, width, height))
    others = [
        (float(b[0]), float(b[1]), float(b[2]), float(b[3]))
        for i, b in enumerate(tracked.xyxy)
        if i != row
    ]
    crop = CropKept(
        picture=picture,
        origin=(float(x), float(y)),
        box=(left - pad, top - pad, right + pad, bottom + pad),
        others=tuple(others),
        plate_px=plate_px,
        sharpness=0.0,
    )
    return replace(crop, sharpness=_sharpness(picture))


def _sharpness(picture: ByteArray) -> float:
    """Variance of the Laplacian of the crop's lower half, where plates are."""
    lower = picture[picture.shape[0] // 2 :]
    if lower.size == 0:
        return 0.0
    grey = cv2.cvtColor(lower, cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())
