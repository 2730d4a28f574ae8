"""The server's log of changes: whether it is archived, and being told to finish a piece of it.

It must not know where the pieces go.
"""

from __future__ import annotations

import time
from datetime import datetime

from psycopg import sql

from enforcement.errors import Unavailable
from schema.job_runs import Connection


def mark(session: Connection) -> datetime:
    """Write a mark into the database; what a restore finds says how much was lost."""
    row = session.execute("INSERT INTO backup_marks DEFAULT VALUES RETURNING at").fetchone()
    session.execute("DELETE FROM backup_marks WHERE at < CURRENT_TIMESTAMP - INTERVAL '7 days'")
    if row is None:
        raise RuntimeError("INSERT … RETURNING gave no row")
    at: datetime = row[0]
    return at


def last_mark(session: Connection) -> datetime | None:
    """The newest mark."""
    row = session.execute("SELECT max(at) FROM backup_marks").fetchone()
    return None if row is None else row[0]


def finish_piece(session: Connection) -> str:
    """Let the server finish the current piece of its log; its name."""
    row = session.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    return str(row and row[0])


def current_piece(session: Connection) -> str:
    """Name of the piece being written."""
    row = session.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
    return str(row and row[0])


def archives(session: Connection, command: str) -> bool:
    """Whether the running server archives its log by this command."""
    row = session.execute(
        "SELECT current_setting('archive_mode'), current_setting('archive_command')"
    ).fetchone()
    return row == ("on", command)


def archive_by(session: Connection, command: str, *, every_s: int) -> bool:
    """Set it for good; False when the server must be restarted for it.

    every_s: a piece is finished at least so often while there are changes.
    """
    for name, value in (
        ("archive_mode", "on"),
        ("archive_command", command),
        ("archive_timeout", f"{every_s}s"),
    ):
        session.execute(
            sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
        )
    session.execute("SELECT pg_reload_conf()")
    row = session.execute("SELECT current_setting('archive_mode')").fetchone()
    return row == ("on",)


def version(session: Connection) -> str:
    """The server's version."""
    row = session.execute("SHOW server_version").fetchone()
    return str(row and row[0])


def wait_until_archived(session: Connection, piece: str, *, at_most_s: float = 60.0) -> None:
    """Until the server has archived this piece. Raises Unavailable with what its command failed at."""
    deadline = time.monotonic() + at_most_s
    while True:
        row = session.execute(
            "SELECT last_archived_wal, last_failed_wal FROM pg_stat_archiver"
        ).fetchone()
        if row is not None and row[0] is not None and row[0][:24] >= piece:
            return
        if time.monotonic() > deadline:
            raise Unavailable(
                f"the server does not archive its log (last failed: {row and row[1]})"
            )
        time.sleep(0.1)
