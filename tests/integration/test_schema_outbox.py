"""The outbox: two relays share it, and a relay that dies loses nothing."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from schema.outbox_queue import ClaimedEvent, OutboxQueue
from schema.session import sessions


@pytest.fixture
def outbox(database: Engine) -> Engine:
    """Forty events to deliver."""
    with database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO outbox (event_id, idempotency_key, topic, payload)"
                " SELECT gen_random_uuid(), 'key ' || n, 'infraction.created', '{}'"
                " FROM generate_series(1, 40) AS n"
            )
        )
    return database


def claim(engine: Engine, relay: str, batch: int = 10, lease_s: float = 30.0) -> list[ClaimedEvent]:
    with sessions(engine).begin() as session:
        return OutboxQueue(session, relay).claim(batch, lease_s=lease_s)


def test_relays_side_by_side_never_hold_the_same_event(outbox: Engine) -> None:
    def take(relay: str) -> list[uuid.UUID]:
        taken: list[uuid.UUID] = []
        while events := claim(outbox, relay, batch=3):
            taken += [event.event_id for event in events]
        return taken

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(take, ("a", "b"))
    assert len(first) + len(second) == 40
    assert len({*first, *second}) == 40


def test_a_claim_locked_by_a_slow_relay_does_not_hold_up_the_other(outbox: Engine) -> None:
    with sessions(outbox)() as slow:
        OutboxQueue(slow, "slow").claim(10)
        assert len(claim(outbox, "quick", batch=40)) == 30


def test_events_come_oldest_first(outbox: Engine) -> None:
    keys = [event.idempotency_key for event in claim(outbox, "a")]
    assert keys == [f"key {n}" for n in range(1, 11)]


def test_a_delivered_event_is_never_claimed_again(outbox: Engine) -> None:
    events = claim(outbox, "a", batch=40, lease_s=0.0)
    with sessions(outbox).begin() as session:
        queue = OutboxQueue(session, "a")
        assert queue.mark_delivered([event.event_id for event in events]) == 40
        assert queue.mark_delivered([events[0].event_id]) == 0
        assert queue.waiting() == 0
    assert claim(outbox, "b") == []


def test_what_a_dead_relay_held_comes_back_when_its_lease_ends(outbox: Engine) -> None:
    held = claim(outbox, "dead", batch=40, lease_s=0.0)
    again = claim(outbox, "alive", batch=40)
    assert {event.event_id for event in again} == {event.event_id for event in held}
    assert {event.attempts for event in again} == {2}


def test_a_failure_waits_longer_each_time_up_to_a_cap(outbox: Engine) -> None:
    waits = []
    for attempt in (1, 2, 3, 12):
        with outbox.begin() as connection:
            connection.execute(
                text("UPDATE outbox SET next_attempt_at = now(), attempts = :n"), {"n": attempt - 1}
            )
        event = claim(outbox, "a", batch=1)[0]
        with sessions(outbox).begin() as session:
            OutboxQueue(session, "a").mark_failed(event.event_id, "broker refused")
        with outbox.connect() as connection:
            wait, error = connection.execute(
                text(
                    "SELECT extract(epoch FROM next_attempt_at - now()), last_error"
                    " FROM outbox WHERE event_id = :e"
                ),
                {"e": event.event_id},
            ).one()
        waits.append(float(wait))
        assert error == "broker refused"
    for wait, (low, high) in zip(waits, [(0, 1), (0.5, 2), (1.5, 4), (149, 300)], strict=True):
        assert low <= wait <= high


def test_a_relay_that_lost_its_claim_cannot_postpone_the_new_holders(outbox: Engine) -> None:
    event = claim(outbox, "old", batch=40, lease_s=0.0)[0]
    assert event.event_id in {taken.event_id for taken in claim(outbox, "new", batch=40)}
    with sessions(outbox).begin() as session:
        OutboxQueue(session, "old").mark_failed(event.event_id, "late")
    with outbox.connect() as connection:
        holder = connection.execute(
            text("SELECT claimed_by, last_error FROM outbox WHERE event_id = :e"),
            {"e": event.event_id},
        ).one()
    assert tuple(holder) == ("new", None)
