"""Infractions as the API lists, shows and hands them out: plain rows, no objects, pages by key.

It must not decide what may become of one, nor who may see what.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from enforcement.errors import BadInput, NotFound
from enforcement.fines import Fine
from schema.api_cursor import decode, encode, instant, list_digest, share
from schema.api_law import Law, plain_absence, plain_fine
from schema.api_pool import Connection, Row
from schema.api_where import Where
from schema.sql_files import read_sql

MOST = 200
# Of the vehicle, what is seen only with pii.read.
PII = ("owner_name", "owner_dni", "owner_address", "owner_phone")


class Sort(StrEnum):
    """Orders of the list; a minus is descending."""

    NEWEST = "-detected_at"
    OLDEST = "detected_at"
    SUREST = "-confidence_score"


_ORDERS: Mapping[Sort, tuple[str, str]] = {
    Sort.NEWEST: ("i.detected_at DESC, i.id DESC", "(i.detected_at, i.id) < ({}, {})"),
    Sort.OLDEST: ("i.detected_at, i.id", "(i.detected_at, i.id) > ({}, {})"),
    Sort.SUREST: (
        "i.confidence_score DESC, i.id DESC",
        "(i.confidence_score, i.id) < ({}, {})",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which infractions; None or empty: all. since <= detected_at < until, aware. plate: as printed."""

    status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    device_id: str | None = None
    zone_id: str | None = None
    plate: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_infractions(
    connection: Connection,
    filters: Filters,
    *,
    sort: Sort = Sort.NEWEST,
    limit: int = 50,
    cursor: str | None = None,
) -> tuple[list[Row], str | None]:
    """One page and the cursor of the next, None on the last. Columns: infraction_list.sql.

    Raises BadInput for a limit outside 1..200, a naive time or a cursor of another list.
    """
    if not 1 <= limit <= MOST:
        raise BadInput(f"limit: from 1 to {MOST}")
    where = _conditions(filters)
    of = list_digest(sort, where.sql, where.values)
    order, after = _ORDERS[sort]
    if cursor is not None:
        parser = share if sort is Sort.SUREST else instant
        where.add(after, *decode(of, cursor, parser, UUID))
    sql = read_sql("api/infraction_list")
    sql = sql.replace("/*where*/", where.sql).replace("/*order*/", order)
    sql = sql.replace("/*limit*/", where.number(limit + 1))
    rows = [dict(row) for row in await connection.fetch(sql, *where.values)]
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    value = (
        repr(last["confidence_score"]) if sort is Sort.SUREST else last["detected_at"].isoformat()
    )
    return rows[:limit], encode(of, [value, str(last["id"])])


async def get_infraction(
    connection: Connection, infraction_id: UUID, *, law: Law | None = None, pii: bool = False
) -> Row:
    """One infraction with `evidence`, `vehicle`, `history` and `fine`. Raises NotFound.

    fine: as computed at validation; before that, with `law` given, what validation would make of it,
    with `preview` true. None when there is none; then `no_fine` says why where it is known.
    pii: whether the vehicle comes with its owner.
    """
    row = await connection.fetchrow(read_sql("api/infraction_one"), infraction_id)
    if row is None:
        raise NotFound("infraction: does not exist")
    shown = dict(row)
    if shown["vehicle"] is not None and not pii:
        shown["vehicle"] = {k: v for k, v in shown["vehicle"].items() if k not in PII}
    if not pii:
        shown.pop("driver_dni")
    shown["fine"], shown["no_fine"] = _fine(shown.pop("fine_details"), shown, law)
    return shown


async def export_infractions(
    connection: Connection, filters: Filters, *, batch: int = 1000
) -> AsyncIterator[list[Row]]:
    """All matching rows, newest first, a batch at a time through a server-side cursor.

    Memory holds one batch. One snapshot: what changes meanwhile does not show. The connection is in
    use until the last batch or until the iterator is closed.
    """
    where = _conditions(filters)
    sql = read_sql("api/infraction_export").replace("/*where*/", where.sql)
    async with connection.transaction(readonly=True, isolation="repeatable_read"):
        reading = await connection.cursor(sql, *where.values)
        while rows := await reading.fetch(batch):
            yield [dict(row) for row in rows]


def _fine(kept: Row | None, row: Mapping[str, Any], law: Law | None) -> tuple[Any, Any]:
    if kept is not None:
        return (None, kept) if "absent" in kept else ({**kept, "preview": False}, None)
    if law is None:
        return None, None
    computed = law.fine(row["type"], row["detected_at"], row["speed_excess"])
    if isinstance(computed, Fine):
        return {**plain_fine(computed), "preview": True}, None
    return None, plain_absence(computed)


def _conditions(filters: Filters) -> Where:
    where = Where()
    for column, names in (("i.status", filters.status), ("i.type", filters.type)):
        # One value keeps the index's order; several are sorted.
        if len(names) == 1:
            where.add(f"{column} = {{}}", names[0])
        elif names:
            where.add(f"{column} = ANY({{}}::TEXT[])", list(names))
    for column, name in (("i.device_id", filters.device_id), ("i.zone_id", filters.zone_id)):
        if name is not None:
            where.add(f"{column} = {{}}", _text(name))
    if filters.plate is not None:
        where.add("i.plate = {}", _text(filters.plate).strip().upper())
    for operator, at in ((">=", filters.since), ("<", filters.until)):
        if at is not None:
            if at.tzinfo is None:
                raise BadInput("from, to: a time needs its zone")
            where.add(f"i.detected_at {operator} {{}}", at)
    return where


def _text(value: str) -> str:
    """As the database can compare it: it holds no NUL, so nothing is found by one."""
    return value.replace("\x00", "\ufffd")
