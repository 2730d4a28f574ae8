"""Figures of detections against truth."""

from __future__ import annotations

import numpy as np
import pytest

from enforcement.detections import Detections, VehicleClass
from jobs.training.scores import Scores, Truth, average_precision, match

CAR, BUS, TRUCK, MOTORCYCLE = VehicleClass


def _found(*rows: tuple[float, float, int]) -> Detections:
    """Boxes 10 wide and high at x, with a confidence and a class."""
    return Detections(
        xyxy=np.array([[x, 0, x + 10, 10] for x, _, _ in rows], np.float32).reshape(-1, 4),
        confidence=np.array([c for _, c, _ in rows], np.float32),
        class_id=np.array([k for _, _, k in rows], np.int64),
    )


def _truth(*rows: tuple[float, int]) -> Truth:
    return Truth(
        xyxy=np.array([[x, 0, x + 10, 10] for x, _ in rows], np.float32).reshape(-1, 4),
        class_id=np.array([k for _, k in rows], np.int64),
    )


def test_two_boxes_on_one_vehicle_are_one_hit_and_one_false_alarm() -> None:
    partner = match(_found((0, 0.6, CAR), (1, 0.9, CAR)), _truth((0, CAR)).xyxy)
    assert partner.tolist() == [-1, 0]


@pytest.mark.parametrize(
    ("hits", "truths", "expected"),
    [
        ([True, True], 2, 1.0),
        ([True, False], 1, 1.0),  # the false alarm is weaker than every hit
        ([False, True], 1, 0.5),
        ([True], 2, 0.5),
        ([], 3, 0.0),
    ],
)
def test_average_precision_of_small_cases(hits: list[bool], truths: int, expected: float) -> None:
    confidence = np.linspace(0.9, 0.1, len(hits)).astype(np.float32)
    made = average_precision(np.array(hits, np.bool_), confidence, truths)
    assert made == pytest.approx(expected, abs=0.011)


def test_a_bus_called_car_is_found_but_named_wrongly() -> None:
    scores = Scores(threshold=0.25)
    scores.add(_found((0, 0.9, CAR), (50, 0.9, CAR)), _truth((0, BUS), (50, CAR)))
    figures = scores.figures()
    assert figures["vehicle_ap50"] == 1.0
    assert figures["class_accuracy"] == 0.5
    assert figures["recall"] == 1.0
    assert figures["confusion"]["matrix"][BUS][CAR] == 1  # type: ignore[index]


def test_weak_boxes_count_for_the_curve_but_not_at_the_threshold() -> None:
    scores = Scores(threshold=0.25)
    scores.add(_found((0, 0.1, CAR)), _truth((0, CAR)))
    figures = scores.figures()
    assert (figures["vehicle_ap50"], figures["recall"]) == (1.0, 0.0)


def test_a_class_that_the_set_does_not_label_is_no_false_alarm() -> None:
    scores = Scores(threshold=0.25, ignored=frozenset({MOTORCYCLE}))
    scores.add(_found((0, 0.9, CAR), (50, 0.9, MOTORCYCLE)), _truth((0, CAR)))
    assert scores.figures()["precision"] == 1.0


def test_heavy_vehicles_taken_for_cars_and_cars_for_heavy_ones_are_counted_apart() -> None:
    scores = Scores(threshold=0.25)
    said = _found((0, 0.9, CAR), (50, 0.9, TRUCK), (100, 0.9, BUS), (150, 0.9, MOTORCYCLE))
    scores.add(said, _truth((0, BUS), (50, BUS), (100, CAR), (150, TRUCK)))
    figures = scores.figures()
    # A bus called truck is named wrongly but not taken for a car.
    assert figures["heavy_as_car"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["car_as_heavy"] == 1.0
