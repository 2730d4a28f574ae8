"""Users and their sessions."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CHAR, ForeignKey, String, text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, Created, JsonObject, SoftDeleted, Stamped, UuidKey


class User(Stamped, SoftDeleted, Base):
    """A person who signs in; `role` is what they may do, `permissions` what they may do besides."""

    __tablename__ = "users"

    id: Mapped[UuidKey]
    username: Mapped[str] = mapped_column(String(150), unique=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    full_name: Mapped[str | None] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(20))
    avatar_url: Mapped[str | None]
    role: Mapped[str] = mapped_column(String(50))
    permissions: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_verified: Mapped[bool] = mapped_column(server_default=text("false"))
    last_login: Mapped[datetime | None]
    login_attempts: Mapped[int] = mapped_column(server_default=text("0"))
    locked_until: Mapped[datetime | None]
    created_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")
    version: Mapped[int] = mapped_column(server_default=text("1"))


class UserSession(Stamped, Base):
    """A refresh token given out, by its hash; revoked rather than removed.

    family_id: shared by the tokens that replaced one another since a log-in.
    """

    __tablename__ = "user_sessions"

    id: Mapped[UuidKey]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    token_hash: Mapped[str] = mapped_column(String(255), unique=True)
    ip_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None]
    expires_at: Mapped[datetime]
    revoked: Mapped[bool] = mapped_column(server_default=text("false"))
    family_id: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    rotated_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(String(50))


class IdempotencyKey(Created, Base):
    """The answer given to a request that carried this key; a repetition gets it again."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_digest: Mapped[str] = mapped_column(CHAR(64))
    response_status: Mapped[int | None]
    response_body: Mapped[JsonObject | None]
    response_headers: Mapped[JsonObject | None]
