"""The few best pictures of each vehicle for reading its plate, kept until the pass is over.

Only crops are copied, never frames, and memory is bounded. It must not know how plates are read,
nor whose track a box is: the camera says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from adapters.plate_image import sharpness
from enforcement.detections import ByteArray, VehicleClass
from enforcement.plates import Box, PlateOcr, PlateRead, own_reads

CropSource = Callable[[int, int, int, int], ByteArray]
"""(left, top, right, bottom) in frame pixels; gives that part of the frame, BGR uint8."""

# Metres: plate width and usual vehicle width, to expect a plate's size from a vehicle's box.
_PLATE_M = {VehicleClass.MOTORCYCLE: 0.20}
_VEHICLE_M = {VehicleClass.BUS: 2.5, VehicleClass.TRUCK: 2.5, VehicleClass.MOTORCYCLE: 0.8}
_CAR_PLATE_M, _CAR_M = 0.30, 1.8
# Plates hang low on whatever has four wheels; the upper part only costs memory and time.
_UPPER_SHARE = 0.3
_MARGIN_SHARE = 0.04
_LOOK_PX = 160
_SHARP = 150.0
_DOUBT = 0.25
# A detector's edges waver, so a box may end a little before the frame that cuts it.
_EDGE_PX, _EDGE_SHARE = 2.0, 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlateCrop:
    """One picture of one vehicle.

    picture: (H, W, 3) uint8 BGR, a copy. origin: (left, top) of the picture in the frame. xyxy: the
    vehicle's box, others: other vehicles' boxes, frame pixels. plate_px: plate width expected.
    quality: 0..1 from size, sharpness and doubt. doubtful: hidden in part, cut by the
    frame's edge, or contested.
    """

    track_id: int
    t_s: float
    picture: ByteArray
    origin: tuple[int, int]
    xyxy: Box
    others: tuple[Box, ...]
    plate_px: float
    quality: float
    doubtful: bool


def expected_plate_px(
    xyxy: Box,
    vehicle_class: VehicleClass = VehicleClass.CAR,
    pixels_per_metre: float | None = None,
) -> float:
    """Plate width in pixels, from the road's scale at the vehicle or else from its box's width."""
    plate_m = _PLATE_M.get(vehicle_class, _CAR_PLATE_M)
    if pixels_per_metre is not None:
        return plate_m * pixels_per_metre
    return (xyxy[2] - xyxy[0]) * plate_m / _VEHICLE_M.get(vehicle_class, _CAR_M)


class PlateCrops:
    """Best crops of every track in view.

    keep: crops per track. least_plate_px: narrower plates are not worth a picture; at 36 the signs
    of a 300x150 mm plate are 10 pixels high. apart_s: crops of
    one such slice of capture time compete for one place, so that the kept ones differ. tracks: tracks
    held at once; the one offered longest ago is forgotten first.
    """

    def __init__(
        self,
        *,
        keep: int = 4,
        least_plate_px: float = 36.0,
        apart_s: float = 0.08,
        tracks: int = 64,
    ) -> None:
        self._keep, self._least, self._apart_s, self._tracks = keep, least_plate_px, apart_s, tracks
        self._held: dict[int, list[PlateCrop]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes of all pictures held."""
        return sum(crop.picture.nbytes for crops in self._held.values() for crop in crops)

    def offer(
        self,
        frame: ByteArray | CropSource,
        *,
        track_id: int,
        xyxy: Box,
        t_s: float,
        frame_size: tuple[int, int] | None = None,
        vehicle_class: VehicleClass = VehicleClass.CAR,
        pixels_per_metre: float | None = None,
        doubtful: bool = False,
        others: Sequence[Box] = (),
    ) -> bool:
        """Show one vehicle of one frame; returns whether its crop was kept.

        frame: (H, W, 3) uint8 BGR, or a source of parts of it, for which frame_size (width, height)
        bounds the box where known.
        """
        if isinstance(frame, np.ndarray):
            frame_size = (frame.shape[1], frame.shape[0])
        doubtful = doubtful or _cut_off(xyxy, frame_size)
        plate_px = expected_plate_px(xyxy, vehicle_class, pixels_per_metre)
        if plate_px < self._least or not self._could_enter(track_id, t_s, plate_px, doubtful):
            return False
        area = _area(xyxy, vehicle_class, frame_size)
        if area[2] - area[0] < 2 or area[3] - area[1] < 2:
            return False
        picture = _cut(frame, area)
        crop = PlateCrop(
            track_id=track_id,
            t_s=t_s,
            picture=picture,
            origin=(area[0], area[1]),
            xyxy=xyxy,
            others=tuple(others),
            plate_px=plate_px,
            quality=_quality(plate_px, _sharp_share(picture), doubtful),
            doubtful=doubtful,
        )
        return self._enter(crop)

    def best(self, track_id: int) -> list[PlateCrop]:
        """Crops of a track in the order of capture."""
        return sorted(self._held.get(track_id, ()), key=lambda crop: crop.t_s)

    def take(self, track_id: int) -> list[PlateCrop]:
        """`best`, and the track is forgotten."""
        crops = self.best(track_id)
        self._held.pop(track_id, None)
        return crops

    def _slot(self, t_s: float) -> int:
        return int(t_s // self._apart_s)

    def _could_enter(self, track_id: int, t_s: float, plate_px: float, doubtful: bool) -> bool:
        """Whether a perfectly sharp crop would be kept, so that most frames cost nothing."""
        rival = self._rival(track_id, t_s)
        return rival is None or _quality(plate_px, 1.0, doubtful) > rival.quality

    def _rival(self, track_id: int, t_s: float) -> PlateCrop | None:
        """The held crop that a new one must beat; None where there is room."""
        held = self._held.get(track_id, [])
        near = [crop for crop in held if self._slot(crop.t_s) == self._slot(t_s)]
        if near:
            return max(near, key=lambda crop: crop.quality)
        return min(held, key=lambda crop: crop.quality) if len(held) >= self._keep else None

    def _enter(self, crop: PlateCrop) -> bool:
        rival = self._rival(crop.track_id, crop.t_s)
        if rival is not None and crop.quality <= rival.quality:
            return False
        held = self._held.pop(crop.track_id, [])
        near = [old for old in held if self._slot(old.t_s) == self._slot(crop.t_s)]
        gone = near or ([rival] if rival is not None else [])
        self._held[crop.track_id] = [old for old in held if old not in gone] + [crop]
        while len(self._held) > self._tracks:
            del self._held[next(iter(self._held))]
        return True


def own_plate_reads(crops: Sequence[PlateCrop], ocr: PlateOcr) -> list[PlateRead]:
    """The best read of each crop whose place belongs to its own vehicle, weighed by its crop."""
    reads = ocr.read([crop.picture for crop in crops])
    own = [
        own_reads(some, crop.origin, crop.xyxy, crop.others)
        for crop, some in zip(crops, reads, strict=True)
    ]
    return [
        replace(some[0], crop_quality=crop.quality)
        for crop, some in zip(crops, own, strict=True)
        if some
    ]


def _cut_off(xyxy: Box, frame_size: tuple[int, int] | None) -> bool:
    """Whether the frame's edge cuts the vehicle where its plate may hang."""
    width, height = frame_size or (np.inf, np.inf)
    near = max(_EDGE_PX, _EDGE_SHARE * (xyxy[2] - xyxy[0]))
    return bool(xyxy[0] <= near or xyxy[2] >= width - near or xyxy[3] >= height - near)


def _area(
    xyxy: Box, vehicle_class: VehicleClass, frame_size: tuple[int, int] | None
) -> tuple[int, int, int, int]:
    left, top, right, bottom = xyxy
    margin = _MARGIN_SHARE * (right - left)
    if vehicle_class is not VehicleClass.MOTORCYCLE:
        top += _UPPER_SHARE * (bottom - top)
    area = [left - margin, top, right + margin, bottom + margin]
    width, height = frame_size or (np.inf, np.inf)
    return (
        int(max(area[0], 0)),
        int(max(area[1], 0)),
        int(min(area[2], width)),
        int(min(area[3], height)),
    )


def _cut(frame: ByteArray | CropSource, area: tuple[int, int, int, int]) -> ByteArray:
    if isinstance(frame, np.ndarray):
        return frame[area[1] : area[3], area[0] : area[2]].copy()
    return np.array(frame(*area), np.uint8)


def _sharp_share(picture: ByteArray) -> float:
    """0..1: sharpness of a small copy of the crop, where plates and lamps are."""
    scale = min(1.0, _LOOK_PX / picture.shape[1])
    size = (max(1, int(picture.shape[1] * scale)), max(1, int(picture.shape[0] * scale)))
    value = sharpness(np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8))
    return value / (value + _SHARP)


def _quality(plate_px: float, sharp: float, doubtful: bool) -> float:
    size = plate_px / (plate_px + 60.0)
    return size * (0.5 + 0.5 * sharp) * (_DOUBT if doubtful else 1.0)
