"""The same schema on TimescaleDB: hypertables instead of partitions, the same names and answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.postgres_programs import BINARIES
from enforcement.errors import BadInput
from schema import migrate, timeseries
from schema.batches import NewEvent, NewInferenceMetric, Row, write_batch
from schema.session import open_engine
from tests.fixtures.data_model import read_catalogue
from tests.fixtures.postgres import quick_folder
from tests.fixtures.rows import add_camera

YESTERDAY = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
VIEWS = ("events_hourly", "inference_metrics_5min")


def installed() -> bool:
    """Whether the extension lies beside a server's binaries."""
    return any(BINARIES.glob("*/lib/timescaledb.so"))


timescaledb = pytest.mark.skipif(not installed(), reason="TimescaleDB is not installed")


@pytest.fixture
def loaded() -> Iterator[tuple[str, EmbeddedPostgres]]:
    """A server of its own that can be told to load TimescaleDB."""
    folder = quick_folder()
    server = EmbeddedPostgres(folder / "pg", durable=False)
    try:
        yield server.start(), server
    finally:
        server.stop()
        shutil.rmtree(folder)


def load_timescaledb(server: EmbeddedPostgres) -> str:
    server.stop()
    with (server.data_folder / "postgresql.conf").open("a") as conf:
        conf.write("shared_preload_libraries = 'timescaledb'\ntimescaledb.telemetry_level = off\n")
    return server.start()


def fill(engine: Engine) -> None:
    add_camera(engine)
    rows: list[Row] = []
    for n in range(200):
        at = YESTERDAY + timedelta(seconds=37 * n)
        rows.append(
            NewEvent(
                event_type="detection",
                timestamp=at,
                device_id="CAM001",
                data={"detections": [{"confidence": n / 200}]},
            )
        )
        rows.append(
            NewInferenceMetric(device_id="CAM001", timestamp=at, fps=25.0, latency_ms=float(n))
        )
    with engine.begin() as connection:
        write_batch(connection, rows)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def answers(connection: Connection) -> list[list[tuple[object, ...]]]:
    return [
        [
            tuple(round(value, 9) if isinstance(value, float) else value for value in row)
            for row in connection.execute(text(f"SELECT * FROM {view} ORDER BY 1, 2"))  # noqa: S608
        ]
        for view in VIEWS
    ]


def refresh(engine: Engine) -> None:
    """What the policies do every few minutes."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Two refreshes of one range at once are refused, and the policies have just been started.
        connection.execute(text("SELECT _timescaledb_functions.stop_background_workers()"))
        for view in VIEWS:
            connection.execute(
                text("CALL refresh_continuous_aggregate(:view, :low, :high)"),
                {"view": view, "low": YESTERDAY - timedelta(days=2), "high": datetime.now(UTC)},
            )


def objects(engine: Engine) -> dict[tuple[str, str], str]:
    """Tables, columns, keys, indexes and triggers; without what TimescaleDB adds for itself."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        found = read_catalogue(cursor, "public")
    kinds = {"table", "column", "constraint", "index", "trigger", "sequence"}
    return {
        key: value
        for key, value in found.items()
        if key[0] in kinds
        and key[1] != "ts_insert_blocker"
        and "_timestamp_idx" not in key[1]
        and "_predicted_at_idx" not in key[1]
    }


def hypertables(connection: Connection) -> set[str]:
    rows = connection.execute(
        text(
            "SELECT hypertable_name FROM timescaledb_information.hypertables"
            " WHERE hypertable_schema = 'public'"
        )
    )
    return {str(name) for name in rows.scalars()}


@timescaledb
def test_partitions_are_taken_over_with_their_rows_and_the_same_answers(
    loaded: tuple[str, EmbeddedPostgres],
) -> None:
    url, server = loaded
    with opened(url) as engine:
        migrate.upgrade(engine)
        fill(engine)
        before_objects = objects(engine)
        with engine.connect() as connection:
            before = answers(connection)
    with opened(load_timescaledb(server)) as engine:
        with engine.begin() as connection:
            assert timeseries.take_over(connection)
            assert not timeseries.take_over(connection)
        after_objects = objects(engine)
        # PostgreSQL spells this list's casts otherwise when it reads back what it printed.
        respelt = ("index", "idx_events_severity")
        for spelt in (after_objects.pop(respelt), before_objects.pop(respelt)):
            assert spelt.startswith("CREATE INDEX idx_events_severity ON events USING btree")
            assert "error" in spelt
            assert "critical" in spelt
        assert after_objects == before_objects
        refresh(engine)
        with engine.connect() as connection:
            assert hypertables(connection) == set(timeseries.TABLES)
            assert answers(connection) == before
            assert timeseries.ensure_partitions(connection, date(2026, 3, 1), 3) == 0


@timescaledb
def test_an_empty_database_comes_up_on_hypertables_and_answers_the_same(
    loaded: tuple[str, EmbeddedPostgres], database: Engine
) -> None:
    with opened(load_timescaledb(loaded[1])) as engine:
        migrate.upgrade(engine)
        fill(engine)
        fill(database)
        refresh(engine)
        with engine.connect() as hyper, database.connect() as plain:
            assert hypertables(hyper) == set(timeseries.TABLES)
            assert answers(hyper) == answers(plain)
            policies = hyper.execute(
                text(
                    "SELECT hypertable_name FROM timescaledb_information.jobs"
                    " WHERE proc_name = 'policy_retention'"
                )
            ).scalars()
            # Nothing that must be archived first is dropped by itself.
            assert not {"audit_logs", "ml_predictions"} & set(policies)
        assert objects(engine) == objects(database)


def test_a_server_without_timescaledb_cannot_take_over(database: Engine) -> None:
    with pytest.raises(BadInput, match="shared_preload_libraries"), database.begin() as connection:
        timeseries.take_over(connection)
