"""One run of a batch job in the database: its lock, its row, its line in the audit.

The lock is the session's, so it ends with the process whatever kills it. It must not know what a job does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.types.json import Json

from enforcement.errors import BadInput, Unavailable
from schema.api_audit import AuditEntry, append
from schema.api_pool import open_connection
from schema.session import database_url

Connection = psycopg.Connection[tuple[Any, ...]]
# First half of the advisory lock's key; the second is the job's name. Ours and arbitrary.
_LOCKS = 7_204_412


def open_session(url: str, *, application: str) -> Connection:
    """A connection in autocommit, times in UTC. Raises BadInput for a wrong URL, Unavailable else."""
    plain = database_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        return psycopg.connect(
            plain,
            autocommit=True,
            connect_timeout=10,
            options="-c timezone=UTC -c client_min_messages=warning",
            application_name=application,
        )
    except psycopg.OperationalError as error:
        raise Unavailable(f"database: {str(error).splitlines()[0]}") from None


def take_lock(session: Connection, job: str) -> bool:
    """Whether this session now is the only one that runs the job; kept until it closes."""
    row = session.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_LOCKS, job)).fetchone()
    return row is not None and bool(row[0])


def begin(session: Connection, job: str, parameters: Mapping[str, Any], *, lock: str) -> int:
    """Write the run's row and return its id; runs that were killed are marked interrupted.

    lock: jobs of one lock exclude one another. Raises BadInput when one of them runs already.
    """
    if not take_lock(session, lock):
        what = job if lock == job else f"{job}, or a job it excludes,"
        raise BadInput(f"{what} runs already: wait for it to end")
    session.execute(
        "UPDATE job_runs SET status = 'interrupted', finished_at = CURRENT_TIMESTAMP"
        " WHERE job = %s AND status = 'running'",
        (job,),
    )
    row = session.execute(
        "INSERT INTO job_runs (job, parameters) VALUES (%s, %s) RETURNING id",
        (job, Json(dict(parameters))),
    ).fetchone()
    if row is None:
        raise RuntimeError("INSERT … RETURNING gave no row")
    return int(row[0])


def end(session: Connection, run_id: int, *, figures: Mapping[str, Any], error: str | None) -> None:
    """Write how the run ended."""
    session.execute(
        "UPDATE job_runs SET status = %s, figures = %s, error = %s, finished_at = CURRENT_TIMESTAMP"
        " WHERE id = %s",
        ("done" if error is None else "failed", Json(dict(figures)), error, run_id),
    )


def forget(session: Connection, job: str) -> None:
    """Remove a job's rows of more than a month ago."""
    session.execute(
        "DELETE FROM job_runs WHERE job = %s AND started_at < CURRENT_TIMESTAMP - INTERVAL '1 month'",
        (job,),
    )


def write_audit(url: str, entry: AuditEntry) -> None:
    """Add one act of a job to the audit's chain."""

    async def add() -> None:
        connection = await open_connection(url)
        try:
            await append(connection, entry)
        finally:
            await connection.close()

    asyncio.run(add())
