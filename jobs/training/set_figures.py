"""Figures of an exported detector on the `val` pictures of labelled sets, for its card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.detector_onnx import OnnxDetector
from jobs.training.evaluation import LOWEST_SCORE, score
from jobs.training.yolo_sets import YoloSet


def figures_of_sets(onnx: Path, sets: list[YoloSet]) -> dict[str, dict[str, Any]]:
    """What `jobs.bench detector` says of each set, speed left out.

    By the set's own labels; where some were read again, by those too, under `reread`.
    """
    threshold = OnnxDetector.load(onnx).confidence
    detector = OnnxDetector.load(onnx, confidence=LOWEST_SCORE)

    def figures(each: YoloSet) -> dict[str, Any]:
        return score(detector, each, split="val", threshold=threshold)

    made = {s.name: figures(replace(s, reread={})) for s in sets}
    for each in sets:
        if each.reread:
            made[each.name]["reread"] = figures(each)
    return made
