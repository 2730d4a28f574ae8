"""Counts that the database keeps of infractions as they change; written by its triggers alone."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base


class ZoneHour(Base):
    """Validated speeding in a zone in one hour of one day of Lima."""

    __tablename__ = "zone_hours"

    day: Mapped[date] = mapped_column(primary_key=True)
    zone_id: Mapped[str] = mapped_column(String(50), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True)
    infractions: Mapped[int] = mapped_column(BigInteger)
    last_vehicles: Mapped[int] = mapped_column(BigInteger)
    speeds: Mapped[int] = mapped_column(BigInteger)
    speed_sum: Mapped[float | None]
    max_speed: Mapped[float | None]
    confidence_sum: Mapped[float]


class ZoneHourTurn(Base):
    """Who counts an hour of a zone again holds its row until the transaction ends."""

    __tablename__ = "zone_hour_turns"

    zone_id: Mapped[str] = mapped_column(String(50), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True)
    turns: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
