"""The frame of a job on the database: one at a time by name, and a row of the audit at its end.

It must not know what the job does.
"""

from __future__ import annotations

import asyncio
import getpass
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, text

from adapters.settings import Settings, read_settings
from enforcement.errors import BadInput, VigiaError
from jobs.create_user import refuse_old_schema
from jobs.migrate import database_url
from schema.api_audit import AuditEntry, append
from schema.api_pool import open_connection
from schema.session import open_engine, sessions


@dataclass(slots=True, kw_only=True)
class Job:
    """What a running job has at hand. told: what the audit will say of it."""

    name: str
    settings: Settings
    url: str
    engine: Engine
    told: dict[str, Any] = field(default_factory=dict)


@contextmanager
def one_job(name: str, url: str | None = None, settings: Settings | None = None) -> Iterator[Job]:
    """Run as the only one of its name on this database; audited, whether it ends well or not.

    Raises BadInput when one of the name runs already, and for a database that is not up to date.
    """
    known = settings or read_settings()
    where = url or database_url(known)
    refuse_old_schema(where)
    engine = open_engine(where)
    job = Job(name=name, settings=known, url=where, engine=engine)
    begun = time.monotonic()
    try:
        with _alone(engine, name):
            try:
                yield job
            except VigiaError as error:
                _audit(job, begun, error=error)
                raise
            _audit(job, begun)
    finally:
        engine.dispose()


def audit(url: str, entry: AuditEntry) -> None:
    """Add one row to the audit's chain."""
    asyncio.run(_append(url, entry))


@contextmanager
def _alone(engine: Engine, name: str) -> Iterator[None]:
    with engine.connect() as connection:
        key = {"name": f"vigia.job.{name}"}
        taken = connection.execute(text("SELECT pg_try_advisory_lock(hashtext(:name))"), key)
        if not taken.scalar_one():
            raise BadInput(f"{name} runs already on this database; wait for it to end")
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(hashtext(:name))"), key)
            connection.commit()


def _audit(job: Job, begun: float, *, error: Exception | None = None) -> None:
    told: Mapping[str, Any] = {**job.told, "seconds": round(time.monotonic() - begun, 1)}
    entry = AuditEntry(
        action="run",
        resource_type="job",
        resource_id=job.name,
        success=error is None,
        error_message=None if error is None else str(error),
        new_values=told,
        metadata={"by": f"jobs.{job.name}", "system_user": _user()},
    )
    audit(job.url, entry)


async def _append(url: str, entry: AuditEntry) -> None:
    connection = await open_connection(url)
    try:
        await append(connection, entry)
    finally:
        await connection.close()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def session_of(job: Job) -> Any:
    """A session on the job's database."""
    return sessions(job.engine)()
