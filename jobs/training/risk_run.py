"""One risk training from the record to the registry, the same for both models.

It must not know how a model is fitted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import sklearn

from actors.wiring import Cluster
from adapters.model_registry import ModelRegistry
from adapters.risk_card import ModelKind
from adapters.settings import Settings
from enforcement.errors import BadInput, Unavailable
from enforcement.risk_history import Floats, Ints
from jobs.batch_job import Job
from jobs.training.risk_data import TrainingSet, training_set
from jobs.training.risk_judging import figures
from jobs.training.risk_publish import Candidate, card_of, publish
from jobs.training.risk_simpler import Fitted
from schema.risk_reading import Record, read_record

_STEPS: Final = 5


class Fit(Protocol):
    """Tune, train, calibrate and compare on a running Ray."""

    def __call__(  # noqa: D102 - the class says it
        self,
        made: TrainingSet,
        *,
        storage: str,
        workers: int,
        trials: int,
        seed: int,
        tick: Callable[[str], None],
    ) -> Fitted: ...


def retrain(
    job: Job,
    fit: Fit,
    *,
    name: str,
    prediction_type: str,
    events: Callable[[Record], tuple[Ints, Floats]],
    what: str,
    framework_version: str,
    trials: int,
    workers: int,
    seed: int,
) -> dict[str, Any]:
    """The whole training; returns what is printed. events: (subject, seconds) of what is foretold."""
    need_registry(job.settings)
    task = job.bar("reading", total=_STEPS)

    def tick(doing: str) -> None:
        job.progress.update(task, description=doing, advance=1)

    with job.engine.connect() as connection:
        record = read_record(connection)
    made = training_set(
        record, *events(record), as_of_s=datetime.now(UTC).timestamp(), seed=seed, what=what
    )
    # Ray Tune speaks on stdout, which is for our one answer.
    with Cluster.connect(job.settings.ray_address, background=True), redirect_stdout(sys.stderr):
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
        card=card_of(name, prediction_type, made, fitted, found),
        files={fitted.file: fitted.content},
        framework=fitted.kind.value,
        framework_version=(
            sklearn.__version__ if fitted.kind is ModelKind.LINEAR else framework_version
        ),
        parameters=fitted.parameters,
        figures=found,
        note=fitted.note,
    )
    done = publish(job, made, candidate, seed=seed)
    tick("done")
    return {
        "model": name,
        "version": done.version,
        "kind": fitted.kind.value,
        "note": fitted.note,
        "champion": done.verdict.promote,
        "gate": done.verdict.reason,
        "scores": {one: round(value, 4) for one, value in found["scores"].items()},
        "simpler_auc_pr": round(found["simpler"]["auc_pr"], 4),
        "base_rate": round(found["base_rate"], 4),
        "mlflow_run_id": done.run_id,
        "instants": len(made),
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
