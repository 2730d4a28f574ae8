"""Parts of the running system without Ray: cameras, recorder and relay survive and say what ails them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import text

from actors import camera_service
from actors.camera_service import CameraOrder, CameraService
from actors.ports import DetectorPort
from actors.recorder import Recorder
from actors.recording import RecorderService, RelayService, keep_running
from adapters.embedded_postgres import EmbeddedPostgres
from adapters.live_reader import LiveOptions
from adapters.settings import DEFAULT_WEIGHTS, Settings
from adapters.signing import open_signing_key
from adapters.site_file import load_site
from adapters.spool import Spool
from adapters.video_stream import StreamOptions
from enforcement.errors import Unavailable
from jobs.system import database as running_database
from jobs.watch_ports import Ports, local_ports
from schema.scenes import save_site
from schema.session import open_engine, sessions
from simulation.recording import Recorded
from tests.fixtures import evidence as case
from tests.fixtures.rows import add_camera

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
PATIENCE_S = 120.0
Service = CameraService | RecorderService | RelayService
S = TypeVar("S", bound=Service)


def wait_for(true: Callable[[], Any], what: str) -> Any:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        if found := true():
            return found
        time.sleep(0.05)
    pytest.fail(f"{what} within {PATIENCE_S:g} s")


class Kept:
    """Reports kept in a list."""

    def __init__(self) -> None:
        self.rows: list[dict[str, list[dict[str, Any]]]] = []

    def send(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        self.rows.append(rows)


class Started:
    """Services that end with the test, whatever comes of it."""

    def __init__(self) -> None:
        self._services: list[Service] = []

    def __call__(self, service: S) -> S:
        self._services.append(service)
        return service

    def stop(self) -> None:
        for service in reversed(self._services):
            service.stop()


@pytest.fixture
def started() -> Iterator[Started]:
    made = Started()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    with local_ports(DEFAULT_WEIGHTS, threads=2) as made:
        yield made


@pytest.fixture
def order(speeder: Recorded, tmp_path: Path) -> CameraOrder:
    return CameraOrder(
        camera_id="sim-1",
        source=str(speeder.video),
        site=load_site(speeder.site),
        settings=Settings(local_dir=tmp_path),
        start=START,
    )


def ended(camera: CameraService) -> bool:
    return bool(camera.status()["state"] == "ended")


def test_a_camera_seals_its_violation_reports_and_a_second_run_adds_no_bundle(
    order: CameraOrder, ports: Ports, started: Started
) -> None:
    spool = order.settings.spool_dir
    sealed = []
    for _ in range(2):
        kept = Kept()
        camera = started(CameraService(order, ports.detector, ports.reader, kept))
        wait_for(partial(ended, camera), "the camera ended")
        camera.stop()
        status = camera.status()
        assert (status["passes"], status["violations"], status["reason"]) == (1, 1, None)
        sealed.append(sorted(path.name for path in spool.iterdir() if path.name != "heads"))
    assert len(sealed[0]) == 1
    assert sealed[0] == sealed[1]
    metrics = [row for rows in kept.rows for row in rows["inference_metrics"]]
    assert sum(row["infractions_count"] for row in metrics) == 1
    assert any(row["ocr_latency_ms"] for row in metrics), "the plate reader's time shows"


def test_a_camera_that_another_process_runs_is_refused_by_name(
    order: CameraOrder, ports: Ports, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_service, "LOCK_PATIENCE_S", 0.0)
    paced = replace(order, paced=True)
    first = started(CameraService(paced, ports.detector, ports.reader, Kept()))
    wait_for(lambda: first.status()["state"] == "running", "the first camera ran")
    second = started(CameraService(paced, ports.detector, ports.reader, Kept()))
    wait_for(lambda: second.status()["state"] == "failed", "the second was refused")
    assert "sim-1: another process" in second.status()["reason"]
    assert first.status()["state"] == "running"


class DiesOnce:
    """A detector whose actor dies once, or that has a defect, and then works."""

    def __init__(self, real: DetectorPort, error: Exception) -> None:
        self.info = real.info
        self._real = real
        self._error: Exception | None = error

    def submit(self, batch: Any) -> Any:
        error, self._error = self._error, None
        if error is not None:
            raise error
        return self._real.submit(batch)


@pytest.mark.parametrize("error", [Unavailable("the actor died"), ZeroDivisionError("a defect")])
def test_a_camera_goes_on_after_its_detector_failed(
    error: Exception, order: CameraOrder, ports: Ports, started: Started
) -> None:
    detector = DiesOnce(ports.detector, error)
    camera = started(CameraService(order, detector, ports.reader, Kept()))
    seen = wait_for(lambda: camera.status()["reason"], "the trouble showed")
    assert str(error) in seen
    wait_for(lambda: ended(camera), "the camera ended")
    assert camera.status()["violations"] == 1


class FailsFrom:
    """A detector that answers so many micro-batches and then no more."""

    def __init__(self, real: DetectorPort, batches: int) -> None:
        self.info = real.info
        self._real = real
        self._left = batches

    def submit(self, batch: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise Unavailable("the actor died")
        return self._real.submit(batch)


def test_a_violation_that_was_judged_is_sealed_though_everything_fails_after_it(
    order: CameraOrder, ports: Ports, started: Started
) -> None:
    """Its clip would go on for five seconds more, which never come."""
    camera = started(CameraService(order, FailsFrom(ports.detector, 26), ports.reader, Kept()))
    wait_for(lambda: camera.status()["state"] == "waiting", "the trouble showed")
    camera.stop()
    spool = order.settings.spool_dir
    assert len([path for path in spool.iterdir() if path.name != "heads"]) == 1


def test_a_missing_source_is_waited_for_and_said(
    order: CameraOrder, ports: Ports, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = StreamOptions(live=LiveOptions(give_up_after_s=0.5))
    monkeypatch.setattr(camera_service, "STREAM", quick)
    camera = started(
        CameraService(
            replace(order, source="rtsp://127.0.0.1:1/none"), ports.detector, ports.reader, Kept()
        )
    )
    reason = wait_for(lambda: camera.status()["reason"], "the trouble showed")
    assert "127.0.0.1" in reason
    assert camera.status()["state"] == "waiting"


def test_a_service_thread_begins_again_after_a_defect() -> None:
    stop, runs = threading.Event(), []

    def run(event: threading.Event) -> None:
        runs.append(1)
        if len(runs) < 2:
            raise ZeroDivisionError("a defect")
        event.set()

    keep_running(run, stop)
    assert len(runs) == 2


def test_a_defect_with_one_bundle_shows_and_holds_no_other_up(
    database_url: str, tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(local_dir=tmp_path, database_url=database_url)
    engine = open_engine(database_url)
    add_camera(engine)
    real = Recorder._deliver
    spool = Spool(settings.spool_dir, open_signing_key(settings))
    bad = spool.seal(case.draft(), case.MEDIA).folder

    def deliver(self: Recorder, bundle: Path) -> None:
        if bundle == bad:
            raise ZeroDivisionError("a defect")
        real(self, bundle)

    monkeypatch.setattr(Recorder, "_deliver", deliver)
    recorder, relay = started(RecorderService(settings)), started(RelayService(settings))
    wait_for(lambda: "defect" in (recorder.status()["last_error"] or ""), "the defect showed")
    spool.seal(case.draft(after_s=30.0), case.MEDIA)
    wait_for(lambda: recorder.status()["recorded"] == 1, "the other was recorded")
    wait_for(lambda: relay.status()["delivered"] == 1, "its event was delivered")
    assert recorder.status()["degraded"]
    monkeypatch.setattr(Recorder, "_deliver", real)
    wait_for(lambda: recorder.status()["waiting"] == 0, "the first came through in the end")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM infractions")).scalar_one() == 2
    engine.dispose()


def test_telemetry_of_a_camera_reaches_its_tables(
    database_url: str, order: CameraOrder, ports: Ports, started: Started, tmp_path: Path
) -> None:
    engine = open_engine(database_url)
    with sessions(engine)() as session:
        save_site(session, order.site)
        session.commit()
    other = Settings(local_dir=tmp_path / "other", database_url=database_url)
    recorder = started(RecorderService(other))

    class Straight:
        def send(self, rows: dict[str, list[dict[str, Any]]]) -> None:
            recorder.telemetry(rows)

    camera = started(CameraService(order, ports.detector, ports.reader, Straight()))
    wait_for(lambda: ended(camera), "the camera ended")

    def written() -> int:
        query = "SELECT count(*) FROM inference_metrics WHERE device_id = 'sim-1' AND fps > 0"
        with engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())

    wait_for(written, "metrics were written")
    assert recorder.status()["telemetry_dropped"] == 0
    engine.dispose()


def test_the_private_database_ends_with_its_last_user(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    settings = Settings(local_dir=tmp_path)
    server = EmbeddedPostgres(tmp_path / "postgres")
    with running_database(settings, durable=False) as first:
        with running_database(settings, durable=False) as second:
            assert second.database_url == first.database_url
        assert server.pid() is not None
        engine = open_engine(str(first.database_url))
        engine.connect().close()
        engine.dispose()
    assert server.pid() is None
