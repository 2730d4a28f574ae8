"""The command line of a training: the same options, frame and answer for every risk model.

It must not know what is trained.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from enforcement.errors import BadInput
from jobs import cli
from jobs.risk.one_job import one_job

Train = Callable[..., dict[str, Any]]


def training_command(
    arguments: Sequence[str], train: Train, *, name: str, says: str, epilog: str, trials: int
) -> int:
    """Run `train(job, trials=, workers=, seed=)` as the job `name`; returns the exit code.

    trials: of Ray Tune, where the command line says none. Raises BadInput for wrong options.
    """
    parser = cli.parser(name, says, epilog)
    parser.add_argument(
        "--trials", type=int, default=trials, help=f"of Ray Tune; 0 for none ({trials})"
    )
    parser.add_argument("--workers", type=int, default=1, help="of Ray Train (1)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database-url", metavar="URL", help="plain postgresql:// URL")
    options = parser.parse_args(arguments)
    if options.trials < 0 or options.workers < 1:
        raise BadInput("--trials must be 0 or more, --workers 1 or more")
    with one_job(name, options.database_url) as job:
        told = train(job, trials=options.trials, workers=options.workers, seed=options.seed)
        job.told.update(told)
    sys.stdout.write(json.dumps(told) + "\n")
    return cli.DONE
