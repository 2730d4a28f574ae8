"""`python -m jobs.rollback_model`: serve again what was served before.

It must not know why.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from enforcement.errors import BadInput, NotFound
from jobs import batch_job, cli
from jobs.risk.champion import MODELS, make_champion
from schema.model_rows import served_before, version_of

EPILOG = """\
Serving follows within seconds and loses no request. Predictions already written keep the version that made
them.

Examples:
  python -m jobs.rollback_model recidivism_xgboost --because "complaints about taxis"
  python -m jobs.rollback_model recidivism_xgboost --to 2026-10-01.030000 --because "…"

Prints one JSON object. Exit codes: 0 done, 2 bad input (nothing was served before, altered files).
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("rollback_model", "Serve again what was served before.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--to", metavar="VERSION", help="which (the one served last before)")
    parser.add_argument("--because", required=True, metavar="REASON", help="kept by the audit")
    options = parser.parse_args(arguments)
    if not options.because.strip():
        raise BadInput("--because: say why")
    given = {"model": options.model, "to": options.to, "because": options.because}
    with batch_job.run("rollback_model", options, parameters=given) as job:
        try:
            with job.rows() as session:
                row = (
                    served_before(session, options.model)
                    if options.to is None
                    else version_of(session, options.model, options.to)
                )
        except NotFound as error:
            raise BadInput(str(error)) from None
        job.figures.update(make_champion(job, row, act="rollback", why=options.because))
    return job.finish()


if __name__ == "__main__":
    sys.exit(cli.run(main, "rollback_model"))
