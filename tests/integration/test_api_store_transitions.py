"""Decisions on a real PostgreSQL: each once, whole or not at all, with fine, counters, event and audit."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from enforcement.audit_chain import verify
from enforcement.errors import (
    NotFound,
    NotPermitted,
    ReasonMissing,
    StaleVersion,
    TransitionRefused,
    VigiaError,
)
from schema import api_audit
from schema.api_infractions import get_infraction
from schema.api_pool import Connection, Pool
from schema.api_second_reviews import drawn, give_verdict, list_open
from schema.api_transitions import Actor, issue_fine, transition
from tests.fixtures.api_rows import add_infractions, add_user, ids, with_connection, with_pool

REVIEWERS, INFRACTIONS = 50, 500
EACH = 100  # of them a reviewer tries, so that ten reviewers want the same one


async def decide_all(pool: Pool, actor: Actor, everything: list[Any], seed: int) -> int:
    """Decide whatever is still pending, in an order of one's own; returns how many were decided."""
    mixed = random.Random(seed).sample(everything, len(everything))
    decided = 0
    for identity in mixed:
        to = "validated" if seed % 2 else "rejected"
        async with pool.acquire() as connection:
            try:
                await transition(
                    connection, identity, to, actor=actor, expected_version=1, reason="borrosa"
                )
            except StaleVersion:
                continue
            decided += 1
    return decided


def share(everything: list[Any], reviewer: int) -> list[Any]:
    """What one reviewer tries: neighbours share nine in ten."""
    first = reviewer * INFRACTIONS // REVIEWERS
    return (everything + everything)[first : first + EACH]


def test_fifty_reviewers_decide_five_hundred_infractions_once_each(
    database_url: str, database: Engine
) -> None:
    add_infractions(database, INFRACTIONS)

    async def work(pool: Pool) -> tuple[list[int], Any, Any, bool]:
        async with pool.acquire() as connection:
            actors = [await add_user(connection, f"op{n}") for n in range(REVIEWERS)]
            everything = await ids(connection)
        counts = await asyncio.gather(
            *(decide_all(pool, actor, share(everything, n), n) for n, actor in enumerate(actors))
        )
        async with pool.acquire() as connection:
            sums = await connection.fetchrow(SUMS)
            vehicles = await connection.fetch(COUNTERS)
            _, end = await api_audit.head(connection)
            async with connection.transaction():
                rows = [row async for row in api_audit.chain(connection)]
            intact = verify(rows, head=end) is None and end.index == INFRACTIONS
        return counts, sums, vehicles, intact

    counts, sums, vehicles, intact = with_pool(database_url, work, 16)
    assert sum(counts) == INFRACTIONS
    assert tuple(sums) == (0, INFRACTIONS, INFRACTIONS, INFRACTIONS, INFRACTIONS, INFRACTIONS)
    assert vehicles
    assert [row["kept"] for row in vehicles] == [row["counted"] for row in vehicles]
    assert intact


SUMS = """SELECT
    (SELECT COUNT(*) FROM infractions WHERE status = 'pending'),
    (SELECT COUNT(*) FROM infractions WHERE version = 2 AND status IN ('validated', 'rejected')),
    (SELECT COUNT(*) FROM infraction_transitions),
    (SELECT COUNT(DISTINCT infraction_id) FROM infraction_transitions),
    (SELECT COUNT(*) FROM outbox WHERE topic IN ('infraction.validated', 'infraction.rejected')),
    (SELECT COUNT(*) FROM infractions AS i JOIN infraction_transitions AS t
        ON t.infraction_id = i.id AND t.to_status = i.status AND t.user_id = i.validated_by)"""
COUNTERS = """SELECT v.total_infractions AS kept,
    COUNT(i.id) FILTER (WHERE i.status = 'validated') AS counted
FROM vehicles AS v LEFT JOIN infractions AS i ON i.plate = v.plate
GROUP BY v.plate ORDER BY v.plate"""


async def state(connection: Connection) -> tuple[Any, ...]:
    """Everything that a refused decision must leave as it was."""
    return tuple(
        await connection.fetchrow(
            "SELECT (SELECT COUNT(*) FROM infraction_transitions), (SELECT COUNT(*) FROM outbox),"
            " (SELECT COUNT(*) FROM audit_logs), (SELECT last_index FROM audit_chain_head),"
            " (SELECT string_agg(status || version, ',' ORDER BY id) FROM infractions)"
        )
    )


def test_a_refused_decision_changes_nothing(database_url: str, database: Engine) -> None:
    add_infractions(database, 2)

    async def work(connection: Connection) -> None:
        operator = await add_user(connection, "op")
        auditor = await add_user(connection, "au", "auditor")
        first, _ = await ids(connection)
        before = await state(connection)
        refusals: list[tuple[type[VigiaError], dict[str, Any]]] = [
            (StaleVersion, {"to": "validated", "expected_version": 7}),
            (TransitionRefused, {"to": "paid"}),
            (ReasonMissing, {"to": "rejected"}),
            (NotPermitted, {"to": "validated", "actor": auditor}),
        ]
        for error, asked in refusals:
            arguments = {"actor": operator, "expected_version": 1, **asked}
            with pytest.raises(error):
                await transition(connection, first, **arguments)
        with pytest.raises(NotFound):
            await transition(
                connection, operator.id, "validated", actor=operator, expected_version=1
            )
        assert await state(connection) == before

    with_connection(database_url, work)


