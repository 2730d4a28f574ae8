"""Models and what they predicted."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, JsonObject, SoftDeleted, Stamped, UuidKey


class MlModel(Stamped, SoftDeleted, Base):
    """One version of a model; at most one is active per name."""

    __tablename__ = "ml_models"
    __table_args__ = (UniqueConstraint("model_name", "version"),)

    id: Mapped[UuidKey]
    model_name: Mapped[str] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(50))
    model_type: Mapped[str] = mapped_column(String(50))
    framework: Mapped[str] = mapped_column(String(50))
    framework_version: Mapped[str | None] = mapped_column(String(50))
    model_path: Mapped[str]
    model_size_mb: Mapped[float | None]
    mlflow_run_id: Mapped[str | None] = mapped_column(String(100))
    mlflow_experiment_id: Mapped[str | None] = mapped_column(String(100))
    mlflow_model_uri: Mapped[str | None]
    metrics: Mapped[JsonObject]
    hyperparameters: Mapped[JsonObject | None]
    training_dataset_path: Mapped[str | None]
    training_dataset_size: Mapped[int | None]
    validation_dataset_path: Mapped[str | None]
    test_dataset_path: Mapped[str | None]
    feature_names: Mapped[list[str] | None]
    feature_importance: Mapped[JsonObject | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("false"))
    deployed_at: Mapped[datetime | None]
    deployed_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )
    deployment_environment: Mapped[str | None] = mapped_column(String(50))
    prediction_count: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    avg_prediction_time_ms: Mapped[float | None]
    last_prediction_at: Mapped[datetime | None]
    data_drift_detected: Mapped[bool] = mapped_column(server_default=text("false"))
    concept_drift_detected: Mapped[bool] = mapped_column(server_default=text("false"))
    drift_check_at: Mapped[datetime | None]
    trained_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )
    description: Mapped[str | None]
    training_notes: Mapped[str | None]
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")


class MlPrediction(Base):
    """What a model said, and later what came of it."""

    __tablename__ = "ml_predictions"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    model_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ml_models.id", ondelete="RESTRICT"))
    infraction_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("infractions.id", ondelete="RESTRICT")
    )
    driver_dni: Mapped[str | None] = mapped_column(
        String(20), ForeignKey("drivers.dni", ondelete="SET NULL")
    )
    prediction_type: Mapped[str] = mapped_column(String(50))
    prediction_value: Mapped[float]
    prediction_class: Mapped[str | None] = mapped_column(String(50))
    prediction_confidence: Mapped[float | None]
    features: Mapped[JsonObject]
    actual_value: Mapped[float | None]
    actual_class: Mapped[str | None] = mapped_column(String(50))
    prediction_time_ms: Mapped[float | None]
    predicted_at: Mapped[datetime] = mapped_column(
        primary_key=True, server_default=func.current_timestamp()
    )
    updated_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")
