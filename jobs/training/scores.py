"""How good a detector's boxes are: average precision, recall, precision, class accuracy, confusion.

Matching is per picture, best score first, each truth once, IoU >= 0.5; average precision is the
101-point interpolation of COCO. Pure arrays: no picture and no model is known here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from adapters.detector_decode import iou
from enforcement.detections import BoolArray, Detections, Float32Array, IntArray, VehicleClass

MATCH_IOU = 0.5
CLASSES = len(VehicleClass)
HEAVY = [VehicleClass.BUS, VehicleClass.TRUCK]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Labelled boxes of one picture. xyxy: (M, 4) pixels; class_id: (M,)."""

    xyxy: Float32Array
    class_id: IntArray


@dataclass(slots=True)
class _Curve:
    hits: list[BoolArray] = field(default_factory=list)
    confidences: list[Float32Array] = field(default_factory=list)
    truths: int = 0

    def add(self, hit: BoolArray, confidence: Float32Array, truths: int) -> None:
        self.hits.append(hit)
        self.confidences.append(confidence)
        self.truths += truths

    def average_precision(self) -> float:
        return average_precision(
            np.concatenate(self.hits), np.concatenate(self.confidences), self.truths
        )

    def counted(self, threshold: float) -> tuple[int, int]:
        sure = np.concatenate(self.confidences) >= threshold
        return int(np.concatenate(self.hits)[sure].sum()), int(sure.sum())


@dataclass(slots=True, kw_only=True)
class Scores:
    """Grows picture by picture; figures are asked for at the end.

    Detections must reach far below `threshold` (0.001), or average precision is cut short.
    ignored: classes that the set does not label; its truths cannot say anything about them.
    """

    threshold: float
    ignored: frozenset[VehicleClass] = frozenset()
    _any: _Curve = field(default_factory=_Curve)
    _each: list[_Curve] = field(default_factory=lambda: [_Curve() for _ in range(CLASSES)])
    _confusion: IntArray = field(default_factory=lambda: np.zeros((CLASSES, CLASSES), np.int64))

    def add(self, detections: Detections, truth: Truth) -> None:
        """One picture, boxes in the same pixels."""
        detections = detections.select(
            ~np.isin(detections.class_id, [int(c) for c in self.ignored])
        )
        partner = match(detections, truth.xyxy)
        self._any.add(partner >= 0, detections.confidence, len(truth.class_id))
        sure = (partner >= 0) & (detections.confidence >= self.threshold)
        np.add.at(self._confusion, (truth.class_id[partner[sure]], detections.class_id[sure]), 1)
        for each in range(CLASSES):
            own, wanted = detections.class_id == each, truth.class_id == each
            chosen = detections.select(own)
            hit = match(chosen, truth.xyxy[wanted]) >= 0
            self._each[each].add(hit, chosen.confidence, int(wanted.sum()))

    def figures(self) -> dict[str, object]:
        """The figures, ratios rounded to four places; None where there was nothing to count.

        heavy_as_car: of the buses and trucks found, those called car; car_as_heavy: the other way.
        """
        hits, said = self._any.counted(self.threshold)
        labelled = [c for c in VehicleClass if self._each[c].truths]
        per_class = {c.label: self._per_class(c) for c in labelled}
        return {
            "map50": _mean([self._each[c].average_precision() for c in labelled]),
            "vehicle_ap50": round(self._any.average_precision(), 4),
            "class_accuracy": _ratio(int(np.trace(self._confusion)), int(self._confusion.sum())),
            "recall": _ratio(hits, self._any.truths),
            "precision": _ratio(hits, said),
            "heavy_as_car": _ratio(*_misnamed(self._confusion, HEAVY, [VehicleClass.CAR])),
            "car_as_heavy": _ratio(*_misnamed(self._confusion, [VehicleClass.CAR], HEAVY)),
            "threshold": self.threshold,
            "truths": self._any.truths,
            "classes": per_class,
            "confusion": {
                "rows_truth_columns_detected": [c.label for c in VehicleClass],
                "matrix": self._confusion.tolist(),
            },
        }

    def _per_class(self, each: VehicleClass) -> dict[str, float | int | None]:
        row = self._confusion[each]
        return {
            "truths": self._each[each].truths,
            "ap50": round(self._each[each].average_precision(), 4),
            "found": _ratio(int(row.sum()), self._each[each].truths),
            "class_accuracy": _ratio(int(row[each]), int(row.sum())),
        }


def match(detections: Detections, truth: Float32Array) -> IntArray:
    """For each detection the index of the truth it finds, -1 for none.

    Stronger detections choose first, and each takes the free truth that it overlaps most.
    """
    partner = np.full(len(detections), -1, np.int64)
    if not len(truth) or not len(detections):
        return partner
    overlaps = iou(detections.xyxy, truth)
    for index in np.argsort(-detections.confidence, kind="stable"):
        best = int(overlaps[index].argmax())
        if overlaps[index, best] >= MATCH_IOU:
            partner[index] = best
            overlaps[:, best] = 0
    return partner


def average_precision(hit: BoolArray, confidence: Float32Array, truths: int) -> float:
    """Area under the precision-recall curve, precision made monotone, at 101 recalls."""
    if not truths or not len(hit):
        return 0.0
    ordered = hit[np.argsort(-confidence, kind="stable")]
    found = np.cumsum(ordered)
    precision = found / np.arange(1, len(ordered) + 1)
    envelope = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    reached = np.searchsorted(found / truths, np.linspace(0, 1, 101) - 1e-9)
    return float(envelope[reached].mean())


def _misnamed(
    confusion: IntArray, truths: list[VehicleClass], said: list[VehicleClass]
) -> tuple[int, int]:
    """How many found vehicles of `truths` were called one of `said`, and how many were found."""
    rows = confusion[truths]
    return int(rows[:, said].sum()), int(rows.sum())


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(values: list[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None
