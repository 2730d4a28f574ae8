"""`python -m jobs.restore_archive`: a month of the archive back in its table, every row equal.

It holds no SQL and removes nothing, neither rows nor files.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from adapters.evidence_store import store_place
from enforcement.errors import BadInput
from jobs import batch_job, cli
from jobs.archiving.copying import LOCK
from jobs.archiving.restoring import Restorer
from schema.archive_tables import AGEING, Month, table

EPILOG = """\
Reads the month's file, checks it against the ledger, and adds the rows that are not there, all in one
transaction: every row of the file is then in the table as it was, or nothing has changed. The rows stay
until --keep-days are over; jobs.enforce_retention leaves them alone so long. The archive keeps its file.

Months of audit_logs come back newest first, so that the chain has no gap.

Examples:
  python -m jobs.archive --list
  python -m jobs.restore_archive --table ml_predictions --month 2025-03
  python -m jobs.restore_archive --table audit_logs --month 2024-02 --keep-days 90

Prints one JSON object on stdout: restored, the number of rows that were not there.
Exit codes: 0 done, 1 a part is unavailable, 2 no such month, a damaged file, or an archive that no longer
fits the table: one line says which.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("restore_archive", "Bring archived rows back.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("--table", required=True, choices=sorted(AGEING))
    parser.add_argument("--month", required=True, metavar="YYYY-MM")
    parser.add_argument("--keep-days", type=int, default=30, metavar="DAYS", help="default 30")
    options = parser.parse_args(arguments)
    month = Month.parse(options.month)
    if options.keep_days < 1:
        raise BadInput("--keep-days: must be positive")
    given = {"table": options.table, "month": options.month, "keep_days": options.keep_days}
    with batch_job.run("restore_archive", options, parameters=given, lock=LOCK) as job:
        restorer = Restorer(session=job.session, place=store_place(job.settings))
        job.figures["restored"] = restorer.restore(
            table(options.table),
            month,
            keep=timedelta(days=options.keep_days),
            on_rows=partial(job.advance, job.bar(f"{options.table} {month}")),
        )
    return job.finish()


if __name__ == "__main__":
    sys.exit(cli.run(main, "restore_archive"))
