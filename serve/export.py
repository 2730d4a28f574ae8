"""Infractions as CSV or Parquet, a batch at a time: memory holds one batch whatever the number of rows.

It must not decide who may have them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import Request
from starlette.responses import StreamingResponse

from schema.api_infractions import Filters, export_infractions
from serve.callers import Caller, record_alone
from serve.state import Api


class Format(StrEnum):
    """What an export can be."""

    CSV = "csv"
    PARQUET = "parquet"


_T = pa.timestamp("us", tz="UTC")
COLUMNS = pa.schema(
    [
        ("id", pa.string()),
        ("infraction_code", pa.string()),
        ("type", pa.string()),
        ("status", pa.string()),
        ("device_id", pa.string()),
        ("zone_id", pa.string()),
        ("zone_name", pa.string()),
        ("plate", pa.string()),
        ("detected_speed", pa.float64()),
        ("speed_limit", pa.float64()),
        ("speed_excess", pa.float64()),
        ("speed_sigma_kmh", pa.float64()),
        ("confidence_score", pa.float64()),
        ("ocr_confidence", pa.float64()),
        ("detected_at", _T),
        ("severity", pa.string()),
        ("fine_code", pa.string()),
        ("fine_amount", pa.decimal128(10, 2)),
        ("fine_issued", pa.bool_()),
        ("fine_paid", pa.bool_()),
        ("fine_paid_at", _T),
        ("validated_at", _T),
        ("rejection_reason", pa.string()),
        ("version", pa.int32()),
    ]
)
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MEDIA = {Format.CSV: "text/csv; charset=utf-8", Format.PARQUET: "application/vnd.apache.parquet"}


async def export(
    request: Request, api: Api, caller: Caller, filters: Filters, wanted: Format
) -> StreamingResponse:
    """The answer; the act is in the audit before the first row leaves."""
    await record_alone(
        api,
        request,
        caller,
        action="export",
        resource_type="infraction",
        metadata={"format": wanted.value, "filters": _plain(filters)},
    )
    name = f"infracciones-{api.now():%Y%m%dT%H%M%SZ}.{wanted.value}"
    rows = _rows(api, filters)
    return StreamingResponse(
        as_csv(rows) if wanted is Format.CSV else as_parquet(rows),
        media_type=_MEDIA[wanted],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _rows(api: Api, filters: Filters) -> AsyncIterator[list[dict[str, Any]]]:
    async with api.pool.acquire() as connection:
        async for batch in export_infractions(connection, filters):
            yield batch


async def as_csv(batches: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[bytes]:
    """RFC 4180 with a header; UTF-8 with a mark, which spreadsheets need to see accents."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write("\ufeff")
    writer.writerow(COLUMNS.names)
    yield _drained(text)
    async for batch in batches:
        writer.writerows([_cell(row[name]) for name in COLUMNS.names] for row in batch)
        yield _drained(text)


async def as_parquet(batches: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[bytes]:
    """One row group per batch; the footer, without which nobody can read it, goes last."""
    sink = _Sink()
    writer = pq.ParquetWriter(sink, COLUMNS, compression="zstd")
    async for batch in batches:
        plain = [{name: _value(row[name]) for name in COLUMNS.names} for row in batch]
        writer.write_table(pa.Table.from_pylist(plain, schema=COLUMNS))
        yield sink.taken()
    writer.close()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Counts all that was written and holds only what was not yet taken."""

    def __init__(self) -> None:
        super().__init__()
        self._position = 0
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:
        held = bytes(data)
        self._waiting.append(held)
        self._position += len(held)
        return len(held)

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._waiting)
        self._waiting.clear()
        return data


def _drained(text: io.StringIO) -> bytes:
    data = text.getvalue().encode("utf-8")
    text.seek(0)
    text.truncate()
    return data


def _value(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return str(value) if isinstance(value, Decimal | UUID) else value


def _plain(filters: Filters) -> dict[str, Any]:
    named = {
        "status": list(filters.status),
        "type": list(filters.type),
        "device_id": filters.device_id,
        "zone_id": filters.zone_id,
        # A plate is personal data, which the audit's readers need not see.
        "plate": None if filters.plate is None else "(given)",
        "from": None if filters.since is None else filters.since.isoformat(),
        "to": None if filters.until is None else filters.until.isoformat(),
    }
    return {name: value for name, value in named.items() if value}
