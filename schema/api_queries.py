"""Reports: the data model's five questions, and what reviewers' verdicts say about cameras and rules.

It must not know who asks.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from enforcement.errors import BadInput
from enforcement.precision import wilson_interval
from schema.api_cursor import decode, encode, instant, list_digest
from schema.api_pool import Connection, Row
from schema.api_where import Where
from schema.queries import Query
from schema.sql_files import read_sql

# Names under /reports and the files of schema/sql/queries that answer them.
REPORTS = {
    "pending": Query.PENDING_INFRACTIONS,
    "top-offenders": Query.TOP_OFFENDERS_OF_MONTH,
    "zone-hours": Query.ZONE_HOUR_STATISTICS,
    "camera-performance": Query.CAMERA_PERFORMANCE,
    "recidivism": Query.RECIDIVISM,
}


async def run_report(connection: Connection, name: str) -> list[Row]:
    """All rows of one of REPORTS, with the data model's columns. Raises BadInput for another name."""
    query = REPORTS.get(name)
    if query is None:
        raise BadInput(f"report: {name!r} is none of {', '.join(REPORTS)}")
    return [dict(row) for row in await connection.fetch(query.sql)]


async def review_accuracy(connection: Connection) -> list[Row]:
    """By camera and rule: upheld, reviewed, precision and its interval at 95 % (low, high)."""
    rows = await connection.fetch(read_sql("api/review_accuracy"))
    return [_with_share(dict(row), "upheld", "reviewed", "precision") for row in rows]


async def review_agreement(connection: Connection) -> list[Row]:
    """By first reviewer and verdict: agreed, looked_at, agreement and its interval at 95 %."""
    rows = await connection.fetch(read_sql("api/review_agreement"))
    return [_with_share(dict(row), "agreed", "looked_at", "agreement") for row in rows]


async def list_fines(
    connection: Connection,
    *,
    status: str | None = None,
    plate: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> tuple[list[Row], str | None]:
    """Validated infractions and what became of them, newest first, and the next page's cursor."""
    where = Where()
    for condition, value in (
        ("i.status = {}", status),
        ("i.plate = {}", None if plate is None else plate.replace("\x00", "").strip().upper()),
        ("i.detected_at >= {}", since),
        ("i.detected_at < {}", until),
    ):
        if value is not None:
            where.add(condition, value)
    of = list_digest("fines", where.sql, where.values)
    if cursor is not None:
        where.add("(i.detected_at, i.id) < ({}, {})", *decode(of, cursor, instant, UUID))
    return await page(connection, "api/fine_list", where, of, limit, ("detected_at", "id"))


async def page(
    connection: Connection, name: str, where: Where, of: str, limit: int, key: tuple[str, str]
) -> tuple[list[Row], str | None]:
    """One page of a list file, its sort key being a time and an id. Raises BadInput for a wrong limit."""
    if not 1 <= limit <= 200:
        raise BadInput("limit: from 1 to 200")
    sql = read_sql(name).replace("/*where*/", where.sql)
    sql = sql.replace("/*limit*/", where.number(limit + 1))
    rows = [dict(row) for row in await connection.fetch(sql, *where.values)]
    if len(rows) <= limit:
        return rows, None
    at, row_id = (rows[limit - 1][column] for column in key)
    return rows[:limit], encode(of, [at.isoformat(), str(row_id)])


def _with_share(row: dict[str, Any], hits: str, of: str, name: str) -> Row:
    interval = wilson_interval(row[hits], row[of])
    row[name] = row[hits] / row[of] if row[of] else None
    row["low"], row["high"] = interval if interval is not None else (None, None)
    return row
