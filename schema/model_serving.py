"""The version that is served: changed in one transaction with the audit's line about it.

Deployments follow the row by themselves. It must not know why one version is better than another.
"""

from __future__ import annotations

import asyncio
from typing import Literal

from enforcement.errors import BadInput
from schema.api_audit import AuditEntry, append
from schema.api_pool import Connection, open_connection
from schema.model_rows import ModelRow

Act = Literal["promote", "rollback"]

_STEP_DOWN = """
UPDATE ml_models SET is_active = FALSE WHERE model_name = $1 AND is_active RETURNING id, version
"""
_SERVE = """
UPDATE ml_models
SET is_active = TRUE, deployed_at = clock_timestamp(), deployment_environment = 'production'
WHERE id = $1
"""


def serve_from_now(url: str, row: ModelRow, *, act: Act, by: str, why: str) -> str | None:
    """Make a version the one that is served; returns the version that stepped down, if any did.

    Either all of it stands, with its line in the audit, or nothing. Raises BadInput when it is served
    already.
    """
    return asyncio.run(_serve(url, row, act, by, why))


async def _serve(url: str, row: ModelRow, act: Act, by: str, why: str) -> str | None:
    # Under the login's own role: the API's may not say what is served.
    connection = await open_connection(url, role=None)
    try:
        async with connection.transaction():
            before = await _exchange(connection, row)
            entry = AuditEntry(
                action=act,
                resource_type="ml_model",
                resource_id=str(row.id),
                old_values={"version": before},
                new_values={"model": row.model_name, "version": row.version, "why": why},
                metadata={"by": by},
            )
            await append(connection, entry)
    finally:
        await connection.close()
    return before


async def _exchange(connection: Connection, row: ModelRow) -> str | None:
    stepped = await connection.fetchrow(_STEP_DOWN, row.model_name)
    if stepped is not None and stepped["id"] == row.id:
        raise BadInput(f"{row.model_name} {row.version} is the champion already")
    await connection.execute(_SERVE, row.id)
    return None if stepped is None else str(stepped["version"])
