"""`python -m jobs.scheduler`: runs the jobs of the schedule file, each due time once however many run this.

Each job is a process of its own, so one that is slow or fails holds up no other. It must not know what they
do.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg

from adapters.settings import REPOSITORY, read_settings, set_for_children
from enforcement.errors import Unavailable
from jobs import cli
from jobs.create_user import refuse_old_schema
from jobs.migrate import database_url
from jobs.timetable import Entry, read
from schema import job_runs, job_schedule
from schema.archive_ledger import now

SCHEDULE = Path(__file__).with_name("schedule.yaml")
_TICK_S = 5.0

EPILOG = """\
Start it on as many nodes as you like: an advisory lock and a row in PostgreSQL for each due time see to it
that a job runs once. When a scheduler dies, another takes up what it was running. A due time that was missed
while none ran is made up for if it is not too late (see the file).

Examples:
  python -m jobs.scheduler                          until it is told to stop
  python -m jobs.scheduler --once                   what is due now, then leave: for cron
  python -m jobs.scheduler --show                   the jobs and when each was last due
  python -m jobs.scheduler --schedule my.yaml       jobs/schedule.yaml says what may stand in one

Output of jobs goes to .local/logs/jobs/NAME.log. With --once one JSON object on stdout: exit codes by job.
Exit codes: 0 done, 1 (--once) a job's exit code was not 0, 2 bad input.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("scheduler", "Run jobs at their times.", EPILOG)
    parser.add_argument("--database-url", metavar="URL", help="plain postgresql:// URL")
    parser.add_argument("--schedule", type=Path, default=SCHEDULE, metavar="FILE")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--once", action="store_true", help="what is due now, then leave")
    mode.add_argument("--show", action="store_true", help="only show the schedule")
    options = parser.parse_args(arguments)
    entries = read(options.schedule, known_jobs())
    settings = read_settings()
    url = options.database_url or database_url(settings)
    refuse_old_schema(url)
    # Jobs find the same database without its password in their arguments.
    set_for_children({"VIGIA_DATABASE_URL": url})
    logs = Path(settings.local_dir) / "logs" / "jobs"
    with job_runs.open_session(url, application="vigia-scheduler") as session:
        if options.show:
            return _show(entries, now(session))
        scheduler = Scheduler(session=session, entries=entries, logs=logs)
        if options.once:
            codes = scheduler.once()
            sys.stdout.write(json.dumps(codes) + "\n")
            return cli.NO if any(codes.values()) else cli.DONE
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        scheduler.until(stop)
    return cli.DONE


def known_jobs() -> list[str]:
    """Names of the commands there are."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py"))


@dataclass(slots=True, kw_only=True)
class Scheduler:
    """session: holds the locks of what runs."""

    session: job_runs.Connection
    entries: Sequence[Entry]
    logs: Path
    running: dict[str, tuple[subprocess.Popen[bytes], datetime]] = field(default_factory=dict)

    def once(self) -> dict[str, int]:
        """Run what is due and wait for it; exit codes by name."""
        self._begin()
        codes: dict[str, int] = {}
        while self.running:
            next(iter(self.running.values()))[0].wait()
            codes |= self._collect()
        return codes

    def until(self, stop: threading.Event) -> None:
        """Run what comes due until told to stop, then end what runs and wait for it."""
        try:
            while not stop.is_set():
                self._collect()
                self._begin()
                stop.wait(_TICK_S)
        except psycopg.OperationalError as error:
            # The locks are gone with the session: another scheduler may begin the same jobs.
            raise Unavailable(f"database: {str(error).splitlines()[0]}") from None
        finally:
            for process, _ in self.running.values():
                process.terminate()
            for process, _ in self.running.values():
                process.wait()
        self._collect()

    def _begin(self) -> None:
        at = now(self.session)
        who = f"{socket.gethostname()}:{os.getpid()}"
        for entry in self.entries:
            due = entry.last_due(at)
            if entry.name in self.running or due is None:
                continue
            if job_schedule.take(self.session, entry.name, due, by=who):
                self.running[entry.name] = (self._start(entry), due)

    def _start(self, entry: Entry) -> subprocess.Popen[bytes]:
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{entry.name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"jobs.{entry.job}", *entry.arguments],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _collect(self) -> dict[str, int]:
        ended = {}
        for name, (process, due) in list(self.running.items()):
            code = process.poll()
            if code is not None:
                del self.running[name]
                job_schedule.ended(self.session, name, due, code)
                ended[name] = code
                sys.stderr.write(f"scheduler: {name} of {due.isoformat()} ended with {code}\n")
        return ended


def _show(entries: Sequence[Entry], at: datetime) -> int:
    for entry in entries:
        due = entry.last_due(at)
        last = "not due" if due is None else due.isoformat(timespec="minutes")
        sys.stdout.write(f"{entry.name:20} {entry.job} {' '.join(entry.arguments)}  {last}\n")
    return cli.DONE


if __name__ == "__main__":
    sys.exit(cli.run(main, "scheduler"))
