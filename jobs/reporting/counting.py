"""What a batch of infractions adds to a month's report, and how such parts become one.

Parts are long tables of (measure, a, b, n, value): any number of them, in any order, add up to the same.
Pure: it must not know where rows come from nor how they are spread over processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

ZONE = "America/Lima"
# What stands against a vehicle: see infraction_counts() of the schema.
STANDING = ("validated", "appealed", "paid")
COLUMNS = (
    "type", "status", "device_id", "zone_id", "plate", "speed_excess", "detected_at", "hour_of_day",
    "day_of_week", "fine_amount", "fine_issued", "fine_paid", "deleted_at",
)  # fmt: skip
PART = pa.schema(
    [("measure", pa.string()), ("a", pa.string()), ("b", pa.string()), ("n", pa.int64()),
     ("value", pa.float64())]
)  # fmt: skip
# Of these the value is the greatest, of all others the sum.
_GREATEST = ("offender",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Aware instants [low, high)."""

    low: datetime
    high: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """What is counted. month: the report's. history: the year before it. before, after: by camera, what is
    compared there; for every other camera the month before and the month.
    """

    month: Span
    previous: Span
    history: Span
    before: Mapping[str, Span] = field(default_factory=dict)
    after: Mapping[str, Span] = field(default_factory=dict)


def part(rows: pa.Table, spans: Spans) -> pa.Table:
    """What these rows add. rows: COLUMNS, any other order or number; schema of the result: PART."""
    rows = rows.filter(pc.is_null(rows["deleted_at"]))
    month = rows.filter(_within(rows, spans.month))
    standing = month.filter(_standing(month))
    tables = [
        _counted(month, "type", "type", "status"),
        _counted(month, "zone", "zone_id", "status"),
        _counted(month, "camera", "device_id", "status"),
        _counted(month, "camera_type", "device_id", "type"),
        _counted(month, "place", "zone_id", "device_id"),
        _counted(month, "hour", "hour_of_day", "day_of_week"),
        _days(month),
        _fines(month),
        _offenders(standing),
        _earlier(rows, spans),
        _compared(rows, spans),
    ]
    return pa.concat_tables(tables)


def combine(parts: Iterable[pa.Table]) -> pa.Table:
    """All parts as one, each (measure, a, b) once. Memory grows with different keys, not with rows."""
    whole, waiting = PART.empty_table(), 0
    held: list[pa.Table] = []
    for one in parts:
        held.append(one)
        waiting += one.num_rows
        if waiting > max(1_000_000, whole.num_rows):
            whole, held, waiting = _summed(pa.concat_tables([whole, *held])), [], 0
    return _summed(pa.concat_tables([whole, *held]))


def _summed(table: pa.Table) -> pa.Table:
    grouped = table.group_by(["measure", "a", "b"]).aggregate(
        [("n", "sum"), ("value", "sum"), ("value", "max")]
    )
    greatest = pc.is_in(grouped["measure"], pa.array(_GREATEST))
    value = pc.if_else(greatest, grouped["value_max"], grouped["value_sum"])
    return pa.table(
        [grouped["measure"], grouped["a"], grouped["b"], grouped["n_sum"], value], schema=PART
    )


def _counted(rows: pa.Table, measure: str, a: str, b: str) -> pa.Table:
    grouped = rows.group_by([a, b]).aggregate([([], "count_all")])
    return _part(measure, grouped[a], grouped[b], grouped["count_all"])


def _days(rows: pa.Table) -> pa.Table:
    local = pc.local_timestamp(rows["detected_at"].cast(pa.timestamp("us", ZONE)))
    days = pa.table({"day": pc.strftime(local, "%Y-%m-%d"), "status": rows["status"]})
    return _counted(days, "day", "day", "status")


def _fines(rows: pa.Table) -> pa.Table:
    """Issued, of those paid and appealed: how many and how much; a: which, b: the type."""
    issued = rows.filter(pc.fill_null(rows["fine_issued"], fill_value=False))
    kinds = {
        "issued": issued,
        "paid": issued.filter(pc.fill_null(issued["fine_paid"], fill_value=False)),
        "appealed": issued.filter(pc.equal(issued["status"], "appealed")),
    }
    tables = []
    for kind, some in kinds.items():
        amounts = some.set_column(
            some.schema.get_field_index("fine_amount"),
            "fine_amount",
            some["fine_amount"].cast(pa.float64()),
        )
        grouped = amounts.group_by(["type"]).aggregate([([], "count_all"), ("fine_amount", "sum")])
        name = pa.array([kind] * grouped.num_rows, pa.string())
        tables.append(
            _part("fine", name, grouped["type"], grouped["count_all"], grouped["fine_amount_sum"])
        )
    return pa.concat_tables(tables)


def _offenders(standing: pa.Table) -> pa.Table:
    known = standing.filter(pc.is_valid(standing["plate"]))
    grouped = known.group_by(["plate"]).aggregate([([], "count_all"), ("speed_excess", "max")])
    none = pa.nulls(grouped.num_rows, pa.string())
    return _part(
        "offender", grouped["plate"], none, grouped["count_all"], grouped["speed_excess_max"]
    )


def _earlier(rows: pa.Table, spans: Spans) -> pa.Table:
    before = rows.filter(
        pc.and_(pc.and_(_within(rows, spans.history), _standing(rows)), pc.is_valid(rows["plate"]))
    )
    return _counted(
        before.append_column("none", pa.nulls(before.num_rows, pa.string())),
        "earlier",
        "plate",
        "none",
    )


def _compared(rows: pa.Table, spans: Spans) -> pa.Table:
    standing = rows.filter(_standing(rows))
    special = pa.array(sorted(set(spans.before)), pa.string())
    others = standing.filter(pc.invert(pc.is_in(standing["device_id"], special)))
    tables = [
        _marked(others.filter(_within(others, spans.previous)), "before"),
        _marked(others.filter(_within(others, spans.month)), "after"),
    ]
    for side, given in (("before", spans.before), ("after", spans.after)):
        for camera, span in given.items():
            own = standing.filter(pc.equal(standing["device_id"], camera))
            tables.append(_marked(own.filter(_within(own, span)), side))
    return pa.concat_tables(tables)


def _marked(rows: pa.Table, side: str) -> pa.Table:
    sides = pa.array([side] * rows.num_rows, pa.string())
    return _counted(rows.append_column("side", sides), "compared", "device_id", "side")


def _part(
    measure: str,
    a: pa.ChunkedArray,
    b: pa.ChunkedArray,
    n: pa.ChunkedArray,
    value: pa.ChunkedArray | None = None,
) -> pa.Table:
    rows = len(a)
    return pa.table(
        [
            pa.array([measure] * rows, pa.string()),
            a.cast(pa.string()),
            b.cast(pa.string()),
            n.cast(pa.int64()),
            pa.nulls(rows, pa.float64()) if value is None else value.cast(pa.float64()),
        ],
        schema=PART,
    )


def _within(rows: pa.Table, span: Span) -> pa.ChunkedArray:
    at = rows["detected_at"]
    low, high = (pa.scalar(one, at.type) for one in (span.low, span.high))
    return pc.and_(pc.greater_equal(at, low), pc.less(at, high))


def _standing(rows: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(rows["status"], pa.array(STANDING))
