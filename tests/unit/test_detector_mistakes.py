"""The sheet of vehicles found and named wrongly."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from enforcement.detections import Detections, VehicleClass
from enforcement.errors import BadInput
from jobs.training.evaluation import read_picture
from jobs.training.mistakes import CAPTION, SIDE, Mistakes
from jobs.training.scores import Truth

CAR, BUS, TRUCK, _ = VehicleClass
GREEN, RED = (0, 200, 0), (0, 0, 200)


def _looked() -> Mistakes:
    """A green bus of 20 pixels called car, a red truck of 40 called car, one that is right, one too weak."""
    picture = np.zeros((100, 300, 3), np.uint8)
    boxes = np.array([[10, 10, 30, 30], [60, 10, 100, 50], [120, 10, 140, 30], [200, 10, 220, 30]])
    cv2.rectangle(picture, (10, 10), (30, 30), GREEN, -1)
    cv2.rectangle(picture, (60, 10), (100, 50), RED, -1)
    made = Mistakes(threshold=0.25)
    made.look(
        Path("corner.png"),
        picture,
        Detections(
            xyxy=boxes.astype(np.float32),
            confidence=np.array([0.9, 0.8, 0.9, 0.1], np.float32),
            class_id=np.array([CAR, CAR, CAR, CAR]),
        ),
        Truth(xyxy=boxes.astype(np.float32), class_id=np.array([BUS, TRUCK, CAR, BUS])),
    )
    return made


def test_what_is_named_wrongly_is_shown_by_pairs_of_classes(tmp_path: Path) -> None:
    assert _looked().write(tmp_path / "wrong.png") == 2
    sheet = read_picture(tmp_path / "wrong.png")
    middle = CAPTION + SIDE // 2
    assert tuple(sheet[middle, SIDE // 2]) == GREEN
    assert tuple(sheet[middle, SIDE + SIDE // 2]) == RED
    assert sheet[:CAPTION, :SIDE].max() > 128, "no caption"
    assert not sheet[:, 2 * SIDE :].any(), "more than the two"


def test_without_a_mistake_nothing_is_written(tmp_path: Path) -> None:
    assert Mistakes(threshold=0.25).write(tmp_path / "wrong.png") == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["wrong.txt", "nowhere/wrong.png"])
def test_a_sheet_that_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="--mistakes"):
        _looked().write(tmp_path / name)
