"""One training folder out of many sets: our classes, rare ones seen oftener, wide pictures also cut.

Pictures are linked, never copied, except halves, which are cut. Sets with visible but unboxed
classes are left out of training: their pictures would teach that such a vehicle is background. So are
pictures that are all but one of `val`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import yaml

from enforcement.detections import VehicleClass
from jobs import cli
from jobs.training.evaluation import read_picture
from jobs.training.near_copies import Measured
from jobs.training.yolo_sets import Rows, YoloSet

MAX_REPEATS = 3
KEPT_SHARE = 0.4  # of a box, for it to count in a cut picture


def build(sets: list[YoloSet], out: Path) -> tuple[Path, dict[str, dict[str, int]]]:
    """Merge the sets under OUT/data. Returns the trainer's data.yaml and box counts per set.

    A set's count of pictures is of those trained on; `near_val` of those left out as too near to `val`.
    """
    root = out / "data"
    for kind in ("images", "labels"):
        for split in ("train", "val"):
            (root / kind / split).mkdir(parents=True, exist_ok=True)
    counts: dict[str, dict[str, int]] = {}
    listed: list[str] = []
    measured = Measured([picture for each in sets for picture in each.pictures("val")])
    for each in sets:
        if not each.unlabelled:
            listed += _train_pictures(each, root, counts, measured)
        for picture in each.pictures("val"):
            _link(picture, each.rows(picture), root, "val", f"{each.name}__{picture.name}")
    (root / "train.txt").write_text("\n".join(listed) + "\n")
    data = root / "data.yaml"
    names = {int(c): c.label for c in VehicleClass}
    data.write_text(
        yaml.safe_dump(
            {"path": str(root), "train": "train.txt", "val": "images/val", "names": names}
        )
    )
    return data, counts


def repeats(classes: Rows, shares: dict[int, float]) -> int:
    """How often a picture is listed: the rarer its rarest class among all boxes, the oftener (LVIS)."""
    if not len(classes):
        return 1
    rarest = min(shares[int(c)] for c in np.unique(classes))
    return int(np.clip(round((0.25 / rarest) ** 0.5), 1, MAX_REPEATS))


def _train_pictures(
    each: YoloSet, root: Path, counts: dict[str, dict[str, int]], measured: Measured
) -> list[str]:
    pictures = each.pictures("train")
    with cli.progress() as bar:
        followed = bar.track(pictures, description=f"pictures of {each.name}")
        labelled = [(p, each.rows(p)) for p in followed if not measured.holds(p)]
    boxes = Counter(int(c) for _, rows in labelled for c in rows[:, 0])
    counts[each.name] = {c.label: boxes[int(c)] for c in VehicleClass} | {
        "pictures": len(labelled),
        "near_val": len(pictures) - len(labelled),
    }
    shares = {c: n / boxes.total() for c, n in boxes.items()}
    listed: list[str] = []
    for picture, rows in labelled:
        times = 1 if each.already_cut else repeats(rows[:, 0], shares)
        name = f"{each.name}__{picture.name}"
        made = [_link(picture, rows, root, "train", name)]
        if not each.already_cut:
            made += _halves(picture, rows, root, name)
        listed += [str(path) for path in made for _ in range(times if path is made[0] else 1)]
    return listed


def _link(picture: Path, rows: Rows, root: Path, split: str, name: str) -> Path:
    target = root / "images" / split / name
    if not target.is_symlink():
        target.symlink_to(picture.resolve())
    _write_labels(root / "labels" / split / f"{target.stem}.txt", rows)
    return target


def _halves(picture: Path, rows: Rows, root: Path, name: str) -> list[Path]:
    """Left and right square of a wide picture: a square input would show it small."""
    image = read_picture(picture)
    height, width = image.shape[:2]
    if width < 1.5 * height:
        return []
    made = []
    for side, left in (("l", 0), ("r", width - height)):
        cut = _cut(rows, left / width, height / width)
        target = root / "images" / "train" / f"{Path(name).stem}_{side}.jpg"
        if len(cut):
            if not target.exists():
                cv2.imwrite(
                    str(target), image[:, left : left + height], [cv2.IMWRITE_JPEG_QUALITY, 95]
                )
            _write_labels(root / "labels" / "train" / f"{target.stem}.txt", cut)
            made.append(target)
    return made


def _cut(rows: Rows, left: float, share: float) -> Rows:
    """Labels of a vertical strip of the picture (left edge and width as shares of it)."""
    x0 = np.clip((rows[:, 1] - rows[:, 3] / 2 - left) / share, 0, 1)
    x1 = np.clip((rows[:, 1] + rows[:, 3] / 2 - left) / share, 0, 1)
    kept = (x1 - x0) > KEPT_SHARE * rows[:, 3] / share
    strip = np.column_stack([rows[:, 0], (x0 + x1) / 2, rows[:, 2], x1 - x0, rows[:, 4]])
    return np.asarray(strip[kept], np.float64)


def _write_labels(path: Path, rows: Rows) -> None:
    path.write_text(
        "".join(f"{int(r[0])} {r[1]:.6f} {r[2]:.6f} {r[3]:.6f} {r[4]:.6f}\n" for r in rows)
    )
