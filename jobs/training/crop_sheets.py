"""Close views of vehicles made as small as a road camera sees them: crops of labelled sets, packed on sheets.

Few sets show buses and lorries far away, many show them near. What is not boxed in a close picture
mostly falls outside the crop, so it does not teach that a vehicle is background.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml

from enforcement.detections import ByteArray, VehicleClass
from jobs import cli
from jobs.training.evaluation import read_picture
from jobs.training.yolo_sets import Rows, YoloSet

SIDE_PX = 512
VEHICLE_PX = (14.0, 100.0)  # height of the vehicle a crop is made for
MARGIN = (0.1, 0.45)  # of the box, left around it
KEPT_SHARE = 0.6  # of a neighbour's box, for it to count in a crop
SMALLEST_BOX_PX = 12  # smaller ones have nothing to show
MIX = {
    VehicleClass.CAR: 0.25,
    VehicleClass.BUS: 0.35,
    VehicleClass.TRUCK: 0.3,
    VehicleClass.MOTORCYCLE: 0.1,
}
VALIDATION_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseUp:
    """One labelled vehicle of a picture. rows: all boxes of the picture, (N, 5) as YoloSet.rows."""

    picture: Path
    rows: Rows
    index: int


def write_sheets(sets: list[YoloSet], out: Path, sheets: int, *, seed: int = 0) -> Path:
    """Write that many sheets under OUT, a set of its own; goes on where an earlier run stopped.

    Only `train` pictures of the sets are used, each set as often as the others. Returns its folder.
    """
    for kind in ("images", "labels"):
        for split in ("train", "val"):
            (out / kind / split).mkdir(parents=True, exist_ok=True)
    names = {int(c): c.label for c in VehicleClass}
    (out / "data.yaml").write_text(
        yaml.safe_dump({"names": names, "vehicle_class": names, "already_cut": True})
    )
    found = [close_ups(each) for each in sets]
    with cli.progress() as bar:
        for number in bar.track(range(sheets), description="sheets of close views"):
            split = "val" if number % round(1 / VALIDATION_SHARE) == 5 else "train"
            picture = out / "images" / split / f"sheet{number:05d}.jpg"
            if picture.is_file():
                continue
            rng = np.random.default_rng([seed, number])
            image, rows = sheet(found, rng)
            label = out / "labels" / split / f"{picture.stem}.txt"
            label.write_text(
                "".join(f"{int(r[0])} " + " ".join(f"{v:.6f}" for v in r[1:]) + "\n" for r in rows)
            )
            quality = int(rng.integers(45, 92))
            cv2.imwrite(str(picture), image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return out


def close_ups(each: YoloSet) -> dict[VehicleClass, list[CloseUp]]:
    """The boxes of the set's `train` pictures by class."""
    made: dict[VehicleClass, list[CloseUp]] = {c: [] for c in VehicleClass}
    for picture in each.pictures("train"):
        rows = each.rows(picture)
        for index, row in enumerate(rows):
            made[VehicleClass(int(row[0]))].append(CloseUp(picture=picture, rows=rows, index=index))
    return made


def sheet(
    found: list[dict[VehicleClass, list[CloseUp]]], rng: np.random.Generator
) -> tuple[ByteArray, Rows]:
    """One sheet, (SIDE_PX, SIDE_PX, 3) uint8 BGR, and its boxes, (N, 5) class, centre, size in 0..1.

    found: `close_ups` of each set.
    """
    image = np.full((SIDE_PX, SIDE_PX, 3), int(rng.integers(60, 180)), np.uint8)
    boxes: list[list[float]] = []
    top = 0
    while top < SIDE_PX:
        tall = float(np.exp(rng.uniform(*np.log(VEHICLE_PX))))
        left, row_height = 0, 0
        while left < SIDE_PX:
            made = crop(_drawn(found[int(rng.integers(len(found)))], rng), tall, rng)
            if made is None:
                left += 4
                continue
            patch, rows = made
            height, width = patch.shape[:2]
            shown_w, shown_h = min(width, SIDE_PX - left), min(height, SIDE_PX - top)
            image[top : top + shown_h, left : left + shown_w] = patch[:shown_h, :shown_w]
            boxes += _placed(rows, left, top)
            left, row_height = left + width, max(row_height, height)
        top += max(row_height, 4)
    return image, np.array(boxes, np.float64).reshape(-1, 5)


def _drawn(of_set: dict[VehicleClass, list[CloseUp]], rng: np.random.Generator) -> CloseUp:
    """One of a set's boxes, its class by MIX."""
    classes = [c for c in MIX if of_set[c]]
    shares = np.array([MIX[c] for c in classes])
    chosen = of_set[classes[int(rng.choice(len(classes), p=shares / shares.sum()))]]
    return chosen[int(rng.integers(len(chosen)))]


def crop(close: CloseUp, tall: float, rng: np.random.Generator) -> tuple[ByteArray, Rows] | None:
    """The vehicle's surroundings so scaled that it is `tall` pixels high, and the boxes in them.

    Boxes are (N, 5): class, left, top, right, bottom in pixels of the crop. None for a box too small
    to be shown at that size.
    """
    picture = read_picture(close.picture)
    height, width = picture.shape[:2]
    corners = _corners(close.rows, width, height)
    x0, y0, x1, y1 = corners[close.index]
    if y1 - y0 < max(SMALLEST_BOX_PX, tall / 2) or x1 - x0 < 4:
        return None
    margin = rng.uniform(*MARGIN, size=4) * np.array([x1 - x0, y1 - y0, x1 - x0, y1 - y0])
    cut = np.array([x0 - margin[0], y0 - margin[1], x1 + margin[2], y1 + margin[3]])
    a, b, c, d = np.clip(np.round(cut), 0, [width, height, width, height]).astype(int)
    scale = tall / (y1 - y0)
    size = (max(2, round((c - a) * scale)), max(2, round((d - b) * scale)))
    shown = cv2.resize(picture[b:d, a:c], size, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.3:
        shown = cv2.GaussianBlur(shown, (0, 0), float(rng.uniform(0.4, 0.9)))
    inside = np.clip(corners, [a, b, a, b], [c, d, c, d])
    seen = np.prod(inside[:, 2:] - inside[:, :2], axis=1)
    whole = np.maximum(np.prod(corners[:, 2:] - corners[:, :2], axis=1), 1e-9)
    kept = (seen / whole > KEPT_SHARE) | (np.arange(len(corners)) == close.index)
    scaled = (inside[kept] - [a, b, a, b]) * scale
    return np.asarray(shown, np.uint8), np.column_stack([close.rows[kept, 0], scaled])


def _placed(rows: Rows, left: int, top: int) -> list[list[float]]:
    """Boxes of a crop put on the sheet; what its edge cuts away too much of is left out."""
    moved = rows[:, 1:] + [left, top, left, top]
    shown = np.clip(moved, 0, SIDE_PX)
    size, whole = shown[:, 2:] - shown[:, :2], moved[:, 2:] - moved[:, :2]
    kept = (size.prod(axis=1) > 0.3 * whole.prod(axis=1)) & (size > 3).all(axis=1)
    centre = (shown[:, :2] + shown[:, 2:]) / 2
    made = np.column_stack([rows[:, 0], centre / SIDE_PX, size / SIDE_PX])[kept]
    return [list(map(float, r)) for r in made]


def _corners(rows: Rows, width: int, height: int) -> Rows:
    half = rows[:, 3:5] / 2
    made = np.concatenate([rows[:, 1:3] - half, rows[:, 1:3] + half], axis=1)
    return np.asarray(made * [width, height, width, height], np.float64)
