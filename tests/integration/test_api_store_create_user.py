"""The command that makes users: the first admin, weak passwords, no terminal."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from sqlalchemy import Engine, text

from adapters.password_hash import Passwords
from jobs import cli, create_user
from schema import api_accounts as accounts
from schema.api_pool import Connection
from tests.fixtures.api_rows import with_connection

GOOD = "tres tristes tigres comen"


def command(url: str, monkeypatch: pytest.MonkeyPatch, password: str, *arguments: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    full = ["--database-url", url, "--password-stdin", *arguments]
    return cli.run(create_user.main, "create_user", full)


def test_the_first_admin_is_made_by_the_command_and_can_sign_in(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(database_url, monkeypatch, GOOD, "Rosa", "--role", "admin") == cli.DONE
    said = json.loads(capsys.readouterr().out)
    assert (said["username"], said["role"]) == ("rosa", "admin")

    async def kept(connection: Connection) -> tuple[Any, Any]:
        found = await accounts.take_login_attempt(connection, "rosa")
        audited = await connection.fetchrow("SELECT action, resource_id FROM audit_logs")
        return found, audited

    found, audited = with_connection(database_url, kept)
    assert Passwords().matches(found.password_hash, GOOD)
    assert not Passwords().matches(found.password_hash, GOOD + "x")
    assert tuple(audited) == ("create", said["id"])
    assert command(database_url, monkeypatch, GOOD, "ROSA", "--role", "operator") == cli.NO
    assert "already in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("password", "arguments", "line"),
    [
        ("corta", ["ana", "--role", "admin"], "characters"),
        ("", ["ana", "--role", "admin"], "characters"),
        ("ana-belen-7-olivos", ["ana-belen", "--role", "admin"], "user's name"),
        (GOOD, ["dos palabras", "--role", "admin"], "USERNAME"),
        (GOOD, ["ana", "--role", "admin", "--permission", "todo"], "permissions"),
    ],
)
def test_a_weak_password_or_a_wrong_name_makes_nobody(
    database_url: str,
    database: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    password: str,
    arguments: list[str],
    line: str,
) -> None:
    assert command(database_url, monkeypatch, password, *arguments) == cli.BAD_INPUT
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1
    with database.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM users")).scalar_one() == 0


def test_without_a_terminal_nobody_is_asked_for_a_password(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    arguments = ["--database-url", database_url, "ana", "--role", "admin"]
    assert cli.run(create_user.main, "create_user", arguments) == cli.BAD_INPUT
    assert "--password-stdin" in capsys.readouterr().err
