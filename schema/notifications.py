"""What people were told."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, JsonObject, SoftDeleted, Stamped, UuidKey


class Notification(Stamped, SoftDeleted, Base):
    """A message to one user."""

    __tablename__ = "notifications"

    id: Mapped[UuidKey]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    title: Mapped[str] = mapped_column(String(255))
    message: Mapped[str]
    notification_type: Mapped[str] = mapped_column(String(50))
    infraction_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("infractions.id", ondelete="RESTRICT")
    )
    device_id: Mapped[str | None] = mapped_column(
        String(50), ForeignKey("devices.id", ondelete="SET NULL")
    )
    is_read: Mapped[bool] = mapped_column(server_default=text("false"))
    read_at: Mapped[datetime | None]
    priority: Mapped[str] = mapped_column(String(20), server_default=text("'normal'"))
    channel: Mapped[str] = mapped_column(String(50), server_default=text("'in_app'"))
    email_sent: Mapped[bool] = mapped_column(server_default=text("false"))
    email_sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")
