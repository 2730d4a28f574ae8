"""Zones: the stretch of road, its limit and lanes."""

from __future__ import annotations

import uuid

from geoalchemy2 import Geography, WKBElement
from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, JsonObject, SoftDeleted, Stamped


class Zone(Stamped, SoftDeleted, Base):
    """One zone; `lane_config` is in the image coordinates of its cameras (schema/scenes.py)."""

    __tablename__ = "zones"

    id: Mapped[str] = mapped_column(String(50), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None]
    speed_limit: Mapped[int | None]
    lane_count: Mapped[int | None] = mapped_column(server_default=text("2"))
    has_traffic_light: Mapped[bool] = mapped_column(server_default=text("false"))
    geometry: Mapped[WKBElement | None] = mapped_column(
        Geography("POLYGON", srid=4326, spatial_index=False)
    )
    center_point: Mapped[WKBElement | None] = mapped_column(
        Geography("POINT", srid=4326, spatial_index=False)
    )
    lane_config: Mapped[JsonObject | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    municipality: Mapped[str | None] = mapped_column(String(100))
    district: Mapped[str | None] = mapped_column(String(100))
    limit_source: Mapped[str | None]
    timezone: Mapped[str] = mapped_column(String(64), server_default=text("'America/Lima'"))
    created_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )
    version: Mapped[int] = mapped_column(server_default=text("1"))
