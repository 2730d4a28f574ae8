"""`python -m jobs.bench peers`: our pace and speed error beside other open systems on the same clip.

Same file, same network in OpenVINO, same picture size and thresholds, in turns on this machine. Peers
detect, follow and (but the first) say a speed; ours also reads plates, seals evidence and writes
rows, and its time ends when the last row is in. ratio is ours ÷ the fastest peer, medians of the
turns. Speeds are compared with exact truth.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, process_time, sleep
from typing import Any

import cv2
import openvino
import yaml

from actors.recording import RecorderService
from adapters.letterbox import input_size_for
from adapters.model_card import read_card
from adapters.settings import DEFAULT_WEIGHTS, Settings
from adapters.video_stream import VideoStream
from enforcement.detections import VehicleClass
from enforcement.errors import BadInput, Unavailable
from enforcement.scene import Scene
from jobs import cli
from jobs.benches.bench_clip import Clip, add_clip_arguments, clip_of
from jobs.benches.camera_run import CameraRun, run_file
from jobs.benches.peer_plain import plain_script
from jobs.benches.peer_runs import Peer, PeerRun, PeerTask, PeerTrack, speed_error
from jobs.benches.peer_supervision import speed_example
from jobs.benches.peer_ultralytics import needed, speed_estimator, track
from jobs.benches.truth_match import SceneTruth
from jobs.system import database
from jobs.watch_ports import Ports, local_ports
from schema.scenes import save_site
from schema.session import open_engine, sessions
from simulation.faults import Faults

OURS = "vigia, plates, evidence and rows on"
PEERS: Mapping[str, Peer] = {
    "ultralytics YOLO.track, no speed": track,
    "ultralytics SpeedEstimator": speed_estimator,
    "supervision speed estimation example": speed_example,
    "plain OpenCV script, in the manner of": plain_script,
}
PATIENCE_S = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this bench."""
    add_clip_arguments(parser)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each (3)")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, help="detector (ONNX)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: ratio, rows[{name, fps, speed_mean_abs_kmh}]. Raises BadInput without the `train` group."""
    if args.rounds < 1:
        raise BadInput("--rounds: at least 1")
    needed()
    clip = clip_of(args)
    with tempfile.TemporaryDirectory(prefix="vigia-peers-") as folder:
        task = _task(clip, args.weights, Path(folder))
        with (
            database(Settings(local_dir=Path(folder)), durable=True) as settings,
            local_ports(args.weights) as ports,
        ):
            _save_site(settings, clip)
            recorder = RecorderService(settings)
            turns = _turns(args.rounds, task, clip, ports, settings, recorder)
            rows_written = recorder.status()["recorded"]
            recorder.stop()
    truth = None if clip.scene is None else SceneTruth.of(clip.scene, Faults())
    rows = [_row(name, runs, truth) for name, runs in turns.items()]
    best = max(row["fps"] for row in rows if row["name"] != OURS)
    ours = next(row["fps"] for row in rows if row["name"] == OURS)
    return {
        "bench": "peers",
        "clip": clip.name,
        "ratio": round(ours / best, 4),
        "rows": rows,
        "rows_written": rows_written,
        "input_size": list(task.size),
        "cores": os.cpu_count(),
    }


def _turns(
    rounds: int,
    task: PeerTask,
    clip: Clip,
    ports: Ports,
    settings: Settings,
    recorder: RecorderService,
) -> dict[str, list[PeerRun]]:
    """Every system once a round, so that whatever else the machine does meets all of them."""
    turns: dict[str, list[PeerRun]] = {name: [] for name in (OURS, *PEERS)}
    with cli.progress() as bar:
        bar_task = bar.add_task("turns", total=rounds * len(turns))
        for number in range(rounds):
            systems: dict[str, Peer] = {
                OURS: partial(_ours, number, clip, ports, settings, recorder)
            }
            for name, peer in {**systems, **PEERS}.items():
                used = process_time()
                done = peer(task)
                done.cpu_s = process_time() - used
                turns[name].append(done)
                bar.advance(bar_task)
    return turns


def _task(clip: Clip, weights: Path, folder: Path) -> PeerTask:
    card = read_card(weights)
    with VideoStream(clip.video, start_at=clip.start) as stream:
        first = next(stream.frames(), None)
        if first is None:
            raise BadInput(f"{clip.video}: no frame in it")
        shape = first.width, first.height
    size = input_size_for(shape, pixels=card.pixels or 640 * 640)
    return PeerTask(
        video=clip.video,
        network=_converted(weights, folder / "vigia_openvino_model", size),
        card=card,
        size=size,
        scene=Scene.from_mapping(clip.site, image_size=shape),
        nominal_fps=_claimed_fps(clip.video),
    )


def _converted(weights: Path, folder: Path, size: tuple[int, int]) -> Path:
    """The network as the folder that Ultralytics' OpenVINO backend reads, of fixed size as it exports it."""
    folder.mkdir()
    network = openvino.convert_model(str(weights))
    network.reshape([1, 3, size[1], size[0]])
    openvino.save_model(network, str(folder / "vigia.xml"), compress_to_fp16=False)
    about = {
        "task": "detect",
        "stride": 32,
        "batch": 1,
        "imgsz": [size[1], size[0]],
        "names": {int(one): one.label for one in VehicleClass},
        "args": {"dynamic": False, "batch": 1},
    }
    (folder / "metadata.yaml").write_text(yaml.safe_dump(about), "utf-8")
    return folder


