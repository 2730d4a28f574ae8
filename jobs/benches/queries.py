"""The data model's five questions: its own statements beside ours, over many rows.

Both run in turn, several times, in one snapshot, in Lima's zone. Equal means: the same rows; where the data
model leaves the order of ties open, ours must be rows of its whole answer with the same sort values. Where
only the rows themselves can answer, a third statement that counts them and does no more shows the bound.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from enforcement.errors import BadInput
from jobs import cli
from jobs.benches.big_rows import add_size, big, fill
from schema.archive_tables import Connection
from schema.queries import Query
from schema.sql_files import read_sql

Row = tuple[Any, ...]
_MONTHS = timedelta(days=720)
_TELEMETRY = timedelta(days=30)
# Columns, from 0, by which the data model sorts an answer that it cuts off.
_SORTED_BY: dict[Query, tuple[int, ...]] = {
    Query.PENDING_INFRACTIONS: (2,),
    Query.TOP_OFFENDERS_OF_MONTH: (6,),
    Query.RECIDIVISM: (3, 2),
}
_FROM_ROWS_ALONE = {Query.CAMERA_PERFORMANCE}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench queries`."""
    add_size(parser)
    parser.add_argument("--turns", type=int, default=5, help="of each statement")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: rows, queries[{name, speedup, equal, ours_ms, document_ms, rows}].

    Where only rows can answer also most_possible: the data model's time by that of counting its rows.
    """
    if min(args.rows, args.turns) < 1:
        raise BadInput("--rows, --turns: must be positive")
    with big(args.data) as at:
        now = datetime.now(UTC)
        fill(at, "infractions", args.rows, since=now - _MONTHS, step=_MONTHS / args.rows)
        fill(
            at, "inference_metrics", args.rows, since=now - _TELEMETRY, step=_TELEMETRY / args.rows
        )
        return {"rows": args.rows, "queries": compare(at.session, args.turns)}


def compare(session: Connection, turns: int) -> list[dict[str, Any]]:
    """Each question both ways."""
    session.execute("SET timezone = 'America/Lima'")
    found = []
    with session.transaction(), cli.progress() as progress:
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        task = progress.add_task("questions", total=len(Query))
        for query in Query:
            found.append(_compare(session, query, turns))
            progress.advance(task)
    return found


def _compare(session: Connection, query: Query, turns: int) -> dict[str, Any]:
    theirs = read_sql(f"bench/document/{query.value}")
    statements = [("ours", query.sql), ("document", theirs)]
    if query in _FROM_ROWS_ALONE:
        statements.insert(1, ("counted", read_sql(f"bench/rows_alone/{query.value}")))
    times: dict[str, list[float]] = {name: [] for name, _ in statements}
    rows: list[Row] = []
    for turn in range(turns):
        for name, statement in statements if turn % 2 else reversed(statements):
            begin = time.perf_counter()
            found = session.execute(statement.encode()).fetchall()
            times[name].append(time.perf_counter() - begin)
            rows = found if name == "ours" else rows
    cut = theirs.rsplit("LIMIT", 1)[0]
    whole = session.execute(cut.encode()).fetchall()
    limit = int(theirs.rsplit("LIMIT", 1)[1]) if "LIMIT" in theirs else None
    median = {name: statistics.median(times[name]) for name in times}
    ours, document = median["ours"], median["document"]
    bound = {"most_possible": round(document / median["counted"], 2)} if "counted" in median else {}
    return {
        "name": query.value,
        "speedup": round(document / ours, 2),
        "equal": equal(rows, whole, limit, _SORTED_BY.get(query, ())),
        "ours_ms": round(1000 * ours, 2),
        "document_ms": round(1000 * document, 2),
        "rows": len(rows),
        **bound,
    }


def equal(
    ours: Sequence[Row], whole: Sequence[Row], limit: int | None, sorted_by: tuple[int, ...]
) -> bool:
    """Whether ours is an answer that the data model's statement allows. whole: without its LIMIT."""
    wanted = whole[:limit]
    if len(ours) != len(wanted):
        return False
    if not sorted_by:
        return all(_same(a, b) for a, b in zip(ours, wanted, strict=True))
    keys = [[row[i] for i in sorted_by] for row in ours]
    if keys != [[row[i] for i in sorted_by] for row in wanted]:
        return False
    by_key: dict[Row, list[Row]] = {}
    for row in whole:
        by_key.setdefault(tuple(row[i] for i in sorted_by), []).append(row)
    for row in ours:
        ties = by_key[tuple(row[i] for i in sorted_by)]
        match = next((one for one in ties if _same(row, one)), None)
        if match is None:
            return False
        ties.remove(match)
    return True


def _same(a: Row, b: Row) -> bool:
    return len(a) == len(b) and all(_same_value(x, y) for x, y in zip(a, b, strict=True))


def _same_value(a: Any, b: Any) -> bool:
    if isinstance(a, float | Decimal) and isinstance(b, float | Decimal | int):
        # A sum of floats depends on its order.
        return math.isclose(float(a), float(b), rel_tol=1e-9)
    return bool(a == b)
