"""Time series behind one interface: hypertables with TimescaleDB, monthly partitions without.

Names, columns and answers are the same either way; only who makes and drops the pieces differs.
It must not know what the rows mean.
"""

from __future__ import annotations

import re
import time
from datetime import date

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from enforcement.errors import BadInput
from schema.sql_files import read_sql

# Table -> its time column. Every unique key of these tables holds that column.
TABLES = {
    "events": "timestamp",
    "inference_metrics": "timestamp",
    "device_health_logs": "timestamp",
    "ml_predictions": "predicted_at",
    "audit_logs": "timestamp",
}
ROLLUPS = ("events_hourly", "inference_metrics_5min")
_REFRESHES = 30
_NATIVE_CLAUSE = re.compile(r"/\*native (.*?)\*/")


def enable_timescaledb(connection: Connection) -> bool:
    """Whether hypertables will be used; loads the extension where the server has it preloaded."""
    # The setting exists only where the loader runs; without it CREATE EXTENSION would be refused.
    preloaded = connection.execute(
        text("SELECT current_setting('timescaledb.max_background_workers', true)")
    ).scalar_one()
    if not preloaded:
        return False
    connection.execute(text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
    return True


def has_timescaledb(connection: Connection) -> bool:
    """Whether this database runs on hypertables."""
    return (
        connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'")).first()
        is not None
    )


def for_engine(name: str, sql: str, *, hypertables: bool) -> str | None:
    """The SQL of one file as this engine needs it; None when the file is for the other engine."""
    if name.endswith(".native.sql") and hypertables:
        return None
    if name.endswith(".timescaledb.sql") and not hypertables:
        return None
    return _NATIVE_CLAUSE.sub("" if hypertables else r"\1", sql)


def ensure_partitions(connection: Connection, first_day: date, months: int) -> int:
    """Make room for `months` months from that of `first_day`; returns how many pieces were made.

    With TimescaleDB there is nothing to do: chunks make themselves. Safe to call at any time, by
    several processes at once. Rows outside any month wait in the default partition, never refused.
    """
    if has_timescaledb(connection):
        return 0
    statement = text("SELECT ensure_month_partitions(CAST(:parent AS regclass), :day, :months)")
    return sum(
        int(
            connection.execute(
                statement, {"parent": name, "day": first_day, "months": months}
            ).scalar_one()
        )
        for name in TABLES
    )


def take_over(connection: Connection) -> bool:
    """Turn native partitions into hypertables, rows and all; False when they already are.

    One transaction of the caller's, and nobody writes meanwhile. Raises BadInput when the server has
    no TimescaleDB to take over with.
    """
    if has_timescaledb(connection):
        return False
    if not enable_timescaledb(connection):
        raise BadInput(
            "the server has no TimescaleDB loaded: install it and name it in"
            " shared_preload_libraries"
        )
    connection.execute(text(read_sql("timescaledb_take_over")))
    connection.execute(text(read_sql("0001_initial/40_views.timescaledb")))
    connection.execute(text(read_sql("0007_kept_counts/30_retention.timescaledb")))
    # A table made anew has lost who may do what with it.
    connection.execute(text(read_sql("0003_operators/90_api_role")))
    return True


def fill_rollups(engine: Engine) -> None:
    """After a take-over: every bucket of the raw rows, and those whose raw rows had gone before.

    What the extension refreshes by itself reaches back as far as raw rows are kept, and once it has, its
    views no longer look for older rows.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for view in ROLLUPS:
            _refresh_whole(connection, view)
            connection.execute(text(read_sql(f"rollups/{view}_taken_over")))


def _refresh_whole(connection: Connection, view: str) -> None:
    for turn in range(_REFRESHES):
        try:
            connection.execute(
                text("CALL refresh_continuous_aggregate(:v, NULL, NULL)"), {"v": view}
            )
            return
        except DBAPIError:
            # The extension's own first refresh of the same view is under way.
            if turn == _REFRESHES - 1:
                raise
            time.sleep(1)
