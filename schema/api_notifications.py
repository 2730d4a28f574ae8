"""A person's own notification preferences, and what was sent of their notices.

Which of them exist, and their defaults, is enforcement/notice_rules'.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from enforcement.errors import NotFound
from enforcement.notice_rules import Language, language_of
from schema.api_pool import Connection, Row
from schema.sql_files import read_sql


async def preferences(connection: Connection, user_id: UUID) -> dict[tuple[str, str], bool]:
    """(type, channel) → switched on, only what this person ever switched."""
    rows = await connection.fetch(
        "SELECT notification_type, channel, enabled FROM notification_preferences"
        " WHERE user_id = $1",
        user_id,
    )
    return {(row["notification_type"], row["channel"]): row["enabled"] for row in rows}


async def set_preferences(
    connection: Connection, user_id: UUID, given: Mapping[tuple[str, str], bool]
) -> None:
    """Switch these; the others stay. In the caller's transaction."""
    await connection.executemany(
        "INSERT INTO notification_preferences (user_id, notification_type, channel, enabled)"
        " VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (user_id, notification_type, channel)"
        " DO UPDATE SET enabled = EXCLUDED.enabled, changed_at = clock_timestamp()",
        # In one order, so that two requests at once wait for one another rather than for ever.
        [(user_id, kind, channel, on) for (kind, channel), on in sorted(given.items())],
    )


async def language(connection: Connection, user_id: UUID, *, lock: bool = False) -> Language:
    """What this person's notices are written in; lock: nobody else changes it until the transaction ends."""
    if lock:
        await connection.execute("SELECT 1 FROM users WHERE id = $1 FOR UPDATE", user_id)
    code = "SELECT metadata->>'language' FROM users WHERE id = $1"
    return language_of(await connection.fetchval(code, user_id))


async def set_language(connection: Connection, user_id: UUID, given: Language) -> None:
    """From the next notice on."""
    await connection.execute(
        "UPDATE users SET metadata = COALESCE(metadata, '{}') || jsonb_build_object('language', $2::TEXT)"
        " WHERE id = $1",
        user_id,
        given.value,
    )


async def deliveries(connection: Connection, user_id: UUID, notification_id: UUID) -> list[Row]:
    """What was sent of one notice, when. Raises NotFound, also for another user's."""
    own = await connection.fetchval(
        "SELECT TRUE FROM notifications WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL",
        notification_id,
        user_id,
    )
    if not own:
        raise NotFound("notification: does not exist")
    rows = await connection.fetch(read_sql("api/notification_deliveries"), notification_id)
    return [dict(row) for row in rows]
