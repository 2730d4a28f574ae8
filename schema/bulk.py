"""Whole columns in and out of tables by COPY: what a history of millions of rows travels by.

It must not know which tables.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import Connection

_ROWS_AT_ONCE = 100_000


def write_columns(connection: Connection, table: str, columns: pa.Table) -> int:
    """Append columns to a table of the same column names, in the connection's transaction.

    Nulls are NULL; instants must carry a zone. Returns the number of rows.
    """
    driver = psycopg_of(connection)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns.column_names))
    )
    options = pa_csv.WriteOptions(include_header=False)
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for begin in range(0, columns.num_rows, _ROWS_AT_ONCE):
            text = io.BytesIO()
            pa_csv.write_csv(columns.slice(begin, _ROWS_AT_ONCE), text, options)
            copy.write(text.getbuffer())
    return int(columns.num_rows)


def read_columns(
    connection: Connection,
    query: str | sql.Composed,
    types: Mapping[str, pa.DataType],
    **values: Any,
) -> pa.Table:
    """All rows of a query as columns of the given names and types, in the query's order.

    query: whole, or SQL with `{names}` of values.
    """
    driver = psycopg_of(connection)
    options = {
        "read_options": pa_csv.ReadOptions(column_names=list(types)),
        "convert_options": pa_csv.ConvertOptions(
            column_types=dict(types), strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    }
    text = io.BytesIO()
    with driver.cursor() as cursor:
        wanted = query
        if isinstance(wanted, str):
            bound = {name: sql.Literal(value) for name, value in values.items()}
            wanted = sql.SQL(wanted).format(**bound)
        with cursor.copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(wanted)) as copy:
            for block in copy:
                text.write(block)
    if not text.tell():
        return pa.table({name: pa.array([], kind) for name, kind in types.items()})
    text.seek(0)
    return pa_csv.read_csv(text, **options)


def psycopg_of(connection: Connection) -> PsycopgConnection[Any]:
    """The driver's own connection, in the transaction of SQLAlchemy's."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, PsycopgConnection):
        raise TypeError("columns travel over psycopg")
    # SQLAlchemy opens its transaction lazily, and COPY goes past it.
    connection.exec_driver_sql("SELECT 1")
    return driver
