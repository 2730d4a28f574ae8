"""A report on disk: one page, one JSON file, a Parquet file for each table, all or none.

It must not know how figures were counted.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.durable import refusals
from jobs.reporting import page
from jobs.reporting.counting import Spans
from jobs.reporting.figures import Figures
from schema.archive_tables import Connection, Month

REPORTS = "reports"
PAGE, DATA = "report.html", "report.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A report and when it was made (in Lima)."""

    month: Month
    at: datetime
    spans: Spans
    report: Figures


def names(session: Connection, table: str) -> dict[str, str]:
    """Names of cameras (`devices`) or `zones` by id."""
    rows = session.execute(f"SELECT id, name FROM {table}".encode()).fetchall()  # noqa: S608
    return {str(row[0]): str(row[1]) for row in rows}


def simulated(session: Connection) -> frozenset[str]:
    """Ids of the zones and cameras that a simulation made."""
    rows = session.execute(
        b"SELECT id FROM zones WHERE description = 'simulated'"
        b" UNION ALL SELECT id FROM devices WHERE (detection_config->>'simulated')::BOOLEAN"
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)


def write(out: Path, made: Made) -> list[str]:
    """Write it; returns names of the files. Raises DiskRefuses when the folder does not take them."""
    scratch = out.with_name(f".{out.name}.new")
    with refusals(out):
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            scratch.mkdir(parents=True)
            _write(scratch, made)
            shutil.rmtree(out, ignore_errors=True)
            scratch.rename(out)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return sorted(path.name for path in out.iterdir())


def _write(folder: Path, made: Made) -> None:
    whole = asdict(made.report)
    for name, rows in whole.items():
        table = pa.Table.from_pylist(rows if isinstance(rows, list) else [rows])
        # A table without rows has no columns to infer; an empty file would mislead.
        if table.num_columns:
            pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    data: dict[str, Any] = {"month": str(made.month), "made_at": made.at.isoformat(), **whole}
    (folder / DATA).write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    text = page.render(made.report, made.spans, month=made.month.first_day, at=made.at)
    (folder / PAGE).write_text(text, encoding="utf-8")
