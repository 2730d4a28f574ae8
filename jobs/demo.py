"""`make demo`: simulated cameras through the whole system, and what came of it beside the truth.

Everything is simulated and says so; the pipeline is the real one and never sees the truth.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from rich.progress import Progress, TaskID

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.settings import Settings, read_settings
from adapters.site_file import load_site
from enforcement.errors import VigiaError
from jobs import cli
from jobs.demo_console import show_console
from jobs.demo_report import DemoReport, report
from jobs.demo_risk import demo_risk
from jobs.system import System, database, system
from schema.scenes import save_site
from simulation.recording import Recorded, record
from simulation.scenarios import Options, build
from simulation.scene import SimScene

DESCRIPTION = "Run the whole system on simulated cameras and compare with the simulation's truth."
PATIENCE_S = 400.0


def main(arguments: Sequence[str]) -> int:
    """Simulate, run, compare."""
    parser = cli.parser("demo", DESCRIPTION)
    parser.add_argument("--cameras", type=int, default=3, help="simulated cameras, at least 3 (3)")
    parser.add_argument("--passes", type=int, default=14, help="vehicles per camera (14)")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--out", type=Path, default=Path("out/demo"))
    parser.add_argument("--port", type=int, default=0, help="of the console; 0 takes a free one")
    parser.add_argument(
        "--console",
        choices=("auto", "open", "check"),
        default="auto",
        help="open: until Ctrl-C; check: log in, count the queue and end; auto: open on a terminal",
    )
    parser.add_argument("--no-risk", action="store_true", help="without training and scoring")
    args = parser.parse_args(arguments)
    if args.cameras < 3 or args.passes < 4:
        parser.error("--cameras must be at least 3 and --passes at least 4")
    settings = _fresh(read_settings())
    shutil.rmtree(args.out, ignore_errors=True)
    args.out.mkdir(parents=True)
    begun = time.monotonic()
    with cli.progress() as bar:
        scenes = build("demo", Options(seed=args.seed, passes=args.passes), args.cameras)
        recorded = _simulate(scenes, args.out / "cameras", bar)
        with database(settings) as ready:
            done = _run(ready, scenes, recorded, args.out, bar)
            bar.stop()
            sys.stdout.write(done.text(time.monotonic() - begun) + "\n")
            if not args.no_risk:
                risk = demo_risk(ready, seed=args.seed, until=scenes[0].epoch)
                sys.stdout.write(risk.text() + "\n")
                done.add("risk", risk.summary(), args.out)
            waiting = show_console(ready, port=args.port, stay=_stays(args.console))
    queued = waiting == done.summary["rows"]
    return cli.DONE if done.perfect and queued else cli.NO


def _stays(wanted: str) -> bool:
    """Whether somebody is there to end it."""
    if wanted != "auto":
        return wanted == "open"
    return sys.stdin.isatty() and sys.stdout.isatty()


def _fresh(settings: Settings) -> Settings:
    """Settings of the demo's own folder, emptied: its cameras film the same minute every time."""
    folder = settings.local_dir / "demo"
    if settings.database_url is None and (folder / "postgres").exists():
        EmbeddedPostgres(folder / "postgres").stop()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return replace(settings, local_dir=folder)


def _simulate(scenes: list[SimScene], folder: Path, bar: Progress) -> list[Recorded]:
    task = bar.add_task("simulating cameras", total=len(scenes))
    with ProcessPoolExecutor(max_workers=2) as pool:
        jobs = [pool.submit(record, scene, folder / scene.camera_id) for scene in scenes]
        made = []
        for job in jobs:
            made.append(job.result())
            bar.update(task, advance=1)
    return made


def _run(
    settings: Settings, scenes: list[SimScene], recorded: list[Recorded], out: Path, bar: Progress
) -> DemoReport:
    starting = bar.add_task("starting Ray, detector, recorder", total=1)
    with system(settings, paced=False, start=scenes[0].epoch) as running:
        with running.factory() as session:
            for made in recorded:
                save_site(session, load_site(made.site), source=str(made.video.resolve()))
            session.commit()
        bar.update(starting, advance=1)
        _until_done(running, recorded, bar)
        return report(running, scenes, out)


def _until_done(running: System, recorded: list[Recorded], bar: Progress) -> None:
    task: TaskID = bar.add_task("watching", total=sum(made.frames for made in recorded))
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        running.supervisor.step()
        status = running.status()
        cameras = list(status["cameras"].values())
        bar.update(task, completed=sum(one.get("frames", 0) for one in cameras))
        bad = next((one for one in cameras if one["state"] in ("failed", "degraded")), None)
        if bad is not None:
            raise VigiaError(f"camera {bad['camera_id']}: {bad['reason']}")
        ended = all(one["state"] == "ended" for one in cameras)
        if ended and status["recorder"]["waiting"] == 0 and status["relay"]["waiting"] == 0:
            return
        time.sleep(0.5)
    raise VigiaError(f"the demo did not end within {PATIENCE_S:.0f} s: {status}")


if __name__ == "__main__":
    sys.exit(cli.run(main, "demo"))
