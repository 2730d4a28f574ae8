"""`events_hourly` and `inference_metrics_5min`, kept: one interface over continuous aggregates and tables.

With TimescaleDB the extension keeps them; on plain PostgreSQL this does, and the views' answers are the
same. A row that comes late is found by its id and its bucket computed again; a bucket whose raw rows were
dropped is left as it is. It must not know what the rows mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg import sql
from psycopg.types.json import Json

from schema.archive_tables import AgeingTable, Connection, Month
from schema.sql_files import read_sql

_POINTS = 20
_ORIGIN = datetime(2000, 1, 3, tzinfo=UTC)  # of date_bin in the views, and of TimescaleDB's buckets


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """One of them. lag: how old a bucket's end must be before it is kept."""

    name: str
    source: str
    bucket_column: str
    width: timedelta
    lag: timedelta


ROLLUPS: dict[str, Rollup] = {
    "events_hourly": Rollup(
        name="events_hourly",
        source="events",
        bucket_column="hour",
        width=timedelta(hours=1),
        lag=timedelta(minutes=10),
    ),
    "inference_metrics_5min": Rollup(
        name="inference_metrics_5min",
        source="inference_metrics",
        bucket_column="bucket",
        width=timedelta(minutes=5),
        lag=timedelta(minutes=5),
    ),
}


def roll_up(session: Connection, rollup: Rollup, *, until: datetime | None = None) -> int:
    """Bring one up to date, at least to `until`; returns how many buckets were computed.

    One transaction, inside the caller's where there is one. Any number of callers take turns. With
    TimescaleDB it refreshes what changed, outside any transaction.
    """
    if _has_timescaledb(session):
        return _refresh(session, rollup)
    with session.transaction():
        return _roll_up(session, rollup, until)


def before_drop(session: Connection, table: AgeingTable, month: Month) -> None:
    """Take the month's last rows and settle that its buckets stay, in the transaction that drops them."""
    for rollup in ROLLUPS.values():
        if rollup.source == table.name and not _has_timescaledb(session):
            roll_up(session, rollup, until=month.high)
            session.execute(
                "UPDATE rollup_state SET raw_from = GREATEST(raw_from, %s) WHERE rollup = %s",
                (month.high, rollup.name),
            )


def forget(session: Connection, rollup: Rollup, keep: timedelta) -> int:
    """Remove buckets older than `keep`; TimescaleDB's own policy does it there. Returns how many."""
    if _has_timescaledb(session):
        return 0
    done = session.execute(
        sql.SQL("DELETE FROM {} WHERE {} < CURRENT_TIMESTAMP - %s").format(
            sql.Identifier(f"{rollup.name}_rollup"), sql.Identifier(rollup.bucket_column)
        ),
        (keep,),
    )
    return done.rowcount


def _roll_up(session: Connection, rollup: Rollup, until: datetime | None) -> int:
    state = session.execute(
        "SELECT watermark, read_from, points, raw_from, clock_timestamp() FROM rollup_state"
        " WHERE rollup = %s FOR UPDATE",
        (rollup.name,),
    ).fetchone()
    if state is None:
        raise RuntimeError(f"{rollup.name}: no row in rollup_state")
    watermark, read_from, points, raw_from, now = state
    # Before rows are read: what is safe by then is seen by the statement that reads them.
    points, running = [*points, _point(session, rollup)], _oldest_running(session)
    reached = max(watermark, _floor(now - rollup.lag, rollup.width), until or watermark)
    values = {
        "read_from": read_from,
        "raw_from": raw_from,
        "before": max(watermark, raw_from),
        "watermark": reached,
    }
    name = rollup.name if read_from else f"{rollup.name}_all"
    done = session.execute(read_sql(f"rollups/{name}").encode(), values)
    safe = [point["id"] for point in points if point["ended_by"] <= running]
    read_from = max([read_from, *safe])
    left = [point for point in points if point["ended_by"] > running]
    session.execute(
        "UPDATE rollup_state SET watermark = %s, read_from = %s, points = %s WHERE rollup = %s",
        (reached, read_from, Json(left[-_POINTS:]), rollup.name),
    )
    return done.rowcount


def _point(session: Connection, rollup: Rollup) -> dict[str, int]:
    """The last id given out, and the transaction id before which all must have ended for it to be safe."""
    return {
        "id": _one(session, f"SELECT last_value FROM {rollup.source}_id_seq"),  # noqa: S608 - our own
        "ended_by": _one(session, "SELECT pg_snapshot_xmax(pg_current_snapshot())::TEXT::BIGINT"),
    }


def _oldest_running(session: Connection) -> int:
    return _one(session, "SELECT pg_snapshot_xmin(pg_current_snapshot())::TEXT::BIGINT")


def _floor(at: datetime, width: timedelta) -> datetime:
    return _ORIGIN + (at - _ORIGIN) // width * width


def _one(session: Connection, query: str) -> int:
    row = session.execute(query.encode()).fetchone()
    if row is None:
        raise RuntimeError("SELECT gave no row")
    return int(row[0])


def _has_timescaledb(session: Connection) -> bool:
    found = session.execute("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
    return found is not None


def _refresh(session: Connection, rollup: Rollup) -> int:
    keep = session.execute(
        "SELECT keep FROM retention_policies WHERE table_name = %s", (rollup.source,)
    ).fetchone()
    days = keep[0].days - 1 if keep else 29
    session.execute(
        "CALL refresh_continuous_aggregate(%s, CURRENT_TIMESTAMP - make_interval(days => %s),"
        " CURRENT_TIMESTAMP - %s::interval)",
        (rollup.name, days, rollup.lag),
    )
    return 0
