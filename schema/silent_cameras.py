"""A camera that is not heard any more: written down, and put in the outbox for whoever should know.

It must not know who is told, nor why a camera is silent.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.orm import Session

from schema.outbox import OutboxEvent
from schema.records import event_id
from schema.sql_files import read_sql
from schema.telemetry import Event

AFTER_S = 60.0
TOPIC = "camera.offline"


def note_silence(session: Session, *, after_s: float = AFTER_S) -> list[str]:
    """Write down which cameras fell silent, once for each silence; returns their ids. The caller commits.

    Several may look at once: the event's id follows from the camera and when it was last heard.
    """
    found = session.execute(text(read_sql("silent_cameras")), {"after_s": after_s}).all()
    keys = {row.id: f"{TOPIC}|{row.id}|{row.last_heartbeat.isoformat()}" for row in found}
    known = set(
        session.scalars(
            select(OutboxEvent.idempotency_key).where(
                OutboxEvent.idempotency_key.in_(keys.values())
            )
        )
    )
    return [
        row.id
        for row in found
        if keys[row.id] not in known
        and _told(session, keys[row.id], row.id, row.status, row.last_heartbeat)
    ]


def _told(session: Session, key: str, device_id: str, status: str, since: datetime) -> bool:
    identity = event_id(key)
    payload = {"event_id": str(identity), "camera_id": device_id, "since": since.isoformat()}
    made = session.execute(
        insert_once(OutboxEvent)
        .values(event_id=identity, idempotency_key=key, topic=TOPIC, payload=payload)
        .on_conflict_do_nothing()
        .returning(OutboxEvent.event_id)
    ).first()
    if made is None:
        return False
    session.execute(
        insert(Event).values(
            event_type="system",
            event_category="camera_offline",
            device_id=device_id,
            data={"status": status, "since": since.isoformat()},
            severity="warning",
        )
    )
    return True
