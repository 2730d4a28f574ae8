"""A scene written out: video, truth and site file side by side, as a camera and a surveyor would leave them.

`stream` gives the same frames in memory, for benches that need no encoder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from enforcement.detections import ByteArray, FloatArray
from enforcement.frames import FrameStamp
from simulation.boxes import visible_boxes
from simulation.encode import TICKS_PER_S, Coding, encode, stamp_ticks
from simulation.faults import Faults, Timeline, timeline
from simulation.render import Renderer
from simulation.scene import SimScene
from simulation.site_file import site_of, write_site
from simulation.truth import truth_of, write_truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Where things were written, how many frames, how many slices were lost on purpose."""

    video: Path
    truth: Path
    site: Path
    frames: int
    lost_slices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SimFrame:
    """One frame in memory: picture, stamp, true time, and true boxes by vehicle id, (4,) pixels."""

    picture: ByteArray
    stamp: FrameStamp
    true_t_s: float
    boxes: dict[int, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRun:
    """Boxes of one vehicle from frame `first` on: (N, 4) pixels, NaN where it is not in the picture."""

    first: int
    rows: FloatArray

    def at(self, index: int) -> FloatArray | None:
        """(4,) box in a frame, None where there is none."""
        place = index - self.first
        if not 0 <= place < len(self.rows) or np.isnan(self.rows[place, 0]):
            return None
        return np.asarray(self.rows[place], np.float64)


def scene_timeline(scene: SimScene, faults: Faults) -> Timeline:
    """Frames that exist under the faults."""
    return timeline(scene.true_times(), faults, scene.seed)


def record(
    scene: SimScene,
    folder: Path,
    *,
    faults: Faults | None = None,
    coding: Coding | None = None,
    on_frame: Callable[[int], None] | None = None,
) -> Recorded:
    """Write folder/video.mp4, truth.json and site.yaml."""
    faults, coding = faults or Faults(), coding or Coding(seed=scene.seed)
    folder.mkdir(parents=True, exist_ok=True)
    line = scene_timeline(scene, faults)
    video, truth, site = folder / "video.mp4", folder / "truth.json", folder / "site.yaml"
    lost = encode(
        video,
        pictures(scene, line),
        line.pts_s,
        size=(scene.camera.width, scene.camera.height),
        fps=scene.fps,
        coding=coding,
        on_frame=on_frame,
    )
    write_truth(truth, truth_of(scene, stamp_ticks(line.pts_s) / TICKS_PER_S, line.true_t_s))
    write_site(site, site_of(scene))
    return Recorded(
        video=video, truth=truth, site=site, frames=len(line.true_t_s), lost_slices=lost
    )


def pictures(scene: SimScene, line: Timeline) -> Iterator[ByteArray]:
    """Every frame of a timeline, drawn."""
    renderer = Renderer(scene)
    for index, shown in enumerate(line.shown_t_s):
        yield renderer.frame(float(shown), index)


def stream(
    scene: SimScene, *, faults: Faults | None = None, draw: bool = True
) -> Iterator[SimFrame]:
    """Frames with stamps and true boxes, without encoding; draw=False leaves the pictures empty."""
    line = scene_timeline(scene, faults or Faults())
    runs = boxes_by_vehicle(scene, line.true_t_s)
    starts = sorted(runs, key=lambda vehicle_id: runs[vehicle_id].first)
    live: list[int] = []
    ticks = stamp_ticks(line.pts_s)
    drawn = pictures(scene, line) if draw else iter(())
    nothing: ByteArray = np.zeros((0, 0, 3), np.uint8)
    for index, true_t in enumerate(line.true_t_s):
        while starts and runs[starts[0]].first <= index:
            live.append(starts.pop(0))
        live = [k for k in live if index < runs[k].first + len(runs[k].rows)]
        boxes = ((k, runs[k].at(index)) for k in live)
        seen = {k: box for k, box in boxes if box is not None}
        t_s = float(ticks[index] / TICKS_PER_S)
        stamp = FrameStamp(
            index=index,
            pts=int(ticks[index]),
            t_s=t_s,
            sigma_t_s=0.0,
            captured_at=scene.epoch + timedelta(seconds=t_s),
        )
        yield SimFrame(
            picture=next(drawn) if draw else nothing,
            stamp=stamp,
            true_t_s=float(true_t),
            boxes=seen,
        )


def boxes_by_vehicle(scene: SimScene, times: FloatArray) -> dict[int, BoxRun]:
    """Visible boxes of every vehicle over its own life, at the given frame times; no drawing."""
    runs: dict[int, BoxRun] = {}
    for v in scene.vehicles:
        first, end = np.searchsorted(times, [v.motion.enters_s, v.motion.leaves_s])
        rows = visible_boxes(scene.camera, v, times[first:end])
        runs[v.vehicle_id] = BoxRun(first=int(first), rows=rows)
    return runs
