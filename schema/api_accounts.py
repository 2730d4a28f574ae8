"""Log-ins, sessions that rotate, and what locks an account; hashes only, never a password or a token.

Who may do what and how a password is checked is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from enforcement.audit_chain import plain_address
from schema.api_pool import Connection
from schema.sql_files import read_sql

ATTEMPT_LIMIT = 5
LOCK_S = 900.0
# How long the token just replaced is still taken from the same browser.
GRACE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who someone is, as tokens and answers say it. permissions: the single ones beside the role's."""

    id: UUID
    username: str
    full_name: str | None
    role: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAttempt:
    """One attempt, already counted. allowed: False while the account is locked, then for how long, s.

    password_hash: to be checked when allowed; an inactive account is refused whatever the password.
    """

    account: Account
    password_hash: str
    is_active: bool
    allowed: bool
    retry_after_s: float


class RotationOutcome(StrEnum):
    """What a refresh token was good for."""

    ROTATED = "rotated"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REUSED = "reused"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """The outcome. account: whose token it was, None when unknown; family_id: of the session."""

    outcome: RotationOutcome
    account: Account | None = None
    family_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A refresh token to keep by its hash. ip: as text; what is no address is kept as none."""

    token_hash: str
    expires_at: datetime
    ip: str | None = None
    user_agent: str | None = None


async def take_login_attempt(
    connection: Connection, username: str, *, limit: int = ATTEMPT_LIMIT, lock_s: float = LOCK_S
) -> LoginAttempt | None:
    """Count an attempt and return what to check it against; None for a name that does not exist.

    The attempt that reaches the limit locks the account for lock_s; `login_succeeded` unlocks it.
    """
    row = await connection.fetchrow(
        read_sql("api/login_attempt"), plain_username(username), limit, lock_s
    )
    if row is None:
        return None
    return LoginAttempt(
        account=_account(row),
        password_hash=row["password_hash"],
        is_active=row["is_active"],
        allowed=row["tried"],
        retry_after_s=row["retry_after_s"] or 0.0,
    )


async def login_succeeded(
    connection: Connection, user_id: UUID, *, new_hash: str | None = None
) -> None:
    """Forget the attempts; new_hash: the same password hashed at today's cost."""
    await connection.execute(read_sql("api/login_succeeded"), user_id, new_hash)


async def open_session(connection: Connection, user_id: UUID, token: NewToken) -> UUID:
    """The first token of a new family; returns the family's id, which access tokens carry."""
    row = await _insert(connection, user_id, token, None)
    return UUID(str(row["family_id"]))


async def rotate_session(
    connection: Connection, token_hash: str, new: NewToken, *, grace_s: float = GRACE_S
) -> Rotation:
    """Replace a refresh token by the next of its family, once.

    A token that was already replaced, shown again, revokes its whole family; but for grace_s after it was,
    as long as none that follows was used, the same browser gets another one. Commits by itself unless in a
    transaction of the caller's, which must then be committed whatever the outcome.
    """
    agent = _agent(new)
    async with connection.transaction():
        row = await connection.fetchrow(read_sql("api/session_take"), token_hash, grace_s, agent)
        if row is None:
            return Rotation(outcome=RotationOutcome.UNKNOWN)
        outcome = _outcome(row)
        if outcome is RotationOutcome.REUSED:
            await revoke_family(connection, row["family_id"], "reused")
        elif outcome is RotationOutcome.ROTATED:
            await connection.execute(
                "UPDATE user_sessions SET rotated_at = COALESCE(rotated_at, clock_timestamp())"
                " WHERE id = $1",
                row["id"],
            )
            await _insert(connection, row["user_id"], new, row["family_id"])
    return Rotation(
        outcome=outcome, account=_account(row, "user_id"), family_id=UUID(str(row["family_id"]))
    )


async def revoke_family(connection: Connection, family_id: UUID, reason: str) -> int:
    """End one log-in with all its tokens; returns how many were still good."""
    return await _revoke(connection, "family_id = $2", reason, family_id)


async def revoke_token(connection: Connection, token_hash: str, reason: str = "logout") -> int:
    """End the log-in that this token belongs to; 0 when it is unknown or already ended."""
    family = "family_id = (SELECT family_id FROM user_sessions WHERE token_hash = $2)"
    return await _revoke(connection, family, reason, token_hash)


async def revoke_user(connection: Connection, user_id: UUID, reason: str) -> int:
    """End all log-ins of a user; returns how many tokens were still good."""
    return await _revoke(connection, "user_id = $2", reason, user_id)


async def user_for_request(
    connection: Connection, user_id: UUID, family_id: UUID
) -> Account | None:
    """Who an access token stands for now; None when inactive or when its log-in has ended."""
    row = await connection.fetchrow(read_sql("api/user_for_request"), user_id, family_id)
    return None if row is None else _account(row)


def plain_username(username: str) -> str:
    """The one spelling of a user's name: no outer spaces, lower case, no NUL."""
    return username.replace("\x00", "").strip().casefold()[:150]


async def _insert(
    connection: Connection, user_id: UUID, token: NewToken, family_id: UUID | None
) -> Any:
    ip = None if token.ip is None else plain_address(token.ip)
    return await connection.fetchrow(
        read_sql("api/session_open"),
        user_id,
        token.token_hash,
        token.expires_at,
        ip,
        _agent(token),
        family_id,
    )


def _agent(token: NewToken) -> str | None:
    return None if token.user_agent is None else token.user_agent.replace("\x00", "")[:1000]


async def _revoke(connection: Connection, whose: str, reason: str, value: Any) -> int:
    sql = read_sql("api/session_revoke").replace("/*whose*/", whose)
    tag = await connection.execute(sql, reason, value)
    return int(tag.rsplit(" ", 1)[-1])


def _outcome(row: Any) -> RotationOutcome:
    if row["revoked"]:
        return RotationOutcome.REVOKED
    if row["rotated_at"] is not None and not row["again"]:
        return RotationOutcome.REUSED
    if row["expired"]:
        return RotationOutcome.EXPIRED
    return RotationOutcome.ROTATED if row["active"] else RotationOutcome.INACTIVE


def _account(row: Any, id_column: str = "id") -> Account:
    return Account(
        id=row[id_column],
        username=row["username"],
        full_name=row["full_name"],
        role=row["role"],
        permissions=tuple(row["permissions"] or ()),
    )
