"""`python -m jobs.retrain_recidivism`: train, weigh and perhaps promote the recidivism model.

It must not know how a model is fitted, or what makes one better.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from actors.wiring import Cluster
from adapters.model_registry import ModelRegistry
from adapters.risk_trees import VERSION
from adapters.settings import Settings
from enforcement.errors import BadInput, Unavailable
from enforcement.risk_features import NAMES
from jobs import cli
from jobs.risk.one_job import Job, one_job
from schema.risk_reading import read_record

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
    parser = cli.parser("retrain_recidivism", "Train the recidivism model.", EPILOG)
    parser.add_argument("--trials", type=int, default=8, help="of Ray Tune; 0 for none (8)")
    parser.add_argument("--workers", type=int, default=1, help="of Ray Train (1)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database-url", metavar="URL", help="plain postgresql:// URL")
    options = parser.parse_args(arguments)
    if options.trials < 0 or options.workers < 1:
        raise BadInput("--trials must be 0 or more, --workers 1 or more")
    with one_job("retrain_recidivism", options.database_url) as job:
        told = retrain(job, trials=options.trials, workers=options.workers, seed=options.seed)
        job.told.update(told)
    sys.stdout.write(json.dumps(told) + "\n")
    return cli.DONE


def retrain(job: Job, *, trials: int, workers: int, seed: int) -> dict[str, Any]:
    """The whole training; returns what is printed."""
    from jobs.training.recidivism import fit  # noqa: PLC0415 - seconds that --help need not wait for
    from jobs.training.risk_data import training_set  # noqa: PLC0415
    from jobs.training.risk_judging import figures  # noqa: PLC0415
    from jobs.training.risk_publish import Candidate, card_of, publish  # noqa: PLC0415

    need_registry(job.settings)
    with cli.progress() as bar:
        task = bar.add_task("reading", total=5)

        def tick(what: str) -> None:
            bar.update(task, description=what, advance=1)

        with job.engine.connect() as connection:
            record = read_record(connection)
        history = record.history
        made = training_set(
            record,
            history.subject[history.stands],
            history.detected_s[history.stands],
            as_of_s=datetime.now(UTC).timestamp(),
            seed=seed,
            what="another infraction within twelve months",
        )
        with Cluster.connect(job.settings.ray_address):
            fitted = fit(
                made,
                storage=training_storage(job.settings),
                workers=workers,
                trials=trials,
                seed=seed,
                tick=tick,
            )
        tick("publishing")
        found = figures(made, fitted.probability, fitted.simpler)
        found["importance"] = fitted.importance
        candidate = Candidate(
            card=card_of(NAME, TYPE, made, fitted, found),
            files={fitted.file: fitted.content},
            framework=fitted.kind.value,
            framework_version=VERSION,
            parameters=fitted.parameters,
            figures=found,
            note=fitted.note,
        )
        done = publish(job, made, candidate, seed=seed)
        tick("done")
    return {
        "model": NAME,
        "version": done.version,
        "kind": fitted.kind.value,
        "champion": done.verdict.promote,
        "gate": done.verdict.reason,
        "scores": {name: round(value, 4) for name, value in found["scores"].items()},
        "simpler_auc_pr": round(found["simpler"]["auc_pr"], 4),
        "base_rate": round(found["base_rate"], 4),
        "mlflow_run_id": done.run_id,
        "instants": len(made),
        "inputs": len(NAMES),
    }


def need_registry(settings: Settings) -> None:
    """Raise BadInput now rather than after an hour of training."""
    try:
        ModelRegistry(settings).ready()
    except Unavailable as error:
        raise BadInput(str(error)) from None


def training_storage(settings: Settings) -> str:
    """Where Ray keeps checkpoints: a folder here, the store when there is a cluster of more machines."""
    shared = settings.store_url
    return f"{shared}/ray" if shared else str(settings.local_dir.resolve() / "ray")


if __name__ == "__main__":
    sys.exit(cli.run(main, "retrain_recidivism"))
