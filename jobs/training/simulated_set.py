"""Labelled pictures from our own simulation, in YOLO layout: varied cameras, light, rain and traffic.

Labels are where the vehicle ends in the picture to a fraction of a pixel, cut by what hides it: the
speed measurement needs tight edges, which people's labels do not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import yaml

from enforcement.detections import BoolArray, ByteArray, FloatArray, IntArray, VehicleClass
from jobs import cli
from jobs.training.yolo_sets import Rows
from simulation.lens import Camera, pole_camera
from simulation.render import Renderer
from simulation.scenarios import Options, make_lens, speed_scene
from simulation.scene import SimScene
from simulation.weather import Daylight, weather

SIZE = (1280, 720)
FRAMES_PER_SCENE = 10
VALIDATION_SHARE = 0.1
SMALLEST_PX = 9
PICTURES_PER_BLANK = 12
BLANK_PX = 544
SEEN_SHARE = 0.25
HIDDEN_PX = 2.0
HEAVY_SHARE = 0.35  # of scenes, with the mix below: a bus and a truck are told apart by seeing many
HEAVY_MIX = {
    VehicleClass.CAR: 0.35,
    VehicleClass.BUS: 0.25,
    VehicleClass.TRUCK: 0.3,
    VehicleClass.MOTORCYCLE: 0.1,
}
PRACTICE_SEED = 7_000_000  # scenes of training; benches use small seeds, so they never meet


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledFrame:
    """One frame.

    rows: (N, 5) class, left, top, right, bottom in pixels. whole: (N,) nothing hides or cuts it.
    vehicle_id: (N,) the same vehicle has the same id in all frames of its scene.
    """

    picture: ByteArray
    rows: Rows
    whole: BoolArray
    vehicle_id: IntArray


def write_simulated(out: Path, pictures: int, seed: int = PRACTICE_SEED) -> Path:
    """Write a set of that many pictures under OUT, each the whole frame or a square cut of it.

    Goes on where an earlier run stopped. Returns the set's folder.
    """
    for kind in ("images", "labels"):
        for split in ("train", "val"):
            (out / kind / split).mkdir(parents=True, exist_ok=True)
    names = {int(c): c.label for c in VehicleClass}
    described = {"path": ".", "train": "images/train", "val": "images/val", "names": names}
    (out / "data.yaml").write_text(
        yaml.safe_dump(described | {"vehicle_class": names, "already_cut": True})
    )
    with cli.progress() as bar:
        task = bar.add_task("simulated pictures", total=pictures)
        for scene in range(-(-pictures // FRAMES_PER_SCENE)):
            first = scene * FRAMES_PER_SCENE
            count = min(FRAMES_PER_SCENE, pictures - first)
            split = "val" if scene % round(1 / VALIDATION_SHARE) == 5 else "train"
            if not (out / "images" / split / f"sim{first + count - 1:05d}.jpg").is_file():
                _write_scene(
                    varied_scene(seed + scene), out, split, range(first, first + count), seed
                )
            bar.advance(task, count)
    for number in range(pictures // PICTURES_PER_BLANK):
        _write_blank(out, number, seed)
    return out


def _write_scene(scene: SimScene, out: Path, split: str, numbers: range, seed: int) -> None:
    times = np.linspace(0.12, 0.88, len(numbers)) * scene.duration_s
    for number, frame in zip(numbers, labelled_frames(scene, times), strict=True):
        _write(frame, out, split, number, seed)


def labelled_frames(scene: SimScene, times: FloatArray) -> Iterator[LabelledFrame]:
    """Frames of a scene at true times, seconds, drawn over a plainer background than the benches'."""
    renderer = Renderer(scene, oversample=1)
    for index, t_s in enumerate(times):
        frame, instances, placed = renderer.labelled(float(t_s), index)
        edges = [_label(instances == i, p.pixels) for i, p in enumerate(placed, 1)]
        kept = [(p.vehicle, e) for p, e in zip(placed, edges, strict=True) if e is not None]
        rows = [[int(v.body.vehicle_class), *box] for v, (box, _) in kept]
        yield LabelledFrame(
            picture=frame,
            rows=np.array(rows, np.float64).reshape(-1, 5),
            whole=np.array([whole for _, (_, whole) in kept], np.bool_),
            vehicle_id=np.array([v.vehicle_id for v, _ in kept], np.int64),
        )


