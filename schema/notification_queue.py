"""Notifications as the sender's queue: take an event once, write its notices, claim and mark sendings.

Nothing here decides who is told, or knows how a message travels.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from enforcement.events import Event
from enforcement.notice_rules import Channel, language_of
from enforcement.notifications import Notice, Person
from schema.notifications import ConsumedEvent, Notification, NotificationDelivery
from schema.sql_files import read_sql


@dataclass(frozen=True, slots=True, kw_only=True)
class EventContext:
    """What the database knows of an event. happened_at: None for one that is not in the outbox."""

    happened_at: datetime | None
    actor: uuid.UUID | None
    reviewer: uuid.UUID | None
    infraction_exists: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedDelivery:
    """A sending to make now. attempts counts this one. is_active: whether the person still is."""

    id: uuid.UUID
    idempotency_key: str
    attempts: int
    title: str
    message: str
    username: str
    email: str | None
    phone: str | None
    is_active: bool


class NotificationQueue:
    """Of one transaction, for one worker; never commits. worker: a name no other has."""

    def __init__(self, session: Session, worker: str) -> None:
        self._session = session
        self._worker = worker

    def next_event(self, consumer: str, *, days: int) -> Event | None:
        """The oldest event this consumer has not taken; held until the transaction ends."""
        row = self._session.execute(
            text(read_sql("notify_events")), {"consumer": consumer, "days": days}
        ).first()
        if row is None:
            return None
        return Event(event_id=row.event_id, topic=row.topic, payload=row.payload)

    def take(self, consumer: str, event_id: uuid.UUID) -> bool:
        """Note the event as dealt with; False when it already was."""
        taken = self._session.execute(
            insert(ConsumedEvent)
            .values(consumer=consumer, event_id=event_id)
            .on_conflict_do_nothing()
            .returning(ConsumedEvent.event_id)
        )
        return taken.first() is not None

    def context(
        self, event_id: uuid.UUID, infraction_id: uuid.UUID | None, version: int | None
    ) -> EventContext:
        """When it happened, by whom, and whose verdict the infraction carries."""
        row = self._session.execute(
            text(read_sql("notify_context")),
            {"event_id": event_id, "infraction_id": infraction_id, "version": version},
        ).one()
        return EventContext(**row._mapping)

    def people(self) -> list[Person]:
        """Active users with their preferences."""
        return [_person(row) for row in self._session.execute(text(read_sql("notify_people")))]

    def put(self, notices: Iterable[Notice]) -> int:
        """Write notices and their sendings; what is there already stays. Returns how many are new."""
        return sum(self._put(notice) for notice in notices)

    def claim(
        self, channel: Channel, batch: int = 20, *, lease_s: float = 300.0
    ) -> list[ClaimedDelivery]:
        """Sendings that are due and nobody else has. Commit before sending."""
        rows = self._session.execute(
            text(read_sql("notify_claim")),
            {
                "channel": channel.value,
                "batch": batch,
                "lease_s": lease_s,
                "worker": self._worker,
            },
        )
        return [ClaimedDelivery(**row._mapping) for row in rows]

    def mark_sent(self, delivery_id: uuid.UUID) -> None:
        """It was taken over."""
        self._session.execute(
            text(read_sql("notify_sent")), {"id": delivery_id, "worker": self._worker}
        )

    def mark_failed(
        self, delivery_id: uuid.UUID, error: str, *, wait_s: float, for_good: bool = False
    ) -> None:
        """Again after wait_s seconds, or never."""
        self._session.execute(
            text(read_sql("notify_failed")),
            {
                "id": delivery_id,
                "error": error[:500],
                "wait_s": wait_s,
                "for_good": for_good,
                "worker": self._worker,
            },
        )

    def expire(self) -> int:
        """Give up what has expired; returns how many sendings."""
        return len(self._session.execute(text(read_sql("notify_expire"))).all())

    def waiting(self) -> Mapping[str, int]:
        """Sendings not yet made, by channel."""
        rows = self._session.execute(
            select(NotificationDelivery.channel, func.count())
            .where(NotificationDelivery.state == "pending")
            .group_by(NotificationDelivery.channel)
        )
        return {str(channel): int(count) for channel, count in rows}

    def _put(self, notice: Notice) -> int:
        shown = Channel.IN_APP if Channel.IN_APP in notice.channels else next(iter(notice.channels))
        made = self._session.execute(
            insert(Notification)
            .values(
                id=notice.id,
                user_id=notice.user_id,
                title=notice.title,
                message=notice.message,
                notification_type=notice.type.value,
                infraction_id=notice.infraction_id,
                priority=notice.priority,
                channel=shown.value,
                expires_at=notice.expires_at,
            )
            .on_conflict_do_nothing()
            .returning(Notification.id)
        ).first()
        self._session.execute(
            insert(NotificationDelivery)
            .values([_delivery(notice, *channel) for channel in notice.channels.items()])
            .on_conflict_do_nothing()
        )
        return int(made is not None)


def _delivery(notice: Notice, channel: Channel, key: str) -> dict[str, Any]:
    # The row itself is the notice in the console: written is sent.
    inside = channel is Channel.IN_APP
    return {
        "notification_id": notice.id,
        "channel": channel.value,
        "idempotency_key": key,
        "state": "sent" if inside else "pending",
        "attempts": int(inside),
        "sent_at": func.current_timestamp() if inside else None,
    }


def _person(row: Any) -> Person:
    switched: Sequence[tuple[str, str, bool]] = row.preferences
    return Person(
        id=row.id,
        role=row.role,
        permissions=tuple(row.permissions),
        preferences={(kind, channel): on for kind, channel, on in switched},
        language=language_of(row.language),
    )
