"""`python -m jobs.promote_model`: make a trained version the one that is served, and say why.

It must not know how models are compared; the gate's verdict stands in the model's row.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from enforcement.errors import BadInput, NotFound
from jobs import batch_job, cli
from jobs.risk.champion import MODELS, make_champion
from schema.model_rows import newest, version_of

EPILOG = """\
Retraining promotes by itself when its gate allows. This is for the rest: a version that the gate refused is
taken only with --despite and a reason, which the audit keeps.

Examples:
  python -m jobs.promote_model recidivism_xgboost
  python -m jobs.promote_model recidivism_xgboost --version 2026-11-27.101500 --despite "new cameras: …"

Prints one JSON object. Exit codes: 0 promoted, 1 the gate refused it (its reason on stderr), 2 bad input.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("promote_model", "Serve a trained version.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--version", help="which (the newest)")
    parser.add_argument("--despite", metavar="REASON", help="although the gate refused it")
    options = parser.parse_args(arguments)
    if options.despite is not None and not options.despite.strip():
        raise BadInput("--despite: say why")
    given = {"model": options.model, "version": options.version, "despite": options.despite}
    with batch_job.run("promote_model", options, parameters=given) as job:
        try:
            with job.rows() as session:
                row = (
                    newest(session, options.model)
                    if options.version is None
                    else version_of(session, options.model, options.version)
                )
        except NotFound as error:
            raise BadInput(str(error)) from None
        reason = str(row.gate.get("reason", "the gate has not seen it"))
        if not row.gate.get("promote") and options.despite is None:
            job.figures.update(refused=row.version, reason=reason)
            sys.stderr.write(f"promote_model: {row.version}: {reason}\n")
            return cli.NO
        job.figures.update(make_champion(job, row, act="promote", why=options.despite or reason))
    return job.finish()


if __name__ == "__main__":
    sys.exit(cli.run(main, "promote_model"))
