"""The ledger of the archive: what is in it, what may be dropped, what is held. It decides nothing by itself.

Every change here is one transaction of the caller's session, which holds the job's lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Json

from schema.archive_tables import AgeingTable, Column, Connection, Month

# A transaction that changed a row may have begun this long before it committed.
_LONGEST_TRANSACTION = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a table's rows age."""

    keep: timedelta
    archive_first: bool
    drop_rows: bool
    freeze_after: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """A month of a table in the archive. path: in the store. as_of: no row is newer than this."""

    table: str
    month: Month
    path: str
    rows: int
    file_bytes: int
    file_sha256: str
    content_digest: str
    columns: tuple[Column, ...]
    revision: str
    first_at: datetime
    last_at: datetime
    as_of: datetime
    id: UUID | None = None
    dropped_at: datetime | None = None
    keep_until: datetime | None = None
    stale: bool = False


def policy(session: Connection, name: str) -> Policy:
    """The policy of a table, or of a kind of evidence."""
    row = session.execute(
        "SELECT keep, archive_first, drop_rows, freeze_after FROM retention_policies"
        " WHERE table_name = %s",
        (name,),
    ).fetchone()
    if row is None:
        raise RuntimeError(f"{name}: no row in retention_policies")
    return Policy(keep=row[0], archive_first=row[1], drop_rows=row[2], freeze_after=row[3])


def revision(session: Connection) -> str:
    """The schema's revision."""
    row = session.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def now(session: Connection) -> datetime:
    """The database's clock."""
    row = session.execute("SELECT clock_timestamp()").fetchone()
    if row is None:
        raise RuntimeError("SELECT gave no row")
    at: datetime = row[0]
    return at


def live(
    session: Connection, table: str | None = None, month: Month | None = None
) -> list[Archived]:
    """What the archive holds now, oldest month first."""
    with session.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT * FROM archives WHERE superseded_at IS NULL"
            " AND (%(table)s::text IS NULL OR table_name = %(table)s)"
            " AND (%(month)s::date IS NULL OR month = %(month)s) ORDER BY month, table_name",
            {"table": table, "month": None if month is None else month.first_day},
        ).fetchall()
    return [_archived(row) for row in rows]


def record(session: Connection, made: Archived) -> list[str]:
    """Write a compared file down as the month's live one; returns paths it replaces. One transaction."""
    with session.transaction():
        old = session.execute(
            "UPDATE archives SET superseded_at = CURRENT_TIMESTAMP"
            " WHERE table_name = %s AND month = %s AND superseded_at IS NULL RETURNING path",
            (made.table, made.month.first_day),
        ).fetchall()
        session.execute(
            "INSERT INTO archives (table_name, month, path, row_count, file_bytes, file_sha256,"
            " content_digest, columns, schema_revision, first_at, last_at, archived_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                made.table, made.month.first_day, made.path, made.rows, made.file_bytes,
                made.file_sha256, made.content_digest,
                Json([[one.name, one.type] for one in made.columns]),
                made.revision, made.first_at, made.last_at, made.as_of,
            ),
        )  # fmt: skip
    return [str(row[0]) for row in old]


def changed_since(session: Connection, table: AgeingTable, archived: Archived) -> bool:
    """Whether rows of the month say they changed after it was archived, or a drop found them changed.

    Tables without `updated_at` are told by the comparison before a drop alone.
    """
    if archived.stale or archived.dropped_at is not None:
        return archived.stale
    stamped = session.execute(
        "SELECT 1 FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'updated_at'",
        (table.name,),
    ).fetchone()
    if stamped is None:
        return False
    query = sql.SQL(
        "SELECT EXISTS (SELECT 1 FROM {name} WHERE {at} >= %s AND {at} < %s AND updated_at > %s)"
    ).format(name=sql.Identifier(table.name), at=sql.Identifier(table.time_column))
    row = session.execute(
        query, (archived.month.low, archived.month.high, archived.as_of - _LONGEST_TRANSACTION)
    ).fetchone()
    return bool(row and row[0])


def mark_stale(session: Connection, archived: Archived) -> None:
    """The table no longer says what the file says: archive the month again."""
    session.execute(
        "UPDATE archives SET metadata = COALESCE(metadata, '{}') || '{\"stale\": true}' WHERE id = %s",
        (archived.id,),
    )


def mark_dropped(session: Connection, archived: Archived) -> None:
    """Its rows leave the table in this transaction."""
    session.execute(
        "UPDATE archives SET dropped_at = CURRENT_TIMESTAMP, keep_until = NULL WHERE id = %s",
        (archived.id,),
    )


def mark_restored(session: Connection, archived: Archived, keep: timedelta) -> None:
    """Its rows are back in the table in this transaction, and stay for so long."""
    session.execute(
        "UPDATE archives SET dropped_at = NULL, restored_at = CURRENT_TIMESTAMP,"
        " keep_until = CURRENT_TIMESTAMP + %s WHERE id = %s",
        (keep, archived.id),
    )


def held(session: Connection, table: AgeingTable, month: Month) -> str | None:
    """Why rows of the month must stay, None when none is held."""
    row = session.execute(
        "SELECT reason FROM legal_holds WHERE released_at IS NULL AND table_name = %s"
        " AND since < %s AND until > %s LIMIT 1",
        (table.name, month.high, month.low),
    ).fetchone()
    if row is None:
        refers = session.execute(
            "SELECT 1 FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'infraction_id'",
            (table.name,),
        ).fetchone()
        if refers is not None:
            query = sql.SQL(
                "SELECT hold.reason FROM legal_holds AS hold JOIN {name} AS held"
                " ON held.infraction_id = hold.infraction_id WHERE hold.released_at IS NULL"
                " AND held.{at} >= %s AND held.{at} < %s LIMIT 1"
            ).format(name=sql.Identifier(table.name), at=sql.Identifier(table.time_column))
            row = session.execute(query, (month.low, month.high)).fetchone()
    return None if row is None else str(row[0])


def _archived(row: dict[str, Any]) -> Archived:
    return Archived(
        id=row["id"],
        table=row["table_name"],
        month=Month(first_day=row["month"]),
        path=row["path"],
        rows=row["row_count"],
        file_bytes=row["file_bytes"],
        file_sha256=row["file_sha256"],
        content_digest=row["content_digest"],
        columns=tuple(Column(name=name, type=kind) for name, kind in row["columns"]),
        revision=row["schema_revision"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        as_of=row["archived_at"],
        dropped_at=row["dropped_at"],
        keep_until=row["keep_until"],
        stale=bool((row["metadata"] or {}).get("stale")),
    )