def varied_scene(seed: int) -> SimScene:
    """A scene whose camera, light, rain, traffic and classes are drawn from the seed."""
    rng = np.random.default_rng((seed, 99))
    daylight = Daylight(str(rng.choice(["day", "dusk", "night"], p=[0.5, 0.2, 0.3])))
    options = Options(
        seed=seed,
        passes=40,
        size=SIZE,
        density=float(rng.uniform(0.8, 3.5)),
        lanes=int(rng.integers(1, 5)),
        receding=bool(rng.random() < 0.4),
        distortion=float(rng.choice([0.0, rng.uniform(0.2, 1.0)])),
    )
    light = weather(daylight, rain=bool(rng.random() < 0.25), rng=rng)
    camera = _varied_camera(rng, options)
    mixed = replace(options, mix=HEAVY_MIX if rng.random() < HEAVY_SHARE else None)
    return replace(speed_scene(mixed), camera=camera, weather=light)


def _varied_camera(rng: np.random.Generator, options: Options) -> Camera:
    height = float(rng.uniform(4.5, 9.5))
    return pole_camera(
        lens=make_lens(SIZE, float(rng.uniform(0.8, 1.9)), options.distortion),
        size=SIZE,
        height_m=height,
        pitch_deg=float(np.rad2deg(np.arctan2(height, rng.uniform(18, 40)))),
        yaw_deg=float(rng.uniform(-9, 9)),
        roll_deg=float(rng.uniform(-1.5, 1.5)),
        x_m=float(rng.uniform(-5, 5)),
    )


def _label(seen: BoolArray, outline: FloatArray) -> tuple[list[float], bool] | None:
    """Edges of what is seen of a vehicle, and whether that is all of it; None for too little.

    Where nothing hides an edge it is that of the projected body, finer than the pixel grid.
    """
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows) or min(len(rows), len(columns)) < SMALLEST_PX * 0.6 or len(rows) < SMALLEST_PX:
        return None
    drawn = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)
    body = np.concatenate([outline.min(axis=0), outline.max(axis=0)])
    hull = cv2.contourArea(cv2.convexHull(outline.astype(np.float32)))
    if float(seen.sum()) < SEEN_SHARE * hull:
        return None
    clear = np.abs(drawn - body) < HIDDEN_PX
    return np.where(clear, body, drawn).tolist(), bool(clear.all())


def _write(frame: LabelledFrame, out: Path, split: str, number: int, seed: int) -> None:
    rng = np.random.default_rng((seed, number))
    height, width = frame.picture.shape[:2]
    side = int(rng.choice([width, height, height]))
    left = _left(rng, frame.rows, width, side)
    rows = _moved(frame.rows, left, side)
    scale = float(rng.choice([1.0, 0.75])) if side == height else 0.75
    cut = frame.picture[:, left : left + side]
    small = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 95))]
    name = f"sim{number:05d}"
    lines = [
        f"{int(c)} {(x0 + x1) / 2 / side:.6f} {(y0 + y1) / 2 / height:.6f} "
        f"{(x1 - x0) / side:.6f} {(y1 - y0) / height:.6f}\n"
        for c, x0, y0, x1, y1 in rows
    ]
    (out / "labels" / split / f"{name}.txt").write_text("".join(lines))
    cv2.imwrite(str(out / "images" / split / f"{name}.jpg"), small, quality)


def _write_blank(out: Path, number: int, seed: int) -> None:
    """A picture of nothing: flat, a ramp or soft noise. Without such, a grey wall looks like a lorry."""
    rng = np.random.default_rng((seed, number, 3))
    cells = int(rng.choice([1, 2, 5, 40]))
    coarse = rng.normal(rng.uniform(10, 245, 3), rng.uniform(0, 60), (cells, cells, 3))
    size = (BLANK_PX, BLANK_PX)
    soft = cv2.resize(np.clip(coarse, 0, 255).astype(np.uint8), size, interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, rng.choice([0.0, 4.0, 12.0]), soft.shape)
    name = f"blank{number:05d}"
    (out / "labels" / "train" / f"{name}.txt").write_text("")
    picture = np.clip(soft + grain, 0, 255).astype(np.uint8)
    cv2.imwrite(str(out / "images" / "train" / f"{name}.jpg"), picture)


def _left(rng: np.random.Generator, rows: Rows, width: int, side: int) -> int:
    """Where a cut begins: around a vehicle drawn by lot, anywhere when there is none."""
    if not len(rows):
        return int(rng.integers(0, width - side + 1))
    middle = rows[rng.integers(len(rows)), [1, 3]].mean() + rng.uniform(-0.4, 0.4) * side
    return int(np.clip(middle - side / 2, 0, width - side))


def _moved(rows: Rows, left: int, side: int) -> Rows:
    """Boxes of a strip of the picture; those of which less than a third is in it are left out."""
    moved = rows.copy()
    moved[:, [1, 3]] = np.clip(rows[:, [1, 3]] - left, 0, side)
    kept = (moved[:, 3] - moved[:, 1]) > 0.34 * (rows[:, 3] - rows[:, 1])
    return np.asarray(moved[kept], np.float64)
