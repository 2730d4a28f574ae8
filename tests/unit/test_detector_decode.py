"""Raw network outputs to boxes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from adapters.detector_decode import decode, iou, suppress
from adapters.model_card import COCO_VEHICLES, ModelCard, class_map
from enforcement.detections import VehicleClass

OURS = ModelCard(
    name="m", digest="0", class_map={int(c): c for c in VehicleClass}, confidence=0.3, overlap=0.6
)
COCO = ModelCard(name="m", digest="0", class_map=dict(COCO_VEHICLES), confidence=0.3, overlap=0.6)


def _raw(*columns: tuple[float, ...]) -> tuple[np.ndarray, ...]:
    return (np.array(columns, np.float32).T,)


def test_centre_and_size_become_corners_and_the_best_class_wins() -> None:
    found, _ = decode(_raw((50, 40, 20, 10, 0.1, 0.7, 0.2, 0.0)), "ultralytics", (100, 80), OURS)
    assert np.allclose(found.xyxy, [[40, 35, 60, 45]])
    assert found.class_id.tolist() == [VehicleClass.BUS]
    assert found.confidence.tolist() == np.array([0.7], np.float32).tolist()


def test_what_is_below_the_threshold_is_not_reported() -> None:
    found, _ = decode(_raw((50, 40, 20, 10, 0.29, 0.1, 0.1, 0)), "ultralytics", (100, 80), OURS)
    assert len(found) == 0


def test_one_vehicle_seen_as_car_and_as_truck_is_one_box() -> None:
    raw = _raw((50, 40, 20, 10, 0.5, 0, 0, 0), (50, 40, 20, 10, 0, 0, 0.8, 0))
    found, _ = decode(raw, "ultralytics", (100, 80), OURS)
    assert found.class_id.tolist() == [VehicleClass.TRUCK]


def test_boxes_are_cut_at_the_edge_of_the_picture() -> None:
    found, _ = decode(_raw((95, 40, 20, 10, 0.9, 0, 0, 0)), "ultralytics", (100, 80), OURS)
    assert np.isclose(found.xyxy[0, 2], 100)


def test_yolox_offsets_are_read_on_the_grid_of_their_stride() -> None:
    size = (64, 32)
    cells = 8 * 4 + 4 * 2 + 2 * 1
    raw = np.zeros((cells, 85), np.float32)
    row = 8 * 4 + 1 * 4 + 2  # stride 16, second row, third column
    raw[row, :4] = [0.5, 0.25, np.log(2.0), np.log(0.5)]
    raw[row, 4], raw[row, 5 + 5] = 0.9, 0.8  # objectness, COCO's bus
    found, _ = decode((raw,), "yolox", size, COCO)
    assert np.allclose(found.xyxy, [[40 - 16, 20 - 4, 40 + 16, 20 + 4]])
    assert found.class_id.tolist() == [VehicleClass.BUS]
    assert np.isclose(found.confidence[0], 0.72)


def test_a_coco_person_is_no_vehicle() -> None:
    raw = np.zeros((8 * 4 + 4 * 2 + 2, 85), np.float32)
    raw[3, 4], raw[3, 5] = 1.0, 1.0
    assert len(decode((raw,), "yolox", (64, 32), COCO)[0]) == 0


def test_suppression_keeps_what_does_not_overlap_a_better_kept_box() -> None:
    # The second falls to the first; the third overlaps only the second, so it stays.
    boxes = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [4.5, 0, 14.5, 10]], np.float32)
    assert suppress(boxes, 0.5).tolist() == [0, 2]


def test_iou_of_halves_and_of_nothing() -> None:
    a = np.array([[0, 0, 2, 2]], np.float32)
    b = np.array([[1, 0, 2, 2], [5, 5, 6, 6], [0, 0, 0, 0]], np.float32)
    assert np.allclose(iou(a, b), [[0.5, 0, 0]])


def test_cocos_names_map_onto_our_four_classes_and_the_rest_is_dropped() -> None:
    names = {0: "person", 2: "car", 3: "motorcycle", 5: "bus", 7: "truck", 8: "boat"}
    assert class_map(names) == COCO_VEHICLES


def test_an_edge_is_the_mean_of_the_boxes_that_nearly_agree_on_it() -> None:
    raw = _raw((50, 40, 20, 10, 0.6, 0, 0, 0), (51, 40, 20, 10, 0.3, 0, 0, 0))
    found, _ = decode(raw, "ultralytics", (100, 80), OURS)
    assert len(found) == 1
    assert np.allclose(found.xyxy[0], [40 + 1 / 3, 35, 60 + 1 / 3, 45])


def test_a_box_of_another_vehicle_has_no_say() -> None:
    raw = _raw((50, 40, 20, 10, 0.6, 0, 0, 0), (56, 40, 20, 10, 0.5, 0, 0, 0))
    found, _ = decode(raw, "ultralytics", (100, 80), OURS)
    assert np.allclose(found.xyxy[0], [40, 35, 60, 45])


def test_logits_of_edges_are_read_as_mean_distances_from_the_cell() -> None:
    size = (64, 32)
    cells = 8 * 4 + 4 * 2 + 2 * 1
    bins = np.full((16, 4, cells), -50.0, np.float32)
    scores = np.zeros((4, cells), np.float32)
    cell = 8 * 4 + 4 + 2  # stride 16, second row, third column: its middle is at (40, 24)
    for edge, (low, high) in enumerate([(1, 2), (0, 1), (1, 1), (0, 0)]):
        bins[low, edge, cell] = bins[high, edge, cell] = 0.0  # halfway between two bins, or on one
    scores[2, cell] = 0.8
    found, _ = decode((bins, scores), "dfl", size, OURS)
    assert np.allclose(found.xyxy, [[40 - 24, 24 - 8, 40 + 16, 24]], atol=1e-4)
    assert found.class_id.tolist() == [VehicleClass.TRUCK]


def test_every_box_comes_with_its_score_for_each_of_our_classes() -> None:
    card = replace(
        OURS, class_map={0: VehicleClass.TRUCK, 2: VehicleClass.CAR, 3: VehicleClass.TRUCK}
    )
    found, scores = decode(
        _raw((50, 40, 20, 10, 0.3, 0.9, 0.2, 0.6)), "ultralytics", (100, 80), card
    )
    # The network's second class is none of ours; two of its classes are trucks.
    assert scores.tolist() == [pytest.approx([0.2, 0, 0.6, 0])]
    assert found.class_id.tolist() == [VehicleClass.TRUCK]
