"""Log-ins, lock-out, rotating sessions, users and idempotency keys, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from enforcement.errors import AlreadyTaken, BadInput, NotFound, StaleVersion
from schema import api_accounts as accounts
from schema import api_reading
from schema.api_accounts import NewToken, RotationOutcome
from schema.api_idempotency import KeptAnswer, claim_key, keep_answer, request_digest
from schema.api_pool import Connection, Pool
from schema.api_users import NewUser, get_user, list_users, unlock_user, update_user
from schema.api_users import create_user as make
from tests.fixtures.api_rows import HASH, add_user, with_connection, with_pool


def token(name: str, *, days: int = 7) -> NewToken:
    return NewToken(
        token_hash=name, expires_at=datetime.now(UTC) + timedelta(days=days), ip="testclient"
    )


def test_many_attempts_at_once_get_no_further_than_one_after_another(
    database_url: str, database: Engine
) -> None:
    async def work(pool: Pool) -> None:
        async with pool.acquire() as connection:
            actor = await add_user(connection, "rosa")

        async def attempt() -> bool:
            async with pool.acquire() as connection:
                found = await accounts.take_login_attempt(connection, " Rosa ", limit=5, lock_s=60)
            assert found is not None
            assert found.allowed or 0 < found.retry_after_s <= 60
            return found.allowed

        assert sum(await asyncio.gather(*(attempt() for _ in range(30)))) == 5
        async with pool.acquire() as connection:
            await accounts.login_succeeded(connection, actor.id)
            row = await get_user(connection, actor.id)
            assert (row["login_attempts"], row["locked_until"]) == (0, None)
            assert row["last_login"] is not None
            assert row["version"] == 1  # a log-in is no change of the user
            assert await accounts.take_login_attempt(connection, "nadie") is None

    with_pool(database_url, work)


def test_a_lock_ends_by_time_or_by_hand(database_url: str, database: Engine) -> None:
    async def work(connection: Connection) -> None:
        actor = await add_user(connection, "rosa")

        async def allowed() -> bool:
            found = await accounts.take_login_attempt(connection, "rosa", limit=2, lock_s=600)
            assert found is not None
            return found.allowed

        assert [await allowed() for _ in range(3)] == [True, True, False]
        with database.begin() as other:
            other.execute(text("UPDATE users SET locked_until = now() - INTERVAL '1 s'"))
        assert [await allowed() for _ in range(3)] == [True, True, False]
        await unlock_user(connection, actor.id)
        assert await allowed()

    with_connection(database_url, work)


def test_a_token_works_once_and_shown_again_ends_the_family(
    database_url: str, database: Engine
) -> None:
    async def work(connection: Connection) -> None:
        actor = await add_user(connection, "rosa")
        family = await accounts.open_session(connection, actor.id, token("a"))
        other = await accounts.open_session(connection, actor.id, token("z"))
        assert (await accounts.rotate_session(connection, "a", token("b"))).outcome == "rotated"
        assert (await accounts.rotate_session(connection, "b", token("c"))).outcome == "rotated"
        assert await accounts.user_for_request(connection, actor.id, family) is not None
        reused = await accounts.rotate_session(connection, "a", token("d"))
        assert reused.outcome is RotationOutcome.REUSED
        assert reused.account is not None
        outcomes = [
            (await accounts.rotate_session(connection, shown, token(f"x{shown}"))).outcome
            for shown in ("c", "d", "nothing")
        ]
        assert outcomes == ["revoked", "unknown", "unknown"]
        assert await accounts.user_for_request(connection, actor.id, family) is None
        # The same person's other log-in goes on.
        assert await accounts.user_for_request(connection, actor.id, other) is not None

    with_connection(database_url, work)


def test_of_two_uses_at_once_one_is_the_first(database_url: str, database: Engine) -> None:
    async def work(pool: Pool) -> None:
        async with pool.acquire() as connection:
            actor = await add_user(connection, "rosa")
            await accounts.open_session(connection, actor.id, token("a"))

        async def rotate(number: int) -> str:
            async with pool.acquire() as connection:
                new = token(f"b{number}")
                made = await accounts.rotate_session(connection, "a", new, grace_s=0.0)
                return made.outcome.value

        outcomes = await asyncio.gather(*(rotate(n) for n in range(6)))
        assert sorted(outcomes)[-1] == "rotated"
        assert outcomes.count("rotated") == 1
        assert outcomes.count("reused") == 1  # the others find the family already ended

    with_pool(database_url, work)


def test_the_token_just_replaced_is_taken_for_a_moment_from_the_same_browser_alone(
    database_url: str, database: Engine
) -> None:
    def of(name: str, agent: str = "browser") -> accounts.NewToken:
        return replace(token(name), user_agent=agent)

    async def work(connection: Connection) -> None:
        actor = await add_user(connection, "rosa")
        await accounts.open_session(connection, actor.id, of("a"))

        async def shown(name: str, new: accounts.NewToken) -> str:
            return (await accounts.rotate_session(connection, name, new)).outcome.value

        assert await shown("a", of("b")) == "rotated"
        assert await shown("a", of("c")) == "rotated"
        with database.begin() as other:
            other.execute(
                text("UPDATE user_sessions SET rotated_at = rotated_at - INTERVAL '11 s'")
            )
        assert await shown("a", of("d")) == "reused"
        await accounts.open_session(connection, actor.id, of("k"))
        assert await shown("k", of("l")) == "rotated"
        assert await shown("k", of("m", "another")) == "reused"

    with_connection(database_url, work)


def test_an_expired_token_and_an_inactive_user_are_refused(
    database_url: str, database: Engine
) -> None:
    async def work(connection: Connection) -> None:
        boss = await add_user(connection, "jefa", "admin")
        actor = await add_user(connection, "rosa")
        await accounts.open_session(connection, actor.id, token("old", days=-1))
        family = await accounts.open_session(connection, actor.id, token("a"))
        expired = await accounts.rotate_session(connection, "old", token("b"))
        assert expired.outcome is RotationOutcome.EXPIRED
        await update_user(connection, actor.id, 1, {"is_active": False})
        assert await accounts.user_for_request(connection, actor.id, family) is None
        ended = await accounts.rotate_session(connection, "a", token("c"))
        assert ended.outcome is RotationOutcome.REVOKED
        assert await accounts.revoke_user(connection, boss.id, "logout_everywhere") == 0

    with_connection(database_url, work)


def test_a_user_is_changed_by_whoever_read_the_latest(database_url: str, database: Engine) -> None:
    async def work(connection: Connection) -> None:
        boss = await add_user(connection, "jefa", "admin")
        actor = await add_user(connection, "rosa")
        before, after = await update_user(
            connection, actor.id, 1, {"role": "supervisor", "permissions": ["audit.read"]}
        )
        assert (before["role"], after["role"], after["version"]) == ("operator", "supervisor", 2)
        assert after["permissions"] == ["audit.read"]
        assert "password_hash" not in after
        with pytest.raises(StaleVersion) as raised:
            await update_user(connection, actor.id, 1, {"full_name": "Otra"})
        assert raised.value.current == 2
        wrong: list[dict[str, Any]] = [
            {"role": "root"},
            {"permissions": ["nonsense"]},
            {"id": "x"},
            {"login_attempts = 0 --": 1},
        ]
        for changes in wrong:
            with pytest.raises(BadInput):
                await update_user(connection, actor.id, 2, changes)
        with pytest.raises(BadInput, match="last active admin"):
            await update_user(connection, boss.id, 1, {"role": "auditor"})
        with pytest.raises(AlreadyTaken, match="email"):
            await update_user(connection, actor.id, 2, {"email": "JEFA@users.invalid"})
        with pytest.raises(NotFound):
            await update_user(connection, uuid4(), 1, {})
        assert [row["username"] for row in await list_users(connection)] == ["jefa", "rosa"]
        assert len(await list_users(connection, role="supervisor", is_active=True)) == 1
        with pytest.raises(AlreadyTaken, match="username"):
            await make(
                connection,
                NewUser(username="ROSA", password_hash=HASH, role="operator", email="x@y.invalid"),
            )

    with_connection(database_url, work)


def test_a_repeated_request_gets_its_answer_and_another_body_is_refused(
    database_url: str, database: Engine
) -> None:
    async def work(pool: Pool) -> None:
        async with pool.acquire() as connection:
            actor = await add_user(connection, "rosa")
        digest = request_digest("post", "/x", b'{"to":"validated"}')
        carried_out = []

        async def ask(fail: bool = False) -> KeptAnswer:
            async with pool.acquire() as connection, connection.transaction():
                kept = await claim_key(connection, actor.id, "k1", digest)
                if kept is not None:
                    return kept
                carried_out.append(1)
                if fail:
                    raise NotFound("x")
                answer = KeptAnswer(status=200, body={"version": 2}, headers={"ETag": '"v2"'})
                await keep_answer(connection, actor.id, "k1", answer)
                return answer

        with pytest.raises(NotFound):
            await ask(fail=True)
        answers = await asyncio.gather(*(ask() for _ in range(6)))
        assert len(carried_out) == 2  # the failed one left the key free
        assert len({json.dumps(one.body) for one in answers}) == 1
        async with pool.acquire() as connection:
            other = request_digest("post", "/x", b'{"to":"rejected"}')
            with pytest.raises(AlreadyTaken):
                await claim_key(connection, actor.id, "k1", other)
            for bad in ("", "k" * 256, "a\x00"):
                with pytest.raises(BadInput, match="Idempotency-Key"):
                    await claim_key(connection, actor.id, bad, digest)

    with_pool(database_url, work)


def test_a_notification_is_read_by_its_owner_alone(database_url: str, database: Engine) -> None:
    async def work(connection: Connection) -> None:
        rosa, luis = await add_user(connection, "rosa"), await add_user(connection, "luis")
        for number in range(4):
            await connection.execute(
                "INSERT INTO notifications (user_id, title, message, notification_type)"
                " VALUES ($1, $2, '', 'x')",
                rosa.id,
                f"n{number}",
            )
        rows, cursor = await api_reading.list_notifications(connection, rosa.id, limit=3)
        rest, end = await api_reading.list_notifications(
            connection, rosa.id, limit=3, cursor=cursor
        )
        assert (len(rows), len(rest), end) == (3, 1, None)
        with pytest.raises(NotFound):
            await api_reading.read_notification(connection, luis.id, rows[0]["id"])
        await api_reading.read_notification(connection, rosa.id, rows[0]["id"])
        assert await api_reading.unread_count(connection, rosa.id) == 3
        assert await api_reading.list_notifications(connection, luis.id) == ([], None)

    with_connection(database_url, work)
