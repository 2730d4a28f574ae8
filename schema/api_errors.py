"""What the API's database connections may raise, by what a caller can do about it."""

from __future__ import annotations

import asyncpg

ANY_FAILURE = (asyncpg.PostgresError, asyncpg.InterfaceError)
NOT_NOW = (OSError, TimeoutError, *ANY_FAILURE)
"""For background work that waits and tries again, whatever it was."""
TAKEN = (asyncpg.UniqueViolationError,)
UNUSABLE_VALUE = (asyncpg.DataError, asyncpg.CheckViolationError)
NAMES_NOTHING = (asyncpg.ForeignKeyViolationError,)
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    ConnectionError,
    TimeoutError,
)
