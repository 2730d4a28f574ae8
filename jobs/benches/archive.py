"""The archive beside bare COPY … TO and a Parquet write of the same rows: rows per second, and memory.

Months of equal size, both ways in turn, after a first one that is not counted. Ours also stores, reads back,
compares and writes the ledger; the bare way only streams and writes. Memory is this process's, while ours
runs.
"""

from __future__ import annotations

import argparse
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from adapters.evidence_store import store_place
from enforcement.errors import BadInput
from jobs import cli
from jobs.archiving.copying import Archiver
from jobs.benches.big_rows import Big, add_size, big, fill
from schema import archive_tables, bench_rows
from schema.archive_tables import AGEING, AgeingTable, Month
from schema.row_stream import arrow_schema, batches

_FIRST = datetime(2020, 1, 1, tzinfo=UTC)
_SAMPLE_S = 0.02


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench archive`."""
    add_size(parser)
    parser.add_argument("--table", choices=bench_rows.TABLES, default="infractions")
    parser.add_argument("--months", type=int, default=10, help="the rows lie in so many months")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: ratio, rows_per_s, bare_rows_per_s, bytes, peak_bytes, and as it grew month by month."""
    if min(args.rows, args.months) < 1:
        raise BadInput("--rows, --months: must be positive")
    months = [Month.of(_FIRST)]
    while len(months) < args.months:
        months.append(months[-1].next)
    with big(args.data) as at:
        step = (months[-1].high - _FIRST) / args.rows
        fill(at, args.table, args.rows, since=_FIRST, step=step)
        at.session.execute("UPDATE archives SET superseded_at = now() WHERE superseded_at IS NULL")
        return _figures(at, AGEING[args.table], months)


def _figures(at: Big, table: AgeingTable, months: list[Month]) -> dict[str, Any]:
    scratch = at.settings.local_dir / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    archiver = Archiver(
        url=at.url, session=at.session, place=store_place(at.settings), scratch=scratch / "ours"
    )
    archiver.sweep(table)
    # The first time loads libraries, both ways.
    _bare(at, table, months[0], scratch / "bare.parquet")
    archiver.archive(table, months[0])
    ours = bare = 0.0
    rows = size = 0
    peaks = []
    half = (len(months) + 1) // 2
    with cli.progress() as progress:
        task = progress.add_task("months", total=2 * len(months))
        # In two parts, each way first once.
        for some, ways in ((months[:half], ("ours", "bare")), (months[half:], ("bare", "ours"))):
            for way in ways:
                begin = time.perf_counter()
                if way == "bare":
                    for month in some:
                        _bare(at, table, month, scratch / "bare.parquet")
                        progress.advance(task)
                    bare += time.perf_counter() - begin
                    continue
                with _memory() as memory:
                    for made in archiver.archive_all(table, some):
                        rows += made.rows
                        size += made.file_bytes
                        peaks.append(memory.peak)
                        progress.advance(task)
                ours += time.perf_counter() - begin
    return {
        "ratio": round(bare / ours, 3),
        "table": table.name,
        "rows": rows,
        "rows_per_s": round(rows / ours),
        "bare_rows_per_s": round(rows / bare),
        "bytes": size,
        "peak_bytes": max(peaks),
        "peak_bytes_by_month": peaks,
    }


def _bare(at: Big, table: AgeingTable, month: Month, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = arrow_schema(archive_tables.columns(at.session, table.name))
    names = ", ".join(schema.names)
    query = (
        f"SELECT {names} FROM {table.name} WHERE {table.time_column} >= '{month.low}'"  # noqa: S608
        f" AND {table.time_column} < '{month.high}'"
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches(at.url, query, schema):
            writer.write_batch(batch)


@dataclass(slots=True)
class _Memory:
    peak: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.ended.wait(_SAMPLE_S):
            pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
            self.peak = max(self.peak, pages * 4096)


@contextmanager
def _memory() -> Iterator[_Memory]:
    memory = _Memory()
    thread = threading.Thread(target=memory.watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        memory.ended.set()
        thread.join()
