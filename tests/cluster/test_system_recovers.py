"""The whole system on Ray: rows decide what runs, and what is killed comes back without loss."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from rich.progress import Progress
from sqlalchemy import select, update

from actors.ray_ports import call
from adapters.site_file import load_site
from enforcement.errors import Unavailable
from jobs.benches import recovery
from jobs.system import System
from schema.devices import Device
from schema.infractions import Infraction
from schema.scenes import save_site
from simulation.recording import Recorded

PATIENCE_S = 120.0


def wait_for(running: System, true: Callable[[dict[str, Any]], bool], what: str) -> None:
    """Step and ask until the status says so; parts that are away are waited for."""
    give_up = time.monotonic() + PATIENCE_S
    status: dict[str, Any] = {}
    while time.monotonic() < give_up:
        try:
            running.supervisor.step()
            status = running.status()
            if true(status):
                return
        except Unavailable:
            pass
        time.sleep(0.1)
    pytest.fail(f"{what}: {status}")


def state_is(*states: str) -> Callable[[dict[str, Any]], bool]:
    return lambda status: status["cameras"]["sim-1"]["state"] in states


def delivered(status: dict[str, Any]) -> bool:
    waiting = status["recorder"]["waiting"], status["relay"]["waiting"]
    return state_is("ended")(status) and waiting == (0, 0)


def rows_from(running: System, start: datetime) -> int:
    with running.factory() as session:
        later = select(Infraction).where(Infraction.detected_at >= start)
        return len(session.scalars(later).all())


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def handle(running: System) -> Any:
    return running.supervisor.running["sim-1"].handle


@pytest.fixture
def camera(running: System, speeder: Recorded) -> Recorded:
    """The camera's rows, whatever a test before made of them."""
    with running.factory() as session:
        save_site(session, load_site(speeder.site), source=str(speeder.video))
        session.execute(update(Device).values(status="active"))
        session.commit()
    return speeder


def test_rows_start_change_and_stop_cameras(running: System, camera: Recorded) -> None:
    wait_for(running, state_is("running", "ended"), "the camera was started")
    first = running.supervisor.running["sim-1"]
    site = dict(load_site(camera.site))
    site["zone"] = {**site["zone"], "speed_limit_kmh": 120}
    with running.factory() as session:
        save_site(session, site)
        session.commit()
    wait_for(running, state_is("running", "ended"), "the changed camera was started anew")
    second = running.supervisor.running["sim-1"]
    assert second.handle != first.handle
    assert second.revision != first.revision
    wait_for(running, delivered, "the camera ended")
    with running.factory() as session:
        session.execute(update(Device).values(status="maintenance"))
        session.commit()
    running.supervisor.step()
    assert running.supervisor.running == {}


def test_a_killed_detector_comes_back_and_the_camera_goes_on(
    running: System, camera: Recorded
) -> None:
    start = recovery.start_of(10)
    running.supervisor.play(start)
    wait_for(running, state_is("running"), "the camera ran")
    before = call(running.detector, "pid")
    kill(before)
    wait_for(running, delivered, "the camera ended")
    assert call(running.detector, "pid") != before
    assert rows_from(running, start) == 1


def test_a_killed_camera_begins_again_by_itself_and_nothing_is_lost_or_doubled(
    running: System, camera: Recorded
) -> None:
    start = recovery.start_of(20)
    running.supervisor.play(start)
    wait_for(running, state_is("running"), "the camera ran")
    actor = handle(running)
    before = call(actor, "pid")
    kill(before)
    wait_for(running, delivered, "the camera ended")
    assert handle(running) == actor, "Ray restarted it, the supervisor had nothing to do"
    assert call(actor, "pid") != before
    assert rows_from(running, start) == 1


def test_a_round_of_kills_loses_doubles_and_spoils_nothing(
    running: System, camera: Recorded
) -> None:
    start = recovery.start_of(0)
    running.supervisor.play(start)
    figures = recovery.rounds(running, 1, 3, Progress(disable=True))
    assert figures["expected_per_round"] == 1
    assert sum(figures["kills"].values()) >= 5
    assert (figures["lost"], figures["doubled"], figures["unverified"]) == (0, 0, 0)
