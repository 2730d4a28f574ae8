"""Generated rows for measuring and for tests, made by the server itself; the same number, the same row.

It must not be used on a database that anybody needs: the rows are of cameras and people that do not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from schema.archive_tables import Connection
from schema.sql_files import read_sql

TABLES = ("infractions", "inference_metrics", "events", "ml_predictions")
_CHUNK = 200_000


def add_places(session: Connection, *, cameras: int = 50, people: int = 1000) -> None:
    """What the rows refer to."""
    values = {"cameras": cameras, "people": people}
    for statement in read_sql("bench/places").split(";\n"):
        if statement.strip():
            session.execute(statement.encode(), values)
    session.execute(read_sql("bench/model").encode())


def add_rows(
    session: Connection,
    table: str,
    rows: int,
    *,
    since: datetime,
    step: timedelta,
    first: int = 0,
    cameras: int = 50,
    people: int = 1000,
    on_rows: Callable[[int], None] = lambda _: None,
) -> None:
    """Rows numbered from `first` on, one every `step` after `since`; without triggers where that may be.

    cameras, people: as given to add_places.
    """
    session.execute("SET session_replication_role = replica")
    try:
        for low in range(first, first + rows, _CHUNK):
            high = min(low + _CHUNK, first + rows)
            values = {
                "first": low, "last": high - 1, "since": since, "step": step, "cameras": cameras,
                "people": people,
            }  # fmt: skip
            session.execute(read_sql(f"bench/{table}").encode(), values)
            on_rows(high - low)
    finally:
        session.execute("SET session_replication_role = origin")
    if table == "infractions":
        session.execute("SELECT count_all_zone_hours()")
