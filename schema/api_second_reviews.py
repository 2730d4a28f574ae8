"""A share of verdicts is judged again by another person, who is not shown the first verdict.

A second verdict changes nothing but the count of agreement; who may give one is decided elsewhere.
"""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from enforcement.errors import AlreadyTaken, BadInput, NotFound, NotPermitted
from schema.api_pool import Connection, Row
from schema.records import event_id
from schema.sql_files import read_sql

VERDICTS = ("validated", "rejected")


def drawn(transition_id: int, share: float) -> bool:
    """Whether this verdict is looked at again: always the same answer, and nobody can foresee a pattern."""
    digest = hashlib.sha256(f"second-review|{transition_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


async def maybe_ask(
    connection: Connection,
    *,
    infraction_id: UUID,
    transition_id: int,
    verdict: str,
    user_id: UUID,
    share: float,
) -> bool:
    """Ask for a second verdict if this one is drawn; returns whether. In the caller's transaction."""
    if not drawn(transition_id, share):
        return False
    await connection.execute(
        "INSERT INTO second_reviews (infraction_id, transition_id, first_verdict, first_user_id)"
        " VALUES ($1, $2, $3, $4)",
        infraction_id,
        transition_id,
        verdict,
        user_id,
    )
    await _tell(connection, infraction_id, transition_id)
    return True


async def _tell(connection: Connection, infraction_id: UUID, transition_id: int) -> None:
    key = f"second-review|{transition_id}"
    identity = event_id(key)
    await connection.execute(
        read_sql("api/second_review_told"), identity, key, infraction_id, transition_id
    )


async def list_open(connection: Connection, user_id: UUID, limit: int = 50) -> list[Row]:
    """Verdicts that this user may be asked for, oldest first."""
    rows = await connection.fetch(read_sql("api/second_review_list"), user_id, limit)
    return [dict(row) for row in rows]


async def open_one(connection: Connection, review_id: int, user_id: UUID) -> UUID:
    """The infraction that this user is asked about. Raises as `give_verdict` does."""
    row = await connection.fetchrow(
        "SELECT infraction_id, first_user_id, verdict FROM second_reviews WHERE id = $1", review_id
    )
    _check(row, user_id)
    return UUID(str(row["infraction_id"]))


async def give_verdict(
    connection: Connection, review_id: int, verdict: str, user_id: UUID, reason: str | None = None
) -> Row:
    """Record the second verdict and return {id, infraction_id, first_verdict, verdict, agrees}.

    Raises BadInput, NotFound, NotPermitted for the first reviewer, AlreadyTaken when it was given.
    """
    if verdict not in VERDICTS:
        raise BadInput(f"verdict: {verdict!r} is none of {', '.join(VERDICTS)}")
    async with connection.transaction():
        row = await connection.fetchrow(
            "SELECT infraction_id, first_verdict, first_user_id, verdict FROM second_reviews"
            " WHERE id = $1 FOR UPDATE",
            review_id,
        )
        _check(row, user_id)
        await connection.execute(
            "UPDATE second_reviews SET verdict = $2, user_id = $3, reason = $4,"
            " decided_at = clock_timestamp() WHERE id = $1",
            review_id,
            verdict,
            user_id,
            reason,
        )
    return {
        "id": review_id,
        "infraction_id": row["infraction_id"],
        "first_verdict": row["first_verdict"],
        "verdict": verdict,
        "agrees": row["first_verdict"] == verdict,
    }


def _check(row: Any, user_id: UUID) -> None:
    if row is None:
        raise NotFound("second review: does not exist")
    if row["verdict"] is not None:
        raise AlreadyTaken("second review: already given")
    if row["first_user_id"] == user_id:
        raise NotPermitted("second review: by another person than the first")
