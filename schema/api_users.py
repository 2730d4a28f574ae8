"""Users as rows: made, listed, changed, unlocked; versions say whether one changed since it was read.

Passwords never come here, only their hashes; who may do it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from enforcement.errors import AlreadyTaken, BadInput, NotFound, StaleVersion
from enforcement.permissions import Role, checked_permissions
from schema.api_accounts import plain_username, revoke_user
from schema.api_pool import Connection, Row
from schema.api_where import Where
from schema.sql_files import read_sql

_CHANGEABLE = frozenset(
    {"email", "full_name", "phone", "role", "permissions", "is_active", "password_hash"}
)
# After one of these, whoever is signed in signs in again.
_ENDS_SESSIONS = frozenset({"role", "permissions", "is_active", "password_hash"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A user to make. permissions: single ones beside the role's."""

    username: str
    password_hash: str
    role: str
    email: str
    full_name: str | None = None
    phone: str | None = None
    permissions: tuple[str, ...] = ()
    created_by: UUID | None = None


async def create_user(connection: Connection, new: NewUser) -> Row:
    """Make a user and return it. Raises BadInput for a wrong role or permission, AlreadyTaken."""
    username = plain_username(new.username)
    if not username:
        raise BadInput("username: empty")
    try:
        user_id = await connection.fetchval(
            "INSERT INTO users (username, email, password_hash, full_name, phone, role, permissions,"
            " created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            username,
            new.email.strip().casefold(),
            new.password_hash,
            new.full_name,
            new.phone,
            _role(new.role),
            checked_permissions(new.permissions),
            new.created_by,
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken(error) from None
    return await get_user(connection, user_id)


async def list_users(
    connection: Connection, *, role: str | None = None, is_active: bool | None = None
) -> list[Row]:
    """Users that stand, by name, the first thousand; no hashes."""
    where = Where()
    if role is not None:
        where.add("u.role = {}", role)
    if is_active is not None:
        where.add("u.is_active = {}", is_active)
    sql = read_sql("api/user_list").replace("/*where*/", where.sql)
    return [dict(row) for row in await connection.fetch(sql, *where.values)]


async def get_user(connection: Connection, user_id: UUID) -> Row:
    """One user, without its hash. Raises NotFound."""
    sql = read_sql("api/user_list").replace("/*where*/", "AND u.id = $1")
    row = await connection.fetchrow(sql, user_id)
    if row is None:
        raise NotFound("user: does not exist")
    return dict(row)


async def update_user(
    connection: Connection, user_id: UUID, expected_version: int, changes: Mapping[str, Any]
) -> tuple[Row, Row]:
    """Change what is named and return the user before and after; log-ins end where rights changed.

    changes: email, full_name, phone, role, permissions, is_active, password_hash. Raises NotFound,
    StaleVersion, AlreadyTaken, and BadInput for another name or value, or when no active admin would
    be left.
    """
    values = _checked(changes)
    async with connection.transaction():
        # Two admins who demote each other at once would leave none.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('vigia.users'))")
        before = await get_user(connection, user_id)
        if before["version"] != expected_version:
            raise StaleVersion("user: changed since it was read", current=before["version"])
        try:
            await _apply(connection, user_id, values)
        except asyncpg.UniqueViolationError as error:
            raise _taken(error) from None
        if before["role"] == Role.ADMIN and before["is_active"]:
            await _refuse_without_admin(connection)
        if any(name in _ENDS_SESSIONS and _changed(before, name, values[name]) for name in values):
            await revoke_user(connection, user_id, "user changed")
        return before, await get_user(connection, user_id)


async def unlock_user(connection: Connection, user_id: UUID) -> Row:
    """Let a locked user try again. Raises NotFound."""
    await connection.execute(
        "UPDATE users SET login_attempts = 0, locked_until = NULL WHERE id = $1", user_id
    )
    return await get_user(connection, user_id)


async def _apply(connection: Connection, user_id: UUID, values: Mapping[str, Any]) -> None:
    if not values:
        return
    # Column names are those of _CHANGEABLE.
    columns = ", ".join(f"{name} = ${n}" for n, name in enumerate(values, start=2))
    await connection.execute(
        f"UPDATE users SET {columns} WHERE id = $1",  # noqa: S608
        user_id,
        *values.values(),
    )


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    for name in changes:
        if name not in _CHANGEABLE:
            raise BadInput(f"user: {name} cannot be changed")
    values = dict(changes)
    if "role" in values:
        values["role"] = _role(values["role"])
    if "permissions" in values:
        values["permissions"] = checked_permissions(values["permissions"])
    if "email" in values:
        values["email"] = str(values["email"]).strip().casefold()
    return values


def _changed(before: Row, name: str, value: Any) -> bool:
    return name == "password_hash" or before[name] != value


async def _refuse_without_admin(connection: Connection) -> None:
    left = await connection.fetchval(
        "SELECT COUNT(*) FROM users WHERE role = 'admin' AND is_active AND deleted_at IS NULL"
    )
    if left == 0:
        raise BadInput("user: the last active admin stays one")


def _role(name: str) -> str:
    try:
        return Role(name).value
    except ValueError:
        raise BadInput(f"role: {name!r} is none of {', '.join(Role)}") from None


def _taken(error: asyncpg.UniqueViolationError) -> AlreadyTaken:
    what = "email" if "email" in str(error.constraint_name) else "username"
    return AlreadyTaken(f"{what}: already in use")
