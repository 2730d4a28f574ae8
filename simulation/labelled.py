"""Labelled pictures for training a detector: many cameras, crowds, lights, blur and compression.

Boxes are what is visible of a vehicle, from its own pixels. Class ids are `VehicleClass`: 0 car, 1 bus,
2 truck, 3 motorcycle. Same arguments, same pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from enforcement.detections import ByteArray, VehicleClass
from simulation.crowd import crowd, random_camera, random_road
from simulation.drawing import Placed
from simulation.lens import Camera
from simulation.render import Renderer
from simulation.scenarios import EPOCH
from simulation.scene import SimScene
from simulation.weather import Daylight, Weather, weather

Label = tuple[int, tuple[float, float, float, float]]
CROWDS_PER_CAMERA = 4
LEAST_SHARE = 0.30
LEAST_PX = 6.0
TRAINING_MIX = {
    VehicleClass.CAR: 0.46,
    VehicleClass.MOTORCYCLE: 0.22,
    VehicleClass.BUS: 0.14,
    VehicleClass.TRUCK: 0.18,
}


def labelled_frames(
    n: int, seed: int = 1, size: tuple[int, int] = (640, 384)
) -> Iterator[tuple[ByteArray, list[Label]]]:
    """n pictures (H, W, 3) uint8 BGR with (class id, (x1, y1, x2, y2)) in pixels for each visible vehicle."""
    made = 0
    camera_number = 0
    while made < n:
        rng = np.random.default_rng((seed, camera_number))
        for picture, labels in _one_camera(rng, seed + camera_number, size):
            if made < n:
                made += 1
                yield picture, labels
        camera_number += 1


def _one_camera(
    rng: np.random.Generator, seed: int, size: tuple[int, int]
) -> Iterator[tuple[ByteArray, list[Label]]]:
    camera = random_camera(rng, size)
    light = random_light(rng)
    scene = SimScene(
        name="training",
        camera_id="training",
        seed=seed,
        camera=camera,
        road=random_road(rng),
        vehicles=(),
        weather=light,
        epoch=EPOCH,
        fps=25.0,
        duration_s=1.0,
    )
    empty = Renderer(scene)
    for number in range(CROWDS_PER_CAMERA):
        vehicles = crowd(rng, scene.road, camera, TRAINING_MIX)
        picture, instances, placed = empty.with_vehicles(vehicles).labelled(0.5, number)
        yield degraded(picture, rng, light), visible_labels(instances, placed, camera)


def random_light(rng: np.random.Generator) -> Weather:
    """Day most of the time; dusk, night and rain often enough to be learnt."""
    daylight = [Daylight.DAY, Daylight.DUSK, Daylight.NIGHT][
        int(rng.choice(3, p=[0.6, 0.18, 0.22]))
    ]
    light = weather(daylight, rain=bool(rng.random() < 0.15), rng=rng)
    return replace(light, noise=light.noise * float(rng.uniform(0.4, 1.8)))


def visible_labels(instances: ByteArray, placed: list[Placed], camera: Camera) -> list[Label]:
    """Boxes of visible pixels, without those mostly hidden, mostly outside or tiny."""
    labels: list[Label] = []
    for number, p in enumerate(placed, start=1):
        x0, y0, x1, y1 = p.bounds
        mask = instances[y0:y1, x0:x1] == number
        rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
        if not len(rows):
            continue
        hull = cv2.convexHull(p.pixels.astype(np.float32))
        whole = max(float(cv2.contourArea(hull)), 1.0)
        box = (
            float(x0 + columns[0]),
            float(y0 + rows[0]),
            float(x0 + columns[-1] + 1),
            float(y0 + rows[-1] + 1),
        )
        small = min(box[2] - box[0], box[3] - box[1]) < LEAST_PX
        # A body fills about nine tenths of its hull, a motorcycle two thirds.
        fills = 0.62 if p.vehicle.body.vehicle_class is VehicleClass.MOTORCYCLE else 0.9
        if small or mask.sum() / (whole * fills) < LEAST_SHARE:
            continue
        labels.append((int(p.vehicle.body.vehicle_class), box))
    return labels


def degraded(picture: ByteArray, rng: np.random.Generator, light: Weather) -> ByteArray:
    """What cheap cameras do: gain, grey at night, soft focus, low resolution, JPEG blocks."""
    out = cv2.convertScaleAbs(
        picture, alpha=float(rng.uniform(0.8, 1.2)), beta=float(rng.uniform(-12, 12))
    )
    if light.daylight is Daylight.NIGHT and rng.random() < 0.3:
        grey = cv2.cvtColor(out, cv2.COLOR_BGR2GRAY)
        out = cv2.cvtColor(cv2.convertScaleAbs(grey, alpha=1.4), cv2.COLOR_GRAY2BGR)
    if rng.random() < 0.4:
        out = cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.4, 1.3)))
    if rng.random() < 0.25:
        height, width = out.shape[:2]
        share = float(rng.uniform(0.5, 0.85))
        small = cv2.resize(
            out, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA
        )
        out = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    _, coded = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 96))])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
