"""Which true vehicle a measured pass belongs to, and what was true of it.

Boxes decide: in most of a pass's frames its box lies on that vehicle's true box. Truth is read here and
nowhere in the pipeline.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from enforcement.detections import Float32Array, FloatArray
from enforcement.tracks import Track
from simulation.boxes import visible_boxes
from simulation.faults import Faults
from simulation.recording import scene_timeline
from simulation.scene import SimScene
from simulation.vehicles import Vehicle
from simulation.verdict_truth import TrueInfraction, infractions

MIN_OVERLAP = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneTruth:
    """Truth of one scene as recorded: true_t_s (F,) by frame; boxes by vehicle id, (F, 4), NaN unseen."""

    scene: SimScene
    true_t_s: FloatArray
    pts_s: FloatArray
    boxes: Mapping[int, FloatArray]
    vehicles: Mapping[int, Vehicle]
    infractions: tuple[TrueInfraction, ...]

    @classmethod
    def of(cls, scene: SimScene, faults: Faults) -> SceneTruth:
        """Exact truth under the faults the scene was recorded with."""
        line = scene_timeline(scene, faults)
        times = np.asarray(line.true_t_s)
        return cls(
            scene=scene,
            true_t_s=times,
            pts_s=np.asarray(line.pts_s),
            boxes={v.vehicle_id: _boxes(scene, v, times) for v in scene.vehicles},
            vehicles={v.vehicle_id: v for v in scene.vehicles},
            infractions=tuple(infractions(scene)),
        )

    def owner(self, track: Track) -> int | None:
        """Vehicle on which most of the track's boxes lie; None when no vehicle holds a majority."""
        votes: Counter[int] = Counter()
        sampled = np.linspace(0, len(track) - 1, min(len(track), 25)).round().astype(int)
        for row in sampled:
            # Frames that never arrived leave no gap in the reader's count, so stamps are compared.
            frame = int(np.argmin(np.abs(self.pts_s - track.t_s[row])))
            found = self._at(frame, track.xyxy[row])
            if found is not None:
                votes[found] += 1
        if not votes:
            return None
        best, count = votes.most_common(1)[0]
        return best if count > len(sampled) / 2 else None

    def mean_speed_kmh(self, vehicle_id: int, from_pts_s: float, to_pts_s: float) -> float:
        """Exact mean speed between the frames stamped nearest to two capture times."""
        t0, t1 = (
            float(self.true_t_s[int(np.argmin(np.abs(self.pts_s - t)))])
            for t in (from_pts_s, to_pts_s)
        )
        return self.vehicles[vehicle_id].motion.mean_speed_kmh(t0, t1)

    def _at(self, frame: int, box: Float32Array) -> int | None:
        best, overlap = None, MIN_OVERLAP
        for vehicle_id, boxes in self.boxes.items():
            if np.isnan(boxes[frame, 0]):
                continue
            value = _iou(boxes[frame], box)
            if value > overlap:
                best, overlap = vehicle_id, value
        return best


def _boxes(scene: SimScene, vehicle: Vehicle, times: FloatArray) -> FloatArray:
    boxes = np.full((len(times), 4), np.nan)
    alive = (times >= vehicle.motion.enters_s) & (times <= vehicle.motion.leaves_s)
    if alive.any():
        boxes[alive] = visible_boxes(scene.camera, vehicle, times[alive])
    return boxes


def _iou(a: FloatArray, b: Float32Array) -> float:
    left, top = max(a[0], b[0]), max(a[1], b[1])
    right, bottom = min(a[2], b[2]), min(a[3], b[3])
    if right <= left or bottom <= top:
        return 0.0
    shared = (right - left) * (bottom - top)
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return float(shared / (areas - shared))
