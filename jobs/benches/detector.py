"""`python -m jobs.bench detector --images DIR`: the shipped detector on labelled pictures it never saw.

Boxes are compared at the picture's own size, after the letterbox there and back. Speed is that of the
whole adapter (network and decoding of its output) at the inference size of a 16:9 camera.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from adapters.detector_onnx import OnnxDetector
from adapters.letterbox import Letterbox, input_size_for
from adapters.settings import DEFAULT_WEIGHTS
from enforcement.detections import ByteArray, Detections
from enforcement.errors import BadInput
from jobs import cli
from jobs.training.scores import Scores, Truth
from jobs.training.yolo_sets import Rows, YoloSet, read_set

LOWEST_SCORE = 0.001
WARM_UP, TIMED, PER_BATCH = 16, 256, 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this bench."""
    parser.add_argument("--images", type=Path, required=True, help="a set in YOLO layout")
    parser.add_argument("--split", default="val", help="which pictures (default val)")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, help="ONNX file")
    parser.add_argument("--runtime", default="openvino", help="openvino or onnxruntime")
    parser.add_argument(
        "--pixels", type=int, default=None, help="inference area, the card's by default"
    )
    parser.add_argument("--no-speed", action="store_true", help="leave the speed out")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Figures of one set as one JSON object. Raises BadInput for an unusable set or model."""
    labelled = read_set(args.images)
    detector = OnnxDetector.load(
        args.weights, runtime=args.runtime, pixels=args.pixels, confidence=LOWEST_SCORE
    )
    shipped = OnnxDetector.load(args.weights, runtime=args.runtime, pixels=args.pixels)
    figures = score(detector, labelled, split=args.split, threshold=shipped.confidence)
    return {
        "set": labelled.name,
        "model": shipped.name,
        "sha256": shipped.digest,
        "input_size": list(shipped.input_size),
        **figures,
        "fps": None if args.no_speed else round(frames_per_second(shipped), 1),
    }


def score(
    detector: OnnxDetector, labelled: YoloSet, *, split: str, threshold: float
) -> dict[str, Any]:
    """Figures of a detector, loaded with a very low threshold, on one split of a set."""
    scores = Scores(threshold=threshold, ignored=labelled.unlabelled)
    pictures = labelled.pictures(split)
    area = detector.input_size[0] * detector.input_size[1]
    with cli.progress() as bar:
        task = bar.add_task(labelled.name, total=len(pictures))
        for path in pictures:
            picture = read_picture(path)
            scores.add(_found(detector, picture, area), _truth(labelled.rows(path), picture))
            bar.advance(task)
    return {"pictures": len(pictures), **scores.figures()}


def frames_per_second(detector: OnnxDetector) -> float:
    """Pictures a second through the adapter, batches of 16, on all cores this process may use."""
    width, height = detector.input_size
    noise = np.random.default_rng(0).integers(0, 255, (PER_BATCH, height, width, 3), np.uint8)
    for _ in range(WARM_UP // PER_BATCH):
        detector.detect(noise)
    begun = time.perf_counter()
    for _ in range(TIMED // PER_BATCH):
        detector.detect(noise)
    return TIMED / (time.perf_counter() - begun)


def read_picture(path: Path) -> ByteArray:
    """A picture file, (H, W, 3) uint8 BGR. Raises BadInput naming the file."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise BadInput(f"{path}: not a readable picture")
    return np.asarray(picture, np.uint8)


def _found(detector: OnnxDetector, picture: ByteArray, area: int) -> Detections:
    source = (picture.shape[1], picture.shape[0])
    size = input_size_for(source, pixels=area) if detector.any_size else detector.input_size
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
