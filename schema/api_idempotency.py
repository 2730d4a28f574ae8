"""Answers kept by Idempotency-Key, so that a repeated request is answered and not carried out again.

It must not know what was asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from enforcement.errors import AlreadyTaken, BadInput
from schema.api_pool import Connection

LONGEST = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer given before: status, JSON body, the headers that mattered (ETag)."""

    status: int
    body: Any
    headers: Mapping[str, str]


def request_digest(method: str, path: str, body: bytes) -> str:
    """What a repetition must match: SHA-256 of method, path and body."""
    joined = b"\n".join([method.upper().encode(), path.encode("utf-8", "replace"), body])
    return hashlib.sha256(joined).hexdigest()


async def claim_key(
    connection: Connection, user_id: UUID, key: str, digest: str
) -> KeptAnswer | None:
    """None: the request is new and must be carried out in this same transaction, then `keep_answer`ed.

    Call inside a transaction: a second request with the key waits for the first to end; a first that
    fails leaves the key free. Raises BadInput for a key that is empty or too long, AlreadyTaken for one
    that came with another request.
    """
    if not 0 < len(key) <= LONGEST or "\x00" in key:
        raise BadInput(f"Idempotency-Key: from 1 to {LONGEST} characters")
    fresh = await connection.fetchval(
        "INSERT INTO idempotency_keys (user_id, key, request_digest) VALUES ($1, $2, $3)"
        " ON CONFLICT DO NOTHING RETURNING TRUE",
        user_id,
        key,
        digest,
    )
    if fresh:
        return None
    row = await connection.fetchrow(
        "SELECT request_digest, response_status, response_body, response_headers"
        " FROM idempotency_keys WHERE user_id = $1 AND key = $2",
        user_id,
        key,
    )
    if row is None or row["request_digest"] != digest:
        raise AlreadyTaken("Idempotency-Key: was used for another request")
    return KeptAnswer(
        status=row["response_status"],
        body=row["response_body"],
        headers=row["response_headers"] or {},
    )


async def keep_answer(connection: Connection, user_id: UUID, key: str, answer: KeptAnswer) -> None:
    """Keep what was answered, in the transaction that `claim_key` was called in."""
    await connection.execute(
        "UPDATE idempotency_keys SET response_status = $3, response_body = $4,"
        " response_headers = $5 WHERE user_id = $1 AND key = $2",
        user_id,
        key,
        answer.status,
        answer.body,
        dict(answer.headers),
    )


async def forget_keys(connection: Connection, *, older_than_s: float = 86_400.0) -> int:
    """Drop answers that nobody will ask for again; returns how many."""
    tag = await connection.execute(
        "DELETE FROM idempotency_keys"
        " WHERE created_at < clock_timestamp() - make_interval(secs => $1)",
        older_than_s,
    )
    return int(tag.rsplit(" ", 1)[-1])
