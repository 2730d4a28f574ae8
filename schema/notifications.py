"""What people were told, what they want to be told, and which events were read for it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, Created, JsonObject, SoftDeleted, Stamped, UuidKey


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


class NotificationPreference(Base):
    """What a person switched; no row means the product's default."""

    __tablename__ = "notification_preferences"

    user_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT"), primary_key=True
    )
    notification_type: Mapped[str] = mapped_column(String(50), primary_key=True)
    channel: Mapped[str] = mapped_column(String(50), primary_key=True)
    enabled: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())


class NotificationDelivery(Created, Base):
    """One sending of one notification through one channel."""

    __tablename__ = "notification_deliveries"
    __table_args__ = (UniqueConstraint("notification_id", "channel"),)

    id: Mapped[UuidKey]
    notification_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("notifications.id", ondelete="RESTRICT")
    )
    channel: Mapped[str] = mapped_column(String(50))
    idempotency_key: Mapped[str] = mapped_column(String(255), unique=True)
    state: Mapped[str] = mapped_column(String(20), server_default=text("'pending'"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    claimed_by: Mapped[str | None] = mapped_column(String(100))
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class ConsumedEvent(Base):
    """An event that a consumer has dealt with."""

    __tablename__ = "consumed_events"

    consumer: Mapped[str] = mapped_column(String(50), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    consumed_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
