"""`python -m jobs.label_outcomes`: what came of predictions, as far as it is known by now.

It must not know the models.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from enforcement.errors import BadInput
from jobs import batch_job, cli
from jobs.risk.champion import TYPE_OF
from schema.risk_watch import label

EPILOG = """\
Fills actual_value and actual_class in ml_predictions: 1 as soon as the outcome is known, 0 once twelve months
and the time that verdicts and registers take are over. Safe to run again; nothing labelled is changed.

Example:
  python -m jobs.label_outcomes --verdict-days 60

Prints one JSON object: predictions labelled by type. Exit codes: 0 done, 2 bad input.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("label_outcomes", "Fill in what came of predictions.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument(
        "--verdict-days", type=int, default=60, help="that an outcome takes to be known (60)"
    )
    options = parser.parse_args(arguments)
    if options.verdict_days < 0:
        raise BadInput("--verdict-days must be 0 or more")
    given = {"verdict_days": options.verdict_days}
    with batch_job.run("label_outcomes", options, parameters=given) as job:
        task = job.bar("labelling", total=len(TYPE_OF))
        for kind in TYPE_OF.values():
            with job.engine.begin() as connection:
                job.figures[kind] = label(connection, kind, verdict_days=options.verdict_days)
            job.advance(task)
    return job.finish()


if __name__ == "__main__":
    sys.exit(cli.run(main, "label_outcomes"))