def _claimed_fps(video: Path) -> float:
    return float(cv2.VideoCapture(str(video)).get(cv2.CAP_PROP_FPS))


def _save_site(settings: Settings, clip: Clip) -> None:
    engine = open_engine(str(settings.database_url))
    with sessions(engine)() as session:
        save_site(session, clip.site)
        session.commit()
    engine.dispose()


def _ours(
    number: int,
    clip: Clip,
    ports: Ports,
    settings: Settings,
    recorder: RecorderService,
    _task: PeerTask,
) -> PeerRun:
    """The whole; another hour each turn, or the database would know the infractions already."""
    begun = perf_counter()
    start = clip.start + timedelta(hours=number)
    done = run_file(clip.video, clip.site, ports, start=start, settings=settings)
    _recorded(recorder)
    seconds = perf_counter() - begun
    return PeerRun(frames=done.frames, seconds=seconds, tracks=_tracks(done))


def _recorded(recorder: RecorderService) -> None:
    give_up = monotonic() + PATIENCE_S
    while recorder.status()["waiting"]:
        if monotonic() > give_up:
            raise Unavailable(f"rows wait: {recorder.status()['last_error']}")
        sleep(0.01)


def _tracks(done: CameraRun) -> dict[int, PeerTrack]:
    tracks: dict[int, PeerTrack] = {}
    for outcome in done.outcomes:
        track, speed = outcome.judged.pass_.track, outcome.judged.pass_.speed
        made = PeerTrack(frames=track.frame_index.tolist(), boxes=list(track.xyxy))
        if speed.speed_kmh is not None:
            stamped = dict(zip(track.t_s.tolist(), made.frames, strict=True))
            made.say(speed.speed_kmh, stamped[speed.from_s], stamped[speed.to_s])
        tracks[track.track_id] = made
    return tracks


def _row(name: str, runs: list[PeerRun], truth: SceneTruth | None) -> dict[str, Any]:
    error, measured = (None, 0) if truth is None else speed_error(runs[-1], truth)
    return {
        "name": name,
        "fps": round(median(one.fps for one in runs), 2),
        "speed_mean_abs_kmh": None if error is None else round(error, 2),
        "vehicles_measured": measured,
        "cpu_ms_per_frame": round(median(1000 * one.cpu_s / one.frames for one in runs), 1),
        "turns_fps": [round(one.fps, 1) for one in runs],
    }
