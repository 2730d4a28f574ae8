"""Labelled pictures in YOLO layout, with their own classes mapped onto ours.

A set is a folder with `data.yaml` (names, `vehicle_class`: id -> one of our four or null, optional
`unlabelled`: classes that are visible but not boxed, `already_cut`), `images/SPLIT`, `labels/SPLIT`.
Pixels are not decoded here, and nothing is known of any trainer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from enforcement.detections import VehicleClass
from enforcement.errors import BadInput
from jobs.training.reread_labels import Reread, read_reread

PICTURES = {".jpg", ".jpeg", ".png", ".bmp"}
Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class YoloSet:
    """One set.

    class_map: its class id -> ours, None for what is left out. unlabelled: ours. already_cut: its
    wide pictures need not be cut into squares for training. reread: classes that replace its labels'.
    """

    root: Path
    class_map: dict[int, VehicleClass | None]
    unlabelled: frozenset[VehicleClass] = frozenset()
    already_cut: bool = False
    reread: Reread = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Folder name."""
        return self.root.name

    @property
    def has_vehicles(self) -> bool:
        """Whether any of its classes is one of ours."""
        return any(mapped is not None for mapped in self.class_map.values())

    def pictures(self, split: str) -> list[Path]:
        """Picture files of a split, sorted."""
        folder = self.root / "images" / split
        if not folder.is_dir():
            raise BadInput(f"{folder}: no such folder of pictures")
        found = sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES)
        if not found:
            raise BadInput(f"{folder}: holds no picture")
        return found

    def rows(self, picture: Path) -> Rows:
        """Labels of one picture in our classes: (N, 5) class, centre x, y, width, height in 0..1.

        Outlines (polygons) become their bounding boxes. Raises BadInput naming the file and line.
        """
        label = self.root / "labels" / picture.parent.name / f"{picture.stem}.txt"
        if not label.is_file():
            return np.zeros((0, 5))
        corrected = self.reread.get((picture.parent.name, picture.stem), {})
        rows: list[list[float]] = []
        read: set[int] = set()
        for number, line in enumerate(label.read_text().splitlines(), 1):
            row = self._row(line, f"{label} line {number}") if line.strip() else None
            if row is not None:
                rows.append([float(corrected.get(number, int(row[0]))), *row[1:]])
                read.add(number)
        if astray := corrected.keys() - read:
            raise BadInput(f"{label}: line {min(astray)} is read again but holds no vehicle")
        return np.array(rows, np.float64).reshape(-1, 5)

    def _row(self, line: str, where: str) -> list[float] | None:
        try:
            values = [float(v) for v in line.split()]
        except ValueError:
            raise BadInput(f"{where}: not numbers") from None
        if len(values) < 5 or len(values) % 2 == 0 or int(values[0]) not in self.class_map:
            raise BadInput(f"{where}: not a YOLO label of this set's classes")
        mapped = self.class_map[int(values[0])]
        if mapped is None:
            return None
        if len(values) == 5:
            return [float(mapped), *values[1:]]
        x, y = np.array(values[1::2]), np.array(values[2::2])
        box = [(x.min() + x.max()) / 2, (y.min() + y.max()) / 2, np.ptp(x), np.ptp(y)]
        return [float(mapped), *map(float, box)]


def read_set(root: Path) -> YoloSet:
    """The set described by ROOT/data.yaml.

    `vehicle_class` maps ids to our names; without it the set's own names must be ours.
    Raises BadInput naming what is missing or unknown.
    """
    path = root / "data.yaml"
    try:
        described: Any = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path}: not a readable data.yaml ({type(error).__name__})") from None
    if not isinstance(described, dict) or "names" not in described:
        raise BadInput(f"{path}: no `names`")
    names = described["names"]
    ids = dict(enumerate(names)) if isinstance(names, list) else dict(names)
    default = {i: (n if n in _ours() else None) for i, n in ids.items()}
    mapping = described.get("vehicle_class", default)
    return YoloSet(
        root=root,
        class_map={int(i): _our_class(n, path) for i, n in mapping.items()}
        | {int(i): None for i in ids if i not in mapping},
        already_cut=bool(described.get("already_cut", False)),
        unlabelled=frozenset(
            c for n in described.get("unlabelled", []) if (c := _our_class(n, path)) is not None
        ),
    )


def read_sets(roots: list[Path], reread: Sequence[Path] = ()) -> list[YoloSet]:
    """Sets under the given folders, each a set or a folder of sets; those without vehicles are left out.

    reread: files of labels read again; each must name one of the sets.
    """
    found = [s for root in roots for s in _sets_below(root)]
    usable = [s for s in found if s.has_vehicles]
    if not usable:
        raise BadInput(f"{', '.join(map(str, roots))}: no set with vehicles in it")
    for path in reread:
        usable = read_again(usable, path)
    return usable


def read_again(sets: list[YoloSet], path: Path) -> list[YoloSet]:
    """The sets, one of them with the classes of a file of labels read again.

    Raises BadInput where the file is of a set not among them.
    """
    name, corrections = read_reread(path)
    if name not in {s.name for s in sets}:
        raise BadInput(f"{path}: set {name} is not among those given")
    return [replace(s, reread=corrections) if s.name == name else s for s in sets]


def _sets_below(root: Path) -> Iterator[YoloSet]:
    if (root / "data.yaml").is_file():
        yield read_set(root)
        return
    if not root.is_dir():
        raise BadInput(f"{root}: not a folder of labelled pictures")
    for child in sorted(root.iterdir()):
        if (child / "data.yaml").is_file():
            yield read_set(child)


def _ours() -> dict[str, VehicleClass]:
    return {c.label: c for c in VehicleClass}


def _our_class(name: object, path: Path) -> VehicleClass | None:
    if name is None:
        return None
    if name not in _ours():
        raise BadInput(f"{path}: {name!r} is none of {', '.join(_ours())}")
    return _ours()[str(name)]
