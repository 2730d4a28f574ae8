"""Ultralytics as it is used: `YOLO.track` on a file, and its SpeedEstimator solution.

Its own OpenVINO backend runs the same network. Nothing is drawn on a screen or written.
"""

from __future__ import annotations

import logging
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from enforcement.errors import BadInput
from enforcement.scene import Scene
from jobs.benches.peer_runs import PeerRun, PeerTask, PeerTrack
from jobs.training.ultralytics_run import require

MOST_KMH = 250
BLANK = np.zeros((720, 1280, 3), np.uint8)


def needed() -> None:
    """Raises BadInput, one line, without the `train` group."""
    try:
        require()
    except BadInput:
        raise BadInput("bench peers needs the train group: uv sync --group train") from None
    from ultralytics.utils import LOGGER  # noqa: PLC0415 - the `train` group is optional

    # It writes to stdout, where our figures go.
    LOGGER.setLevel(logging.CRITICAL)


def model(task: PeerTask) -> Any:
    """The network behind Ultralytics' own class, ready."""
    from ultralytics import YOLO  # noqa: PLC0415 - the `train` group is optional

    yolo = YOLO(str(task.network), task="detect")
    # The network is compiled on the first picture: that is not the pace.
    yolo.predict(BLANK, verbose=False, **without(options(task), "tracker"))
    return yolo


def track(task: PeerTask) -> PeerRun:
    """`YOLO(...).track(file, stream=True)` with ByteTrack; no speeds."""
    yolo = model(task)
    tracks: dict[int, PeerTrack] = {}
    frames = 0
    begun = perf_counter()
    for frame, result in enumerate(
        yolo.track(str(task.video), stream=True, persist=True, verbose=False, **options(task))
    ):
        frames = frame + 1
        if result.boxes is not None and result.boxes.id is not None:
            ids = result.boxes.id.int().tolist()
            for number, box in zip(ids, result.boxes.xyxy.numpy(), strict=True):
                tracks.setdefault(number, PeerTrack()).add(frame, box)
    return PeerRun(frames=frames, seconds=perf_counter() - begun, tracks=tracks)


def speed_estimator(task: PeerTask) -> PeerRun:
    """`solutions.SpeedEstimator`: one metres-per-pixel, taken in the middle of the measured zone.

    It says one speed for a whole track, from its first frames; a second of them here, not its usual five.
    """
    from ultralytics import solutions  # noqa: PLC0415 - the `train` group is optional

    estimator = solutions.SpeedEstimator(
        model=str(task.network),
        fps=task.nominal_fps,
        meter_per_pixel=metres_per_pixel(task.scene),
        max_speed=MOST_KMH,
        max_hist=round(task.nominal_fps),
        show=False,
        verbose=False,
        **without(options(task), "agnostic_nms"),
    )
    estimator.process(BLANK)
    tracks: dict[int, PeerTrack] = {}
    frame = 0
    begun = perf_counter()
    video = cv2.VideoCapture(str(task.video))
    while True:
        there, picture = video.read()
        if not there:
            break
        said = estimator.process(picture).speed_dict
        for number, box in zip(estimator.track_ids, estimator.boxes, strict=True):
            seen = tracks.setdefault(number, PeerTrack())
            seen.add(frame, np.asarray(box))
            if number in said and seen.speed_kmh is None:
                seen.say(float(said[number]), seen.frames[0], frame)
        frame += 1
    video.release()
    return PeerRun(frames=frame, seconds=perf_counter() - begun, tracks=tracks)


def options(task: PeerTask) -> dict[str, Any]:
    """Size and thresholds of the shipped detector."""
    return {
        "imgsz": (task.size[1], task.size[0]),
        "conf": task.card.confidence,
        "iou": task.card.overlap,
        "agnostic_nms": True,
        "tracker": "bytetrack.yaml",
        "device": "cpu",
    }


def without(arguments: dict[str, Any], name: str) -> dict[str, Any]:
    """Arguments but one, for calls that do not know it."""
    return {key: value for key, value in arguments.items() if key != name}


def metres_per_pixel(scene: Scene) -> float:
    """Scale along the road in the middle of the measured zone: the best single value there is."""
    if scene.road is None or scene.measurement_zone is None:
        raise BadInput("bench peers: the site needs a calibration and a measurement_zone")
    middle = scene.road.to_world(scene.measurement_zone.mean(axis=0)[None])[0]
    ends = np.stack([middle - [0.0, 0.5], middle + [0.0, 0.5]])
    pixels = scene.road.to_image(ends)
    return float(1.0 / np.linalg.norm(pixels[1] - pixels[0]))
