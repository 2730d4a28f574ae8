"""`python -m jobs.bench pipeline --cameras N`: how much of the bare detector's pace the whole keeps.

Bare: the shipped network alone, on the same frames decoded and scaled in memory beforehand. Ours:
decoding, scaling, detecting, tracking, measuring, judging, reading plates and sealing evidence, for
each of N cameras. Both use every core of this machine and take turns; ratio is that of the medians.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

from actors.detector import BatchingDetector, detector_info, load_detector
from actors.frame_batch import FrameBatch, letterbox_for
from actors.local_ports import FutureTicket, LocalReader
from actors.ports import DetectorInfo, Ticket
from actors.seeing import IN_FLIGHT
from adapters.ocr_rapid import rapid_plate_ocr
from adapters.settings import DEFAULT_WEIGHTS
from adapters.video_stream import VideoStream
from enforcement.detections import ByteArray, Detections, Detector
from enforcement.errors import BadInput
from enforcement.verdicts import Violation
from jobs import cli
from jobs.benches.bench_clip import Clip, add_clip_arguments, clip_of
from jobs.benches.camera_run import CameraRun, run_file
from jobs.watch_ports import Ports, ray_ports

PER_BATCH = 16
MOST_PICTURES = 512
"""Pictures held in memory for the bare detector: half a gigabyte at the shipped size."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this bench."""
    add_clip_arguments(parser)
    parser.add_argument("--cameras", type=int, default=1, help="cameras at the same time (1)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side (3)")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, help="detector")
    parser.add_argument("--ray", action="store_true", help="detector and reader as Ray actors")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: ratio, ours_fps, bare_fps; and what each round said."""
    if args.cameras < 1 or args.rounds < 1:
        raise BadInput("--cameras and --rounds: at least 1")
    clip = clip_of(args)
    detector = load_detector(args.weights, threads=os.cpu_count() or 1)
    pictures = decoded(clip, detector_info(detector))
    ours: list[float] = []
    bare: list[float] = []
    cpu_ms: list[float] = []
    bare_cpu_ms: list[float] = []
    runs: list[CameraRun] = []
    with _ports(detector, args.cameras, args.weights, ray=args.ray) as ports, cli.progress() as bar:
        task = bar.add_task("turns", total=2 * args.rounds)
        _bare_fps(detector, pictures[: 2 * PER_BATCH])
        for _ in range(args.rounds):
            used = process_time()
            bare.append(_bare_fps(detector, pictures))
            bare_cpu_ms.append(1000 * (process_time() - used) / len(pictures))
            bar.advance(task)
            used = process_time()
            runs, fps = _together(clip, ports, args.cameras)
            ours.append(fps)
            cpu_ms.append(1000 * (process_time() - used) / sum(one.frames for one in runs))
            bar.advance(task)
    return {
        "bench": "pipeline",
        "clip": clip.name,
        "cameras": args.cameras,
        "ratio": round(median(ours) / median(bare), 4),
        "ours_fps": round(median(ours), 2),
        "bare_fps": round(median(bare), 2),
        "rounds": [[round(o, 1), round(b, 1)] for o, b in zip(ours, bare, strict=True)],
        "cpu_ms_per_frame": {
            "ours": round(median(cpu_ms), 2),
            "bare": round(median(bare_cpu_ms), 2),
        },
        "with": "ray actors" if args.ray else "one process",
        "input_size": [pictures.shape[2], pictures.shape[1]],
        "cores": os.cpu_count(),
        **_work(runs),
    }


def decoded(clip: Clip, info: DetectorInfo) -> ByteArray:
    """(N, H, W, 3) pictures of the clip's first frames at inference size, exactly as a camera makes them."""
    made: list[ByteArray] = []
    with VideoStream(clip.video, start_at=clip.start) as stream:
        for frame in stream.frames():
            box = letterbox_for((frame.width, frame.height), info)
            batch = FrameBatch(letterbox=box, capacity=1)
            batch.add(frame)
            made.append(batch.pictures)
            if len(made) == MOST_PICTURES:
                break
    if not made:
        raise BadInput(f"{clip.video}: no frame in it")
    return np.concatenate(made)


def _bare_fps(detector: Detector, pictures: ByteArray) -> float:
    begun = perf_counter()
    for start in range(0, len(pictures), PER_BATCH):
        detector.detect(pictures[start : start + PER_BATCH])
    return len(pictures) / (perf_counter() - begun)


def _together(clip: Clip, ports: list[Ports], cameras: int) -> tuple[list[CameraRun], float]:
    """Every camera watches the clip at the same time; frames of all by the time of the last."""

    def watch(number: int) -> CameraRun:
        return run_file(clip.video, clip.site, ports[number], start=clip.start)

    begun = perf_counter()
    with ThreadPoolExecutor(cameras) as pool:
        runs = list(pool.map(watch, range(cameras)))
    return runs, sum(one.frames for one in runs) / (perf_counter() - begun)


def _work(runs: list[CameraRun]) -> dict[str, int]:
    """What was produced in the last round, to show that nothing was left out."""
    outcomes = [outcome for one in runs for outcome in one.outcomes]
    verdicts = [verdict for outcome in outcomes for verdict in outcome.judged.verdicts]
    return {
        "frames": sum(one.frames for one in runs),
        "passes": len(outcomes),
        "measured": sum(o.judged.pass_.speed.speed_kmh is not None for o in outcomes),
        "plates": sum(o.plate.plate is not None for o in outcomes),
        "bundles": sum(isinstance(verdict, Violation) for verdict in verdicts),
    }


class SharedDetector:
    """A port over a detector that many cameras share, as the detector actor serves them."""

    def __init__(self, detector: BatchingDetector, *, cameras: int) -> None:
        self.info = detector.info
        self._detector = detector
        self._waiting = ThreadPoolExecutor(cameras * (IN_FLIGHT + 1))

    def submit(self, batch: ByteArray) -> Ticket[list[Detections]]:
        """Ask and go on."""
        return FutureTicket(self._waiting.submit(self._detector.detect, batch))

    def close(self) -> None:
        """End after what was asked."""
        self._waiting.shutdown()
        self._detector.close()


@contextmanager
def _ports(detector: Detector, cameras: int, weights: Path, *, ray: bool) -> Iterator[list[Ports]]:
    if ray:
        with ray_ports(weights) as ports:
            yield [ports] * cameras
        return
    shared = SharedDetector(BatchingDetector(detector), cameras=cameras)
    reader = LocalReader(rapid_plate_ocr(threads=1))
    # The network inside a plate reader is built on its first picture.
    reader.submit([np.zeros((64, 64, 3), np.uint8)]).result()
    try:
        yield [Ports(detector=shared, reader=reader)] * cameras
    finally:
        shared.close()
        reader.close()
