"""The sealed bundle behind an infraction."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CHAR, BigInteger, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, JsonObject, SoftDeleted, Stamped, UuidKey


class Evidence(Stamped, SoftDeleted, Base):
    """Where a bundle is, what it hashes to, and what it was measured with."""

    __tablename__ = "evidence"

    id: Mapped[UuidKey]
    bundle_id: Mapped[str] = mapped_column(String(200), unique=True)
    infraction_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("infractions.id", ondelete="RESTRICT")
    )
    device_id: Mapped[str | None] = mapped_column(
        String(50), ForeignKey("devices.id", ondelete="RESTRICT")
    )
    store_url: Mapped[str]
    manifest_digest: Mapped[str] = mapped_column(CHAR(64))
    previous_digest: Mapped[str | None] = mapped_column(CHAR(64))
    signature_key_id: Mapped[str] = mapped_column(String(128))
    software_version: Mapped[str] = mapped_column(String(100))
    model_digests: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    calibration_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("calibrations.id", ondelete="RESTRICT")
    )
    calibration_digest: Mapped[str | None] = mapped_column(CHAR(64))
    device_serial: Mapped[str | None] = mapped_column(String(100))
    device_certificate: Mapped[str | None] = mapped_column(String(100))
    limit_source: Mapped[str | None]
    sizes: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    total_bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    captured_from: Mapped[datetime | None]
    captured_to: Mapped[datetime | None]
    sealed_at: Mapped[datetime]
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")
    clip_class: Mapped[str] = mapped_column(String(20), server_default=text("'hot'"))
    stills_class: Mapped[str] = mapped_column(String(20), server_default=text("'hot'"))
