"""From an event to people: writes their notices once, and sends what leaves the house until it is taken.

A channel that is down holds up no other, and nothing but expiry ends its retries. Whom to tell is
enforcement/notifications'; it must not know how a channel speaks.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy.orm import Session, sessionmaker

from enforcement.errors import BadInput, Unavailable
from enforcement.events import Event
from enforcement.notifications import (
    Channel,
    Message,
    Sender,
    infraction_of,
    notices,
    retry_wait_s,
    rule_of,
)
from schema.notification_queue import ClaimedDelivery, NotificationQueue
from schema.unit_of_work import UnitOfWork

_LOG = logging.getLogger(__name__)
CONSUMER = "notify"
_DAYS = 31
"""No notice lasts longer, so older events have nothing to tell."""
_BATCH = 20


class Notifier:
    """Takes events and makes sendings; several may run, each with a name of its own."""

    def __init__(
        self,
        factory: sessionmaker[Session],
        senders: Mapping[Channel, Sender],
        *,
        name: str,
        lease_s: float = 300.0,
        retry_s: Callable[[int], float] = retry_wait_s,
    ) -> None:
        """lease_s: how long others leave a claimed batch alone; longer than sending it takes."""
        self._factory, self._senders, self._name = factory, senders, name
        self._lease_s, self._retry_s = lease_s, retry_s
        self.written = self.sent = self.events = 0
        self.troubles: dict[Channel, str] = {}

    def handle(self, event: Event) -> None:
        """Write an event's notices, once however often it comes. Raises Unavailable."""
        with UnitOfWork(self._factory) as work:
            queue = NotificationQueue(work.session, self._name)
            written = self._tell(queue, event)
            work.commit()
        self.written += written

    def from_outbox(self, most: int = 100) -> int:
        """Take events straight from the outbox; returns how many. Raises Unavailable."""
        for taken in range(most):
            with UnitOfWork(self._factory) as work:
                queue = NotificationQueue(work.session, self._name)
                event = queue.next_event(CONSUMER, days=_DAYS)
                if event is None:
                    return taken
                written = self._tell(queue, event)
                work.commit()
            self.written += written
        return most

    def deliver(self) -> int:
        """One batch of each channel that has a sender; returns how many were sent. Raises Unavailable."""
        with UnitOfWork(self._factory) as work:
            NotificationQueue(work.session, self._name).expire()
            work.commit()
        return sum(self._deliver(channel, sender) for channel, sender in self._senders.items())

    def waiting(self) -> Mapping[str, int]:
        """Sendings not yet made, by channel. Raises Unavailable."""
        with UnitOfWork(self._factory) as work:
            return NotificationQueue(work.session, self._name).waiting()

    def _tell(self, queue: NotificationQueue, event: Event) -> int:
        if not queue.take(CONSUMER, event.event_id):
            return 0
        self.events += 1
        rule = rule_of(event.topic)
        if rule is None:
            return 0
        infraction = infraction_of(event.payload)
        version = event.payload.get("version")
        known = queue.context(
            event.event_id, infraction, version if isinstance(version, int) else None
        )
        if rule.infraction and not known.infraction_exists:
            _LOG.warning("event %s names no infraction; nobody is told", event.event_id)
            return 0
        now = datetime.now(UTC)
        return queue.put(
            notices(
                event,
                queue.people(),
                happened_at=known.happened_at or now,
                now=now,
                actor=known.actor,
                reviewer=known.reviewer,
            )
        )

    def _deliver(self, channel: Channel, sender: Sender) -> int:
        with UnitOfWork(self._factory) as work:
            queue = NotificationQueue(work.session, self._name)
            claimed = queue.claim(channel, _BATCH, lease_s=self._lease_s)
            work.commit()
        done, trouble = 0, None
        deadline = time.monotonic() + self._lease_s / 2
        for one in claimed:
            if trouble is None and time.monotonic() > deadline:
                trouble = f"{channel} is too slow"
            if trouble is None:
                trouble, sent = self._send(channel, sender, one)
                done += sent
            else:
                # Found down by the one before: not tried, and tried later.
                self._failed(one, trouble)
        if trouble is not None:
            self.troubles[channel] = trouble
            _LOG.warning("%s waits: %s", channel, trouble)
        elif claimed:
            self.troubles.pop(channel, None)
        return done

    def _send(
        self, channel: Channel, sender: Sender, one: ClaimedDelivery
    ) -> tuple[str | None, int]:
        try:
            sender.send(_message(channel, one))
        except BadInput as error:
            self._failed(one, str(error), for_good=True)
            return None, 0
        except Unavailable as error:
            self._failed(one, str(error))
            return str(error), 0
        # Marked one by one, so that a sender that dies repeats one message at most.
        with UnitOfWork(self._factory) as work:
            NotificationQueue(work.session, self._name).mark_sent(one.id)
            work.commit()
        self.sent += 1
        return None, 1

    def _failed(self, one: ClaimedDelivery, error: str, *, for_good: bool = False) -> None:
        with UnitOfWork(self._factory) as work:
            NotificationQueue(work.session, self._name).mark_failed(
                one.id, error, wait_s=self._retry_s(one.attempts), for_good=for_good
            )
            work.commit()


def _message(channel: Channel, one: ClaimedDelivery) -> Message:
    addresses = {
        Channel.EMAIL: one.email,
        # As people write it, it has spaces and dashes that a service may refuse.
        Channel.SMS: "".join(c for c in one.phone or "" if c.isdigit() or c == "+"),
        Channel.PUSH: one.username,
    }
    to = addresses.get(channel)
    if not one.is_active:
        raise BadInput(f"{channel}: the account is closed")
    if not to or to.endswith(".invalid"):
        raise BadInput(f"{channel}: this person has no address for it")
    return Message(key=one.idempotency_key, to=to, title=one.title, text=one.message)
