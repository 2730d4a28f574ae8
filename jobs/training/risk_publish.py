"""A trained risk model into the store, MLflow and `ml_models`, through the gate.

It must not know how a model was trained, nor how it is served.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from adapters.model_files import put_model
from adapters.model_registry import LoggedModel, ModelRegistry, ModelRun
from adapters.risk_card import CARD, RiskCard
from adapters.risk_model import digests, load_model
from enforcement.errors import BadModel, Unavailable
from enforcement.model_drift import spread
from enforcement.model_gate import Verdict
from enforcement.risk_answers import Calibration
from enforcement.risk_features import Matrix
from enforcement.risk_history import Floats
from jobs.batch_job import Job
from jobs.risk.champion import load_champion, make_champion
from jobs.training.risk_card_page import write_page
from jobs.training.risk_data import TrainingSet
from jobs.training.risk_judging import gate
from schema.model_rows import NewModel, active, add_model, version_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of a training."""

    version: str
    verdict: Verdict
    run_id: str
    path: str
    model_id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A trained model, not yet anywhere. files: without the card."""

    card: RiskCard
    files: Mapping[str, bytes]
    framework: str
    framework_version: str
    parameters: Mapping[str, Any]
    figures: dict[str, Any]
    note: str


def publish(job: Job, made: TrainingSet, candidate: Candidate, *, seed: int) -> Published:
    """Keep, register, weigh against the champion, and make it champion when the gate says so.

    The champion stays until the very last statement; whatever fails before leaves it as it was.
    """
    card = candidate.card
    files = {**candidate.files, CARD: card.as_bytes()}
    model = load_model(files)
    challenger = model.probability(model.inputs(made.record.history, made.instants))
    verdict = _weighed(job, card.name, made, challenger, seed)
    registry = ModelRegistry(job.settings)
    path = put_model(job.settings, card.name, card.version, files)
    logged = _logged(job, registry, candidate, files, made, verdict)
    with job.rows() as session:
        model_id = add_model(session, _row(candidate, files, made, verdict, logged, path))
        session.commit()
        row = version_of(session, card.name, card.version)
    if verdict.promote:
        make_champion(job, row, act="promote", why=verdict.reason)
    return Published(
        version=card.version, verdict=verdict, run_id=logged.run_id, path=path, model_id=model_id
    )


def new_version() -> str:
    """A version's name: the second it was trained, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d.%H%M%S")


def reference(columns: Matrix, names: list[str], *, groups: int = 10) -> dict[str, Any]:
    """How each input is spread: edges of ten groups and their shares, the unknown ones' share last."""
    found = {}
    for index, name in enumerate(names):
        column = columns[:, index].astype(np.float64)
        known = column[np.isfinite(column)]
        if not len(known):
            continue
        edges = np.unique(np.quantile(known, np.linspace(0, 1, groups + 1)[1:-1]))
        found[name] = {"edges": edges.tolist(), "shares": spread(column, edges.tolist()).tolist()}
    return found


def card_of(
    name: str, prediction_type: str, made: TrainingSet, fitted: Any, figures: dict[str, Any]
) -> RiskCard:
    """The card of something fitted (kind, calibration, columns)."""
    calibration: Calibration = fitted.calibration
    inputs = list(fitted.names)
    return RiskCard(
        name=name,
        version=new_version(),
        prediction_type=prediction_type,
        kind=fitted.kind,
        inputs=inputs,
        calibration=calibration,
        base_rate=float(made.outcome[made.calibrate & made.at_infraction].mean()),
        trained_until=datetime.fromtimestamp(made.instants.at_s[made.train].max(), UTC).isoformat(),
        simulated=bool(np.char.startswith(made.record.keys, "SIM").all()),
        reference=reference(fitted.columns[made.train & made.at_infraction], inputs),
        metrics=figures["scores"],
    )


def _weighed(job: Job, name: str, made: TrainingSet, challenger: Floats, seed: int) -> Verdict:
    with job.rows() as session:
        row = active(session, name)
    if row is None:
        return gate(made, challenger, None, seed=seed)
    try:
        served = load_champion(job.settings, row)
    except (BadModel, Unavailable) as error:
        refused = f"the champion {row.version} cannot be compared with: {error}"
        return Verdict(promote=False, reason=refused, differences={})
    theirs = served.probability(served.inputs(made.record.history, made.instants))
    return gate(made, challenger, theirs, seed=seed)


def _logged(
    job: Job,
    registry: ModelRegistry,
    candidate: Candidate,
    files: Mapping[str, bytes],
    made: TrainingSet,
    verdict: Verdict,
) -> LoggedModel:
    card = candidate.card
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        write_page(folder, card, candidate.figures, verdict, candidate.note)
        return registry.log(
            ModelRun(
                name=card.name,
                version=card.version,
                description=f"{candidate.note}\n\nGate: {verdict.reason}".strip(),
                source=f"jobs.{job.name}",
                began_s=job.began_s,
                params=candidate.parameters,
                metrics=_flat(candidate.figures),
                dataset_digest=made.digest,
                dataset_rows=len(made.record.history),
                inputs=card.inputs,
                files=folder,
                tags={
                    "gate": verdict.reason[:500],
                    "kind": card.kind.value,
                    "simulated": str(card.simulated).lower(),
                },
            )
        )


def _flat(figures: Mapping[str, Any]) -> dict[str, float]:
    named = {"": figures["scores"], "simpler_": figures["simpler"]}
    return {f"{pre}{name}": float(v) for pre, some in named.items() for name, v in some.items()}


def _row(
    candidate: Candidate,
    files: Mapping[str, bytes],
    made: TrainingSet,
    verdict: Verdict,
    logged: LoggedModel,
    path: str,
) -> NewModel:
    card, figures = candidate.card, candidate.figures
    told = {name: value for name, value in figures.items() if name not in ("scores", "importance")}
    return NewModel(
        model_name=card.name,
        version=card.version,
        framework=candidate.framework,
        framework_version=candidate.framework_version,
        model_path=path,
        model_size_mb=sum(map(len, files.values())) / 1e6,
        mlflow_run_id=logged.run_id,
        mlflow_experiment_id=logged.experiment_id,
        mlflow_model_uri=logged.model_uri,
        mlflow_version=logged.version,
        metrics={**figures["scores"], **told},
        hyperparameters=candidate.parameters,
        training_dataset_path=f"database:infractions,drivers,accidents#{made.digest[:16]}",
        training_dataset_size=int(made.train.sum()),
        feature_names=card.inputs,
        feature_importance=figures["importance"],
        description=f"{card.prediction_type} within twelve months; {candidate.note}",
        training_notes=verdict.reason,
        files=digests(files),
        gate=verdict.as_json(),
        simulated=card.simulated,
        dataset_digest=made.digest,
    )
