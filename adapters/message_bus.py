"""Events to subscribers: in this process by default, through RabbitMQ by one variable.

The only importer of pika. Delivery is at least once; a handler sees an event id once as long as the id is
remembered. What an event means is not known here. A bus belongs to one thread.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import pika
from pika.exceptions import AMQPError, NackError, UnroutableError

from adapters.settings import Settings
from enforcement.errors import BadInput, Unavailable
from enforcement.events import Event, Handler, MessageBus, topic_fits

VARIABLE = "VIGIA_AMQP_URL"
EXCHANGE, DEAD = "vigia.events", "vigia.dead"
KEPT = "vigia.events.kept"
T = TypeVar("T")
Channel = Any
"""pika ships no types."""
_REMEMBERED = 10_000
_KEPT = 100_000
_DELIVERIES = 5
_POLL_S = 0.02


def open_bus(settings: Settings) -> MessageBus:
    """RabbitMQ where VIGIA_AMQP_URL names it, else this process; connects lazily."""
    return InProcessBus() if settings.amqp_url is None else AmqpBus(settings.amqp_url)


class _Once:
    """A handler that drops the event ids it has taken, up to the last 10 000."""

    def __init__(self, pattern: str, handler: Handler) -> None:
        self.pattern = pattern
        self._handler = handler
        self._seen: OrderedDict[UUID, None] = OrderedDict()

    def __call__(self, event: Event) -> bool:
        if event.event_id in self._seen:
            return False
        self._handler(event)
        self._seen[event.event_id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True


class InProcessBus:
    """Hands every event to its subscribers before `publish` returns, so nothing waits in memory."""

    def __init__(self) -> None:
        self._subscribers: dict[str, _Once] = {}
        self._handled = 0

    def ready(self) -> None:
        """Always."""

    def publish(self, event: Event) -> None:
        """Have every subscriber take the event; what a handler raises is raised here."""
        for subscriber in self._subscribers.values():
            if topic_fits(subscriber.pattern, event.topic):
                self._handled += subscriber(event)

    def subscribe(self, name: str, pattern: str, handler: Handler) -> None:
        """See MessageBus."""
        self._subscribers[name] = _Once(pattern, handler)

    def pump(self, seconds: float) -> int:
        """How many events were handled since the last call; nothing ever waits."""
        handled, self._handled = self._handled, 0
        return handled

    def close(self) -> None:
        """Forget the subscribers."""
        self._subscribers.clear()


class AmqpBus:
    """RabbitMQ: a topic exchange, quorum queues, publisher confirms, a dead-letter exchange.

    Everything published also goes to the queue `vigia.events.kept` (its last 100 000), so that an event
    nobody subscribed to yet is kept. A message that a handler refuses five times goes to `vigia.dead`.
    A lost connection is opened again at the next call.
    """

    def __init__(self, url: str) -> None:
        try:
            self._parameters = pika.URLParameters(url)
        except (ValueError, TypeError, AttributeError) as error:
            raise BadInput(f"{VARIABLE}: not an AMQP URL ({error})") from None
        # pika's own patience would hold a relay for minutes; retrying is the relay's trade.
        self._parameters.connection_attempts = 1
        self._parameters.socket_timeout = 5
        self._parameters.stack_timeout = 10
        self._parameters.blocked_connection_timeout = 10
        self._connection: Any = None
        self._channel: Any = None
        self._subscribers: dict[str, _Once] = {}

    def ready(self) -> None:
        """Connect if need be, and hear whether the broker still answers."""
        self._answering(lambda channel: channel.exchange_declare(EXCHANGE, passive=True))

    def publish(self, event: Event) -> None:
        """Return once the broker has confirmed that a quorum queue holds the event."""
        body = json.dumps(event.payload, ensure_ascii=False).encode("utf-8")
        properties = pika.BasicProperties(
            message_id=str(event.event_id),
            content_type="application/json",
            delivery_mode=pika.DeliveryMode.Persistent,
        )
        self._answering(
            lambda channel: channel.basic_publish(
                EXCHANGE, event.topic, body, properties, mandatory=True
            )
        )

    def subscribe(self, name: str, pattern: str, handler: Handler) -> None:
        """See MessageBus. The queue `vigia.NAME` is durable: it collects while nobody listens."""
        self._answering(lambda channel: _declare(channel, f"vigia.{name}", pattern))
        self._subscribers[name] = _Once(pattern, handler)

    def pump(self, seconds: float) -> int:
        """See MessageBus."""
        deadline = time.monotonic() + seconds
        handled = 0
        while True:
            taken = sum(self._take(name) for name in list(self._subscribers))
            handled += taken
            if not taken and time.monotonic() >= deadline:
                return handled
            if not taken:
                self._answering(lambda channel: channel.connection.process_data_events(_POLL_S))

    def close(self) -> None:
        """Close the connection; the queues stay."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and connection.is_open:
            try:
                connection.close()
            except AMQPError:
                return

    def _take(self, name: str) -> int:
        """Hand over one message of a subscriber's queue; 1 when there was one."""
        subscriber = self._subscribers[name]

        def one(channel: Channel) -> int:
            method, properties, body = channel.basic_get(f"vigia.{name}")
            if method is None:
                return 0
            try:
                event = Event(
                    event_id=UUID(properties.message_id),
                    topic=method.routing_key,
                    payload=json.loads(body),
                )
            except (ValueError, TypeError, AttributeError):
                channel.basic_reject(method.delivery_tag, requeue=False)
                return 1
            try:
                subscriber(event)
            except BaseException:
                channel.basic_reject(method.delivery_tag, requeue=True)
                raise
            channel.basic_ack(method.delivery_tag)
            return 1

        return self._answering(one)

    def _answering(self, call: Callable[[Channel], T]) -> T:
        try:
            return self._call(call)
        except _Lost:
            # A connection idle past its heartbeat dies unseen: once more on a new one.
            return self._call(call)

    def _call(self, call: Callable[[Channel], T]) -> T:
        try:
            return call(self._open())
        except (UnroutableError, NackError) as error:
            raise Unavailable(f"{VARIABLE}: the broker did not take an event") from error
        except (AMQPError, OSError) as error:
            self.close()
            raise _Lost(f"{VARIABLE}: broker lost ({type(error).__name__})") from error

    def _open(self) -> Channel:
        if self._connection is None or not self._connection.is_open:
            self._connection = pika.BlockingConnection(self._parameters)
            self._channel = self._connection.channel()
            self._channel.confirm_delivery()
            self._channel.exchange_declare(DEAD, "fanout", durable=True)
            self._channel.queue_declare(DEAD, durable=True, arguments={"x-queue-type": "quorum"})
            self._channel.queue_bind(DEAD, DEAD)
            self._channel.exchange_declare(EXCHANGE, "topic", durable=True)
            _declare(self._channel, KEPT, "#", {"x-max-length": _KEPT})
        return self._channel


class _Lost(Unavailable):
    """The connection is gone; a new one may serve."""


def _declare(
    channel: Channel, queue: str, pattern: str, more: dict[str, Any] | None = None
) -> None:
    arguments = {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": DEAD,
        "x-delivery-limit": _DELIVERIES,
    }
    channel.queue_declare(queue, durable=True, arguments=arguments | (more or {}))
    channel.queue_bind(queue, EXCHANGE, pattern)
