"""What a running camera last said of itself, kept on its row for whoever looks.

It must not know how it was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from schema.devices import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport:
    """One report of one camera. status: active, error or offline, as seen; detections since the last."""

    device_id: str
    at: datetime
    status: str
    fps: float | None = None
    latency_ms: float | None = None
    detections: int = 0
    uptime_s: float = 0.0


def save_report(session: Session, report: DeviceReport) -> bool:
    """Update the camera's row; False when there is none.

    A camera that a person has put aside stays so: a last report of it does not bring it back.
    """
    saved = session.execute(
        update(Device)
        .where(Device.id == report.device_id)
        .values(
            status=case(
                (Device.status.in_(("inactive", "maintenance")), Device.status),
                else_=report.status,
            ),
            last_heartbeat=report.at,
            current_fps=report.fps,
            avg_latency_ms=report.latency_ms,
            total_detections=Device.total_detections + report.detections,
            uptime_seconds=round(report.uptime_s),
        )
        .returning(Device.id)
        .execution_options(synchronize_session=False)
    )
    return saved.first() is not None
