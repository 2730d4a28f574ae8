"""Crops of single vehicles: the vehicle in the middle, its shape kept, whatever its size and place."""

from __future__ import annotations

import numpy as np
import pytest

from adapters.vehicle_crops import BEYOND, vehicle_crops

GREY, RED = 80, (20, 20, 220)


def _road(box: tuple[int, int, int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = np.full((360, 640, 3), GREY, np.uint8)
    left, top, right, bottom = box
    picture[top:bottom, left:right] = RED
    return picture


@pytest.mark.parametrize(
    "box",
    [(100, 100, 112, 124), (100, 100, 140, 124), (200, 60, 440, 200), (300, 40, 420, 330)],
)
def test_the_vehicle_fills_the_middle_and_keeps_its_shape(box: tuple[int, int, int, int]) -> None:
    [crop] = vehicle_crops(_road(box), np.array([box], np.float32), side=48, context=1.25)
    width, height = box[2] - box[0], box[3] - box[1]
    red = (crop[..., 2].astype(int) - crop[..., 0]) > 100
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    scale = 48 / (max(width, height) * 1.25)
    assert len(columns) == pytest.approx(width * scale, abs=2)
    assert len(rows) == pytest.approx(height * scale, abs=2)
    assert rows.mean() == pytest.approx(23.5, abs=1)
    assert columns.mean() == pytest.approx(23.5, abs=1)


def test_stripes_finer_than_a_crop_s_pixels_are_averaged_not_skipped() -> None:
    picture = np.zeros((360, 640, 3), np.uint8)
    picture[:, ::2] = 200
    box = np.array([[100, 20, 400, 320]], np.float32)
    [crop] = vehicle_crops(picture, box, side=48, context=1.25)
    assert np.abs(crop[4:-4, 4:-4].astype(int) - 100).max() < 25


@pytest.mark.parametrize(
    "box", [(600, 300, 660, 380), (-5, -5, 31, 31), (0, 0, 640, 360), (300, 100, 340, 140)]
)
def test_beyond_the_picture_s_edge_is_one_grey(box: tuple[int, int, int, int]) -> None:
    picture = np.full((360, 640, 3), GREY, np.uint8)
    [crop] = vehicle_crops(picture, np.array([box], np.float32), side=48, context=1.25)
    middle = np.array([box[1] + box[3], box[0] + box[2]]) / 2
    edge = max(box[2] - box[0], box[3] - box[1]) * 1.25
    rows, columns = middle[:, None] + (np.arange(48) - 23.5) / 48 * edge
    beyond_rows, beyond_columns = np.maximum(-rows, rows - 360), np.maximum(-columns, columns - 640)
    out = np.maximum(beyond_rows[:, None], beyond_columns[None]) / edge * 48  # pixels of the crop
    assert (crop[out < -2] == GREY).all()
    assert (crop[out > 2] == BEYOND).all()


def test_no_box_is_no_crop() -> None:
    made = vehicle_crops(_road((0, 0, 9, 9)), np.zeros((0, 4), np.float32), side=48, context=1.25)
    assert made.shape == (0, 48, 48, 3)
