"""What batch jobs did and what was archived: tables as they are."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import (
    CHAR,
    BigInteger,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    String,
    Table,
    UniqueConstraint,
    func,
    text,
)
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


class RollupState(Base):
    """How far a kept roll-up is."""

    __tablename__ = "rollup_state"

    rollup: Mapped[str] = mapped_column(String(100), primary_key=True)
    watermark: Mapped[datetime] = mapped_column(server_default=text("'0001-01-01 00:00:00+00'"))
    read_from: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    points: Mapped[list[JsonObject]] = mapped_column(JSONB, server_default=text("'[]'"))
    raw_from: Mapped[datetime] = mapped_column(server_default=text("'0001-01-01 00:00:00+00'"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())


# Kept buckets; read through the views of their names.
EVENTS_HOURLY = Table(
    "events_hourly_rollup",
    Base.metadata,
    Column("hour", DateTime(timezone=True), nullable=False),
    Column("device_id", String(50)),
    Column("event_type", String(50), nullable=False),
    Column("event_count", BigInteger, nullable=False),
    Column("avg_confidence", Double),
    UniqueConstraint("hour", "device_id", "event_type", postgresql_nulls_not_distinct=True),
)
INFERENCE_METRICS_5MIN = Table(
    "inference_metrics_5min_rollup",
    Base.metadata,
    Column("bucket", DateTime(timezone=True), primary_key=True),
    Column("device_id", String(50), primary_key=True),
    Column("avg_fps", Double),
    Column("p95_latency", Double),
    Column("avg_gpu_util", Double),
    Column("total_detections", BigInteger),
    Column("total_infractions", BigInteger),
)


class BackupMark(Base):
    """An instant that was in the database when its log was shipped."""

    __tablename__ = "backup_marks"

    at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.clock_timestamp())
