"""The clip that speed is measured on: a simulated road drawn once and kept, or a recording of one's own.

The kept clip is bound to the simulation's source, so that a changed simulation draws a new one.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.settings import REPOSITORY
from adapters.site_file import load_site
from enforcement.errors import BadInput
from jobs import cli
from simulation.recording import record
from simulation.scenarios import Options, speed_scene
from simulation.scene import SimScene

RECORDED_AT = datetime(2026, 3, 2, 15, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A video with its site; scene holds the truth, None for a real recording."""

    video: Path
    site: Mapping[str, Any]
    start: datetime
    scene: SimScene | None

    @property
    def name(self) -> str:
        """What to call it in figures."""
        if self.scene is None:
            return self.video.name
        return f"simulated {self.scene.name}, seed {self.scene.seed}"


def add_clip_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that choose the clip."""
    parser.add_argument("--video", type=Path, help="a recording of your own (needs --site)")
    parser.add_argument("--site", type=Path, help="its site file")
    parser.add_argument("--passes", type=int, default=6, help="simulated vehicles (6)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the simulated road")


def clip_of(args: argparse.Namespace) -> Clip:
    """The clip that the arguments name. Raises BadInput."""
    if (args.video is None) != (args.site is None):
        raise BadInput("--video and --site belong together")
    if args.video is not None:
        if not args.video.is_file():
            raise BadInput(f"{args.video}: no such file")
        return Clip(video=args.video, site=load_site(args.site), start=RECORDED_AT, scene=None)
    if args.passes < 1:
        raise BadInput("--passes: at least 1")
    scene = speed_scene(Options(seed=args.seed, passes=args.passes, close=True))
    return simulated_clip(scene)


def simulated_clip(scene: SimScene) -> Clip:
    """The clip of a scene, drawn where it is not kept yet."""
    folder = _kept(scene)
    if not (folder / "video.mp4").is_file():
        part = Path(tempfile.mkdtemp(prefix="part-", dir=_shelf()))
        with cli.progress() as bar:
            task = bar.add_task("drawing the simulated road", total=scene.frame_count)
            record(scene, part, on_frame=lambda _: bar.update(task, advance=1))
        try:
            part.rename(folder)
        except OSError:
            # Another bench kept the same clip meanwhile.
            shutil.rmtree(part)
    return Clip(
        video=folder / "video.mp4",
        site=load_site(folder / "site.yaml"),
        start=scene.epoch,
        scene=scene,
    )


def _shelf() -> Path:
    shelf = Path(tempfile.gettempdir()) / f"vigia-bench-clips-{os.getuid()}"
    shelf.mkdir(mode=0o700, exist_ok=True)
    return shelf


def _kept(scene: SimScene) -> Path:
    digest = hashlib.sha256(repr(scene).encode())
    for source in sorted((REPOSITORY / "simulation").glob("*.py")):
        digest.update(source.read_bytes())
    return _shelf() / digest.hexdigest()[:24]
