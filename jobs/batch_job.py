"""The frame of every batch job: one run at a time, a row of the run, a line in the audit, bar, metrics.

    def main(arguments: Sequence[str]) -> int:
        parser = cli.parser("roll_up", "…", EPILOG)
        batch_job.add_arguments(parser)             # --database-url, --quiet
        options = parser.parse_args(arguments)
        with batch_job.run("roll_up", options, parameters={"month": "2026-10"}) as job:
            task = job.bar("buckets", total=400)    # a bar on stderr; job.advance(task, 10)
            job.session.execute("…")                # the session that holds the job's lock
            job.figures["rows"] = 4000              # shown, kept, audited, exported
        return job.finish()                         # prints the figures as one JSON object, cli.DONE

    if __name__ == "__main__":
        sys.exit(cli.run(main, "roll_up"))

What it promises: two runs of one job never overlap (the second is BadInput, exit 2); a run that was killed
shows as interrupted once the next begins; a failure is written down and raised on; what decides (a ledger's
row, a drop) goes through `job.session`, which dies with the lock. `job.url` opens any other connection.
It must not know what a job does.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import prometheus_client as prometheus
import psycopg
from rich.progress import Progress, TaskID
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from adapters.settings import Settings, read_settings
from enforcement.errors import VigiaError
from jobs import cli
from jobs.create_user import refuse_old_schema
from jobs.migrate import database_url
from schema import job_runs
from schema.api_audit import AuditEntry
from schema.session import open_engine, sessions

AUDIT_RESOURCE = "job"
METRICS = "metrics"  # folder under VIGIA_LOCAL_DIR that node_exporter's textfile collector reads


@dataclass(kw_only=True)
class Job:
    """A run in progress. session: holds the lock. figures: plain values, shown and kept.

    began_s: when it began, seconds since 1970.
    """

    name: str
    url: str
    settings: Settings
    session: job_runs.Connection
    progress: Progress
    figures: dict[str, Any] = field(default_factory=dict)
    began_s: float = field(default_factory=time.time)

    @cached_property
    def engine(self) -> Engine:
        """Connections beside the lock's, for what is written through the models."""
        return open_engine(self.url)

    def rows(self) -> Session:
        """A new session of the models on `engine`; a context manager."""
        return sessions(self.engine)()

    def bar(self, what: str, *, total: float | None = None) -> TaskID:
        """A bar of its own for one kind of work."""
        self.progress.start()
        return self.progress.add_task(what, total=total)

    def advance(self, task: TaskID, by: float = 1) -> None:
        """Move a bar on."""
        self.progress.advance(task, by)

    def finish(self) -> int:
        """Print the figures as one JSON object on stdout; the exit code of a job that is done."""
        sys.stdout.write(json.dumps(self.figures, ensure_ascii=False, default=str) + "\n")
        return cli.DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that every batch job has."""
    parser.add_argument("--database-url", metavar="URL", help="plain postgresql:// URL")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


@contextmanager
def run(
    name: str,
    options: argparse.Namespace | None,
    *,
    parameters: Mapping[str, Any] | None = None,
    lock: str | None = None,
    upkeep: bool = False,
    settings: Settings | None = None,
) -> Iterator[Job]:
    """The frame around one run; see the module's docstring.

    options: of add_arguments; None for a run inside another command, on the settings' database.
    parameters: plain values, kept with the run. lock: jobs that name the same one exclude one another; the
    job's own name by default. upkeep: it runs every few minutes, so only its failures go to the audit and
    its rows are kept a month. Raises BadInput when the job runs already or the database
    is not up to date; what the body raises is written down and raised on.
    """
    settings = settings or read_settings()
    url = (options and options.database_url) or database_url(settings)
    refuse_old_schema(url)
    given = dict(parameters or {})
    began = time.monotonic()
    # Not entered: a job without a bar would leave an empty line on stderr.
    progress = cli.progress(quiet=options is not None and options.quiet)
    with job_runs.open_session(url, application=f"vigia-{name}") as session:
        run_id = job_runs.begin(session, name, given, lock=lock or name)
        job = Job(name=name, url=url, settings=settings, session=session, progress=progress)
        error: BaseException | None = None
        try:
            yield job
        except BaseException as raised:
            error = raised
            raise
        finally:
            if progress.live.is_started:
                progress.stop()
            job.figures.setdefault("seconds", round(time.monotonic() - began, 3))
            if "engine" in vars(job):
                job.engine.dispose()
            _write_down(job, run_id, given, error, audited=error is not None or not upkeep)
            if upkeep and error is None:
                job_runs.forget(session, name)


def _write_down(
    job: Job,
    run_id: int,
    parameters: Mapping[str, Any],
    error: BaseException | None,
    *,
    audited: bool,
) -> None:
    line = None if error is None else _line(error)
    entry = AuditEntry(
        action=f"run_{job.name}",
        resource_type=AUDIT_RESOURCE,
        resource_id=str(run_id),
        success=error is None,
        username=getpass.getuser()[:150],
        new_values=job.figures,
        error_message=line,
        metadata={"by": f"jobs.{job.name}", "parameters": dict(parameters)},
    )
    _export(job, ok=error is None)
    try:
        with suppress(psycopg.Error):
            if not job.session.autocommit or job.session.info.transaction_status:
                job.session.rollback()
        job_runs.end(job.session, run_id, figures=job.figures, error=line)
        if audited:
            job_runs.write_audit(job.url, entry)
    except (psycopg.Error, VigiaError):
        # A database that is gone is what the body failed of: its own error is the one to show.
        if error is None:
            raise


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:2000] or type(error).__name__


def _export(job: Job, *, ok: bool) -> None:
    """Figures for Prometheus, one file per job, written by one rename."""
    registry = prometheus.CollectorRegistry()
    labels = ["job_name"]
    success = prometheus.Gauge(
        "vigia_job_success", "1: the last run was done.", labels, registry=registry
    )
    success.labels(job.name).set(int(ok))
    ended = prometheus.Gauge(
        "vigia_job_ended_seconds", "When it ended, Unix time.", labels, registry=registry
    )
    ended.labels(job.name).set(time.time())
    figure = prometheus.Gauge(
        "vigia_job_figure", "What it did.", [*labels, "figure"], registry=registry
    )
    for key, value in job.figures.items():
        if isinstance(value, int | float):
            figure.labels(job.name, key).set(value)
    folder = Path(job.settings.local_dir) / METRICS
    with suppress(OSError):  # a folder that cannot be written costs the figure, not the job
        folder.mkdir(parents=True, exist_ok=True)
        prometheus.write_to_textfile(str(folder / f"vigia-{job.name}.prom"), registry)
