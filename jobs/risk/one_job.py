"""The frame of a job on the database: one at a time by name, and a row of the audit at its end.

It must not know what the job does.
"""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from adapters.settings import Settings, read_settings
from enforcement.errors import BadInput, VigiaError
from jobs.create_user import refuse_old_schema
from jobs.migrate import database_url
from schema import job_runs
from schema.api_audit import AuditEntry
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
        with job_runs.open_session(where, application=f"vigia-{name}") as session:
            if not job_runs.take_lock(session, name):
                raise BadInput(f"{name} runs already on this database; wait for it to end")
            try:
                yield job
            except VigiaError as error:
                _audit(job, begun, error=error)
                raise
            _audit(job, begun)
    finally:
        engine.dispose()


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
    job_runs.write_audit(job.url, entry)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def session_of(job: Job) -> Any:
    """A session on the job's database."""
    return sessions(job.engine)()
