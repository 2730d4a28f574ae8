"""A whole scene: camera, road, traffic, signals, weather, clock. It draws nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from enforcement.detections import FloatArray
from simulation.lens import Camera
from simulation.road import Road
from simulation.signals import Head, Programme
from simulation.vehicles import Vehicle
from simulation.weather import Weather


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The law of the scene, as its truth applies it."""

    limit_kmh: float = 60.0
    tolerance_kmh: float = 5.0
    grace_s: float = 0.3
    lane_dwell_s: float = 1.5


@dataclass(frozen=True, kw_only=True)
class SimScene:
    """Seeded and complete: the same scene gives the same truth and the same pixels."""

    name: str
    camera_id: str
    seed: int
    camera: Camera
    road: Road
    vehicles: tuple[Vehicle, ...]
    weather: Weather
    epoch: datetime
    fps: float
    duration_s: float
    rules: Rules = field(default_factory=Rules)
    heads: tuple[Head, ...] = ()
    programme: Programme | None = None

    @property
    def frame_count(self) -> int:
        """Frames of the whole scene."""
        return int(np.floor(self.duration_s * self.fps))

    def true_times(self) -> FloatArray:
        """(frames,) true capture times, seconds since the epoch."""
        return np.arange(self.frame_count) / self.fps

    def present(self, t_s: float) -> list[Vehicle]:
        """Vehicles on the drawn stretch at a time."""
        return [v for v in self.vehicles if v.motion.enters_s <= t_s <= v.motion.leaves_s]
