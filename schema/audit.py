"""Who did what; rows are only ever added."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CHAR, BigInteger, ForeignKey, String, func, text
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, JsonObject


class AuditLog(Base):
    """An act of a user, with what it changed."""

    __tablename__ = "audit_logs"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    username: Mapped[str | None] = mapped_column(String(150))
    action: Mapped[str] = mapped_column(String(100))
    resource_type: Mapped[str] = mapped_column(String(50))
    resource_id: Mapped[str | None] = mapped_column(String(255))
    old_values: Mapped[JsonObject | None]
    new_values: Mapped[JsonObject | None]
    ip_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None]
    endpoint: Mapped[str | None] = mapped_column(String(255))
    http_method: Mapped[str | None] = mapped_column(String(10))
    success: Mapped[bool]
    error_message: Mapped[str | None]
    timestamp: Mapped[datetime] = mapped_column(
        primary_key=True, server_default=func.current_timestamp()
    )
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")
    chain_index: Mapped[int | None] = mapped_column(BigInteger)
    chain_previous: Mapped[str | None] = mapped_column(CHAR(64))
    chain_digest: Mapped[str | None] = mapped_column(CHAR(64))


class AuditChainHead(Base):
    """The one row that says where the chain ends, and where the archived part of it ended."""

    __tablename__ = "audit_chain_head"

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    last_index: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    last_digest: Mapped[str] = mapped_column(CHAR(64), server_default=text("repeat('0', 64)"))
    archived_index: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    archived_digest: Mapped[str] = mapped_column(CHAR(64), server_default=text("repeat('0', 64)"))
