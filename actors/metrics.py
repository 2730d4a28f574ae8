"""Figures for dashboards: what cameras, recorder and relay do, by the names `deploy/grafana` shows.

Through Ray's own metrics inside an actor, silent in a plain process. It must not know what is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import ray
from ray.util import metrics as ray_metrics

_CAMERA = ("camera",)
LATENCY_BOUNDS_MS = [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One figure: kind is gauge, counter or histogram."""

    kind: str
    says: str
    tags: tuple[str, ...] = ()


NAMES: dict[str, Name] = {
    "vigia_camera_fps": Name(kind="gauge", says="Frames judged per second.", tags=_CAMERA),
    "vigia_camera_latency_ms": Name(
        kind="histogram", says="Frame to judgement, milliseconds.", tags=_CAMERA
    ),
    "vigia_camera_frames": Name(kind="counter", says="Frames judged.", tags=_CAMERA),
    "vigia_camera_dropped": Name(kind="counter", says="Live frames dropped.", tags=_CAMERA),
    "vigia_camera_reconnects": Name(kind="counter", says="Streams opened again.", tags=_CAMERA),
    "vigia_camera_passes": Name(kind="counter", says="Vehicles that passed.", tags=_CAMERA),
    "vigia_camera_violations": Name(kind="counter", says="Violations sealed.", tags=_CAMERA),
    "vigia_camera_running": Name(
        kind="gauge", says="1 while frames are judged, else 0.", tags=_CAMERA
    ),
    "vigia_spool_waiting": Name(kind="gauge", says="Sealed bundles not yet recorded."),
    "vigia_spool_oldest_s": Name(kind="gauge", says="Age of the bundle that waits longest."),
    "vigia_spool_set_aside": Name(kind="gauge", says="Damaged bundles that need a person."),
    "vigia_recorded": Name(kind="counter", says="Bundles recorded."),
    "vigia_telemetry_dropped": Name(kind="counter", says="Telemetry rows dropped."),
    "vigia_outbox_waiting": Name(kind="gauge", says="Events not yet delivered."),
    "vigia_outbox_delivered": Name(kind="counter", says="Events delivered."),
}


class Metrics(Protocol):
    """Where figures go."""

    def set(self, name: str, value: float, **tags: str) -> None:
        """A gauge's value now."""

    def total(self, name: str, value: float, **tags: str) -> None:
        """A counter's total since this process began; what it grew by is counted."""

    def observe(self, name: str, value: float, **tags: str) -> None:
        """One value of a histogram."""


class Silence:
    """Outside Ray nobody listens."""

    def set(self, name: str, value: float, **tags: str) -> None:
        """See Metrics."""

    def total(self, name: str, value: float, **tags: str) -> None:
        """See Metrics."""

    def observe(self, name: str, value: float, **tags: str) -> None:
        """See Metrics."""


class RayMetrics:
    """Ray's metrics of this process; each is made when it is first used."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}
        self._totals: dict[tuple[str, tuple[str, ...]], float] = {}

    def set(self, name: str, value: float, **tags: str) -> None:
        """See Metrics."""
        self._metric(name).set(value, tags=tags)

    def total(self, name: str, value: float, **tags: str) -> None:
        """See Metrics. A total that fell began anew."""
        key = name, tuple(tags.values())
        before = self._totals.get(key, 0.0)
        grown = value - before if value >= before else value
        self._totals[key] = value
        if grown > 0:
            self._metric(name).inc(grown, tags=tags)

    def observe(self, name: str, value: float, **tags: str) -> None:
        """See Metrics."""
        self._metric(name).observe(value, tags=tags)

    def _metric(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _made(name, NAMES[name])
        return self._made[name]


def open_metrics() -> Metrics:
    """Ray's where this process belongs to Ray, else silence."""
    return RayMetrics() if ray.is_initialized() else Silence()


def note_camera(metrics: Metrics, status: Mapping[str, Any], latencies_s: list[float]) -> None:
    """A camera's status of one reporting interval and its latencies in it."""
    camera = str(status["camera_id"])
    for name in ("frames", "dropped", "reconnects", "passes", "violations"):
        metrics.total(f"vigia_camera_{name}", float(status[name]), camera=camera)
    metrics.set("vigia_camera_fps", float(status["fps"]), camera=camera)
    for latency_s in latencies_s:
        metrics.observe("vigia_camera_latency_ms", 1000.0 * latency_s, camera=camera)


def _made(name: str, wanted: Name) -> Any:
    if wanted.kind == "histogram":
        return ray_metrics.Histogram(
            name, wanted.says, boundaries=LATENCY_BOUNDS_MS, tag_keys=wanted.tags
        )
    kind = ray_metrics.Counter if wanted.kind == "counter" else ray_metrics.Gauge
    return kind(name, wanted.says, tag_keys=wanted.tags)
