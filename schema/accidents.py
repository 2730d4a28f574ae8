"""Accidents, as registers report them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, JsonObject, SoftDeleted, Stamped, UuidKey


class Accident(Stamped, SoftDeleted, Base):
    """One accident of a driver or a vehicle; at least one of the two is known."""

    __tablename__ = "accidents"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: Mapped[UuidKey]
    source: Mapped[str] = mapped_column(String(100))
    external_id: Mapped[str] = mapped_column(String(100))
    occurred_at: Mapped[datetime]
    driver_dni: Mapped[str | None] = mapped_column(
        String(20), ForeignKey("drivers.dni", ondelete="SET NULL")
    )
    plate: Mapped[str | None] = mapped_column(
        String(20), ForeignKey("vehicles.plate", ondelete="SET NULL")
    )
    zone_id: Mapped[str | None] = mapped_column(
        String(50), ForeignKey("zones.id", ondelete="SET NULL")
    )
    severity: Mapped[str | None] = mapped_column(String(20))
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")
