"""Vehicles and drivers, as registries know them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, JsonObject, SoftDeleted, Stamped


class Vehicle(Stamped, SoftDeleted, Base):
    """A vehicle by its plate; a stub until a registry answers."""

    __tablename__ = "vehicles"

    plate: Mapped[str] = mapped_column(String(20), primary_key=True)
    brand: Mapped[str | None] = mapped_column(String(100))
    model: Mapped[str | None] = mapped_column(String(100))
    year: Mapped[int | None]
    color: Mapped[str | None] = mapped_column(String(50))
    vehicle_type: Mapped[str | None] = mapped_column(String(50))
    owner_name: Mapped[str | None] = mapped_column(String(255))
    owner_dni: Mapped[str | None] = mapped_column(String(20))
    owner_address: Mapped[str | None]
    owner_phone: Mapped[str | None] = mapped_column(String(20))
    registration_date: Mapped[date | None]
    registration_status: Mapped[str | None] = mapped_column(String(50))
    sunarp_last_check: Mapped[datetime | None]
    sunarp_data: Mapped[JsonObject | None]
    sunarp_cache_expires: Mapped[datetime | None]
    total_infractions: Mapped[int] = mapped_column(server_default=text("0"))
    last_infraction_date: Mapped[datetime | None]
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")


class Driver(Stamped, SoftDeleted, Base):
    """A person identified as driver by a person; age is in the view `drivers_with_age`."""

    __tablename__ = "drivers"

    dni: Mapped[str] = mapped_column(String(20), primary_key=True)
    full_name: Mapped[str] = mapped_column(String(255))
    license_number: Mapped[str | None] = mapped_column(String(50))
    license_category: Mapped[str | None] = mapped_column(String(20))
    license_expiry: Mapped[date | None]
    license_issued_date: Mapped[date | None]
    license_issuing_authority: Mapped[str | None] = mapped_column(String(100))
    birth_date: Mapped[date | None]
    gender: Mapped[str | None] = mapped_column(String(20))
    address: Mapped[str | None]
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(255))
    driving_experience_years: Mapped[int | None]
    total_infractions: Mapped[int] = mapped_column(server_default=text("0"))
    serious_infractions: Mapped[int] = mapped_column(server_default=text("0"))
    last_infraction_date: Mapped[datetime | None]
    risk_score: Mapped[float] = mapped_column(server_default=text("0.0"))
    risk_category: Mapped[str] = mapped_column(String(20), server_default=text("'low'"))
    risk_updated_at: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_blacklisted: Mapped[bool] = mapped_column(server_default=text("false"))
    blacklist_reason: Mapped[str | None]
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")
