"""Events written in the transaction that caused them, delivered later."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Identity, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, Created, JsonObject


class OutboxEvent(Created, Base):
    """An event to deliver at least once; `event_id` follows from the idempotency key."""

    __tablename__ = "outbox"

    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    idempotency_key: Mapped[str] = mapped_column(String(255), unique=True)
    topic: Mapped[str] = mapped_column(String(100))
    payload: Mapped[JsonObject]
    delivered_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    claimed_by: Mapped[str | None] = mapped_column(String(100))
    last_error: Mapped[str | None]
