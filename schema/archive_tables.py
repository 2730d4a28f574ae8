"""Which tables age, by which column, in which order their rows are read, and their columns as they are now.

It must not know where an archive is kept, nor when anything is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg import sql

from enforcement.errors import BadInput
from schema.timeseries import TABLES

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingTable:
    """A table whose rows are put away by month. key: unique, and the order in which rows are read."""

    name: str
    time_column: str
    key: tuple[str, ...]


AGEING: dict[str, AgeingTable] = {
    "infractions": AgeingTable(
        name="infractions", time_column="detected_at", key=("detected_at", "id")
    ),
    # By id first: the primary key's index gives that order without a sort.
    **{name: AgeingTable(name=name, time_column=at, key=("id", at)) for name, at in TABLES.items()},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column. type: as PostgreSQL prints it. generated: computed by the database from others."""

    name: str
    type: str
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Month:
    """A UTC month, as partitions are."""

    first_day: date

    @classmethod
    def of(cls, at: datetime) -> Month:
        """The month of an aware instant."""
        return cls(first_day=at.astimezone(UTC).date().replace(day=1))

    @classmethod
    def parse(cls, text: str) -> Month:
        """`2026-10`. Raises BadInput for anything else."""
        try:
            year, month = text.split("-")
            if (len(year), len(month)) != (4, 2):
                raise ValueError(text)
            return cls(first_day=date(int(year), int(month), 1))
        except ValueError:
            raise BadInput(f"{text}: not a month; expected YYYY-MM") from None

    @property
    def low(self) -> datetime:
        """Its first instant."""
        return datetime(self.first_day.year, self.first_day.month, 1, tzinfo=UTC)

    @property
    def high(self) -> datetime:
        """The first instant after it."""
        return self.next.low

    @property
    def next(self) -> Month:
        """The month after it."""
        year, month = divmod(self.first_day.year * 12 + self.first_day.month, 12)
        return Month(first_day=date(year, month + 1, 1))

    def __str__(self) -> str:
        return self.first_day.strftime("%Y-%m")


def table(name: str) -> AgeingTable:
    """The table of that name. Raises BadInput for one that does not age."""
    if name not in AGEING:
        raise BadInput(f"{name}: no such table; one of {', '.join(AGEING)}")
    return AGEING[name]


def columns(session: Connection, name: str) -> list[Column]:
    """A table's columns, in their order."""
    rows = session.execute(
        "SELECT attname, format_type(atttypid, atttypmod), attgenerated <> '' FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (name,),
    ).fetchall()
    return [Column(name=row[0], type=row[1], generated=row[2]) for row in rows]


def select_month(
    table: AgeingTable, month: Month, names: list[str], *, in_order: bool = True
) -> sql.Composed:
    """The query of a month's rows, in the order of their key or in any."""
    key = sql.SQL(", ").join(map(sql.Identifier, table.key))
    order = sql.SQL(" ORDER BY {}").format(key) if in_order else sql.SQL("")
    at = sql.Identifier(table.time_column)
    return sql.SQL(
        "SELECT {names} FROM {table} WHERE {at} >= {low} AND {at} < {high}{order}"
    ).format(
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        table=sql.Identifier(table.name),
        at=at,
        low=sql.Literal(month.low.isoformat()),
        high=sql.Literal(month.high.isoformat()),
        order=order,
    )


def months_before(session: Connection, table: AgeingTable, before: datetime) -> list[Month]:
    """Whole months with rows that ended by `before`, oldest first."""
    at, name = sql.Identifier(table.time_column), sql.Identifier(table.name)
    last = Month.of(before).low
    found = session.execute(
        sql.SQL("SELECT min({at}), max({at}) FROM {name} WHERE {at} < %s").format(at=at, name=name),
        (last,),
    ).fetchone()
    if found is None or found[0] is None:
        return []
    months, month = [], Month.of(found[0])
    exists = sql.SQL("SELECT EXISTS (SELECT 1 FROM {name} WHERE {at} >= %s AND {at} < %s)").format(
        at=at, name=name
    )
    while month.low <= found[1]:
        row = session.execute(exists, (month.low, month.high)).fetchone()
        if row is not None and row[0]:
            months.append(month)
        month = month.next
    return months
