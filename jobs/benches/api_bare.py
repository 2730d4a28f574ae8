"""What the API is measured against: the same SQL in handlers that do nothing else.

No door, no limits, no checks, no headers. Runs behind Serve's ingress like ours, or under uvicorn alone by
`python -m jobs.benches.api_bare PORT`.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from pydantic_core import to_json
from starlette.responses import Response

from adapters.settings import read_settings
from enforcement.permissions import Permission
from schema.api_infractions import Filters, get_infraction, list_infractions
from schema.api_pool import open_pool
from schema.api_transitions import Actor, transition


def bare_app(url: str, pool_size: int, actor_id: UUID) -> FastAPI:
    """The handlers; actor_id: in whose name decisions are made."""
    pool: Any = None
    actor = Actor(id=actor_id, username="bench", permissions=frozenset(Permission))

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        nonlocal pool
        pool = await open_pool(url, pool_size)
        yield
        await pool.close()

    app = FastAPI(lifespan=life, openapi_url=None)

    @app.get("/list")
    async def listed() -> Response:
        async with pool.acquire() as connection:
            rows, following = await list_infractions(connection, Filters(status=("pending",)))
        return _answer({"items": rows, "next_cursor": following})

    @app.get("/one/{infraction_id}")
    async def one(infraction_id: UUID) -> Response:
        async with pool.acquire() as connection:
            return _answer(await get_infraction(connection, infraction_id))

    @app.post("/transition/{infraction_id}")
    async def decided(infraction_id: UUID, request: Request) -> Response:
        body = await request.json()
        async with pool.acquire() as connection:
            made = await transition(
                connection, infraction_id, body["to"], actor=actor, expected_version=1
            )
        return _answer(made)

    return app


def _answer(content: Any) -> Response:
    return Response(to_json(content, fallback=str), media_type="application/json")


class BareReplica:
    """The same handlers in a Serve replica; keeps nothing."""

    def __init__(self, url: str, pool_size: int, actor_id: str) -> None:
        self._made = (url, pool_size, UUID(actor_id))

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Called by Serve."""
        return bare_app(*self._made)


def main(port: int, pool_size: int, actor_id: str) -> None:
    """Serve under uvicorn alone until ended."""
    import uvicorn  # noqa: PLC0415

    url = str(read_settings().database_url)
    app = bare_app(url, pool_size, UUID(actor_id))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
