"""`python -m jobs.bench detector --images DIR`: the shipped detector on labelled pictures it never saw.

Speed is that of the whole adapter (network and decoding of its output) at the inference size of a 16:9
camera. `--box-error` measures instead how far the edges of boxes are from truth, on simulated frames.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from adapters.detector_onnx import OnnxDetector
from adapters.letterbox import Letterbox
from adapters.settings import DEFAULT_WEIGHTS
from enforcement.detections import ByteArray
from enforcement.errors import BadInput
from jobs.training.box_error import measure
from jobs.training.evaluation import LOWEST_SCORE, read_picture, score
from jobs.training.mistakes import Mistakes
from jobs.training.reread_labels import add_reread
from jobs.training.yolo_sets import YoloSet, read_again, read_set

WARM_UP, TIMED, PER_BATCH = 16, 128, 16
TURNS = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this bench."""
    parser.add_argument("--images", type=Path, help="a set in YOLO layout")
    add_reread(parser)
    parser.add_argument("--split", default="val", help="which pictures (default val)")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, help="ONNX file")
    parser.add_argument("--runtime", default="openvino", help="openvino or onnxruntime")
    parser.add_argument(
        "--pixels", type=int, default=None, help="inference area, the card's by default"
    )
    parser.add_argument("--box-error", action="store_true", help="edges of boxes against truth")
    parser.add_argument("--no-speed", action="store_true", help="leave the speed out")
    parser.add_argument(
        "--mistakes",
        type=Path,
        metavar="PICTURE",
        help="write a sheet of the vehicles found but named wrongly, to look at (.png, .jpg)",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Figures of one set as one JSON object. Raises BadInput for an unusable set or model."""
    if args.box_error:
        return {"box_error": measure(args.weights)}
    if args.images is None:
        raise BadInput("bench detector: --images DIR or --box-error is needed")
    labelled = _labelled(args)
    detector = OnnxDetector.load(
        args.weights, runtime=args.runtime, pixels=args.pixels, confidence=LOWEST_SCORE
    )
    shipped = OnnxDetector.load(args.weights, runtime=args.runtime, pixels=args.pixels)
    mistakes = Mistakes(threshold=shipped.confidence)
    figures = score(
        detector,
        labelled,
        split=args.split,
        threshold=shipped.confidence,
        look=mistakes.look if args.mistakes else None,
    )
    if args.mistakes:
        figures["mistakes_shown"] = mistakes.write(args.mistakes)
    return {
        "set": labelled.name,
        "labels": "read again" if labelled.reread else "as the set has them",
        "model": shipped.name,
        "sha256": shipped.digest,
        "input_size": list(shipped.input_size),
        **figures,
        **({"fps": None} if args.no_speed else _speeds(shipped, labelled, args.split)),
    }


def _labelled(args: argparse.Namespace) -> YoloSet:
    made = [read_set(args.images)]
    for path in args.reread:
        made = read_again(made, path)
    return made[0]


def _speeds(detector: OnnxDetector, labelled: YoloSet, split: str) -> dict[str, float]:
    """Pictures a second of noise, where nothing is found, and of the set, whose vehicles cost as well.

    The median of some turns, and the best: others on the machine can only slow a turn down.
    """
    width, height = detector.input_size
    noise = np.random.default_rng(0).integers(0, 255, (PER_BATCH, height, width, 3), np.uint8)
    own = [read_picture(p) for p in labelled.pictures(split)[:PER_BATCH]]
    shown = [Letterbox.fit((p.shape[1], p.shape[0]), (width, height)).picture(p) for p in own]
    turns = [
        (frames_per_second(detector, noise), frames_per_second(detector, np.stack(shown)))
        for _ in range(TURNS)
    ]
    empty, full = zip(*turns, strict=True)
    return {
        "fps": round(median(empty), 1),
        "fps_best": round(max(empty), 1),
        "fps_on_set": round(median(full), 1),
        "fps_on_set_best": round(max(full), 1),
    }


def frames_per_second(detector: OnnxDetector, batch: ByteArray) -> float:
    """Pictures a second through the adapter, this batch again and again, on all cores of this process."""
    for _ in range(-(-WARM_UP // len(batch))):
        detector.detect(batch)
    calls = -(-TIMED // len(batch))
    begun = time.perf_counter()
    for _ in range(calls):
        detector.detect(batch)
    return calls * len(batch) / (time.perf_counter() - begun)
