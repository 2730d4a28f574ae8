"""`python -m jobs.create_user`: make a user, the first admin above all; there is no default password.

It holds no SQL: the schema keeps users, the API's own hashing makes the hash.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import sys
from collections.abc import Sequence

from adapters.password_hash import Passwords
from adapters.settings import read_settings
from enforcement.errors import BadInput
from enforcement.passwords import check_password
from enforcement.permissions import Role, checked_permissions
from jobs import cli
from jobs.migrate import database_url
from schema import migrate
from schema.api_accounts import plain_username
from schema.api_audit import AuditEntry, append
from schema.api_pool import open_connection
from schema.api_users import NewUser, create_user
from schema.session import check_server, open_engine

EPILOG = """\
The password is asked for twice on the terminal, or read from the first line of standard input with
--password-stdin. It is never an argument, and never printed.

Examples:
  python -m jobs.create_user rosa --role admin
  python -m jobs.create_user luis --role operator --full-name "Luis Quispe" --email luis@muni.example
  openssl rand -base64 18 | tee clave.txt | python -m jobs.create_user ana --role auditor --password-stdin

Which database: --database-url, else VIGIA_DATABASE_URL, else the private PostgreSQL in .local/.
Prints one JSON object on stdout. Exit codes: 0 made, 1 the name or e-mail is in use, 2 bad input.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("create_user", "Make a user of the operators' console.", EPILOG)
    parser.add_argument("username", metavar="USERNAME")
    parser.add_argument("--role", required=True, choices=[role.value for role in Role])
    parser.add_argument("--email", help="where mail is sent; without one, none is")
    parser.add_argument("--full-name")
    parser.add_argument(
        "--permission", action="append", default=[], help="one more than the role has; repeatable"
    )
    parser.add_argument("--password-stdin", action="store_true", help="read it from stdin")
    parser.add_argument("--database-url", metavar="URL", help="plain postgresql:// URL")
    options = parser.parse_args(arguments)
    username = plain_username(options.username)
    if not username or any(one.isspace() for one in username):
        raise BadInput("USERNAME: must be one word")
    checked_permissions(options.permission)
    password = _password(from_stdin=options.password_stdin)
    check_password(password, [username, options.full_name or "", options.email or ""])
    url = options.database_url or database_url(read_settings())
    refuse_old_schema(url)
    new = _new_user(options, username, Passwords().hash(password))
    row = make_user(url, new)
    sys.stdout.write(json.dumps(row) + "\n")
    return cli.DONE


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadInput("no terminal to ask for the password on; use --password-stdin")
    password = getpass.getpass("Password: ", sys.stderr)
    if getpass.getpass("Again: ", sys.stderr) != password:
        raise BadInput("password: the two are not the same")
    return password


def _new_user(options: argparse.Namespace, username: str, password_hash: str) -> NewUser:
    return NewUser(
        username=username,
        password_hash=password_hash,
        role=options.role,
        # The column needs one; .invalid is a domain that no mail ever reaches (RFC 2606).
        email=options.email or f"{username}@users.invalid",
        full_name=options.full_name,
        permissions=tuple(options.permission),
    )


def make_user(url: str, new: NewUser) -> dict[str, object]:
    """Make and audit it; returns what may be shown. Raises AlreadyTaken for a name or e-mail in use."""
    return asyncio.run(_create(url, new))


async def _create(url: str, new: NewUser) -> dict[str, object]:
    connection = await open_connection(url)
    try:
        async with connection.transaction():
            row = await create_user(connection, new)
            shown = {name: row[name] for name in ("username", "email", "role", "permissions")}
            await append(
                connection,
                AuditEntry(
                    action="create",
                    resource_type="user",
                    resource_id=str(row["id"]),
                    new_values=shown,
                    metadata={"by": "jobs.create_user"},
                ),
            )
    finally:
        await connection.close()
    return {"id": str(row["id"]), **shown}


def refuse_old_schema(url: str) -> None:
    """Raise BadInput for a database that cannot be reached or was not brought up to this release."""
    engine = open_engine(url)
    try:
        check_server(engine)
        pending = migrate.pending(engine, phase="pre")
    finally:
        engine.dispose()
    if pending:
        raise BadInput("the database is not up to date: run python -m jobs.migrate")


if __name__ == "__main__":
    sys.exit(cli.run(main, "create_user"))
