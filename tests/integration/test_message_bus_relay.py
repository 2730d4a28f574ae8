"""The relay: every event of the outbox reaches the bus, at least once and under one id."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine, text

from actors.outbox_relay import OutboxRelay
from adapters.message_bus import AmqpBus, InProcessBus
from enforcement.errors import Unavailable
from enforcement.events import Event
from schema.session import sessions
from schema.unit_of_work import UnitOfWork
from tests.fixtures.rows import add_camera, new_evidence, new_infraction
from tests.fixtures.services import wait_until


def fill(database: Engine, count: int) -> None:
    add_camera(database)
    for number in range(count):
        with UnitOfWork(sessions(database)) as work:
            work.infractions.save(
                new_infraction(track_id=number), new_evidence(bundle_id=f"b{number}")
            )
            work.commit()


def test_the_relay_delivers_every_event_once_and_in_order(database: Engine) -> None:
    fill(database, 7)
    bus = InProcessBus()
    got: list[Event] = []
    bus.subscribe("all", "infraction.*", got.append)
    relay = OutboxRelay(sessions(database), bus, name="r1", batch=3)
    assert [relay.step() for _ in range(4)] == [3, 3, 1, 0]
    assert len({e.event_id for e in got}) == len(got) == 7
    assert relay.status().waiting == 0
    assert not relay.status().degraded


class _Moody(InProcessBus):
    """A bus that is down, or goes down after so many events."""

    def __init__(self, takes: int) -> None:
        super().__init__()
        self.takes = takes

    def ready(self) -> None:
        if self.takes == 0:
            raise Unavailable("broker is down")

    def publish(self, event: Event) -> None:
        self.ready()
        self.takes -= 1
        super().publish(event)


def test_a_broker_that_is_down_costs_no_event_an_attempt_and_shows(database: Engine) -> None:
    fill(database, 2)
    now = [0.0]
    bus = _Moody(0)
    relay = OutboxRelay(sessions(database), bus, name="r1", clock=lambda: now[0])
    assert relay.step() == 0
    status = relay.status()
    assert (status.degraded, status.last_error, status.waiting) == (True, "broker is down", 2)
    with database.connect() as connection:
        assert connection.execute(text("SELECT SUM(attempts) FROM outbox")).scalar_one() == 0
    bus.takes = 10
    assert relay.step() == 0, "it does not hammer a broker that is down"
    now[0] += 60
    assert relay.step() == 2
    assert not relay.status().degraded


def test_events_after_the_broker_went_down_in_the_middle_are_tried_again(database: Engine) -> None:
    fill(database, 5)
    now = [0.0]
    bus = _Moody(2)
    got: list[Event] = []
    bus.subscribe("all", "#", got.append)
    relay = OutboxRelay(sessions(database), bus, name="r1", clock=lambda: now[0])
    relay.step()
    assert len(got) == 2
    assert relay.status().waiting == 3
    bus.takes = 10
    now[0] += 60
    with database.begin() as connection:
        connection.execute(text("UPDATE outbox SET next_attempt_at = CURRENT_TIMESTAMP"))
    assert relay.step() == 3
    assert len({e.event_id for e in got}) == len(got) == 5


def test_a_relay_that_died_after_sending_sends_again_under_the_same_id(database: Engine) -> None:
    fill(database, 1)
    bus = InProcessBus()
    got: list[Event] = []
    bus.subscribe("all", "#", got.append)
    dying = OutboxRelay(sessions(database), bus, name="dying", lease_s=0.0)
    dying._mark = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        dying.step()
    assert OutboxRelay(sessions(database), bus, name="next").step() == 1
    assert len(got) == 1, "the receiver drops the double by its id"


def test_the_relay_reaches_rabbitmq(database: Engine, amqp_url: str) -> None:
    fill(database, 3)
    bus, listener = AmqpBus(amqp_url), AmqpBus(amqp_url)
    got: list[Event] = []
    listener.subscribe("test-relay", "infraction.created", got.append)
    stop = threading.Event()
    relay = OutboxRelay(sessions(database), bus, name="r1")
    thread = threading.Thread(target=relay.run, args=(stop,))
    thread.start()
    try:
        wait_until(lambda: listener.pump(0.1) >= 0 and len(got) == 3, "three events", 10)
    finally:
        stop.set()
        thread.join()
        listener.close()
    assert {e.payload["camera_id"] for e in got} == {"CAM001"}
