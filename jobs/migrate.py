"""`python -m jobs.migrate`: bring a database to the schema of this release.

It holds no SQL: the schema says what is pending and runs it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.settings import Settings, read_settings
from jobs import cli
from schema import migrate, timeseries
from schema.session import check_server, open_engine

MONTHS_AHEAD = 4

EPILOG = """\
Which database: --database-url, else VIGIA_DATABASE_URL, else a private PostgreSQL in .local/,
which is started if it does not run and stays up afterwards.

An empty database is brought up whole; one that is up to date is left alone; running it twice, or
twice at once, does no harm. Monthly partitions are made ahead on each run.

A release with breaking changes is rolled out in two steps:
  python -m jobs.migrate --phase pre    before the new release starts; the old one keeps running
  python -m jobs.migrate                once the old release has gone

Examples:
  python -m jobs.migrate                                       the private database
  python -m jobs.migrate --database-url postgresql://u:p@host/vigia
  python -m jobs.migrate --check                               exit 1 when something is pending
  python -m jobs.migrate --sql > schema.sql                    for an administrator to read or run

A database that gained TimescaleDB later keeps its partitions until told otherwise: with everything that
writes stopped, `python -m jobs.migrate --take-over` moves the rows into hypertables.

Prints one JSON object on stdout: the revisions that ran, or with --check those that are pending.
Exit codes: 0 done, 1 (--check only) something is pending, 2 bad input: one line says what.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("migrate", "Bring a database to the schema of this release.", EPILOG)
    parser.add_argument("--database-url", metavar="URL", help="plain postgresql:// URL")
    parser.add_argument("--phase", choices=("pre", "post"), default="post", help="see below")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="only say what is pending")
    mode.add_argument(
        "--take-over",
        action="store_true",
        help="turn monthly partitions into TimescaleDB hypertables, rows and all",
    )
    mode.add_argument("--sql", action="store_true", help="only print the whole schema as SQL")
    options = parser.parse_args(arguments)
    if options.sql:
        sys.stdout.write(migrate.script())
        return cli.DONE
    url = options.database_url or database_url(read_settings())
    if options.check:
        return _check(url, options.phase)
    if options.take_over:
        return _take_over(url)
    return _upgrade(url, options.phase)


def database_url(settings: Settings) -> str:
    """The configured database, or the private one, started."""
    return settings.database_url or EmbeddedPostgres(Path(settings.local_dir) / "postgres").start()


def prepare(url: str, *, phase: str = "post") -> list[str]:
    """Migrate and make partitions ahead; returns the revisions that ran. For commands that need rows."""
    engine = open_engine(url)
    try:
        check_server(engine)
        ran = migrate.upgrade(engine, phase=phase)
        if not migrate.pending(engine, phase="pre"):
            last_month = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
            with engine.begin() as connection:
                timeseries.ensure_partitions(connection, last_month, MONTHS_AHEAD + 1)
    finally:
        engine.dispose()
    return ran


def _upgrade(url: str, phase: str) -> int:
    ran = prepare(url, phase=phase)
    sys.stdout.write(json.dumps({"ran": ran}) + "\n")
    return cli.DONE


def _take_over(url: str) -> int:
    prepare(url)
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            taken = timeseries.take_over(connection)
        if taken:
            timeseries.fill_rollups(engine)
    finally:
        engine.dispose()
    sys.stdout.write(json.dumps({"taken_over": taken}) + "\n")
    return cli.DONE


def _check(url: str, phase: str) -> int:
    engine = open_engine(url)
    try:
        check_server(engine)
        pending = migrate.pending(engine, phase=phase)
    finally:
        engine.dispose()
    sys.stdout.write(json.dumps({"pending": pending}) + "\n")
    return cli.NO if pending else cli.DONE


if __name__ == "__main__":
    sys.exit(cli.run(main, "migrate"))
