"""The audit: rows are added at the end of a chain, read, and checked. Nothing here changes one.

It must not know what was done, only who says so; who may read it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from enforcement.audit_chain import FIELDS, Anchor, ChainedEntry, digest_of, plain_address, settled
from schema.api_cursor import decode, encode, instant, list_digest, row_id
from schema.api_pool import Connection, Row
from schema.api_where import Where
from schema.sql_files import read_sql

# The data model's widths.
_WIDTHS = {
    "username": 150,
    "action": 100,
    "resource_type": 50,
    "resource_id": 255,
    "endpoint": 255,
    "http_method": 10,
    "user_agent": 1000,
    "error_message": 2000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Where an act came from. ip: as text; what is no address is kept as none."""

    ip: str | None = None
    user_agent: str | None = None
    endpoint: str | None = None
    method: str | None = None
    request_id: str | None = None


NO_REQUEST = Request()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One act. old_values, new_values: what it changed, JSON values; never passwords or tokens."""

    action: str
    resource_type: str
    resource_id: str | None = None
    success: bool = True
    user_id: UUID | None = None
    username: str | None = None
    old_values: Mapping[str, Any] | None = None
    new_values: Mapping[str, Any] | None = None
    error_message: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    request: Request = NO_REQUEST


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilters:
    """What to read of it; None: all. since, until: aware."""

    user_id: UUID | None = None
    action: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    success: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


async def append(connection: Connection, entry: AuditEntry) -> int:
    """Add a row at the end of the chain; returns its place.

    Inside a transaction of the caller's it commits or goes with that; writers line up from here until
    the transaction ends, so call it last.
    """
    if connection.is_in_transaction():
        return await _append(connection, entry)
    async with connection.transaction():
        return await _append(connection, entry)


async def list_entries(
    connection: Connection, filters: AuditFilters, *, limit: int = 50, cursor: str | None = None
) -> tuple[list[Row], str | None]:
    """One page, newest first, and the cursor of the next. Raises BadInput for a foreign cursor."""
    where = _conditions(filters)
    of = list_digest("audit", where.sql, where.values)
    if cursor is not None:
        where.add("(timestamp, id) < ({}, {})", *decode(of, cursor, instant, row_id))
    sql = read_sql("api/audit_list").replace("/*where*/", where.sql)
    sql = sql.replace("/*limit*/", where.number(limit + 1))
    rows = [dict(row) for row in await connection.fetch(sql, *where.values)]
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode(of, [last["timestamp"].isoformat(), str(last["id"])])


async def head(connection: Connection) -> tuple[Anchor, Anchor]:
    """(where the chain in the table begins, where it ends)."""
    row = await connection.fetchrow(
        "SELECT last_index, last_digest, archived_index, archived_digest FROM audit_chain_head"
    )
    if row is None:
        return Anchor(), Anchor()
    return (
        Anchor(index=row["archived_index"], digest=row["archived_digest"]),
        Anchor(index=row["last_index"], digest=row["last_digest"]),
    )


async def chain(connection: Connection, *, batch: int = 2000) -> AsyncIterator[ChainedEntry]:
    """Every row in order of the chain, through a server-side cursor; needs a transaction."""
    async for row in connection.cursor(read_sql("api/audit_chain"), prefetch=batch):
        yield ChainedEntry(
            index=row["chain_index"],
            previous=row["chain_previous"],
            digest=row["chain_digest"],
            fields=row,
        )


async def _append(connection: Connection, entry: AuditEntry) -> int:
    end = await connection.fetchrow(read_sql("api/audit_lock_head"))
    index, previous = end["last_index"] + 1, end["last_digest"]
    fields = {"id": end["id"], "timestamp": end["at"], **_fields(entry)}
    digest = digest_of(previous, index, fields)
    await connection.execute(
        read_sql("api/audit_append"),
        *(fields[name] for name in FIELDS),
        index,
        previous,
        digest,
    )
    return int(index)


def _fields(entry: AuditEntry) -> Row:
    request = entry.request
    fields: Row = {
        "user_id": entry.user_id,
        "username": entry.username,
        "action": entry.action,
        "resource_type": entry.resource_type,
        "resource_id": entry.resource_id,
        "old_values": settled(entry.old_values),
        "new_values": settled(entry.new_values),
        "ip_address": None if request.ip is None else plain_address(request.ip),
        "user_agent": request.user_agent,
        "endpoint": request.endpoint,
        "http_method": request.method,
        "success": entry.success,
        "error_message": entry.error_message,
        "metadata": settled({**entry.metadata, "request_id": request.request_id}),
    }
    for name, width in _WIDTHS.items():
        if fields[name] is not None:
            fields[name] = settled(str(fields[name]))[:width]
    return fields


def _conditions(filters: AuditFilters) -> Where:
    where = Where()
    for column in ("user_id", "action", "resource_type", "resource_id", "success"):
        value = getattr(filters, column)
        if value is not None:
            where.add(f"{column} = {{}}", value)
    if filters.since is not None:
        where.add("timestamp >= {}", filters.since)
    if filters.until is not None:
        where.add("timestamp < {}", filters.until)
    return where
