"""The video with tracks, speeds, lanes and the stop line drawn over it: for people to judge by eye.

Boxes are kept while the run goes on and drawn at its end, when every pass has its speed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from actors.outcomes import PassOutcome
from adapters.snapshot import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    YELLOW,
    Image,
    draw_area,
    draw_box,
    draw_path,
    draw_words,
)
from adapters.video_stream import Frame, VideoStream
from enforcement.detections import Detections, Float32Array, IntArray
from enforcement.scene import Scene
from enforcement.verdicts import Violation
from simulation.encode import Coding, encode


class TrackFilm:
    """Collects boxes per frame; `close` draws and encodes."""

    def __init__(self, path: Path, source: str) -> None:
        self._path = path
        self._source = source
        self._boxes: dict[int, tuple[Float32Array, IntArray, float]] = {}

    def add(self, frame: Frame, tracked: Detections, ids: IntArray) -> None:
        """One observed frame."""
        self._boxes[frame.stamp.index] = (tracked.xyxy, ids, frame.stamp.t_s)

    def close(self, scene: Scene, outcomes: Sequence[PassOutcome]) -> None:
        """Decode the source again and draw every frame that was observed."""
        times = np.array([self._boxes[i][2] for i in sorted(self._boxes)])
        if len(times) < 2:
            return
        rate = 1.0 / float(np.median(np.diff(times)))
        with VideoStream(self._source) as stream:
            pictures = self._pictures(stream, scene, outcomes)
            first = next(pictures)
            size = (first.shape[1] // 2 * 2, first.shape[0] // 2 * 2)
            encode(
                self._path,
                (picture[: size[1], : size[0]] for picture in _chain(first, pictures)),
                times - times[0],
                size=size,
                fps=rate,
                coding=Coding(crf=26),
            )

    def _pictures(
        self, stream: VideoStream, scene: Scene, outcomes: Sequence[PassOutcome]
    ) -> Iterator[Image]:
        by_track = {o.judged.pass_.track.track_id: o for o in outcomes}
        for frame in stream.frames():
            seen = self._boxes.get(frame.stamp.index)
            if seen is None:
                continue
            picture = np.ascontiguousarray(frame.image)
            draw_scene(picture, scene)
            for box, track_id in zip(seen[0], seen[1].tolist(), strict=True):
                _draw_track(picture, box, track_id, by_track.get(track_id))
            yield picture


def draw_scene(picture: Image, scene: Scene) -> None:
    """Lanes, measured zone, stop line and lamps, in place."""
    for lane in scene.lanes:
        points = [(float(x), float(y)) for x, y in lane.polygon]
        if lane.allowed is not None:
            draw_area(picture, points, BLUE, share=0.12)
        draw_path(picture, points, BLUE, width=1, closed=True)
    if scene.measurement_zone is not None:
        zone = [(float(x), float(y)) for x, y in scene.measurement_zone]
        draw_path(picture, zone, GREEN, width=1, closed=True)
    if scene.stop_line is not None:
        draw_path(picture, [(float(x), float(y)) for x, y in scene.stop_line], RED, width=3)
    for head in scene.signals:
        for x, y, width, height in head.lamps.values():
            draw_box(picture, (x, y, x + width, y + height), WHITE, width=1)


def _draw_track(
    picture: Image, box: Float32Array, track_id: int, outcome: PassOutcome | None
) -> None:
    xyxy = [float(v) for v in box]
    violation = outcome is not None and any(
        isinstance(v, Violation) for v in outcome.judged.verdicts
    )
    colour = RED if violation else (YELLOW if outcome is not None else WHITE)
    draw_box(picture, xyxy, colour)
    words = f"{track_id}"
    if outcome is not None:
        speed = outcome.judged.pass_.speed
        words += f" {outcome.judged.pass_.vehicle_class.label}"
        if speed.speed_kmh is not None and speed.sigma_kmh is not None:
            words += f" {speed.speed_kmh:.0f} ± {1.96 * speed.sigma_kmh:.1f}"
        if outcome.plate.plate:
            words += f" {outcome.plate.plate}"
    height = 13 if picture.shape[0] < 900 else 22
    draw_words(picture, words, (xyxy[0], xyxy[1] - 2 * height), colour, height_px=height)


def _chain(first: Image, rest: Iterator[Image]) -> Iterator[Image]:
    yield first
    yield from rest
