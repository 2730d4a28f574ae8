"""Columns of one row, set by name. Names come from their callers' fixed sets, never from input.

It must not know any table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schema.api_pool import Connection


async def set_columns(
    connection: Connection, table: str, row_id: str, values: Mapping[str, Any]
) -> None:
    """Set these columns of the row with this id; nothing is done for none. table and names are code."""
    if not values:
        return
    columns = ", ".join(f"{name} = ${n}" for n, name in enumerate(values, start=2))
    await connection.execute(
        f"UPDATE {table} SET {columns} WHERE id = $1",  # noqa: S608 - the callers' own names
        row_id,
        *values.values(),
    )
