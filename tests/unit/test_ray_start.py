"""How a Ray of our own is started; that its workers are what was asked is seen in tests/cluster."""

from __future__ import annotations

import os
from typing import Any

import pytest
import ray

from actors.ray_start import start_ray
from actors.wiring import Cluster, Shares
from enforcement.errors import Unavailable

NICENESS = "RAY_worker_niceness"


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """Address and niceness of each start, in place of a Ray."""
    made: list[tuple[str, str | None]] = []

    def init(**arguments: Any) -> None:
        made.append((arguments["address"], os.environ.get(NICENESS)))

    monkeypatch.setenv(NICENESS, "7")
    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    monkeypatch.setattr(
        Shares,
        "of_this_cluster",
        lambda: Shares(detector_gpu=0.0, detector_cpu=1.0, detector_threads=1),
    )
    return made


@pytest.mark.parametrize(
    ("address", "background", "expected"),
    [
        (None, False, ("local", "0")),
        (None, True, ("local", "15")),
        # Somebody else's: its nodes were started with a niceness of their own.
        ("10.0.0.1:6379", False, ("10.0.0.1:6379", "7")),
    ],
)
def test_live_work_is_not_nice_and_what_can_wait_is(
    starts: list[tuple[str, str | None]],
    address: str | None,
    background: bool,
    expected: tuple[str, str],
) -> None:
    Cluster.connect(address, background=background)
    assert starts == [expected]


def test_a_slow_node_gets_a_second_try_and_another_reason_none(
    starts: list[tuple[str, str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ray.init

    def slow(**arguments: Any) -> None:
        whole(**arguments)
        if len(starts) == 1:
            raise Exception("node timed out\nand more")

    monkeypatch.setattr(ray, "init", slow)
    start_ray(None)
    assert len(starts) == 2

    def broken(**_: Any) -> None:
        starts.append(("broken", None))
        raise ValueError("Ray gave up\nno port")

    monkeypatch.setattr(ray, "init", broken)
    with pytest.raises(Unavailable, match=r"^Ray does not start: no port$"):
        start_ray(None)
    assert len(starts) == 3
