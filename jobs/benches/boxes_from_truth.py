"""The observer fed with boxes drawn from truth, with the shipped detector's own measured errors.

Errors have a part that a track keeps and a part that changes from frame to frame, as measured; boxes
are missed and hidden as a detector would. Lamps are read with the misreadings of a real reader.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from actors.detector import detector_info, load_detector
from actors.frame_batch import letterbox_for
from actors.measurement import UNMEASURED, measurement_model
from adapters.stream_clock import UNCOMPARED_RATE_SIGMA
from adapters.tracker import ByteTrack
from enforcement.detections import Detections, EdgeError, FloatArray, VehicleClass
from enforcement.frames import FrameStamp
from enforcement.observer import Judged, Observer
from enforcement.rules import rules_on
from enforcement.scene import Scene
from enforcement.signals import SignalReading, SignalState
from simulation.boxes import visible_boxes
from simulation.faults import Faults
from simulation.recording import scene_timeline
from simulation.scene import SimScene
from simulation.site_file import site_of

MISS = 0.02
"""Share of visible vehicles a frame's detector misses."""
HIDDEN = 0.7
"""A box covered by so much of nearer ones is not detected."""
CONFUSED = 0.02
"""Share of frames in which a box gets another class."""
MISREAD = 0.005
"""Share of frames in which a lamp is read as unknown."""
EDGES = ("left", "top", "right", "bottom")


def observe_boxes(scene: SimScene, faults: Faults, weights: Path) -> list[Judged]:
    """All passes of a scene at the detections level."""
    info = detector_info(load_detector(weights, threads=1))
    size = (scene.camera.width, scene.camera.height)
    site = Scene.from_mapping(site_of(scene), image_size=size)
    letterbox = letterbox_for(size, info)
    scale = 1.0 / letterbox.scale[1]
    observer = Observer(
        scene=site,
        model=measurement_model(
            info, pixels_per_inference_pixel=scale, clock_rate_sigma=UNCOMPARED_RATE_SIGMA
        ),
        tracker=ByteTrack(),
        rules=rules_on(scene.epoch.date()),
        image_size=size,
    )
    line = scene_timeline(scene, faults)
    rng = np.random.default_rng((scene.seed, 91))
    columns = _Columns(scene, np.asarray(line.true_t_s), info.box_error, scale, rng)
    sigma_t = max(0.0005, faults.jitter_s)
    judged: list[Judged] = []
    for index, (true_t, pts) in enumerate(zip(line.true_t_s, line.pts_s, strict=True)):
        stamp = FrameStamp(
            index=index,
            pts=round(float(pts) * 90_000),
            t_s=float(pts),
            sigma_t_s=sigma_t,
            captured_at=scene.epoch,
        )
        readings = _lamps(scene, float(true_t), float(pts), rng)
        done, _, _ = observer.step(stamp, columns.detections(index), readings)
        judged.extend(done)
    return judged + observer.finish()


class _Columns:
    """True boxes of all vehicles over all frames with the errors added; (V, F, 4)."""

    def __init__(
        self,
        scene: SimScene,
        times: FloatArray,
        errors: dict[VehicleClass, dict[str, EdgeError]],
        scale: float,
        rng: np.random.Generator,
    ) -> None:
        self._rng = rng
        self._classes = np.array([int(v.body.vehicle_class) for v in scene.vehicles])
        count = len(scene.vehicles)
        # What the light of the scene does to all its boxes alike.
        light = float(rng.normal())
        self._boxes = np.full((count, len(times), 4), np.nan)
        for row, vehicle in enumerate(scene.vehicles):
            alive = (times >= vehicle.motion.enters_s) & (times <= vehicle.motion.leaves_s)
            if not alive.any():
                continue
            boxes = visible_boxes(scene.camera, vehicle, times[alive])
            edge = errors.get(vehicle.body.vehicle_class, {})
            self._boxes[row, alive] = _erred(boxes, edge, scale, light, rng)

    def detections(self, frame: int) -> Detections:
        """What a detector would report of one frame."""
        boxes = self._boxes[:, frame]
        rows = np.flatnonzero(~np.isnan(boxes[:, 0]))
        rows = rows[self._rng.random(len(rows)) >= MISS]
        rows = rows[boxes[rows, 3] - boxes[rows, 1] >= 12]
        if len(rows) == 0:
            return Detections.empty()
        rows = rows[_uncovered(boxes[rows]) > 1 - HIDDEN]
        classes = self._classes[rows].copy()
        confused = self._rng.random(len(rows)) < CONFUSED
        classes[confused] = self._rng.integers(0, len(VehicleClass), int(confused.sum()))
        return Detections(
            xyxy=boxes[rows].astype(np.float32),
            confidence=self._rng.uniform(0.6, 0.95, len(rows)).astype(np.float32),
            class_id=classes.astype(np.int64),
        )


def _erred(
    boxes: FloatArray,
    edges: dict[str, EdgeError],
    scale: float,
    light: float,
    rng: np.random.Generator,
) -> FloatArray:
    height = boxes[:, 3] - boxes[:, 1]
    noisy = boxes.copy()
    for column, name in enumerate(EDGES):
        error = edges.get(name, UNMEASURED)
        sigma = np.hypot(error.sigma_px * scale, error.sigma_frac * height)
        kept = rng.normal() * np.sqrt(error.corr)
        changing = rng.normal(size=len(boxes)) * np.sqrt(1 - error.corr)
        shared = error.bias(height / scale) * scale + light * error.scene_px * scale
        noisy[:, column] += shared + sigma * (kept + changing)
    return noisy


def _uncovered(boxes: FloatArray) -> FloatArray:
    """(N,) share of each box not covered by the one nearer box that covers most."""
    left = np.maximum(boxes[:, None, 0], boxes[None, :, 0])
    top = np.maximum(boxes[:, None, 1], boxes[None, :, 1])
    right = np.minimum(boxes[:, None, 2], boxes[None, :, 2])
    bottom = np.minimum(boxes[:, None, 3], boxes[None, :, 3])
    shared = np.clip(right - left, 0, None) * np.clip(bottom - top, 0, None)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    nearer = boxes[None, :, 3] > boxes[:, None, 3]
    covered = np.where(nearer, shared / np.maximum(area[:, None], 1e-9), 0.0)
    return np.asarray(1.0 - covered.max(axis=1))


def _lamps(
    scene: SimScene, true_t: float, pts: float, rng: np.random.Generator
) -> list[SignalReading]:
    if scene.programme is None:
        return []
    state = scene.programme.state(true_t)
    if rng.random() < MISREAD:
        state = SignalState.UNKNOWN
    return [
        SignalReading(signal_id=head.signal_id, t_s=pts, state=state, confidence=0.98)
        for head in scene.heads
    ]
