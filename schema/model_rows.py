"""Versions of models as rows: added as challengers, found again.

The row decides what is served. It must not know why one is better than another.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.orm import Session

from enforcement.errors import NotFound
from schema.ml import MlModel


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """A trained version. files: file name → SHA-256, by which it is refused when altered."""

    model_name: str
    version: str
    framework: str
    framework_version: str
    model_path: str
    model_size_mb: float
    mlflow_run_id: str
    mlflow_experiment_id: str
    mlflow_model_uri: str
    mlflow_version: str
    metrics: Mapping[str, Any]
    hyperparameters: Mapping[str, Any]
    training_dataset_path: str
    training_dataset_size: int
    feature_names: Sequence[str]
    feature_importance: Mapping[str, float]
    description: str
    training_notes: str
    files: Mapping[str, str]
    gate: Mapping[str, Any]
    simulated: bool
    dataset_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A version as the commands and the deployments need it."""

    id: uuid.UUID
    model_name: str
    version: str
    model_path: str
    files: Mapping[str, str]
    mlflow_version: str | None
    is_active: bool
    deployed_at: datetime | None
    gate: Mapping[str, Any]


def add_model(session: Session, new: NewModel) -> uuid.UUID:
    """Add a version, not active; returns its id. The caller commits."""
    metadata = {
        "files": dict(new.files),
        "gate": dict(new.gate),
        "mlflow_version": new.mlflow_version,
        "simulated": new.simulated,
        "dataset_digest": new.dataset_digest,
    }
    values = {
        "model_name": new.model_name,
        "version": new.version,
        "model_type": "classification",
        "framework": new.framework,
        "framework_version": new.framework_version,
        "model_path": new.model_path,
        "model_size_mb": new.model_size_mb,
        "mlflow_run_id": new.mlflow_run_id,
        "mlflow_experiment_id": new.mlflow_experiment_id,
        "mlflow_model_uri": new.mlflow_model_uri,
        "metrics": dict(new.metrics),
        "hyperparameters": dict(new.hyperparameters),
        "training_dataset_path": new.training_dataset_path,
        "training_dataset_size": new.training_dataset_size,
        "test_dataset_path": new.training_dataset_path,
        "validation_dataset_path": new.training_dataset_path,
        "feature_names": list(new.feature_names),
        "feature_importance": dict(new.feature_importance),
        "description": new.description,
        "training_notes": new.training_notes,
        "metadata": metadata,
    }
    made = session.execute(
        insert(cast(Table, MlModel.__table__)).values(values).returning(MlModel.id)
    )
    found: uuid.UUID = made.scalar_one()
    return found


def active(source: Session | Connection, model_name: str) -> ModelRow | None:
    """The version that is served, None before the first."""
    query = _ROWS.where(MlModel.model_name == model_name, MlModel.is_active)
    found = source.execute(query).first()
    return None if found is None else _row(found)


def version_of(source: Session | Connection, model_name: str, version: str) -> ModelRow:
    """One version. Raises NotFound."""
    query = _ROWS.where(MlModel.model_name == model_name, MlModel.version == version)
    found = source.execute(query).first()
    if found is None:
        raise NotFound(f"{model_name}: no version {version}")
    return _row(found)


def newest(source: Session | Connection, model_name: str) -> ModelRow:
    """The version trained last. Raises NotFound when there is none."""
    query = _ROWS.where(MlModel.model_name == model_name).order_by(MlModel.created_at.desc())
    found = source.execute(query.limit(1)).first()
    if found is None:
        raise NotFound(f"{model_name}: no version has been trained")
    return _row(found)


def served_before(source: Session | Connection, model_name: str) -> ModelRow:
    """The version that was active before the one that is. Raises NotFound when there is none."""
    query = (
        _ROWS.where(
            MlModel.model_name == model_name,
            MlModel.deployed_at.is_not(None),
            MlModel.is_active.is_(False),
        )
        .order_by(MlModel.deployed_at.desc())
        .limit(1)
    )
    found = source.execute(query).first()
    if found is None:
        raise NotFound(f"{model_name}: no version was served before the one that is")
    return _row(found)


_ROWS = select(
    MlModel.id,
    MlModel.model_name,
    MlModel.version,
    MlModel.model_path,
    MlModel.is_active,
    MlModel.deployed_at,
    MlModel.metadata_.label("extra"),
).where(MlModel.deleted_at.is_(None))


def _row(found: Any) -> ModelRow:
    extra = found.extra or {}
    return ModelRow(
        id=found.id,
        model_name=found.model_name,
        version=found.version,
        model_path=found.model_path,
        files=extra.get("files", {}),
        mlflow_version=extra.get("mlflow_version"),
        is_active=found.is_active,
        deployed_at=found.deployed_at,
        gate=extra.get("gate", {}),
    )
