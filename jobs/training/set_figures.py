"""Figures of an exported detector on the `val` pictures of labelled sets, for its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.detector_onnx import OnnxDetector
from jobs.training.evaluation import LOWEST_SCORE, score
from jobs.training.yolo_sets import YoloSet


def figures_of_sets(onnx: Path, sets: list[YoloSet]) -> dict[str, dict[str, Any]]:
    """What `jobs.bench detector` says of each set, speed left out."""
    threshold = OnnxDetector.load(onnx).confidence
    detector = OnnxDetector.load(onnx, confidence=LOWEST_SCORE)
    return {s.name: score(detector, s, split="val", threshold=threshold) for s in sets}
