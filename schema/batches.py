"""Writing what cameras report, many rows at a time, by COPY.

Rows of time series have no key of their own: a batch written twice is there twice, so callers write
each batch once and drop it when told it failed. It must not know what the rows mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import Connection

from schema import telemetry
from schema.base import Base
from schema.copy_rows import RowPacker


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """Something that happened: event_type is detection, tracking, ocr, infraction, system or error."""

    event_type: str
    timestamp: datetime
    data: Mapping[str, Any]
    event_category: str | None = None
    device_id: str | None = None
    infraction_id: str | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInferenceMetric:
    """Rates and latencies of one camera over one reporting interval; milliseconds, MiB, percent."""

    device_id: str
    timestamp: datetime
    fps: float
    latency_ms: float
    throughput_frames_per_sec: float | None = None
    gpu_id: int | None = None
    gpu_utilization: float | None = None
    gpu_memory_used_mb: float | None = None
    gpu_memory_total_mb: float | None = None
    gpu_temperature: float | None = None
    cpu_utilization: float | None = None
    memory_mb: float | None = None
    detections_count: int = 0
    tracked_objects_count: int = 0
    infractions_count: int = 0
    decode_latency_ms: float | None = None
    detection_latency_ms: float | None = None
    tracking_latency_ms: float | None = None
    ocr_latency_ms: float | None = None
    avg_detection_confidence: float | None = None
    avg_ocr_confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHealthLog:
    """How a camera and its stream fare; percent, °C, milliseconds, Mbit/s, kbit/s."""

    device_id: str
    timestamp: datetime
    status: str
    cpu_usage: float | None = None
    memory_usage: float | None = None
    temperature: float | None = None
    network_latency_ms: float | None = None
    packet_loss: float | None = None
    bandwidth_mbps: float | None = None
    fps: float | None = None
    bitrate_kbps: float | None = None
    dropped_frames: int | None = None
    error_count: int = 0
    error_messages: Sequence[str] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


_TABLES: dict[type, str] = {
    NewEvent: telemetry.Event.__tablename__,
    NewInferenceMetric: telemetry.InferenceMetric.__tablename__,
    NewHealthLog: telemetry.DeviceHealthLog.__tablename__,
}
Row = NewEvent | NewInferenceMetric | NewHealthLog


def write_batch(connection: Connection, rows: Iterable[Row]) -> int:
    """Write rows, of one kind or mixed, in the connection's transaction; returns how many.

    Instants are aware. Raises psycopg.IntegrityError, SQLAlchemy's driver error, when a row names a camera
    that is not in `devices`, and ValueError for a value that its column cannot hold; nothing of the batch
    stays then.
    """
    by_kind: dict[type, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(type(row), []).append(row)
    driver = connection.connection.driver_connection
    if not isinstance(driver, PsycopgConnection):
        raise TypeError("batches are written over psycopg")
    # SQLAlchemy opens its transaction lazily, and COPY goes past it.
    connection.exec_driver_sql("SELECT 1")
    for kind, same in by_kind.items():
        _copy(driver, _TABLES[kind], kind, same)
    return sum(len(same) for same in by_kind.values())


def _copy(driver: PsycopgConnection[Any], table: str, kind: type[Row], rows: Sequence[Row]) -> None:
    packer = _PACKERS[kind]
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, packer.columns))
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in packer.pack(rows):
            copy.write(piece)


_PACKERS = {
    kind: RowPacker(Base.metadata.tables[table], [one.name for one in fields(kind)])
    for kind, table in _TABLES.items()
}
