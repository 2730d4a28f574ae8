"""A vehicle's pass: every observation of one track, as columns.

This is what evidence stores and what a re-measurement starts from, so it holds all that the
measurement needs and nothing that depends on the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from enforcement.detections import (
    BoolArray,
    Detections,
    Float32Array,
    FloatArray,
    IntArray,
    VehicleClass,
)


class Tracker(Protocol):
    """Gives boxes of consecutive frames an identity."""

    def update(self, detections: Detections, t_s: float) -> tuple[Detections, IntArray]:
        """Boxes that belong to a track, and the track id of each; t_s is capture time in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """All observations of one vehicle in one camera, in capture order (N of them).

    frame_index: (N,) int64. pts: (N,) int64, -1 where absent. t_s, sigma_t_s: (N,) float64, seconds.
    xyxy: (N, 4) float32, full-frame pixels. confidence: (N,) float32. class_id: (N,) int64.
    occlusion: (N,) float32, share of the box's lower third hidden by boxes nearer to the camera.
    sides_hidden: (N,) float32, share of its width that may be missing beside such boxes.
    truncated: (N,) bool, the box touches the frame's border, the upper one excepted: nothing is measured
    with tops. concealed: (N,) bool, decode error.
    regular: (N,) bool, the clock was regular at that frame.
    contested: (N,) bool, another vehicle could own this box (overlapping boxes of similar size, or
    a track id that jumped).
    """

    track_id: int
    frame_index: IntArray
    pts: IntArray
    t_s: FloatArray
    sigma_t_s: FloatArray
    xyxy: Float32Array
    confidence: Float32Array
    class_id: IntArray
    occlusion: Float32Array
    sides_hidden: Float32Array
    truncated: BoolArray
    concealed: BoolArray
    regular: BoolArray
    contested: BoolArray

    def __len__(self) -> int:
        return int(self.t_s.shape[0])

    @property
    def vehicle_class(self) -> VehicleClass:
        """Class with the largest summed confidence over the track; ties go to the lower id."""
        weight = np.bincount(self.class_id, weights=self.confidence, minlength=len(VehicleClass))
        return VehicleClass(int(np.argmax(weight)))
