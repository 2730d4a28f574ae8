"""Whether this process lives, whether it can serve, and which software it is. Open to all, tells no more."""

from __future__ import annotations

import asyncio

from fastapi import Response
from pydantic import BaseModel

from adapters.software import software
from schema.api_errors import NOT_NOW
from serve.answers import json_answer, problems
from serve.callers import resource
from serve.problems import Problem
from serve.state import ApiState

router = resource("/system", "system")
_READY_WITHIN_S = 3.0


class Standing(BaseModel):
    """One word."""

    status: str


class Ready(Standing):
    """degraded: outside parts that do not answer while the API goes on without them."""

    degraded: list[str]


class Version(BaseModel):
    """Which software answers."""

    version: str
    source_sha256: str


@router.get("/health", response_model=Standing)
async def health() -> Response:
    """The process answers."""
    return json_answer({"status": "ok"})


@router.get("/ready", response_model=Ready, responses=problems(503))
async def ready(api: ApiState) -> Response:
    """The database answers too; 503 while it does not."""
    try:
        async with asyncio.timeout(_READY_WITHIN_S), api.pool.acquire() as connection:
            await connection.fetchval("SELECT 1")
    except NOT_NOW:
        raise Problem(
            503,
            "database_unavailable",
            "the database does not answer",
            headers={"Retry-After": "2"},
        ) from None
    return json_answer(
        {"status": "ready", "degraded": await api.parts.degraded(api.shared, api.vehicles)}
    )


@router.get("/version", response_model=Version)
async def version() -> Response:
    """Version and digest of the source that runs."""
    ours = software()
    return json_answer({"version": ours.version, "source_sha256": ours.source_sha256})
