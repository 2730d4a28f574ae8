"""What a detector saw in one frame, as columns.

The detector itself lives behind `Detector`; no vendor object, image library or model is known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
ByteArray = NDArray[np.uint8]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class VehicleClass(IntEnum):
    """The four classes every detector maps onto; the order is that of the shipped weights."""

    CAR = 0
    BUS = 1
    TRUCK = 2
    MOTORCYCLE = 3

    @property
    def label(self) -> str:
        """Lower-case name used in files, rows and pages."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Detections:
    """Boxes of one frame.

    xyxy: (N, 4) float32, pixels (left, top, right, bottom), y grows downwards.
    confidence: (N,) float32 in 0..1. class_id: (N,) int64, values of `VehicleClass`.
    """

    xyxy: Float32Array
    confidence: Float32Array
    class_id: IntArray

    def __len__(self) -> int:
        return int(self.xyxy.shape[0])

    @classmethod
    def empty(cls) -> Detections:
        """No box at all."""
        return cls(
            xyxy=np.zeros((0, 4), np.float32),
            confidence=np.zeros(0, np.float32),
            class_id=np.zeros(0, np.int64),
        )

    def select(self, keep: BoolArray | IntArray) -> Detections:
        """Rows chosen by a mask or by indices."""
        return Detections(
            xyxy=self.xyxy[keep], confidence=self.confidence[keep], class_id=self.class_id[keep]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeError:
    """Error of a detector's box edge against truth (detected minus true), as measured.

    bias_frac: mean error as a fraction of box height. bias_px: the same where it was measured by height:
    (box height, mean error) in inference pixels, heights ascending; it is used instead when present,
    because small and large vehicles are boxed differently. sigma_frac: spread that grows with height.
    sigma_px: floor of the spread, in pixels of the inference image.
    corr: share of the variance that one track keeps through all its frames (0..1).
    scene_px: spread of what all vehicles of one scene share (its light and weather), inference pixels.
    """

    bias_frac: float
    sigma_frac: float
    sigma_px: float
    corr: float = 0.0
    bias_px: tuple[tuple[float, float], ...] = ()
    scene_px: float = 0.0

    def bias(self, height: FloatArray) -> FloatArray:
        """(N,) mean error at box heights (N,), both in inference pixels."""
        if not self.bias_px:
            return self.bias_frac * height
        knots = np.array(self.bias_px)
        return np.asarray(np.interp(height, knots[:, 0], knots[:, 1]), np.float64)


class Detector(Protocol):
    """A batch of pictures in, boxes out."""

    @property
    def name(self) -> str:
        """Model name for manifests and reports."""

    @property
    def digest(self) -> str:
        """SHA-256 of the model file, hex."""

    @property
    def input_size(self) -> tuple[int, int]:
        """(width, height) of inference pictures, pixels."""

    def detect(self, batch: ByteArray) -> list[Detections]:
        """Boxes for each picture.

        batch: (B, H, W, 3) uint8, BGR, already letterboxed to `input_size`.
        Returns B `Detections` in pixels of the inference picture.
        """
