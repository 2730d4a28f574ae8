"""From the outbox to the bus: every event at least once, always under the same id.

Promises: an event counts as delivered only after the bus took it over. A relay that dies in between sends
again; receivers drop the double by its id. A restart loses nothing but counts. It must not know what an
event means.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from actors.backoff import Backoff
from enforcement.errors import Unavailable
from enforcement.events import Event, MessageBus
from schema.outbox_queue import ClaimedEvent, OutboxQueue
from schema.unit_of_work import UnitOfWork

_LOG = logging.getLogger(__name__)
_IDLE_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayStatus:
    """What a person must see. waiting: undelivered events, None while the database is silent."""

    waiting: int | None
    delivered: int
    last_error: str | None

    @property
    def degraded(self) -> bool:
        """Whether events are held up."""
        return self.last_error is not None


class OutboxRelay:
    """Delivers due events; several relays may run, each with a name of its own."""

    def __init__(
        self,
        factory: sessionmaker[Session],
        bus: MessageBus,
        *,
        name: str,
        batch: int = 50,
        lease_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """lease_s: how long others leave a claimed event alone; longer than a batch takes."""
        self._factory, self._bus, self._name = factory, bus, name
        self._batch, self._lease_s, self._clock = batch, lease_s, clock
        self._backoff = Backoff(first_s=0.25, longest_s=30.0)
        self._delivered = 0
        self._last_error: str | None = None

    def step(self) -> int:
        """Deliver what is due, one batch; returns how many. Trouble is kept for `status`."""
        if not self._backoff.due(self._clock()):
            return 0
        try:
            # Asked first, so that a broker that is down costs no event an attempt.
            self._bus.ready()
            delivered = self._deliver(self._claim())
        except Unavailable as error:
            self._backoff.failed(self._clock())
            self._last_error = str(error)
            _LOG.warning("outbox waits: %s", error)
            return 0
        self._backoff.succeeded()
        self._last_error = None
        return delivered

    def run(self, stop: threading.Event) -> None:
        """Step until told to stop; what ends it otherwise stays visible in `status`."""
        try:
            while not stop.is_set():
                if self.step() == 0:
                    stop.wait(_IDLE_S)
        except BaseException as error:
            self._last_error = f"relay ended by {type(error).__name__}"
            raise
        finally:
            self._bus.close()

    def status(self) -> RelayStatus:
        """Counts and the latest trouble."""
        waiting: int | None = None
        try:
            with UnitOfWork(self._factory) as work:
                waiting = OutboxQueue(work.session, self._name).waiting()
        except Unavailable as error:
            self._last_error = str(error)
        return RelayStatus(waiting=waiting, delivered=self._delivered, last_error=self._last_error)

    def _claim(self) -> list[ClaimedEvent]:
        with UnitOfWork(self._factory) as work:
            events = OutboxQueue(work.session, self._name).claim(self._batch, lease_s=self._lease_s)
            work.commit()
        return events

    def _deliver(self, events: list[ClaimedEvent]) -> int:
        sent: list[UUID] = []
        trouble: Unavailable | None = None
        for event in events:
            try:
                self._bus.publish(
                    Event(event_id=event.event_id, topic=event.topic, payload=event.payload)
                )
                sent.append(event.event_id)
            except Unavailable as error:
                trouble = error
                break
        self._mark(sent, [e.event_id for e in events[len(sent) :]], trouble)
        self._delivered += len(sent)
        if trouble is not None:
            raise trouble
        return len(sent)

    def _mark(self, sent: list[UUID], unsent: list[UUID], trouble: Unavailable | None) -> None:
        with UnitOfWork(self._factory) as work:
            queue = OutboxQueue(work.session, self._name)
            if sent:
                queue.mark_delivered(sent)
            for event_id in unsent:
                queue.mark_failed(event_id, str(trouble))
            work.commit()
