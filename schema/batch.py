"""What batch jobs did and what was archived: tables as they are."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CHAR, BigInteger, ForeignKey, Identity, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, JsonObject, UuidKey


class JobRun(Base):
    """One run of a batch job."""

    __tablename__ = "job_runs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    job: Mapped[str] = mapped_column(String(100))
    parameters: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(String(20), server_default=text("'running'"))
    figures: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    error: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    finished_at: Mapped[datetime | None]


class JobDue(Base):
    """A due time of a scheduled job, taken by one scheduler."""

    __tablename__ = "job_schedule"

    job: Mapped[str] = mapped_column(String(100), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    claimed_by: Mapped[str] = mapped_column(String(100))
    claimed_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    finished_at: Mapped[datetime | None]
    exit_code: Mapped[int | None]


class Archive(Base):
    """A month of a table in the archive; written after the file was read back and compared."""

    __tablename__ = "archives"

    id: Mapped[UuidKey]
    table_name: Mapped[str] = mapped_column(String(100))
    month: Mapped[date]
    path: Mapped[str]
    row_count: Mapped[int] = mapped_column(BigInteger)
    file_bytes: Mapped[int] = mapped_column(BigInteger)
    file_sha256: Mapped[str] = mapped_column(CHAR(64))
    content_digest: Mapped[str] = mapped_column(CHAR(64))
    columns: Mapped[list[list[str]]] = mapped_column(JSONB)
    schema_revision: Mapped[str] = mapped_column(String(32))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    archived_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    dropped_at: Mapped[datetime | None]
    restored_at: Mapped[datetime | None]
    keep_until: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")


class LegalHold(Base):
    """What must stay as it is until released: an infraction, or a period of a table."""

    __tablename__ = "legal_holds"

    id: Mapped[UuidKey]
    infraction_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("infractions.id", ondelete="RESTRICT")
    )
    table_name: Mapped[str | None] = mapped_column(String(100))
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    reason: Mapped[str]
    placed_by: Mapped[str] = mapped_column(String(150))
    placed_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    released_by: Mapped[str | None] = mapped_column(String(150))
    released_at: Mapped[datetime | None]
