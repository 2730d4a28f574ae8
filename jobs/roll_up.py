"""`python -m jobs.roll_up`: keeps `events_hourly` and `inference_metrics_5min` up to date.

It holds no SQL: the schema knows which engine keeps them and how.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from jobs import batch_job, cli
from schema.rollups import ROLLUPS, roll_up

EPILOG = """\
With TimescaleDB the extension keeps both by itself, and this only refreshes them now. Without it this does:
run it every few minutes (jobs/schedule.yaml does). Rows that came late are counted on the next run, and
the views answer for the newest minutes from the raw rows, so nothing waits for it.

Examples:
  python -m jobs.roll_up
  python -m jobs.roll_up --rollup events_hourly

Prints one JSON object on stdout: how many buckets were computed.
Exit codes: 0 done, 1 a part is unavailable, 2 bad input or a run in progress.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("roll_up", "Keep the roll-ups of the time series.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("--rollup", action="append", choices=sorted(ROLLUPS), help="repeatable")
    options = parser.parse_args(arguments)
    names = options.rollup or sorted(ROLLUPS)
    with batch_job.run("roll_up", options, parameters={"rollups": names}, upkeep=True) as job:
        task = job.bar("roll-ups", total=len(names))
        for name in names:
            job.figures[name] = roll_up(job.session, ROLLUPS[name])
            job.advance(task)
    return job.finish()


if __name__ == "__main__":
    sys.exit(cli.run(main, "roll_up"))
