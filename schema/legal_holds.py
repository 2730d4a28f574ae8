"""What must stay as it is until released. It must not know who asks or what is done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from enforcement.errors import BadInput
from schema.archive_tables import Connection


def hold_infraction(session: Connection, code: str, *, reason: str, by: str) -> str:
    """Hold an infraction by its code; returns the hold's id. Raises BadInput for a code there is none of."""
    row = session.execute(
        "INSERT INTO legal_holds (infraction_id, reason, placed_by)"
        " SELECT id, %s, %s FROM infractions WHERE infraction_code = %s RETURNING id",
        (reason, by, code),
    ).fetchone()
    if row is None:
        raise BadInput(f"{code}: no such infraction")
    return str(row[0])


def hold_table(
    session: Connection, table: str, *, since: datetime, until: datetime, reason: str, by: str
) -> str:
    """Hold a table's rows of [since, until); returns the hold's id."""
    row = session.execute(
        "INSERT INTO legal_holds (table_name, since, until, reason, placed_by)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id",
        (table, since, until, reason, by),
    ).fetchone()
    return str(row and row[0])


def release(session: Connection, hold_id: str, *, by: str) -> None:
    """Let go. Raises BadInput when no such hold stands."""
    try:
        identity = UUID(hold_id)
    except ValueError:
        raise BadInput(f"{hold_id}: not the id of a hold") from None
    done = session.execute(
        "UPDATE legal_holds SET released_by = %s, released_at = CURRENT_TIMESTAMP"
        " WHERE id = %s AND released_at IS NULL",
        (by, identity),
    )
    if done.rowcount == 0:
        raise BadInput(f"{hold_id}: no such hold stands")


def standing(session: Connection) -> list[dict[str, Any]]:
    """Holds that stand, oldest first, as plain values."""
    with session.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT hold.id, i.infraction_code, hold.table_name, hold.since, hold.until, hold.reason,"
            " hold.placed_by, hold.placed_at FROM legal_holds AS hold"
            " LEFT JOIN infractions AS i ON i.id = hold.infraction_id"
            " WHERE hold.released_at IS NULL ORDER BY hold.placed_at"
        ).fetchall()
    return [{key: None if v is None else str(v) for key, v in row.items()} for row in rows]
