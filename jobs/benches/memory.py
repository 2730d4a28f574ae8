"""`python -m jobs.bench memory --minutes M --cameras N`: what the whole system holds, and whether it grows.

Simulated 720p cameras, played at their own speed, with Ray, the private database, recorder and relay: the
system of `jobs.up`. Memory is the proportional share (PSS) of every process of it, so that shared pages
count once. Growth is that of a straight line through the samples after warming up.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from adapters.settings import Settings
from enforcement.errors import BadInput, VigiaError
from jobs import cli
from jobs.benches.bench_clip import simulated_clip
from jobs.benches.long_clip import prolonged
from jobs.benches.process_memory import family, share_of
from jobs.system import System, database, system
from schema.scenes import save_site
from simulation.scenarios import EPOCH, Options, speed_scene

STEP_S = 1.0
WARM_UP_SHARE, WARM_UP_MOST_S = 0.25, 240.0
GIB = 2**30
SPARE_S = 420.0
"""Recordings outlast the bench by so much: starting, and a camera slower than the clock, take time."""
PATIENCE_S = 300.0
BAD = ("failed", "degraded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Seconds since the cameras began, and bytes by kind of process."""

    at_s: float
    parts: dict[str, int]

    @property
    def total(self) -> int:
        """Bytes of all."""
        return sum(self.parts.values())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this bench."""
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--cameras", type=int, default=3)
    parser.add_argument("--passes", type=int, default=6, help="vehicles before a recording repeats")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between samples (5)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: resident_gib_max, growth_percent, minutes, samples; and the parts at the end."""
    if args.minutes <= 0 or args.cameras < 1 or args.every < STEP_S:
        raise BadInput("--minutes above 0, --cameras at least 1, --every at least 1")
    with tempfile.TemporaryDirectory(prefix="vigia-memory-") as folder:
        place = Path(folder)
        sites = list(_cameras(args, place))
        with database(Settings(local_dir=place)) as settings, system(settings, start=EPOCH) as live:
            with live.factory() as session:
                for site, video in sites:
                    save_site(session, site, source=str(video))
                session.commit()
            samples = list(_watched(live, place, args))
            status = live.status()
    frames = sum(int(one.get("frames", 0)) for one in status["cameras"].values())
    return {
        "bench": "memory",
        "cameras": args.cameras,
        "minutes": round(samples[-1].at_s / 60.0, 2),
        "samples": len(samples),
        "resident_gib_max": round(max(one.total for one in samples) / GIB, 3),
        "growth_percent": growth_percent(samples),
        "frames": frames,
        "passes": sum(int(one.get("passes", 0)) for one in status["cameras"].values()),
        "rows": status["recorder"]["recorded"],
        "parts_gib": {k: round(v / GIB, 3) for k, v in sorted(samples[-1].parts.items())},
        "measure": "PSS",
    }


def growth_percent(samples: list[Sample]) -> float | None:
    """Rise of the fitted line from warm to the end, in percent of its beginning; None for too few."""
    last = samples[-1].at_s
    warm = min(WARM_UP_MOST_S, WARM_UP_SHARE * last)
    kept = [one for one in samples if one.at_s >= warm]
    if len(kept) < 3:
        return None
    at = np.array([one.at_s for one in kept])
    slope, level = np.polyfit(at, [float(one.total) for one in kept], 1)
    begin = level + slope * at[0]
    return round(100.0 * float(slope * (at[-1] - at[0]) / begin), 2)


def _cameras(args: argparse.Namespace, folder: Path) -> Iterator[tuple[Any, Path]]:
    """Site and recording of each camera, repeated until it outlasts the bench."""
    for number in range(1, args.cameras + 1):
        options = Options(seed=number, passes=args.passes, close=True, camera_id=f"sim-{number}")
        clip = simulated_clip(speed_scene(options))
        video = folder / f"{number}.mp4"
        prolonged(clip.video, video, seconds=60.0 * args.minutes + SPARE_S)
        yield clip.site, video


def _watched(live: System, folder: Path, args: argparse.Namespace) -> Iterator[Sample]:
    """Samples until the time is over. Raises VigiaError when a camera fails."""
    _until_frames(live)
    begun, due = time.monotonic(), 0.0
    with cli.progress() as bar:
        task = bar.add_task("seconds", total=60.0 * args.minutes)
        while True:
            live.supervisor.step()
            now_s = time.monotonic() - begun
            if now_s >= due:
                due = now_s + args.every
                yield _sample(now_s, folder)
                _refuse_failed(live)
            bar.update(task, completed=min(now_s, 60.0 * args.minutes))
            if now_s >= 60.0 * args.minutes:
                return
            time.sleep(STEP_S)


def _until_frames(live: System) -> None:
    """Every camera shows frames: what it takes to start is not growth."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        live.supervisor.step()
        _refuse_failed(live)
        shown = live.supervisor.statuses().values()
        if shown and all(one.get("frames", 0) > 0 for one in shown):
            return
        if time.monotonic() > give_up:
            raise VigiaError(f"no frames of every camera within {PATIENCE_S:.0f} s")
        time.sleep(STEP_S)


def _sample(at_s: float, folder: Path) -> Sample:
    parts: dict[str, int] = defaultdict(int)
    for pid in family(folder / "postgres" / "data" / "postmaster.pid"):
        found = share_of(pid)
        if found is not None:
            parts[found[0]] += found[1]
    return Sample(at_s=at_s, parts=dict(parts))


def _refuse_failed(live: System) -> None:
    for name, one in live.supervisor.statuses().items():
        if one["state"] in BAD:
            raise VigiaError(f"camera {name}: {one['state']}: {one.get('reason')}")
