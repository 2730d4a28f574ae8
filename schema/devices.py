"""Cameras, the history of their calibration, and their credentials kept apart."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from geoalchemy2 import Geography, WKBElement
from sqlalchemy import (
    CHAR,
    BigInteger,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import INET, MACADDR
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, Created, JsonObject, SoftDeleted, Stamped, UuidKey


class Device(Stamped, SoftDeleted, Base):
    """One camera; `status` is what is wanted of it and what was last seen of it."""

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(String(50), primary_key=True)
    zone_id: Mapped[str | None] = mapped_column(
        String(50), ForeignKey("zones.id", ondelete="SET NULL")
    )
    name: Mapped[str] = mapped_column(String(255))
    model: Mapped[str | None] = mapped_column(
        String(100), server_default=text("'EZVIZ H6C Pro 2K'")
    )
    serial_number: Mapped[str | None] = mapped_column(String(100), unique=True)
    firmware_version: Mapped[str | None] = mapped_column(String(50))
    rtsp_url: Mapped[str]
    rtsp_substream_url: Mapped[str | None]
    onvif_url: Mapped[str | None]
    ip_address: Mapped[str | None] = mapped_column(INET)
    mac_address: Mapped[str | None] = mapped_column(MACADDR)
    location: Mapped[WKBElement | None] = mapped_column(
        Geography("POINT", srid=4326, spatial_index=False)
    )
    altitude: Mapped[float | None]
    orientation: Mapped[float | None]
    tilt: Mapped[float | None]
    field_of_view: Mapped[float | None]
    calibration_matrix: Mapped[JsonObject | None]
    detection_config: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    certificate_number: Mapped[str | None] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(50), server_default=text("'active'"))
    last_heartbeat: Mapped[datetime | None]
    uptime_seconds: Mapped[int] = mapped_column(server_default=text("0"))
    current_fps: Mapped[float | None]
    avg_latency_ms: Mapped[float | None]
    total_detections: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    total_infractions: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    last_maintenance: Mapped[date | None]
    next_maintenance: Mapped[date | None]
    maintenance_notes: Mapped[str | None]
    installed_at: Mapped[datetime | None]
    created_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")
    version: Mapped[int] = mapped_column(server_default=text("1"))


class CameraCredential(Stamped, Base):
    """A camera's user and its password, encrypted by a key the database never sees."""

    __tablename__ = "camera_credentials"

    device_id: Mapped[str] = mapped_column(
        String(50), ForeignKey("devices.id", ondelete="RESTRICT"), primary_key=True
    )
    username: Mapped[str] = mapped_column(String(150))
    password_encrypted: Mapped[bytes] = mapped_column(LargeBinary)


class Calibration(Created, Base):
    """A calibration that a camera measured with; evidence points here, so a row never changes."""

    __tablename__ = "calibrations"
    __table_args__ = (UniqueConstraint("device_id", "digest"),)

    id: Mapped[UuidKey]
    device_id: Mapped[str] = mapped_column(
        String(50), ForeignKey("devices.id", ondelete="RESTRICT")
    )
    digest: Mapped[str] = mapped_column(CHAR(64))
    calibration: Mapped[JsonObject]
    error_meters: Mapped[float | None]
    valid_from: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    created_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )
