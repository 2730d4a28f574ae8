"""Close views made small: what stands on a sheet is the vehicle, at the place its label says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from enforcement.detections import VehicleClass
from jobs.training.crop_sheets import SIDE_PX, VEHICLE_PX, close_ups, crop, sheet, write_sheets
from jobs.training.yolo_sets import YoloSet, read_set

BUS, TRUCK = VehicleClass.BUS, VehicleClass.TRUCK


@pytest.fixture
def close(tmp_path: Path) -> YoloSet:
    """A red bus over the middle of a grey picture, with a blue truck in a far corner."""
    root = tmp_path / "close"
    for split in ("train", "val"):
        (root / "images" / split).mkdir(parents=True)
        (root / "labels" / split).mkdir(parents=True)
        picture = np.full((400, 400, 3), 90, np.uint8)
        picture[100:300, 120:280] = (220, 30, 30)
        picture[350:390, 350:390] = (30, 30, 220)
        Image.fromarray(picture).save(root / "images" / split / "a.png")
        (root / "labels" / split / "a.txt").write_text("1 0.5 0.5 0.4 0.5\n2 0.925 0.925 0.1 0.1\n")
    names = {int(c): c.label for c in VehicleClass}
    (root / "data.yaml").write_text(yaml.safe_dump({"names": names, "vehicle_class": names}))
    return read_set(root)


def test_a_crop_is_as_tall_as_asked_and_its_box_holds_the_vehicle(close: YoloSet) -> None:
    [bus] = close_ups(close)[BUS]
    made = crop(bus, 40.0, np.random.default_rng(0))
    assert made is not None
    patch, rows = made
    assert rows[:, 0].tolist() == [BUS]  # the truck lies outside
    left, top, right, bottom = rows[0, 1:]
    assert bottom - top == pytest.approx(40, abs=1e-6)
    assert right - left == pytest.approx(32, abs=1e-6)
    inside = patch[round(top) + 2 : round(bottom) - 2, round(left) + 2 : round(right) - 2]
    assert np.abs(inside.reshape(-1, 3).mean(axis=0) - [30, 30, 220]).max() < 8  # BGR
    assert abs(patch[:2].mean() - 90) < 8


def test_a_box_too_small_to_be_shown_so_large_is_not_blown_up(close: YoloSet) -> None:
    [truck] = close_ups(close)[TRUCK]
    assert crop(truck, 100.0, np.random.default_rng(0)) is None
    assert crop(truck, 40.0, np.random.default_rng(0)) is not None


def test_what_stands_in_the_boxes_of_a_sheet_has_the_colour_of_its_class(close: YoloSet) -> None:
    image, rows = sheet([close_ups(close)], np.random.default_rng(3))
    assert image.shape == (SIDE_PX, SIDE_PX, 3)
    assert set(rows[:, 0]) == {BUS, TRUCK}
    colour = {BUS: [30, 30, 220], TRUCK: [220, 30, 30]}
    for label, x, y, width, height in rows * [1, *[SIDE_PX] * 4]:
        assert 3 < height <= VEHICLE_PX[1] + 1
        near = image[int(y - height / 6) : int(y + height / 6) + 1]
        near = near[:, int(x - width / 6) : int(x + width / 6) + 1]
        assert (
            np.abs(near.reshape(-1, 3).mean(axis=0) - colour[VehicleClass(int(label))]).max() < 25
        )


def test_sheets_are_a_set_and_a_second_run_draws_no_new_ones(
    close: YoloSet, tmp_path: Path
) -> None:
    root = write_sheets([close], tmp_path / "sheets", 8)
    made = read_set(root)
    pictures = made.pictures("train") + made.pictures("val")
    assert len(pictures) == 8
    assert all(len(made.rows(p)) > 3 for p in pictures)
    before = [p.stat().st_mtime_ns for p in pictures]
    write_sheets([close], root, 8)
    assert [p.stat().st_mtime_ns for p in pictures] == before
