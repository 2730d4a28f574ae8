"""Where a report's rows are: months of the archive that are as the database has them, the rest streamed out.

Each UTC month comes from one place only, so nothing is counted twice. What is streamed out lies in the store
while the report is made, so that every node of a cluster can read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pyarrow.parquet as pq

from adapters.durable import refusals
from adapters.remote_files import Place
from jobs.batch_job import Job
from jobs.reporting.counting import COLUMNS, Span
from schema import archive_ledger, archive_tables
from schema.archive_ledger import Archived
from schema.archive_tables import AGEING, Month
from schema.row_stream import arrow_schema, batches

SCRATCH = "scratch/reports"
_TABLE = AGEING["infractions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A Parquet file in the store. archived: of the archive, else of rows streamed out for this report."""

    path: str
    rows: int
    archived: bool


@contextmanager
def sources(job: Job, place: Place, span: Span) -> Iterator[list[Source]]:
    """Files that hold all infractions of the span and of the rest of the months it touches."""
    folder = f"{SCRATCH}/{uuid4().hex}"
    local = Path(job.settings.local_dir) / "scratch" / "report.parquet"
    made: list[Source] = []
    try:
        found = [*_of_archive(job, span)]
        kept = {one.month for one in found}
        months = [month for month in _months(span) if month not in kept]
        task = job.bar("rows of the database", total=None)
        for month in months:
            rows = _stream(job, month, local, task)
            if rows:
                made.append(Source(path=f"{folder}/{month}.parquet", rows=rows, archived=False))
                place.publish(made[-1].path, local)
        archived = [Source(path=one.path, rows=one.rows, archived=True) for one in found]
        yield [*archived, *made]
    finally:
        local.unlink(missing_ok=True)
        for one in made:
            place.remove(one.path)


def _of_archive(job: Job, span: Span) -> Iterator[Archived]:
    wanted = set(_months(span))
    for one in archive_ledger.live(job.session, _TABLE.name):
        if one.month in wanted and not archive_ledger.changed_since(job.session, _TABLE, one):
            yield one


def _months(span: Span) -> list[Month]:
    months, month = [], Month.of(span.low)
    while month.low < span.high:
        months.append(month)
        month = month.next
    return months


def _stream(job: Job, month: Month, local: Path, task: object) -> int:
    columns = [
        one for one in archive_tables.columns(job.session, _TABLE.name) if one.name in COLUMNS
    ]
    schema = arrow_schema(columns)
    query = archive_tables.select_month(_TABLE, month, schema.names, in_order=False)
    rows = 0
    local.parent.mkdir(parents=True, exist_ok=True)
    with refusals(local.parent), pq.ParquetWriter(local, schema, compression="zstd") as writer:
        for batch in batches(job.url, query.as_string(job.session), schema):
            writer.write_batch(batch)
            rows += batch.num_rows
            job.progress.advance(task, batch.num_rows)  # type: ignore[arg-type]
    return rows
