"""The audit on a real PostgreSQL: chained under concurrency, tampering named, closed to the API's role."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import psycopg
import pytest

from enforcement.errors import BadInput
from jobs import cli, verify_audit
from schema import api_audit
from schema.api_audit import AuditEntry, AuditFilters, Request
from schema.api_pool import Connection, Pool
from tests.fixtures.api_rows import with_connection, with_pool

ODD = {
    "float": 1e-7,
    "whole": 3.0,
    "huge": 1.5e300,
    "tiny": 5e-324,
    "text": "ñ\x00\ud800'\"<b>",
    "nested": [{"a": None, "b": [True, -0.0]}],
    "nan": float("nan"),
}


def entry(number: int) -> AuditEntry:
    return AuditEntry(
        action="evidence.viewed",
        resource_type="infraction",
        resource_id=f"i{number}" + "x" * (400 * (number % 2)),
        username="rosa",
        success=number % 3 > 0,
        error_message=None if number % 3 else "no\x00",
        old_values=ODD,
        request=Request(
            ip=["192.0.2.1", "2001:DB8::7", "testclient", "::ffff:192.0.2.4"][number % 4],
            user_agent="agente ñ" * 300,
            endpoint="/api/v1/x",
            method="GET",
            request_id=f"r{number}",
        ),
    )


async def fill(pool: Pool, count: int = 60) -> None:
    async def one(number: int) -> None:
        async with pool.acquire() as connection:
            await api_audit.append(connection, entry(number))

    await asyncio.gather(*(one(number) for number in range(count)))


def verify(url: str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    code = cli.run(verify_audit.main, "verify_audit", ["--database-url", url, "--quiet", *more])
    return code, json.loads(capsys.readouterr().out)


def test_concurrent_writers_make_one_unbroken_chain_of_whatever_they_write(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with_pool(database_url, fill)
    code, said = verify(database_url, capsys)
    assert (code, said["intact"], said["rows"], said["head"]["index"]) == (0, True, 60, 60)


@pytest.mark.parametrize(
    ("tampering", "named"),
    [
        ("UPDATE audit_logs SET username = 'otra' WHERE chain_index = 7", "row 7 "),
        ("UPDATE audit_logs SET success = NOT success WHERE chain_index = 7", "row 7 "),
        ("UPDATE audit_logs SET old_values = '{}' WHERE chain_index = 7", "row 7 "),
        (
            "UPDATE audit_logs SET timestamp = timestamp + INTERVAL '1 us' WHERE chain_index = 7",
            "row 7 ",
        ),
        ("UPDATE audit_logs SET ip_address = '192.0.2.9' WHERE chain_index = 7", "row 7 "),
        ("DELETE FROM audit_logs WHERE chain_index = 7", "row 7: removed"),
        ("DELETE FROM audit_logs WHERE chain_index = 1", "row 1: removed"),
        ("DELETE FROM audit_logs WHERE chain_index = 20", "row 20: removed"),
        ("TRUNCATE audit_logs", "row 1: removed"),
        (
            "UPDATE audit_logs SET chain_index = CASE chain_index WHEN 7 THEN 8 ELSE 7 END"
            " WHERE chain_index IN (7, 8)",
            "row 7 ",
        ),
        (
            "INSERT INTO audit_logs (action, resource_type, success) VALUES ('x', 'y', TRUE)",
            "outside the chain",
        ),
    ],
)
def test_tampering_is_named(
    database_url: str, capsys: pytest.CaptureFixture[str], tampering: str, named: str
) -> None:
    with_pool(database_url, lambda pool: fill(pool, 20))
    with psycopg.connect(database_url) as connection:
        connection.execute(tampering.encode())
    code, said = verify(database_url, capsys)
    assert (code, said["intact"]) == (1, False)
    assert named in said["faults"][0]


def test_a_head_noted_elsewhere_is_compared(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with_pool(database_url, lambda pool: fill(pool, 5))
    noted = verify(database_url, capsys)[1]["head"]
    with_pool(database_url, lambda pool: fill(pool, 5))
    assert verify(database_url, capsys, "--expect", f"5:{noted['digest']}")[0] == 0
    code, said = verify(database_url, capsys, "--expect", f"5:{'0' * 64}")
    assert code == 1
    assert "row 5: not the one that was noted" in said["faults"]
    for bad in ("5", "x:" + "0" * 64, "5:" + "g" * 64):
        arguments = ["--database-url", database_url, "--expect", bad]
        assert cli.run(verify_audit.main, "verify_audit", arguments) == cli.BAD_INPUT


FORBIDDEN = [
    "UPDATE audit_logs SET username = 'otra'",
    "DELETE FROM audit_logs",
    "TRUNCATE audit_logs",
    "DELETE FROM audit_logs_default",
    "UPDATE audit_logs_default SET username = 'otra'",
    "UPDATE audit_chain_head SET archived_index = 3",
    "DELETE FROM audit_chain_head",
    "UPDATE infraction_transitions SET reason = 'otra'",
    "DELETE FROM infraction_transitions",
    "DELETE FROM infractions",
    "INSERT INTO infractions (type) VALUES ('OTHER')",
    "DELETE FROM users",
    "UPDATE law_catalogue SET uit_percent = 1",
    "UPDATE evidence SET manifest_digest = 'x'",
    "DROP TABLE audit_logs",
    "ALTER TABLE audit_logs DISABLE TRIGGER ALL",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_role_of_the_api_may_not(shared_database_url: str, statement: str) -> None:
    async def work(connection: Connection) -> None:
        assert await connection.fetchval("SELECT current_user") == "vigia_api"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)

    with_connection(shared_database_url, work)


def test_a_month_made_later_is_closed_to_the_role_as_well(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT ensure_month_partitions('audit_logs', '2031-01-01', 1)")

    async def work(connection: Connection) -> None:
        await api_audit.append(connection, entry(1))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM audit_logs_y2031m01")

    with_connection(database_url, work)


def test_a_rolled_back_act_leaves_no_gap(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work(connection: Connection) -> None:
        await api_audit.append(connection, entry(1))
        rolled_back = connection.transaction()
        await rolled_back.start()
        await api_audit.append(connection, entry(2))
        await rolled_back.rollback()
        assert await api_audit.append(connection, entry(3)) == 2

    with_connection(database_url, work)
    assert verify(database_url, capsys)[0] == 0


def test_the_audit_pages_without_losing_or_repeating_a_row(database_url: str) -> None:
    async def work(pool: Pool) -> None:
        await fill(pool, 23)
        async with pool.acquire() as connection:
            seen, cursor = [], None
            while True:
                rows, cursor = await api_audit.list_entries(
                    connection, AuditFilters(), limit=5, cursor=cursor
                )
                seen += [row["chain_index"] for row in rows]
                if cursor is None:
                    break
            assert seen == list(range(23, 0, -1))
            failed, _ = await api_audit.list_entries(
                connection, AuditFilters(success=False), limit=50
            )
            assert len(failed) == 8
            _, other = await api_audit.list_entries(connection, AuditFilters(), limit=5)
            with pytest.raises(BadInput, match="cursor"):
                await api_audit.list_entries(
                    connection, AuditFilters(success=False), limit=5, cursor=other
                )

    with_pool(database_url, work)


def test_a_database_that_is_away_or_old_is_bad_input_not_a_broken_chain(
    empty_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    away = "postgresql://u:hidden@127.0.0.1:1/x"
    for url, line in ((away, "cannot connect"), (empty_database_url, "jobs.migrate")):
        code = cli.run(verify_audit.main, "verify_audit", ["--database-url", url])
        said = capsys.readouterr().err
        assert code == cli.BAD_INPUT
        assert line in said
        assert "hidden" not in said