def test_a_second_reviewer_is_told_the_version_that_the_first_made(
    database_url: str, database: Engine
) -> None:
    add_infractions(database, 1)

    async def work(connection: Connection) -> None:
        one, two = await add_user(connection, "a"), await add_user(connection, "b")
        (identity,) = await ids(connection)
        await transition(connection, identity, "validated", actor=one, expected_version=1)
        with pytest.raises(StaleVersion) as raised:
            await transition(
                connection, identity, "rejected", actor=two, expected_version=1, reason="no"
            )
        assert raised.value.current == 2
        assert (await get_infraction(connection, identity))["status"] == "validated"

    with_connection(database_url, work)


def test_validation_computes_the_fine_and_taking_it_back_leaves_none(
    database_url: str, database: Engine
) -> None:
    add_infractions(database, 1)

    async def work(connection: Connection) -> None:
        actor = await add_user(connection, "sup", "supervisor")
        (identity,) = await ids(connection)
        made = await transition(connection, identity, "validated", actor=actor, expected_version=1)
        assert made["fine"]["amount_soles"] == 1284
        assert (made["fine"]["code"], made["fine"]["points"]) == ("M20", 60)
        assert made["fine"]["verified"] is True
        kept = "SELECT fine_amount, fine_code FROM infractions"
        assert tuple(await connection.fetchrow(kept)) == (Decimal("1284.00"), "M20")
        counter = "SELECT total_infractions FROM vehicles WHERE plate = 'ABC-101'"
        assert await connection.fetchval(counter) == 1
        await transition(connection, identity, "pending", actor=actor, expected_version=2)
        assert tuple(await connection.fetchrow(kept)) == (None, None)
        assert await connection.fetchval(counter) == 0
        shown = await get_infraction(connection, identity)
        assert [(step["from"], step["to"]) for step in shown["history"]] == [
            ("pending", "validated"),
            ("validated", "pending"),
        ]
        assert shown["validated_by"] is shown["fine"] is None

    with_connection(database_url, work)


def test_an_infraction_goes_from_the_queue_to_payment_through_an_appeal(
    database_url: str, database: Engine
) -> None:
    add_infractions(database, 1)

    async def work(connection: Connection) -> None:
        actor = await add_user(connection, "sup", "supervisor")
        (identity,) = await ids(connection)
        steps = ("validated", "appealed", "validated", "paid")
        for version, to in enumerate(steps, start=1):
            await transition(
                connection, identity, to, actor=actor, expected_version=version, reason="sustento"
            )
        row = await connection.fetchrow(
            "SELECT status, fine_paid, fine_paid_at IS NOT NULL, fine_amount FROM infractions"
        )
        assert tuple(row) == ("paid", True, True, Decimal("1284.00"))
        topics = await connection.fetch("SELECT topic FROM outbox ORDER BY sequence")
        assert [row["topic"] for row in topics] == [f"infraction.{to}" for to in steps]

    with_connection(database_url, work)


def test_an_issued_fine_is_not_taken_back(database_url: str, database: Engine) -> None:
    add_infractions(database, 1)

    async def work(connection: Connection) -> None:
        actor = await add_user(connection, "op")
        (identity,) = await ids(connection)
        with pytest.raises(TransitionRefused, match="no fine"):
            await issue_fine(connection, identity, actor=actor)
        await transition(connection, identity, "validated", actor=actor, expected_version=1)
        assert await issue_fine(connection, identity, actor=actor) == 3
        assert await issue_fine(connection, identity, actor=actor) == 3
        with pytest.raises(TransitionRefused, match="issued"):
            await transition(connection, identity, "pending", actor=actor, expected_version=3)

    with_connection(database_url, work)


def test_a_share_of_verdicts_is_looked_at_by_another_person(
    database_url: str, database: Engine
) -> None:
    add_infractions(database, 3)

    async def work(connection: Connection) -> None:
        one, two = await add_user(connection, "a"), await add_user(connection, "b")
        for identity in await ids(connection):
            await transition(
                connection,
                identity,
                "validated",
                actor=one,
                expected_version=1,
                second_review_share=1.0,
            )
        assert await list_open(connection, one.id) == []
        waiting = await list_open(connection, two.id)
        assert len(waiting) == 3
        with pytest.raises(NotPermitted):
            await give_verdict(connection, waiting[0]["id"], "validated", one.id)
        given = await give_verdict(connection, waiting[0]["id"], "rejected", two.id, "borrosa")
        assert given["agrees"] is False
        assert len(await list_open(connection, two.id)) == 2

    with_connection(database_url, work)


def test_the_share_drawn_is_the_share_asked_for() -> None:
    assert not any(drawn(n, 0.0) for n in range(1000))
    assert all(drawn(n, 1.0) for n in range(1000))
    assert 150 < sum(drawn(n, 0.1) for n in range(2000)) < 250
