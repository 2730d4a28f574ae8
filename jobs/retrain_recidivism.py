"""`python -m jobs.retrain_recidivism`: train, weigh and perhaps promote the recidivism model.

It must not know how a model is fitted, or what makes one better.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from adapters.risk_trees import VERSION
from enforcement.risk_history import Floats, Ints
from jobs import cli
from jobs.batch_job import Job
from jobs.risk.training_command import training_command
from schema.risk_reading import Record

NAME, TYPE = "recidivism_xgboost", "recidivism"

EPILOG = """\
Learns, from the infractions of identified drivers, the probability of another one within twelve months.
Boosted trees on Ray Train, their parameters by Ray Tune, calibrated on a later slice, judged on one later
still, beside logistic regression; age and sex are no inputs, and fairness by them is in the model's card.
The run goes to MLflow as challenger. It becomes champion only when it is better than the one that is, with
confidence, and worse for no group; otherwise the reason is stored, and what is served stays as it is.

Examples:
  python -m jobs.retrain_recidivism
  ray job submit --working-dir . --runtime-env runtime_env.yaml -- python -m jobs.retrain_recidivism
  python -m jobs.retrain_recidivism --trials 0      without the search for parameters

Which database: --database-url, else VIGIA_DATABASE_URL, else the private PostgreSQL in .local/.
Prints one JSON object on stdout. Exit codes: 0 trained, champion or not; 1 a part does not answer;
2 bad input (empty history, one class only, dates in the future, MLflow down, one runs already).
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    return training_command(
        arguments,
        train,
        name="retrain_recidivism",
        says="Train the recidivism model.",
        epilog=EPILOG,
        trials=8,
    )


def train(job: Job, *, trials: int, workers: int, seed: int) -> dict[str, Any]:
    """The whole training; returns what is printed."""
    # Seconds that --help need not wait for.
    from jobs.training.recidivism import fit  # noqa: PLC0415
    from jobs.training.risk_run import retrain  # noqa: PLC0415

    return retrain(
        job,
        fit,
        name=NAME,
        prediction_type=TYPE,
        events=standing_infractions,
        what="another infraction within twelve months",
        framework_version=VERSION,
        trials=trials,
        workers=workers,
        seed=seed,
    )


def standing_infractions(record: Record) -> tuple[Ints, Floats]:
    """(subject, seconds) of what counts as another one: those that stand to this day."""
    history = record.history
    return history.subject[history.stands], history.detected_s[history.stands]


if __name__ == "__main__":
    sys.exit(cli.run(main, "retrain_recidivism"))
