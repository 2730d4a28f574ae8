"""The command line of a training: the same options, frame and answer for every risk model.

It must not know what is trained.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from enforcement.errors import BadInput
from jobs import batch_job, cli

Train = Callable[..., dict[str, Any]]


def training_command(
    arguments: Sequence[str], train: Train, *, name: str, says: str, epilog: str, trials: int
) -> int:
    """Run `train(job, trials=, workers=, seed=)` as the job `name`; returns the exit code.

    trials: of Ray Tune, where the command line says none. Raises BadInput for wrong options.
    """
    parser = cli.parser(name, says, epilog)
    batch_job.add_arguments(parser)
    parser.add_argument(
        "--trials", type=int, default=trials, help=f"of Ray Tune; 0 for none ({trials})"
    )
    parser.add_argument("--workers", type=int, default=1, help="of Ray Train (1)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if options.trials < 0 or options.workers < 1:
        raise BadInput("--trials must be 0 or more, --workers 1 or more")
    given = {"trials": options.trials, "workers": options.workers, "seed": options.seed}
    with batch_job.run(name, options, parameters=given) as job:
        job.figures.update(train(job, **given))
    return job.finish()
