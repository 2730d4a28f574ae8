"""Rows of a query as Arrow record batches, streamed by COPY with memory that does not grow.

The server sends CSV, a thread hands its bytes through a pipe, Arrow parses them: no row becomes a Python
object. It must not know what the rows mean.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import pyarrow as pa
from pyarrow import csv

from enforcement.errors import Unavailable
from schema.api_pool import open_connection
from schema.archive_tables import Column

# No row may be longer than a block.
BLOCK_BYTES = 8 << 20
_PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = getattr(fcntl, "F_SETPIPE_SZ", 1031)
_TYPES: dict[str, pa.DataType] = {
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "smallint": pa.int16(),
    "double precision": pa.float64(),
    "real": pa.float32(),
    "boolean": pa.bool_(),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
}
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")


def arrow_type(postgres_type: str) -> pa.DataType:
    """The Arrow type that holds a column; PostgreSQL's own text where Arrow has none."""
    exact = _NUMERIC.fullmatch(postgres_type)
    if exact:
        return pa.decimal128(int(exact[1]), int(exact[2]))
    return _TYPES.get(postgres_type, pa.string())


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """Names and types of a table's columns."""
    return pa.schema([(column.name, arrow_type(column.type)) for column in columns])


def batches(url: str, query: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Rows of `query`, whose columns are those of `schema` in order, in batches of about BLOCK_BYTES.

    One statement, so one instant of the database. Raises Unavailable when the connection is lost on the
    way: what came before is then not the whole.
    """
    read_end, write_end = os.pipe()
    with suppress(OSError):  # a smaller pipe is only slower
        fcntl.fcntl(write_end, _SET_PIPE_SIZE, _PIPE_BYTES)
    pump = _Pump(url, query, write_end)
    pump.start()
    rows = 0
    try:
        with os.fdopen(read_end, "rb", buffering=_PIPE_BYTES) as source:
            for batch in _parsed(source, schema):
                rows += batch.num_rows
                yield batch
    finally:
        # The reading end is closed: whoever stopped early ends the pump too.
        pump.join()
    if pump.error is not None:
        raise Unavailable(f"database: {pump.error}") from pump.error
    if pump.rows != rows:
        raise Unavailable(f"database: {pump.rows} rows were sent and {rows} understood")


def _parsed(source: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        yield from csv.open_csv(
            source,
            read_options=csv.ReadOptions(column_names=schema.names, block_size=BLOCK_BYTES),
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" not in str(error):
            raise


class _Pump(threading.Thread):
    """Runs the COPY in an event loop of its own and writes what comes into a pipe."""

    def __init__(self, url: str, query: str, write_end: int) -> None:
        super().__init__(name="rows", daemon=True)
        self._url, self._query, self._write_end = url, query, write_end
        self.error: Exception | None = None
        self.rows = 0

    def run(self) -> None:
        """Copy all, then close the pipe."""
        try:
            self.rows = asyncio.run(self._copy())
        except (
            BrokenPipeError,
            Unavailable,
            OSError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
        ) as error:
            self.error = error
        finally:
            os.close(self._write_end)

    async def _copy(self) -> int:
        connection = await open_connection(self._url, role=None)
        try:
            # A month is sorted once; the default spills to disk early.
            await connection.execute("SET work_mem = '64MB'")
            said = await connection.copy_from_query(self._query, output=self._write, format="csv")
        finally:
            connection.terminate()
        return int(said.rsplit(" ", 1)[-1])

    async def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._write_end, left) :]
