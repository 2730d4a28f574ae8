"""One contract for every bus, and the relay that feeds it from the outbox."""

from __future__ import annotations

import json
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pytest

from adapters.message_bus import DEAD, KEPT, AmqpBus, InProcessBus, open_bus
from adapters.settings import Settings
from enforcement.errors import BadInput, Unavailable
from enforcement.events import Event, MessageBus, topic_fits
from tests.fixtures.services import free_port

WAIT_S = 10.0


@pytest.fixture(params=["in process", "rabbitmq"])
def bus(request: pytest.FixtureRequest) -> Iterator[MessageBus]:
    made: MessageBus = (
        InProcessBus()
        if request.param == "in process"
        else AmqpBus(request.getfixturevalue("amqp_url"))
    )
    yield made
    made.close()


def event(topic: str = "infraction.created", **payload: object) -> Event:
    return Event(event_id=uuid.uuid4(), topic=topic, payload=payload)


def queue_name() -> str:
    """A subscriber of this test's own: the broker is shared by the session."""
    return f"test-{uuid.uuid4().hex[:8]}"


def pump_until(bus: MessageBus, ready: Callable[[], bool]) -> None:
    for _ in range(int(WAIT_S / 0.1)):
        bus.pump(0.1)
        if ready():
            return
    pytest.fail("nothing arrived")


def test_a_subscriber_gets_what_was_published_as_it_was(bus: MessageBus) -> None:
    got: list[Event] = []
    bus.subscribe(queue_name(), "infraction.*", got.append)
    sent = event(infraction_code="INF-20260304-00001", ñ=[1, 2.5, None])
    bus.ready()
    bus.publish(sent)
    pump_until(bus, lambda: bool(got))
    assert got == [sent]


def test_every_subscriber_gets_its_own_copy_and_only_its_topics(bus: MessageBus) -> None:
    one: list[Event] = []
    two: list[Event] = []
    other: list[Event] = []
    bus.subscribe(queue_name(), "#", one.append)
    bus.subscribe(queue_name(), "infraction.created", two.append)
    bus.subscribe(queue_name(), "camera.*", other.append)
    sent = event()
    bus.publish(sent)
    pump_until(bus, lambda: bool(one and two))
    bus.pump(0.2)
    assert (one, two, other) == ([sent], [sent], [])


def test_an_event_published_twice_is_handled_once(bus: MessageBus) -> None:
    got: list[Event] = []
    bus.subscribe(queue_name(), "#", got.append)
    first, last = event(), event()
    for each in (first, first, last):
        bus.publish(each)
    pump_until(bus, lambda: last in got)
    assert got == [first, last]


def test_a_handler_that_failed_gets_the_event_again(bus: MessageBus) -> None:
    attempts: list[Event] = []
    got: list[Event] = []

    def handler(each: Event) -> None:
        attempts.append(each)
        if len(attempts) == 1:
            raise RuntimeError("not now")
        got.append(each)

    bus.subscribe(queue_name(), "#", handler)
    sent = event()

    def publish_and_pump() -> None:
        bus.publish(sent)
        pump_until(bus, lambda: bool(attempts))

    with pytest.raises(RuntimeError, match="not now"):
        publish_and_pump()
    publish_and_pump()
    pump_until(bus, lambda: bool(got))
    assert got == [sent]


def test_events_stay_in_order(bus: MessageBus) -> None:
    got: list[Event] = []
    bus.subscribe(queue_name(), "#", got.append)
    sent = [event(number=n) for n in range(20)]
    for each in sent:
        bus.publish(each)
    pump_until(bus, lambda: len(got) == len(sent))
    assert got == sent


def test_a_message_that_is_no_event_goes_to_the_dead_letters(amqp_url: str) -> None:
    bus = AmqpBus(amqp_url)
    name = queue_name()
    bus.subscribe(name, "nothing.of.ours", lambda _: None)
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        channel.queue_purge(DEAD)
        channel.basic_publish("", f"vigia.{name}", b"not json")
        bus.pump(0.5)
        _, _, body = next(channel.consume(DEAD, auto_ack=True, inactivity_timeout=WAIT_S))
    bus.close()
    assert body == b"not json"


def test_an_event_nobody_subscribed_to_is_kept_as_a_persistent_message(amqp_url: str) -> None:
    bus = AmqpBus(amqp_url)
    sent = event("rare.topic", number=7)
    bus.publish(sent)
    bus.close()
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        kept = connection.channel().consume(KEPT, auto_ack=True, inactivity_timeout=WAIT_S)
        for _, properties, body in kept:
            assert properties is not None, "the event was not kept"
            if properties.message_id == str(sent.event_id):
                assert properties.delivery_mode == 2
                assert json.loads(body) == {"number": 7}
                break


class _Wire:
    """A cable to the broker that can be cut: forwards bytes until told otherwise."""

    def __init__(self, port: int) -> None:
        self._target, self._alive = port, True
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            if not self._alive:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._target))
            self._ends += [near, far]
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(a, b), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        target.close()

    def cut(self) -> None:
        self._alive = False
        for end in self._ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
            end.close()
        self._ends.clear()

    def mend(self) -> None:
        self._alive = True

    def close(self) -> None:
        self.cut()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture
def wire(amqp_url: str) -> Iterator[_Wire]:
    made = _Wire(pika.URLParameters(amqp_url).port)
    yield made
    made.close()


def test_a_connection_that_was_cut_is_opened_again(wire: _Wire) -> None:
    bus = AmqpBus(f"amqp://guest:guest@127.0.0.1:{wire.port}/%2F")
    bus.publish(event())
    wire.cut()
    with pytest.raises(Unavailable, match="VIGIA_AMQP_URL: broker lost"):
        bus.publish(event())
    wire.mend()
    bus.publish(event())
    bus.close()


def test_a_broker_that_is_not_there_is_unavailable() -> None:
    bus = AmqpBus(f"amqp://guest:secret@127.0.0.1:{free_port()}/%2F")
    with pytest.raises(Unavailable, match="VIGIA_AMQP_URL") as told:
        bus.ready()
    assert "secret" not in str(told.value)


def test_a_wrong_url_names_its_variable() -> None:
    with pytest.raises(BadInput, match="VIGIA_AMQP_URL"):
        AmqpBus("amqp://host:port/")


def test_the_bus_is_in_process_unless_a_broker_is_named(tmp_path: Path) -> None:
    assert isinstance(open_bus(Settings(local_dir=tmp_path)), InProcessBus)


@pytest.mark.parametrize(
    ("pattern", "topic", "fits"),
    [
        ("infraction.created", "infraction.created", True),
        ("infraction.*", "infraction.created", True),
        ("infraction.*", "infraction", False),
        ("infraction.#", "infraction", True),
        ("#.created", "a.b.created", True),
        ("*", "a.b", False),
        ("#", "a.b.c", True),
    ],
)
def test_topics_fit_as_the_broker_fits_them(pattern: str, topic: str, fits: bool) -> None:
    assert topic_fits(pattern, topic) is fits
