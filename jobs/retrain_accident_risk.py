"""`python -m jobs.retrain_accident_risk`: train, weigh and perhaps promote the accident model.

It must not know how a model is fitted, or what makes one better.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from enforcement.errors import BadInput
from enforcement.risk_history import Floats, Ints
from jobs import cli
from jobs.batch_job import Job
from jobs.risk.training_command import training_command
from schema.risk_reading import Record

NAME, TYPE = "accident_lstm", "accident_risk"

EPILOG = """\
Learns, from the order of a driver's infractions, the probability of an accident within twelve months. An LSTM
on Ray Train, parameters by Ray Tune, calibrated on a later slice, judged on one later still, beside logistic
regression; age and sex are no inputs, and fairness by them is in the model's card. It is kept as ONNX:
training needs torch (make train-env), serving does not. Accidents come in by jobs.import_accidents.
The run goes to MLflow as challenger. It becomes champion only when it is better than the one that is, with
confidence, and worse for no group; otherwise the reason is stored, and what is served stays as it is.

Examples:
  python -m jobs.retrain_accident_risk
  ray job submit --working-dir . --runtime-env runtime_env.yaml -- python -m jobs.retrain_accident_risk
  python -m jobs.retrain_accident_risk --trials 0      without the search for parameters

Which database: --database-url, else VIGIA_DATABASE_URL, else the private PostgreSQL in .local/.
Prints one JSON object on stdout. Exit codes: 0 trained, champion or not; 1 a part does not answer;
2 bad input (empty history, one class only, dates in the future, MLflow down, one runs already).
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    return training_command(
        arguments,
        train,
        name="retrain_accident_risk",
        says="Train the accident model.",
        epilog=EPILOG,
        trials=4,
    )


def train(job: Job, *, trials: int, workers: int, seed: int) -> dict[str, Any]:
    """The whole training; returns what is printed."""
    try:
        # Seconds that --help need not wait for.
        from jobs.training.accident_lstm import VERSION, fit  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BadInput(f"{error.name} is not installed: run make train-env first") from None
    from jobs.training.risk_run import retrain  # noqa: PLC0415

    return retrain(
        job,
        fit,
        name=NAME,
        prediction_type=TYPE,
        events=accidents,
        what="an accident within twelve months",
        framework_version=VERSION,
        trials=trials,
        workers=workers,
        seed=seed,
    )


def accidents(record: Record) -> tuple[Ints, Floats]:
    """(subject, seconds) of drivers' accidents."""
    if not len(record.accident_s):
        raise BadInput("no accident of an identified driver is known: see jobs.import_accidents")
    return record.accident_subject, record.accident_s


if __name__ == "__main__":
    sys.exit(cli.run(main, "retrain_accident_risk"))
