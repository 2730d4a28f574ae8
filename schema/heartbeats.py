"""How each camera fares, on its own row of `devices`.

It must not know who watches cameras; it writes what it is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from schema.devices import Device
from schema.silent_cameras import note_silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """status is one of the table's. A camera that is not active keeps its last heartbeat."""

    device_id: str
    status: str
    fps: float | None = None
    latency_ms: float | None = None


def note_heartbeats(session: Session, beats: Iterable[Heartbeat]) -> None:
    """Update the rows, and put down which cameras fell silent; the caller commits."""
    for beat in beats:
        values = {
            "status": beat.status,
            "current_fps": beat.fps,
            "avg_latency_ms": beat.latency_ms,
        }
        if beat.status == "active":
            session.execute(
                update(Device)
                .where(Device.id == beat.device_id)
                .values(**values, last_heartbeat=func.current_timestamp())
            )
        else:
            session.execute(update(Device).where(Device.id == beat.device_id).values(**values))
    note_silence(session)
