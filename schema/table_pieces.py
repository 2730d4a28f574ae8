"""The piece of a table that holds one month: locked against writers, and removed.

A native partition is dropped whole; rows in the default partition, in a plain table or in a hypertable are
deleted. It must not know whether they may be.
"""

from __future__ import annotations

from psycopg import sql

from schema.archive_tables import AgeingTable, Connection, Month


def partition(session: Connection, table: AgeingTable, month: Month) -> str | None:
    """Name of the month's own partition, None where there is none."""
    name = f"{table.name}_y{month.first_day:%Y}m{month.first_day:%m}"
    row = session.execute(
        "SELECT 1 FROM pg_inherits WHERE inhparent = %s::regclass AND inhrelid = to_regclass(%s)",
        (table.name, name),
    ).fetchone()
    return None if row is None else name


def lock(session: Connection, table: AgeingTable, month: Month) -> None:
    """Nobody changes rows of the month until the transaction ends; others may still read them.

    The pieces alone are locked where there are pieces: new rows go on coming in.
    """
    names = [partition(session, table, month), _default(session, table)]
    for name in [name for name in names if name is not None] or _chunks(session, table, month):
        session.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.SQL(name)))


def remove(session: Connection, table: AgeingTable, month: Month) -> int | None:
    """Take the month's rows out, in the caller's transaction; returns how many, None for a piece as a whole.

    Of a hypertable it may be more than were there when it was locked: a chunk can have been made since.
    """
    own = partition(session, table, month)
    if own is not None:
        session.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(own)))
    at = sql.Identifier(table.time_column)
    done = session.execute(
        sql.SQL("DELETE FROM {} WHERE {} >= %s AND {} < %s").format(
            sql.Identifier(_default(session, table) or table.name), at, at
        ),
        (month.low, month.high),
    )
    return None if own is not None else done.rowcount


def ensure(session: Connection, table: AgeingTable, month: Month) -> None:
    """Make room for rows of the month where the table is partitioned."""
    if _default(session, table) is not None:
        session.execute(
            "SELECT ensure_month_partitions(%s::regclass, %s, 1)", (table.name, month.first_day)
        )


def _default(session: Connection, table: AgeingTable) -> str | None:
    row = session.execute(
        "SELECT partdefid::regclass::text FROM pg_partitioned_table"
        " WHERE partrelid = %s::regclass AND partdefid <> 0",
        (table.name,),
    ).fetchone()
    return None if row is None else str(row[0])


def _chunks(session: Connection, table: AgeingTable, month: Month) -> list[str]:
    hypertable = session.execute(
        "SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'"
    ).fetchone()
    if hypertable is None or table.name == "infractions":
        return [table.name]
    # Chunks keep to no month: every one that holds an instant of it.
    rows = session.execute(
        "SELECT format('%%I.%%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks"
        " WHERE hypertable_schema = current_schema() AND hypertable_name = %s"
        " AND range_start < %s AND range_end > %s",
        (table.name, month.high, month.low),
    ).fetchall()
    return [str(row[0]) for row in rows] or [table.name]
