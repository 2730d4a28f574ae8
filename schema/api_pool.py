"""The API's database connections: one asyncpg pool per replica, under the role that cannot rewrite history.

It must not know any table but the catalogue's, nor where the URL came from.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enforcement.errors import Unavailable
from schema.session import database_url

ROLE = "vigia_api"
_LOG = logging.getLogger(__name__)
_CONNECT_S = 10
_COMMAND_S = 30

Connection: TypeAlias = Any  # asyncpg.Connection or a pool's proxy of one; asyncpg has no types
Pool: TypeAlias = Any
Row: TypeAlias = dict[str, Any]


async def open_pool(url: str, size: int = 10, *, role: str | None = ROLE) -> Pool:
    """A pool of up to `size` connections to a plain `postgresql://` URL.

    JSON columns come and go as Python values, times in UTC. Where the role exists and this login may
    take it, every connection runs under it; otherwise one warning says so. Raises BadInput for a wrong
    URL and Unavailable when the server does not answer.
    """
    database_url(url)
    try:
        return await asyncpg.create_pool(
            url,
            min_size=min(2, size),
            max_size=size,
            init=_initialiser(role),
            reset=_reset,
            timeout=_CONNECT_S,
            command_timeout=_COMMAND_S,
            server_settings={"timezone": "UTC", "application_name": "vigia-api"},
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unavailable(f"database: {type(error).__name__}") from error


async def open_connection(url: str, *, role: str | None = ROLE) -> Connection:
    """One connection like those of the pool, for commands and for listening. The caller closes it."""
    database_url(url)
    try:
        connection = await asyncpg.connect(
            url, timeout=_CONNECT_S, server_settings={"timezone": "UTC"}
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unavailable(f"database: {type(error).__name__}") from error
    await _initialiser(role)(connection)
    return connection


def _initialiser(role: str | None) -> Callable[[Connection], Coroutine[Any, Any, None]]:
    async def prepare(connection: Connection) -> None:
        await connection.set_type_codec(
            "jsonb", encoder=_dumps, decoder=json.loads, schema="pg_catalog"
        )
        if role is None:
            return
        may = await connection.fetchval(
            "SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = $1", role
        )
        if may:
            await connection.execute(f'SET ROLE "{role}"')
        else:
            _LOG.warning("database role %s is not to be had: running with the login's own", role)

    return prepare


async def _reset(connection: Connection) -> None:
    """Nothing of a request stays on a connection but what ends with its transaction.

    The library's own reset costs a round trip per request to undo settings that are never made here; an
    open transaction it has rolled back before it calls this.
    """


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for a {type(value).__name__}")
