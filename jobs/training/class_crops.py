"""Crops of single labelled vehicles, to learn classes from, and how often each is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from adapters.vehicle_crops import vehicle_crops
from enforcement.detections import ByteArray, Float32Array, FloatArray, IntArray, VehicleClass
from enforcement.errors import BadInput
from jobs import cli
from jobs.training.evaluation import read_picture
from jobs.training.near_copies import Measured
from jobs.training.yolo_sets import YoloSet

SIDE = 64
CONTEXT = 1.6  # wider than what the network sees, so that a crop can be moved in training
SMALLEST_PX = 8
ENOUGH = 60  # boxes of a class in a set, from which on it counts in full
SHARES = {
    VehicleClass.CAR: 0.38,
    VehicleClass.BUS: 0.28,
    VehicleClass.TRUCK: 0.27,
    VehicleClass.MOTORCYCLE: 0.07,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCrops:
    """Crops (N, SIDE, SIDE, 3) uint8 BGR, their classes (N,), the chance of each to be drawn (N,).

    shape: (N, 2) width and height of the box, in crops. of_set: (N,) the number of its set.
    """

    crops: ByteArray
    shape: Float32Array
    classes: IntArray
    chance: FloatArray
    of_set: IntArray


def gather(sets: list[YoloSet], weight: Mapping[str, float], *, measured: Measured) -> ClassCrops:
    """All boxes of the sets' `train` pictures, but of those that are all but a measured one.

    weight: how much a set counts beside the others, 1 where not given; one of an unknown set is BadInput.
    """
    if strange := weight.keys() - {s.name for s in sets}:
        raise BadInput(f"--weight {min(strange)}: no such set among those given")
    crops, shapes, classes, chance = [], [], [], []
    for each in sets:
        own, shape, labels = _of_set(each, measured)
        counts = np.bincount(labels, minlength=len(VehicleClass))
        shares = np.array([SHARES[c] for c in VehicleClass])
        of_class = shares * np.minimum(1, counts / ENOUGH) / np.maximum(counts, 1)
        crops.append(own)
        shapes.append(shape)
        classes.append(labels)
        chance.append(weight.get(each.name, 1.0) * of_class[labels])
    together = np.concatenate(chance)
    if not len(together):
        raise BadInput(
            "--data: no labelled vehicle in a training picture that is not all but one measured on"
        )
    return ClassCrops(
        crops=np.concatenate(crops),
        shape=np.concatenate(shapes),
        classes=np.concatenate(classes),
        chance=together / together.sum(),
        of_set=np.repeat(np.arange(len(sets)), [len(c) for c in classes]),
    )


def _of_set(each: YoloSet, measured: Measured) -> tuple[ByteArray, Float32Array, IntArray]:
    crops = [np.zeros((0, SIDE, SIDE, 3), np.uint8)]
    shapes = [np.zeros((0, 2), np.float32)]
    classes = [np.zeros(0, np.int64)]
    with cli.progress() as bar:
        for path in bar.track(each.pictures("train"), description=f"vehicles of {each.name}"):
            if measured.holds(path):
                continue
            picture, rows = read_picture(path), each.rows(path)
            height, width = picture.shape[:2]
            size = rows[:, 3:5] * [width, height]
            seen = size.max(axis=1, initial=0) >= SMALLEST_PX
            size, middle = size[seen], rows[seen, 1:3] * [width, height]
            xyxy = np.concatenate([middle - size / 2, middle + size / 2], axis=1)
            crops.append(
                vehicle_crops(picture, xyxy.astype(np.float32), side=SIDE, context=CONTEXT)
            )
            edge = size.max(axis=1, keepdims=True) * CONTEXT
            shapes.append((size / edge).astype(np.float32))
            classes.append(rows[seen, 0].astype(np.int64))
    return np.concatenate(crops), np.concatenate(shapes), np.concatenate(classes)
