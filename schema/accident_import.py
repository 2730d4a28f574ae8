"""Accidents of a register into their table, all or none; those already there stay as they are.

It must not know files.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from sqlalchemy import Connection, text

from enforcement.accident_rows import AccidentRow
from enforcement.errors import BadInput
from schema.bulk import write_columns
from schema.sql_files import read_sql

_STAGED = """
CREATE TEMPORARY TABLE accidents_staged (line INTEGER, external_id TEXT, occurred_at TIMESTAMPTZ,
    driver_dni TEXT, plate TEXT, zone_id TEXT, severity TEXT) ON COMMIT DROP
"""


def import_accidents(
    connection: Connection, source: str, rows: Sequence[tuple[int, AccidentRow]]
) -> int:
    """Write (line, row) pairs; returns how many are new. Raises BadInput for one that names nobody known."""
    connection.execute(text(_STAGED))
    strings = ("external_id", "driver_dni", "plate", "zone_id", "severity")
    columns = {
        "line": pa.array([line for line, _ in rows], pa.int32()),
        "occurred_at": pa.array([row.occurred_at for _, row in rows], pa.timestamp("us", tz="UTC")),
        **{
            name: pa.array([getattr(row, name) for _, row in rows], pa.string()) for name in strings
        },
    }
    write_columns(connection, "accidents_staged", pa.table(columns))
    unknown = connection.execute(text(read_sql("risk/accidents_unknown"))).first()
    if unknown is not None:
        raise BadInput(f"line {unknown[0]}: {unknown[1]} is not on record")
    added = connection.execute(text(read_sql("risk/accidents_import")), {"source": source})
    return int(added.scalar_one())
