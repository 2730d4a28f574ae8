"""The infraction row, which everything else consumes."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Computed, ForeignKey, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, JsonObject, SoftDeleted, Stamped, UuidKey


class Infraction(Stamped, SoftDeleted, Base):
    """One accusation, from capture to payment. Times are of capture; hours and days are Lima's."""

    __tablename__ = "infractions"

    id: Mapped[UuidKey]
    infraction_code: Mapped[str] = mapped_column(String(50), unique=True)
    type: Mapped[str] = mapped_column(String(50))
    device_id: Mapped[str | None] = mapped_column(
        String(50), ForeignKey("devices.id", ondelete="SET NULL")
    )
    zone_id: Mapped[str | None] = mapped_column(
        String(50), ForeignKey("zones.id", ondelete="SET NULL")
    )
    plate: Mapped[str | None] = mapped_column(
        String(20), ForeignKey("vehicles.plate", ondelete="SET NULL")
    )
    driver_dni: Mapped[str | None] = mapped_column(
        String(20), ForeignKey("drivers.dni", ondelete="SET NULL")
    )
    detected_speed: Mapped[float | None]
    speed_limit: Mapped[float | None]
    speed_excess: Mapped[float | None] = mapped_column(
        Computed("(detected_speed - speed_limit)", persisted=True)
    )
    violation_details: Mapped[JsonObject | None]
    video_url: Mapped[str]
    video_duration_seconds: Mapped[int] = mapped_column(server_default=text("15"))
    snapshot_url: Mapped[str]
    plate_crop_url: Mapped[str | None]
    additional_images: Mapped[list[str] | None]
    confidence_score: Mapped[float]
    ocr_confidence: Mapped[float | None]
    track_id: Mapped[int | None]
    detected_at: Mapped[datetime]
    hour_of_day: Mapped[int | None] = mapped_column(
        Computed("EXTRACT(HOUR FROM detected_at AT TIME ZONE 'America/Lima')", persisted=True)
    )
    day_of_week: Mapped[int | None] = mapped_column(
        Computed("EXTRACT(DOW FROM detected_at AT TIME ZONE 'America/Lima')", persisted=True)
    )
    is_weekend: Mapped[bool | None] = mapped_column(
        Computed(
            "EXTRACT(DOW FROM detected_at AT TIME ZONE 'America/Lima') IN (0, 6)",
            persisted=True,
        )
    )
    weather_conditions: Mapped[str | None] = mapped_column(String(50))
    visibility: Mapped[str | None] = mapped_column(String(50))
    lighting_conditions: Mapped[str | None] = mapped_column(String(50))
    status: Mapped[str] = mapped_column(String(50), server_default=text("'pending'"))
    validated_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )
    validated_at: Mapped[datetime | None]
    rejection_reason: Mapped[str | None]
    fine_amount: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    fine_code: Mapped[str | None] = mapped_column(String(50))
    fine_issued: Mapped[bool] = mapped_column(server_default=text("false"))
    fine_paid: Mapped[bool] = mapped_column(server_default=text("false"))
    fine_paid_at: Mapped[datetime | None]
    recidivism_risk: Mapped[float | None]
    accident_risk: Mapped[float | None]
    risk_factors: Mapped[JsonObject | None]
    idempotency_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    severity: Mapped[str | None] = mapped_column(String(20))
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")
    version: Mapped[int] = mapped_column(server_default=text("1"))
    fine_details: Mapped[JsonObject | None]
