"""Mean error of a box's bottom edge by box height, through the product's own decoding and tracking.

Simulated scenes of seeds that neither training nor `bench accuracy` uses, every second one close. Each
scene counts alike, because the sun's direction moves all boxes of a scene together: `scene_spread_px` says
by how much. `--keep` writes into the weights' card the knots of cars as `bias_px`, and the largest spread of
cars as `scene_px` of every class: the others pass too seldom to tell their scenes apart.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from adapters.settings import DEFAULT_WEIGHTS
from adapters.site_file import load_site
from enforcement.detections import FloatArray, VehicleClass
from enforcement.errors import BadInput
from enforcement.tracks import Track
from jobs import cli
from jobs.benches.camera_run import run_file
from jobs.benches.truth_match import SceneTruth
from jobs.training.model_card import card_text
from jobs.training.shipped import read_raw_card, write_card
from jobs.watch_ports import Ports, local_ports
from simulation.encode import Coding
from simulation.faults import Faults
from simulation.recording import record
from simulation.scenarios import BUILDERS, Options
from simulation.scene import SimScene
from simulation.weather import Daylight

FIRST_SEED = 8_100_000
LIGHT = (
    (Daylight.DAY, False),
    (Daylight.DAY, True),
    (Daylight.DUSK, False),
    (Daylight.DAY, False),
    (Daylight.DAY, False),
    (Daylight.NIGHT, False),
    (Daylight.DAY, True),
)  # and rain
KNOTS = 6
LEAST_PER_SCENE = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this bench."""
    parser.add_argument("--scenes", type=int, default=8)
    parser.add_argument("--passes", type=int, default=9, help="vehicles per scene (9)")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS)
    parser.add_argument("--keep", action="store_true", help="write what was found into the card")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Knots per class, inference pixels; classes seen too little are absent."""
    rows: list[FloatArray] = []
    with local_ports(args.weights) as ports, cli.progress() as bar:
        width = ports.detector.info.input_size[0]
        for number in bar.track(range(args.scenes), description="scenes"):
            scene = _scene(number, args.passes)
            scale = scene.camera.width / width
            rows.extend(_errors(scene, ports, number, scale))
    table = np.concatenate(rows)
    made = {
        each.label: _knots(table[table[:, 1] == int(each)])
        for each in VehicleClass
        if int((table[:, 1] == int(each)).sum()) >= KNOTS * 20
    }
    cars = made.get(VehicleClass.CAR.label)
    if args.keep:
        if cars is None:
            raise BadInput("box_bias --keep: too few cars were seen; take more scenes")
        _keep(args.weights, cars)
    return {"bench": "box_bias", "scenes": args.scenes, "bottom": made}


def _keep(weights: Path, cars: dict[str, Any]) -> None:
    card = read_raw_card(weights)
    if "box_error" not in card:
        raise BadInput(
            f"{weights}: its card holds no error of box edges yet (see jobs.train_detector)"
        )
    errors = card["box_error"]
    errors[VehicleClass.CAR.label]["bottom"]["bias_px"] = cars["bias_px"]
    for each in errors.values():
        each["bottom"]["scene_px"] = max(cars["scene_spread_px"])
    write_card(weights, card)
    (weights.parent / "MODEL_CARD.md").write_text(card_text(card))


def _scene(number: int, passes: int) -> SimScene:
    close = number % 2 == 1
    options = Options(
        seed=FIRST_SEED + number,
        passes=passes,
        size=(1920, 1080) if close else None,
        close=close,
        density=1.6,
        daylight=LIGHT[number % len(LIGHT)][0],
        rain=LIGHT[number % len(LIGHT)][1],
        receding=number % 7 == 6,
        distortion=0.6 if number % 4 == 2 else 0.0,
    )
    return BUILDERS["speed"](options)


def _errors(scene: SimScene, ports: Ports, number: int, scale: float) -> list[FloatArray]:
    """Arrays of scene, class, true height and bottom error in inference pixels, one per track."""
    with tempfile.TemporaryDirectory(prefix="vigia-bias-") as folder:
        made = record(scene, Path(folder), coding=Coding(seed=scene.seed))
        done = run_file(made.video, load_site(made.site), ports, start=scene.epoch)
    truth = SceneTruth.of(scene, Faults())
    found = []
    for outcome in done.outcomes:
        track = outcome.judged.pass_.track
        owner = truth.owner(track)
        if owner is not None:
            body = truth.vehicles[owner].body.vehicle_class
            found.append(_of_track(track, truth.boxes[owner], number, int(body), scale))
    return found


def _of_track(track: Track, boxes: FloatArray, scene: int, body: int, scale: float) -> FloatArray:
    true = boxes[track.frame_index]
    clear = ~track.truncated & (track.occlusion <= 0.1) & ~np.isnan(true[:, 0])
    height = (true[clear, 3] - true[clear, 1]) / scale
    error = (track.xyxy[clear, 3] - true[clear, 3]) / scale
    return np.column_stack([np.full(len(height), scene), np.full(len(height), body), height, error])


def _knots(rows: FloatArray) -> dict[str, Any]:
    edges = np.quantile(rows[:, 2], np.linspace(0, 1, KNOTS + 1))
    knots, spread = [], []
    for low, high in pairwise(edges.tolist()):
        part = rows[(rows[:, 2] >= low) & (rows[:, 2] <= high)]
        scenes = [part[part[:, 0] == scene, 3] for scene in np.unique(part[:, 0])]
        medians = [float(np.median(one)) for one in scenes if len(one) >= LEAST_PER_SCENE]
        if medians:
            knots.append(
                (round(float(np.median(part[:, 2])), 1), round(float(np.mean(medians)), 3))
            )
            spread.append(round(float(np.std(medians)), 3))
    return {"bias_px": knots, "scene_spread_px": spread, "boxes": len(rows)}
