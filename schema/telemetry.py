"""What cameras report all the time: events, stage latencies, health."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, JsonObject


class Event(Base):
    """Something that happened on a camera or in the system."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    event_type: Mapped[str] = mapped_column(String(50))
    event_category: Mapped[str | None] = mapped_column(String(50))
    device_id: Mapped[str | None] = mapped_column(
        String(50), ForeignKey("devices.id", ondelete="RESTRICT")
    )
    infraction_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("infractions.id", ondelete="RESTRICT")
    )
    timestamp: Mapped[datetime] = mapped_column(
        primary_key=True, server_default=func.current_timestamp()
    )
    data: Mapped[JsonObject]
    severity: Mapped[str | None] = mapped_column(String(20))


class InferenceMetric(Base):
    """Rates and stage latencies of one camera over one reporting interval."""

    __tablename__ = "inference_metrics"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    device_id: Mapped[str] = mapped_column(
        String(50), ForeignKey("devices.id", ondelete="RESTRICT")
    )
    timestamp: Mapped[datetime] = mapped_column(
        primary_key=True, server_default=func.current_timestamp()
    )
    fps: Mapped[float]
    latency_ms: Mapped[float]
    throughput_frames_per_sec: Mapped[float | None]
    gpu_id: Mapped[int | None] = mapped_column(server_default=text("0"))
    gpu_utilization: Mapped[float | None]
    gpu_memory_used_mb: Mapped[float | None]
    gpu_memory_total_mb: Mapped[float | None]
    gpu_temperature: Mapped[float | None]
    cpu_utilization: Mapped[float | None]
    memory_mb: Mapped[float | None]
    detections_count: Mapped[int] = mapped_column(server_default=text("0"))
    tracked_objects_count: Mapped[int] = mapped_column(server_default=text("0"))
    infractions_count: Mapped[int] = mapped_column(server_default=text("0"))
    decode_latency_ms: Mapped[float | None]
    detection_latency_ms: Mapped[float | None]
    tracking_latency_ms: Mapped[float | None]
    ocr_latency_ms: Mapped[float | None]
    avg_detection_confidence: Mapped[float | None]
    avg_ocr_confidence: Mapped[float | None]


class DeviceHealthLog(Base):
    """How a camera and its stream fare at one instant."""

    __tablename__ = "device_health_logs"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    device_id: Mapped[str] = mapped_column(
        String(50), ForeignKey("devices.id", ondelete="RESTRICT")
    )
    timestamp: Mapped[datetime] = mapped_column(
        primary_key=True, server_default=func.current_timestamp()
    )
    status: Mapped[str] = mapped_column(String(50))
    cpu_usage: Mapped[float | None]
    memory_usage: Mapped[float | None]
    temperature: Mapped[float | None]
    network_latency_ms: Mapped[float | None]
    packet_loss: Mapped[float | None]
    bandwidth_mbps: Mapped[float | None]
    fps: Mapped[float | None]
    bitrate_kbps: Mapped[float | None]
    dropped_frames: Mapped[int | None]
    error_count: Mapped[int] = mapped_column(server_default=text("0"))
    error_messages: Mapped[list[str] | None]
    metadata_: Mapped[JsonObject | None] = mapped_column("metadata")
