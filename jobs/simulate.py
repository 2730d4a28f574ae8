"""Render a simulated camera (or several) to video, truth and site file.

python -m jobs.simulate --scenario speed --seed 1 --passes 12 --out out/sim
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from enforcement.errors import BadInput
from jobs import cli
from simulation.encode import Coding
from simulation.faults import Faults
from simulation.recording import Recorded, record, scene_timeline
from simulation.rtsp import RtspServer
from simulation.scenarios import Options, build, scenario_names
from simulation.scene import SimScene
from simulation.weather import Daylight

MOST_PIXELS = 4096


def main(arguments: Sequence[str]) -> int:
    """Write one folder per camera and print one JSON line for each."""
    args = _parser().parse_args(arguments)
    options, faults = _options(args), _faults(args)
    scenes = build(args.scenario, options, cameras=args.cameras)
    out = Path(args.out)
    if out.exists() and not out.is_dir():
        raise BadInput(f"--out {out}: exists and is not a folder")
    written: dict[str, Path] = {}
    coding = Coding(crf=args.crf, loss=faults.loss, seed=args.seed)
    with cli.progress(quiet=args.quiet) as bar:
        for scene in scenes:
            folder = out / scene.camera_id if len(scenes) > 1 else out
            done = _record(scene, folder, faults, coding, bar)
            written[scene.camera_id] = done.video
            sys.stdout.write(json.dumps(_row(scene, done)) + "\n")
            sys.stdout.flush()
    if args.serve_rtsp is not None:
        _serve(written, args.serve_rtsp)
    return cli.DONE


def _serve(videos: dict[str, Path], port: int) -> None:
    """Serve the videos in a loop until interrupted."""
    with RtspServer(videos, port=port, loop=True) as server:
        for name in videos:
            sys.stdout.write(json.dumps({"camera_id": name, "rtsp": server.url(name)}) + "\n")
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
        signal.pause()


def _record(
    scene: SimScene, folder: Path, faults: Faults, coding: Coding, bar: Progress
) -> Recorded:
    total = len(scene_timeline(scene, faults).true_t_s)
    task = bar.add_task(f"simulating {scene.camera_id} ({scene.name})", total=total)
    return record(
        scene,
        folder,
        faults=faults,
        coding=coding,
        on_frame=lambda _: bar.advance(task),
    )


def _row(scene: SimScene, done: Recorded) -> dict[str, object]:
    return {
        "camera_id": scene.camera_id,
        "scenario": scene.name,
        "simulated": True,
        "video": str(done.video),
        "truth": str(done.truth),
        "site": str(done.site),
        "frames": done.frames,
        "lost_slices": done.lost_slices,
        "vehicles": len(scene.vehicles),
    }


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("simulate", "Render simulated cameras with exact truth beside the video.")
    parser.add_argument("--scenario", required=True, help=", ".join(scenario_names()))
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--passes", type=int, default=12, help="vehicles per camera")
    parser.add_argument(
        "--cameras", type=int, default=None, help="cameras (default: the scenario's own)"
    )
    parser.add_argument("--size", default=None, help="WIDTHxHEIGHT (default: the scenario's own)")
    parser.add_argument("--fps", type=float, default=25.0)
    parser.add_argument("--daylight", default="day", help="day, dusk or night")
    parser.add_argument("--rain", action="store_true")
    parser.add_argument("--density", type=float, default=None, help="vehicles per second")
    parser.add_argument("--distortion", type=float, default=0.0, help="0 none, 1 a wide lens")
    parser.add_argument("--receding", action="store_true", help="vehicles drive away (speed)")
    parser.add_argument("--close", action="store_true", help="two lanes, larger: plates readable")
    parser.add_argument("--jitter-ms", type=float, default=0.0)
    parser.add_argument("--loss", type=float, default=0.0, help="share of encoded slices lost")
    parser.add_argument("--clock-error", type=float, default=0.0, help="0.001 is 0.1 percent fast")
    parser.add_argument("--vfr", type=float, default=0.0, help="share of frames never captured")
    parser.add_argument("--freeze", default=None, help="START:SECONDS of a standing picture")
    parser.add_argument("--cut", type=float, default=None, help="second at which the stream ends")
    parser.add_argument("--crf", type=int, default=23)
    parser.add_argument(
        "--serve-rtsp",
        type=int,
        default=None,
        metavar="PORT",
        help="then serve the videos in a loop",
    )
    parser.add_argument("--quiet", action="store_true")
    return parser


def _options(args: argparse.Namespace) -> Options:
    if args.passes < 1:
        raise BadInput(f"--passes {args.passes}: must be at least 1")
    if args.cameras is not None and args.cameras < 1:
        raise BadInput(f"--cameras {args.cameras}: must be at least 1")
    if not 1 <= args.fps <= 120:
        raise BadInput(f"--fps {args.fps}: must be within 1..120")
    if args.seed < 0:
        raise BadInput(f"--seed {args.seed}: must not be negative")
    if args.density is not None and args.density <= 0:
        raise BadInput(f"--density {args.density}: must be above 0")
    try:
        daylight = Daylight(args.daylight)
    except ValueError as error:
        raise BadInput(f"--daylight {args.daylight}: must be day, dusk or night") from error
    return Options(
        seed=args.seed,
        passes=args.passes,
        size=_size(args.size),
        fps=args.fps,
        daylight=daylight,
        rain=args.rain,
        density=args.density,
        distortion=args.distortion,
        receding=args.receding,
        close=args.close,
    )


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError as error:
        raise BadInput(f"--size {text}: must be WIDTHxHEIGHT") from error
    if not (64 <= width <= MOST_PIXELS and 64 <= height <= MOST_PIXELS) or width % 2 or height % 2:
        raise BadInput(f"--size {text}: sides must be even and within 64..{MOST_PIXELS}")
    return width, height


def _faults(args: argparse.Namespace) -> Faults:
    if not 0 <= args.loss < 1:
        raise BadInput(f"--loss {args.loss}: must be within 0..1")
    if not 0 <= args.vfr < 1:
        raise BadInput(f"--vfr {args.vfr}: must be within 0..1")
    if args.jitter_ms < 0:
        raise BadInput(f"--jitter-ms {args.jitter_ms}: must not be negative")
    if abs(args.clock_error) > 0.1:
        raise BadInput(f"--clock-error {args.clock_error}: must be within -0.1..0.1")
    frozen: tuple[tuple[float, float], ...] = ()
    if args.freeze is not None:
        try:
            start, length = (float(part) for part in args.freeze.split(":"))
        except ValueError as error:
            raise BadInput(f"--freeze {args.freeze}: must be START:SECONDS") from error
        frozen = ((start, length),)
    return Faults(
        jitter_s=args.jitter_ms / 1000,
        loss=args.loss,
        clock_error=args.clock_error,
        vfr=args.vfr,
        frozen_s=frozen,
        cut_s=args.cut,
    )


if __name__ == "__main__":
    sys.exit(cli.run(main, "simulate"))
