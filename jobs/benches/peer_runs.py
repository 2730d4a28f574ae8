"""What every peer gives back, and its speeds beside exact truth.

A peer's track is matched to its true vehicle as ours is; its speed is compared with that vehicle's true
mean speed over the very frames that the peer took it from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from adapters.model_card import ModelCard
from enforcement.detections import Float32Array, FloatArray
from enforcement.scene import Scene
from enforcement.tracks import Track
from jobs.benches.truth_match import SceneTruth

LEAST_BOXES = 5


@dataclass(slots=True)
class PeerTrack:
    """One identity: frames and boxes, and the speed said last with the frames it was taken from."""

    frames: list[int] = field(default_factory=list)
    boxes: list[Float32Array] = field(default_factory=list)
    speed_kmh: float | None = None
    measured: tuple[int, int] = (0, 0)

    def add(self, frame: int, box: Float32Array) -> None:
        """One more box, (4,) pixels."""
        self.frames.append(frame)
        self.boxes.append(np.asarray(box, np.float32))

    def say(self, speed_kmh: float, first: int, last: int) -> None:
        """The speed over a stretch of frames; a later one replaces it."""
        self.speed_kmh, self.measured = speed_kmh, (first, last)


@dataclass(slots=True, kw_only=True)
class PeerRun:
    """One turn of a peer. cpu_s: of this process, loading included; other processes are not in it."""

    frames: int
    seconds: float
    tracks: dict[int, PeerTrack]
    cpu_s: float = 0.0

    @property
    def fps(self) -> float:
        """Frames a second, opening the file included, loading the network not."""
        return self.frames / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerTask:
    """What every peer is given: the same file, network, picture size, site and thresholds.

    network: an OpenVINO folder. nominal_fps: what the container claims, as peers use it.
    """

    video: Path
    network: Path
    card: ModelCard
    size: tuple[int, int]
    scene: Scene
    nominal_fps: float


Peer = Callable[[PeerTask], PeerRun]


def speed_error(run: PeerRun, truth: SceneTruth) -> tuple[float | None, int]:
    """Mean absolute error, km/h, and of how many vehicles; the longest track stands for its vehicle."""
    best: dict[int, PeerTrack] = {}
    for number, track in run.tracks.items():
        if len(track.frames) < LEAST_BOXES or track.speed_kmh is None:
            continue
        owner = truth.owner(as_ours(number, track, truth.pts_s))
        if owner is not None and (owner not in best or len(track.frames) > len(best[owner].frames)):
            best[owner] = track
    errors = [abs(_error(owner, track, truth)) for owner, track in best.items()]
    return (float(np.mean(errors)) if errors else None), len(errors)


def _error(owner: int, track: PeerTrack, truth: SceneTruth) -> float:
    first, last = track.measured
    real = truth.mean_speed_kmh(owner, float(truth.pts_s[first]), float(truth.pts_s[last]))
    return (track.speed_kmh or 0.0) - real


def as_ours(number: int, track: PeerTrack, pts_s: FloatArray) -> Track:
    """A peer's boxes as a track, to be matched with truth; pts_s: (F,) seconds by frame."""
    count = len(track.frames)
    frames = np.array(track.frames, np.int64)
    return Track(
        track_id=number,
        frame_index=frames,
        pts=frames,
        t_s=pts_s[frames],
        sigma_t_s=np.zeros(count),
        xyxy=np.stack(track.boxes),
        confidence=np.ones(count, np.float32),
        class_id=np.zeros(count, np.int64),
        occlusion=np.zeros(count, np.float32),
        sides_hidden=np.zeros(count, np.float32),
        truncated=np.zeros(count, bool),
        concealed=np.zeros(count, bool),
        regular=np.ones(count, bool),
        contested=np.zeros(count, bool),
    )
