"""How far the edges of detected boxes are from truth, on simulated frames that were never trained on.

The error of an edge (detected minus true, inference pixels) of a vehicle whose true box is h pixels
high is modelled as a bias by height (bias_px: medians at a few heights; bias_frac * h where they are
not known) plus noise of variance sigma_px^2 + (sigma_frac * h)^2, of which a share `corr` stays with one
vehicle through all its frames. Only vehicles that nothing hides or cuts
count: what the speed measurement uses.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from adapters.detector_onnx import OnnxDetector
from adapters.letterbox import Letterbox
from adapters.model_card import EDGES
from enforcement.detections import ByteArray, FloatArray, IntArray, VehicleClass
from jobs import cli
from jobs.training.scores import match
from jobs.training.simulated_set import LabelledFrame, labelled_frames
from simulation.scenarios import EPOCH, Options, speed_scene
from simulation.scene import SimScene
from simulation.speed_scene import Flow, speed_traffic
from simulation.weather import Daylight, weather

SEED = 8_000_000
SCENES, FRAMES, STEP_S = 30, 30, 0.12
JPEG_QUALITY = 80
LEAST_BOXES = 60
BINS = 6
MIX = {
    VehicleClass.CAR: 0.4,
    VehicleClass.BUS: 0.2,
    VehicleClass.TRUCK: 0.2,
    VehicleClass.MOTORCYCLE: 0.2,
}
# Columns of the table of errors.
CLASS, TRACK, HEIGHT, FIRST_EDGE = 0, 1, 2, 3


def measure(onnx: Path, *, scenes: int = SCENES, frames: int = FRAMES) -> dict[str, Any]:
    """Error model per class and edge, in the shape the detector's card keeps."""
    table = collect(OnnxDetector.load(onnx), scenes=scenes, frames=frames)
    made: dict[str, Any] = {}
    for each in VehicleClass:
        rows = table[table[:, CLASS] == int(each)]
        if len(rows) >= LEAST_BOXES:
            made[each.label] = {
                edge: fit(rows[:, FIRST_EDGE + k], rows[:, HEIGHT], rows[:, TRACK].astype(np.int64))
                for k, edge in enumerate(EDGES)
            } | {"boxes": len(rows), "tracks": len(np.unique(rows[:, TRACK]))}
    return made


def collect(detector: OnnxDetector, *, scenes: int, frames: int) -> FloatArray:
    """(N, 7) class, track, true height, errors of left, top, right, bottom; inference pixels."""
    rows: list[FloatArray] = []
    with cli.progress() as bar:
        task = bar.add_task("box error", total=scenes * frames)
        for number in range(scenes):
            scene = measured_scene(SEED + number)
            middle = float(np.median([v.motion.enters_s for v in scene.vehicles]))
            for frame in labelled_frames(
                scene, np.asarray(middle + STEP_S * np.arange(frames), np.float64)
            ):
                rows.append(_errors(detector, frame, number * 1000))
                bar.advance(task)
    return np.concatenate(rows)


def measured_scene(seed: int) -> SimScene:
    """Traffic past a measuring camera, in the light of that seed; every class often."""
    rng = np.random.default_rng((seed, 5))
    daylight = [Daylight.DAY, Daylight.DAY, Daylight.DUSK, Daylight.NIGHT][seed % 4]
    options = Options(
        seed=seed,
        receding=seed % 3 == 0,
        close=seed % 2 == 1,
        distortion=float(rng.uniform(0, 0.6)),
    )
    scene = speed_scene(options)
    flow = Flow(passes=30, density=1.6, limit_kmh=60.0, on=EPOCH.date(), mix=MIX)
    return replace(
        scene,
        vehicles=speed_traffic(rng, scene.road, flow),
        weather=weather(daylight, rain=seed % 7 == 0, rng=rng),
    )


def fit(error: FloatArray, height: FloatArray, track: IntArray) -> dict[str, Any]:
    """The error model of one edge; heights and errors in inference pixels."""
    bias = float(np.median(error / height))
    order = np.array_split(np.argsort(height), BINS)
    knots = [
        (round(float(np.median(height[chunk])), 1), round(float(np.median(error[chunk])), 3))
        for chunk in order
    ]
    at, by = (np.array(column) for column in zip(*knots, strict=True))
    rest = error - np.interp(height, at, by)
    spread = np.array([_robust_sigma(rest[chunk]) ** 2 for chunk in order])
    scale = np.array([float(np.mean(height[chunk] ** 2)) for chunk in order])
    floor, growth = _nonnegative_line(scale, spread)
    sigma = np.sqrt(floor + growth * height**2)
    return {
        "bias_frac": round(bias, 5),
        "bias_px": knots,
        "sigma_frac": round(growth**0.5, 5),
        "sigma_px": round(floor**0.5, 4),
        "corr": round(_kept_share(np.clip(rest / sigma, -4, 4), track), 3),
    }


def _errors(detector: OnnxDetector, frame: LabelledFrame, first_track: int) -> FloatArray:
    picture = _compressed(frame.picture)
    box = Letterbox.fit((picture.shape[1], picture.shape[0]), detector.input_size)
    found = detector.detect(box.picture(picture)[None])[0]
    truth = box.to_inference(frame.rows[:, 1:].astype(np.float32))
    partner = match(found, truth)
    hit = partner >= 0
    chosen, seen = partner[hit], found.xyxy[hit]
    usable = frame.whole[chosen]
    chosen, seen = chosen[usable], seen[usable]
    true = truth[chosen]
    return np.column_stack(
        [
            frame.rows[chosen, 0],
            frame.vehicle_id[chosen] + first_track,
            true[:, 3] - true[:, 1],
            seen - true,
        ]
    ).astype(np.float64)


def _compressed(picture: ByteArray) -> ByteArray:
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _robust_sigma(values: FloatArray) -> float:
    """Half the width that holds 68 % of the values around their middle."""
    low, high = np.percentile(values, [15.87, 84.13])
    return float(high - low) / 2


def _nonnegative_line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Floor and slope, both at least zero, of y over x with relative errors equal."""
    weight = 1 / np.maximum(y, 1e-6)
    design = np.column_stack([np.ones_like(x), x]) * weight[:, None]
    target = y * weight
    floor, slope = np.linalg.lstsq(design, target, rcond=None)[0]
    if floor < 0:
        floor, slope = 0.0, float(np.average(y / x))
    if slope < 0:
        floor, slope = float(np.average(y)), 0.0
    return max(float(floor), 1e-4), float(slope)


def _kept_share(scaled: FloatArray, track: IntArray) -> float:
    """Share of variance common to a track's frames: mean product over pairs of frames of one track."""
    products, pairs = 0.0, 0
    for each in np.unique(track):
        own = scaled[track == each]
        products += float(own.sum() ** 2 - (own**2).sum())
        pairs += len(own) * (len(own) - 1)
    total = float(np.mean(scaled**2))
    return float(np.clip(products / pairs / total, 0.0, 1.0)) if pairs and total > 0 else 0.0
