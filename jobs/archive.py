"""`python -m jobs.archive`: rows past their hot period to Parquet in the store, compared, then written down.

It drops nothing: that is `jobs.enforce_retention`, and only against what this wrote down.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from adapters.evidence_store import store_place
from jobs import batch_job, cli
from jobs.archiving.copying import LOCK, Archiver
from schema import archive_ledger
from schema.archive_tables import AGEING, Month, table

EPILOG = """\
Each month of a table becomes one Parquet file (zstd) under archive/TABLE/month=YYYY-MM/ in the store. It
is streamed out of the database, stored, read back and compared by number of rows and digest; only then
does the ledger (`archives`) have a row for it. Months are UTC months. Memory does not grow with rows.

Which tables: those whose policy says so (retention_policies), or the ones named; a table whose rows may be
deleted without an archive is archived when it is named. Which months: those past their hot period that are
not archived yet, or that changed since; or the one named.

Run it as often as you like: what is archived is left alone. Killed at any instant, it loses nothing.

Examples:
  python -m jobs.archive                                   all that is due
  python -m jobs.archive --table infractions --month 2024-03
  python -m jobs.archive --list                            what the archive holds

Which store: VIGIA_STORE_URL, else the local folder's store. Which database: --database-url, else
VIGIA_DATABASE_URL, else the private PostgreSQL in .local/. Prints one JSON object on stdout.
Exit codes: 0 done, 1 a part is unavailable, 2 bad input, a store that takes no files, or a run in progress.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("archive", "Put old rows into the archive.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("--table", action="append", choices=sorted(AGEING), help="repeatable")
    parser.add_argument("--month", metavar="YYYY-MM", help="this month, due or not")
    parser.add_argument("--list", action="store_true", help="only say what the archive holds")
    options = parser.parse_args(arguments)
    month = None if options.month is None else Month.parse(options.month)
    given = {"tables": options.table, "month": options.month}
    with batch_job.run("archive", options, parameters=given, lock=LOCK) as job:
        if options.list:
            job.figures["archives"] = [_shown(one) for one in archive_ledger.live(job.session)]
            return job.finish()
        archiver = Archiver(
            url=job.url,
            session=job.session,
            place=store_place(job.settings),
            scratch=Path(job.settings.local_dir) / "scratch" / "archive",
        )
        names = options.table or [
            name for name in AGEING if archive_ledger.policy(job.session, name).archive_first
        ]
        job.figures.update(archived=[], rows=0, bytes=0, swept=0)
        for name in names:
            _archive(job, archiver, name, month)
    return job.finish()


def _archive(job: batch_job.Job, archiver: Archiver, name: str, month: Month | None) -> None:
    job.figures["swept"] += archiver.sweep(table(name))
    months = archiver.due(table(name)) if month is None else [month]
    if not months:
        return
    task = job.bar(f"rows of {name}, {months[0]} to {months[-1]}")
    for made in archiver.archive_all(table(name), months, partial(job.advance, task)):
        shown = {"table": name, "month": str(made.month), "rows": made.rows}
        job.figures["archived"].append(shown)
        job.figures["rows"] += made.rows
        job.figures["bytes"] += made.file_bytes


def _shown(one: archive_ledger.Archived) -> dict[str, object]:
    return {
        "table": one.table,
        "month": str(one.month),
        "rows": one.rows,
        "bytes": one.file_bytes,
        "path": one.path,
        "in_database": one.dropped_at is None,
    }


if __name__ == "__main__":
    sys.exit(cli.run(main, "archive"))
