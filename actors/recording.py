"""The recorder of a node and the outbox relay as running services, with their database.

Promises what `Recorder` and `OutboxRelay` promise; a defect shows in the status and its thread begins
again. Telemetry is kept in a bounded queue while the database is away, oldest dropped first and counted.
A restart loses queued telemetry, no infraction.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError, OperationalError

from actors.infraction_rows import saver
from actors.metrics import open_metrics
from actors.outbox_relay import OutboxRelay
from actors.recorder import Recorder
from adapters.evidence_store import open_store
from adapters.message_bus import open_bus
from adapters.settings import Settings
from adapters.signing import open_signing_key, trusted_key
from adapters.spool import Spool
from enforcement.errors import BadInput
from schema.batches import NewEvent, NewHealthLog, NewInferenceMetric, Row, write_batch
from schema.session import open_engine, sessions

_LOG = logging.getLogger(__name__)
_KINDS: dict[str, type[Any]] = {
    "events": NewEvent,
    "inference_metrics": NewInferenceMetric,
    "device_health_logs": NewHealthLog,
}
MAX_QUEUED = 10_000
FLUSH_EVERY_S = 0.5
AGAIN_AFTER_S = 1.0
REPORT_EVERY_S = 5.0
STOP_PATIENCE_S = 20.0


def keep_running(run: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """Run until told to stop, again after a defect; `run` leaves the defect in its own status."""
    while not stop.is_set():
        try:
            run(stop)
        except Exception:  # noqa: BLE001 - logged, and in the status
            _LOG.exception("a service's thread begins again")
            stop.wait(AGAIN_AFTER_S)


class RecorderService:
    """Delivers the spool and writes telemetry in batches, each in a thread of its own."""

    def __init__(self, settings: Settings) -> None:
        if settings.database_url is None:
            raise BadInput("the recorder needs a database URL")
        signer = open_signing_key(settings)
        self._engine = open_engine(settings.database_url)
        self._recorder = Recorder(
            spool=Spool(settings.spool_dir, signer),
            store=open_store(settings),
            save=saver(sessions(self._engine)),
            trusted=[trusted_key(settings)],
        )
        self._queue: deque[Row] = deque()
        self._dropped = 0
        self._lock = threading.Lock()
        self._metrics = open_metrics()
        self._stop = threading.Event()
        runs = self._recorder.run, self._write_telemetry, self._report
        self._threads = [_thread(run, self._stop) for run in runs]

    def telemetry(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        """Queue rows; the oldest go first when the database is away for long."""
        made = [_KINDS[table](**row) for table, some in rows.items() for row in some]
        with self._lock:
            self._queue.extend(made)
            while len(self._queue) > MAX_QUEUED:
                self._queue.popleft()
                self._dropped += 1

    def status(self) -> dict[str, Any]:
        """Counts, age of the oldest waiting bundle, latest trouble."""
        status = self._recorder.status()
        return {
            **asdict(status),
            "degraded": status.degraded,
            "telemetry_queued": len(self._queue),
            "telemetry_dropped": self._dropped,
        }

    def pid(self) -> int:
        """Process that runs it."""
        return os.getpid()

    def stop(self) -> None:
        """End after the step in hand, and let the database go."""
        self._stop.set()
        for thread in self._threads:
            thread.join(STOP_PATIENCE_S)
        self._engine.dispose()

    def _report(self, stop: threading.Event) -> None:
        while not stop.wait(REPORT_EVERY_S):
            status = self._recorder.status()
            self._metrics.set("vigia_spool_waiting", status.waiting)
            self._metrics.set("vigia_spool_oldest_s", status.oldest_s)
            self._metrics.set("vigia_spool_set_aside", status.set_aside)
            self._metrics.total("vigia_recorded", status.recorded)
            self._metrics.total("vigia_telemetry_dropped", self._dropped)

    def _write_telemetry(self, stop: threading.Event) -> None:
        while not stop.wait(FLUSH_EVERY_S):
            with self._lock:
                rows = list(self._queue)
                self._queue.clear()
            if rows:
                self._flush(rows)

    def _flush(self, rows: list[Row]) -> None:
        try:
            with self._engine.begin() as connection:
                write_batch(connection, rows)
        except (OperationalError, psycopg.OperationalError) as error:
            _LOG.warning("telemetry waits: %s", type(error).__name__)
            with self._lock:
                self._queue.extendleft(reversed(rows))
        except (DBAPIError, psycopg.Error, ValueError) as error:
            # A camera without its row, or a value no column holds: these rows can never be written.
            self._dropped += len(rows)
            _LOG.warning("telemetry dropped: %s", type(error).__name__)


class RelayService:
    """The outbox relay in a thread."""

    def __init__(self, settings: Settings) -> None:
        if settings.database_url is None:
            raise BadInput("the outbox relay needs a database URL")
        self._engine = open_engine(settings.database_url)
        self._relay = OutboxRelay(
            sessions(self._engine),
            open_bus(settings),
            name=f"relay-{os.getpid()}",
        )
        self._metrics = open_metrics()
        self._stop = threading.Event()
        self._threads = [_thread(run, self._stop) for run in (self._relay.run, self._report)]

    def status(self) -> dict[str, Any]:
        """Waiting events, delivered, latest trouble."""
        status = self._relay.status()
        return {**asdict(status), "degraded": status.degraded}

    def pid(self) -> int:
        """Process that runs it."""
        return os.getpid()

    def stop(self) -> None:
        """End after the step in hand, and let the database go."""
        self._stop.set()
        for thread in self._threads:
            thread.join(STOP_PATIENCE_S)
        self._engine.dispose()

    def _report(self, stop: threading.Event) -> None:
        while not stop.wait(REPORT_EVERY_S):
            status = self._relay.status()
            if status.waiting is not None:
                self._metrics.set("vigia_outbox_waiting", status.waiting)
            self._metrics.total("vigia_outbox_delivered", status.delivered)


def _thread(run: Callable[[threading.Event], None], stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=keep_running, args=(run, stop), daemon=True)
    thread.start()
    return thread
