"""Every figure on the dashboard is one that actors report, and every figure reported is on it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from actors import metrics as module
from actors.metrics import NAMES, RayMetrics, Silence, note_camera, open_metrics

STATUS = {
    "camera_id": "A",
    "frames": 100,
    "dropped": 0,
    "reconnects": 1,
    "passes": 3,
    "violations": 1,
    "fps": 25.0,
}


class Sink:
    """A figure that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[float] = []

    def take(self, value: float, tags: dict[str, str]) -> None:
        self.told.append(value)

    inc = observe = take


@pytest.fixture
def sinks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Sink]:
    made: dict[str, Sink] = {}

    def make(name: str, wanted: Any) -> Sink:
        return made.setdefault(name, Sink())

    monkeypatch.setattr(module, "_made", make)
    monkeypatch.setattr(Sink, "set", Sink.take, raising=False)
    return made


def test_the_dashboard_shows_every_figure_by_the_name_prometheus_gives_it(repository: Path) -> None:
    suffix = {"gauge": "", "counter": "_total", "histogram": "_bucket"}
    exported = {f"ray_{name}{suffix[one.kind]}" for name, one in NAMES.items()}
    text = (repository / "deploy/grafana/vigia.json").read_text("utf-8")
    shown = set(re.findall(r"ray_vigia_\w+", text))
    assert shown <= exported
    assert exported - shown == {"ray_vigia_camera_frames_total"}


def test_a_total_is_counted_by_what_it_grew_and_anew_after_it_fell(sinks: dict[str, Sink]) -> None:
    metrics = RayMetrics()
    for total in (3, 3, 5, 2):
        metrics.total("vigia_camera_passes", total, camera="A")
    metrics.total("vigia_camera_passes", 7, camera="B")
    assert sinks["vigia_camera_passes"].told == [3, 2, 2, 7]


def test_a_cameras_interval_becomes_figures(sinks: dict[str, Sink]) -> None:
    metrics = RayMetrics()
    note_camera(metrics, STATUS, [0.02, 0.04])
    assert sinks["vigia_camera_fps"].told == [25.0]
    assert sinks["vigia_camera_latency_ms"].told == [20.0, 40.0]
    assert sinks["vigia_camera_violations"].told == [1]
    assert "vigia_camera_dropped" not in sinks


def test_outside_ray_nobody_listens() -> None:
    assert isinstance(open_metrics(), Silence)
    note_camera(open_metrics(), STATUS, [0.02])
