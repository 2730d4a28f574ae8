"""`python -m jobs.score_drivers`: the champions' risks on drivers and infractions, by Ray Data.

It must not know the models.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from enforcement.errors import BadInput
from jobs import batch_job, cli
from jobs.risk.score_by_data import score

EPILOG = """\
Writes drivers.risk_*, the risks and factors of infractions, and a row in ml_predictions for every answer,
with its features and time. Where no one has identified the driver, an infraction's risk is of the vehicle.
A risk informs a person; no fine and no verdict depends on it.

Examples:
  python -m jobs.score_drivers                       all drivers, and infractions that wait for a verdict
  python -m jobs.score_drivers --infractions 30      and those of the last 30 days
  python -m jobs.score_drivers --only infractions    of infractions alone

Slices are written one transaction each: run again after a failure, it writes them anew.
Prints one JSON object. Exit codes: 0 done, 2 bad input (no champion, altered model file).
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("score_drivers", "Write the risks of drivers and infractions.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("--only", choices=("drivers", "infractions"))
    parser.add_argument("--infractions", type=int, metavar="DAYS", help="of the last DAYS too")
    parser.add_argument("--slice", type=int, default=20_000, help="subjects at a time (20000)")
    options = parser.parse_args(arguments)
    if options.slice < 1 or (options.infractions is not None and options.infractions < 1):
        raise BadInput("--slice and --infractions must be at least 1")
    given = {"only": options.only, "infractions": options.infractions, "slice": options.slice}
    with batch_job.run("score_drivers", options, parameters=given) as job:
        job.figures.update(
            score(job, only=options.only, days=options.infractions, size=options.slice)
        )
    return job.finish()


if __name__ == "__main__":
    sys.exit(cli.run(main, "score_drivers"))
