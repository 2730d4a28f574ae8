"""The outbox as a queue: claim, deliver, or put back for later.

Delivery is at least once: a relay that dies after sending and before marking sends again, with the same
event id. It must not know where events go.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from schema.outbox import OutboxEvent
from schema.sql_files import read_sql

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedEvent:
    """An event to deliver now. attempts counts this one."""

    event_id: uuid.UUID
    idempotency_key: str
    topic: str
    payload: Mapping[str, Any]
    created_at: datetime
    attempts: int


class OutboxQueue:
    """The outbox of one transaction, for one relay; never commits.

    relay: a name that no other running relay has.
    """

    def __init__(self, session: Session, relay: str) -> None:
        self._session = session
        self._relay = relay

    def claim(self, batch: int = 50, *, lease_s: float = 30.0) -> list[ClaimedEvent]:
        """Up to `batch` due events, oldest first, that no other relay has. Commit before delivering."""
        rows = self._session.execute(
            text(read_sql("outbox_claim")),
            {"batch": batch, "lease_s": lease_s, "relay": self._relay},
        ).all()
        return [
            ClaimedEvent(
                event_id=row.event_id,
                idempotency_key=row.idempotency_key,
                topic=row.topic,
                payload=row.payload,
                created_at=row.created_at,
                attempts=row.attempts,
            )
            for row in sorted(rows, key=lambda row: int(row.sequence))
        ]

    def mark_delivered(self, event_ids: Sequence[uuid.UUID]) -> int:
        """Events that the receiver confirmed; returns how many were still open."""
        done = self._session.execute(
            update(OutboxEvent)
            .where(OutboxEvent.event_id.in_(event_ids), OutboxEvent.delivered_at.is_(None))
            .values(delivered_at=func.current_timestamp(), claimed_by=None, last_error=None)
            .returning(OutboxEvent.event_id)
            .execution_options(synchronize_session=False)
        )
        return len(done.all())

    def mark_failed(self, event_id: uuid.UUID, error: str) -> None:
        """Try this event again later, waiting twice as long each time up to a cap."""
        self._session.execute(
            text(read_sql("outbox_failed")),
            {
                "event_id": event_id,
                "error": error[:2000],
                "relay": self._relay,
                "base_s": FIRST_WAIT_S,
                "cap_s": LONGEST_WAIT_S,
            },
        )

    def waiting(self) -> int:
        """How many events are not delivered yet."""
        return int(
            self._session.execute(
                select(func.count())
                .select_from(OutboxEvent)
                .where(OutboxEvent.delivered_at.is_(None))
            ).scalar_one()
        )
