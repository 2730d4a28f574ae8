"""Wanted cameras run, changed ones start anew, unwanted ones stop; nothing else is touched."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from actors import supervisor as module
from actors.camera_service import CameraOrder
from actors.supervisor import Supervisor
from adapters.settings import Settings
from enforcement.errors import BadInput, Unavailable
from schema.heartbeats import Heartbeat
from schema.scenes import WantedCamera


class Session:
    def commit(self) -> None:
        return None


@dataclass(slots=True)
class Rows:
    """The rows of `devices` as the supervisor reads them, and the heartbeats it writes."""

    wanted: list[WantedCamera] = field(default_factory=list)
    beats: list[Heartbeat] = field(default_factory=list)
    lost: bool = False

    def session(self) -> AbstractContextManager[Session]:
        if self.lost:
            raise OperationalError("select", {}, Exception("gone"))
        return nullcontext(Session())


@dataclass(slots=True)
class Fleet:
    """Cameras that run in a list."""

    orders: dict[str, CameraOrder] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)

    def start(self, order: CameraOrder) -> str:
        self.log.append(f"start {order.camera_id}")
        self.orders[order.camera_id] = order
        return order.camera_id

    def stop(self, handle: Any) -> None:
        self.log.append(f"stop {handle}")
        del self.orders[handle]

    def status(self, handle: Any) -> Mapping[str, Any]:
        if handle in self.silent:
            raise Unavailable("no answer")
        return {"camera_id": handle, "state": "running", "fps": 25.0, "latency_ms": 40.0}


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Rows:
    made = Rows()
    monkeypatch.setattr(module, "wanted_cameras", lambda session: list(made.wanted))
    monkeypatch.setattr(module, "note_heartbeats", lambda session, beats: made.beats.extend(beats))
    return made


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


@pytest.fixture
def supervisor(rows: Rows, fleet: Fleet) -> Supervisor:
    return Supervisor(rows.session, fleet, Settings(local_dir=Path("unused")))  # type: ignore[arg-type]


def camera(device_id: str, revision: str = "1") -> WantedCamera:
    return WantedCamera(
        device_id=device_id,
        source=f"rtsp://example.invalid/{device_id}",
        site={"camera": {"id": device_id}},
        detection_config={},
        revision=revision,
    )


def test_a_camera_whose_row_appears_is_started_once(
    supervisor: Supervisor, rows: Rows, fleet: Fleet
) -> None:
    supervisor.step()
    assert fleet.log == []
    rows.wanted = [camera("A"), camera("B")]
    for _ in range(3):
        supervisor.step()
    assert sorted(fleet.log) == ["start A", "start B"]
    assert fleet.orders["A"].source == "rtsp://example.invalid/A"
    assert fleet.orders["A"].revision == "1"


def test_a_camera_whose_row_changes_is_started_anew_and_the_others_go_on(
    supervisor: Supervisor, rows: Rows, fleet: Fleet
) -> None:
    rows.wanted = [camera("A"), camera("B")]
    supervisor.step()
    fleet.log.clear()
    rows.wanted = [camera("A", revision="2"), camera("B")]
    supervisor.step()
    assert fleet.log == ["stop A", "start A"]
    assert fleet.orders["A"].revision == "2"


def test_a_camera_whose_row_goes_away_is_stopped(
    supervisor: Supervisor, rows: Rows, fleet: Fleet
) -> None:
    rows.wanted = [camera("A"), camera("B")]
    supervisor.step()
    rows.wanted = [camera("B")]
    supervisor.step()
    assert set(fleet.orders) == {"B"}
    assert set(supervisor.running) == {"B"}


def test_cameras_go_on_while_the_database_is_lost(
    supervisor: Supervisor, rows: Rows, fleet: Fleet
) -> None:
    rows.wanted = [camera("A")]
    supervisor.step()
    rows.lost = True
    with pytest.raises(Unavailable, match="cameras go on"):
        supervisor.step()
    assert set(fleet.orders) == {"A"}
    rows.lost = False
    supervisor.step()
    assert fleet.log == ["start A"]


def test_a_camera_that_does_not_answer_is_said_to_be_silent_and_not_started_twice(
    supervisor: Supervisor, rows: Rows, fleet: Fleet
) -> None:
    rows.wanted = [camera("A"), camera("B")]
    fleet.silent = {"A"}
    supervisor.step()
    assert supervisor.statuses()["A"]["state"] == "silent"
    assert supervisor.running["A"].missed == 2
    fleet.silent = set()
    assert supervisor.statuses()["A"]["state"] == "running"
    assert supervisor.running["A"].missed == 0
    assert fleet.log.count("start A") == 1
    said = {beat.device_id: beat.status for beat in rows.beats}
    assert said == {"A": "error", "B": "active"}


def test_credentials_are_put_back_only_into_the_order(rows: Rows, fleet: Fleet) -> None:
    with_password = Supervisor(
        rows.session,  # type: ignore[arg-type]
        fleet,
        Settings(local_dir=Path("unused")),
        source_of=lambda wanted: wanted.source.replace("//", "//user:word@"),
    )
    rows.wanted = [camera("A")]
    with_password.step()
    assert fleet.orders["A"].source == "rtsp://user:word@example.invalid/A"
    assert "word" not in str(with_password.statuses())


def test_the_end_stops_every_camera(supervisor: Supervisor, rows: Rows, fleet: Fleet) -> None:
    rows.wanted = [camera("A"), camera("B")]
    supervisor.step()
    supervisor.stop()
    assert fleet.orders == {}
    assert supervisor.running == {}


def test_a_camera_whose_password_cannot_be_opened_is_named_tried_again_and_stops_no_other(
    rows: Rows, fleet: Fleet
) -> None:
    opened: set[str] = {"B"}

    def source_of(wanted: WantedCamera) -> str:
        if wanted.device_id not in opened:
            raise BadInput(
                f"VIGIA_SECRET_KEY: not set, and camera {wanted.device_id} has a password"
            )
        return wanted.source

    supervisor = Supervisor(
        rows.session,  # type: ignore[arg-type]
        fleet,
        Settings(local_dir=Path("unused")),
        source_of=source_of,
    )
    rows.wanted = [camera("A"), camera("B")]
    for _ in range(2):
        supervisor.step()
    assert fleet.log == ["start B"]
    assert supervisor.statuses()["A"]["state"] == "failed"
    assert "VIGIA_SECRET_KEY" in supervisor.refused["A"]
    assert {beat.device_id: beat.status for beat in rows.beats}["A"] == "error"
    opened.add("A")
    supervisor.step()
    assert fleet.log == ["start B", "start A"]
    assert supervisor.refused == {}


def test_only_an_address_set_on_this_host_is_opened_unchecked(
    supervisor: Supervisor, rows: Rows, fleet: Fleet
) -> None:
    trusted = replace(camera("A"), detection_config={"trusted_address": True})
    rows.wanted = [trusted, camera("B")]
    supervisor.step()
    assert (fleet.orders["A"].guarded, fleet.orders["B"].guarded) == (False, True)
