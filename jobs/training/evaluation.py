"""A detector on the labelled pictures of a set.

Boxes are compared at the picture's own size, after the letterbox there and back.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from adapters.detector_onnx import OnnxDetector
from adapters.letterbox import Letterbox, input_size_for
from enforcement.detections import ByteArray, Detections
from enforcement.errors import BadInput
from jobs import cli
from jobs.training.scores import Scores, Truth
from jobs.training.yolo_sets import Rows, YoloSet

LOWEST_SCORE = 0.001
Look = Callable[[Path, ByteArray, Detections, Truth], None]


def score(
    detector: OnnxDetector,
    labelled: YoloSet,
    *,
    split: str,
    threshold: float,
    look: Look | None = None,
) -> dict[str, Any]:
    """Figures of a detector, loaded with a very low threshold, on one split of a set.

    look: shown each picture with what was found and what is true.
    """
    scores = Scores(threshold=threshold, ignored=labelled.unlabelled)
    pictures = labelled.pictures(split)
    with cli.progress() as bar:
        task = bar.add_task(labelled.name, total=len(pictures))
        for path in pictures:
            picture = read_picture(path)
            found, truth = _found(detector, picture), _truth(labelled.rows(path), picture)
            scores.add(found, truth)
            if look:
                look(path, picture, found, truth)
            bar.advance(task)
    return {"pictures": len(pictures), **scores.figures()}


def read_picture(path: Path) -> ByteArray:
    """A picture file, (H, W, 3) uint8 BGR. Raises BadInput naming the file."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise BadInput(f"{path}: not a readable picture")
    return np.asarray(picture, np.uint8)


def _found(detector: OnnxDetector, picture: ByteArray) -> Detections:
    source = (picture.shape[1], picture.shape[0])
    size = (
        input_size_for(source, pixels=detector.pixels) if detector.any_size else detector.input_size
    )
    box = Letterbox.fit(source, size)
    return box.to_source(detector.detect(box.picture(picture)[None])[0])


def _truth(rows: Rows, picture: ByteArray) -> Truth:
    height, width = picture.shape[:2]
    half = rows[:, 3:5] / 2
    corners = np.concatenate([rows[:, 1:3] - half, rows[:, 1:3] + half], axis=1)
    return Truth(
        xyxy=(corners * [width, height, width, height]).astype(np.float32),
        class_id=rows[:, 0].astype(np.int64),
    )
