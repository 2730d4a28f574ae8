"""A private database with many generated rows, kept between benches when a folder is named.

Secondary indexes are taken off while rows go in and made again afterwards. It must not know what is measured.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from psycopg import sql

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.settings import Settings
from jobs import cli
from jobs.migrate import prepare
from schema import bench_rows, job_runs
from schema.archive_tables import Connection, Month

CAMERAS = 200
PEOPLE = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Big:
    """The database, its URL and the folder that holds it."""

    settings: Settings
    url: str
    session: Connection


def add_size(parser: argparse.ArgumentParser) -> None:
    """Options that benches over many rows share."""
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the database here, and use it again"
    )


@contextmanager
def big(folder: Path | None, *, people: int = PEOPLE) -> Iterator[Big]:
    """A migrated database in `folder`, or in one that is removed afterwards."""
    with ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            folder.chmod(0o755)
        server = EmbeddedPostgres(folder / "postgres", durable=False)
        url = server.start()
        stack.callback(server.stop)
        prepare(url)
        session = stack.enter_context(job_runs.open_session(url, application="bench"))
        session.execute("SET maintenance_work_mem = '1GB'")
        session.execute("SET synchronous_commit = off")
        bench_rows.add_places(session, cameras=CAMERAS, people=people)
        yield Big(settings=Settings(local_dir=folder), url=url, session=session)


def fill(at: Big, table: str, rows: int, *, since: datetime, step: timedelta) -> None:
    """Rows of a table from `since` on, unless the table already holds that many."""
    session = at.session
    there = session.execute(
        sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    ).fetchone()
    if there is not None and there[0] >= rows:
        return
    first = there[0] if there else 0
    _months(session, table, since, since + rows * step)
    with _without_indexes(session, table), cli.progress() as progress:
        task = progress.add_task(f"rows of {table}", total=rows, completed=first)
        bench_rows.add_rows(
            session,
            table,
            rows - first,
            first=first,
            since=since,
            step=step,
            cameras=CAMERAS,
            people=PEOPLE,
            on_rows=lambda done: progress.advance(task, done),
        )
    session.execute(sql.SQL("VACUUM (ANALYZE, FREEZE) {}").format(sql.Identifier(table)))
    session.execute("VACUUM ANALYZE devices, zones, vehicles, drivers, zone_hours")


def _months(session: Connection, table: str, since: datetime, until: datetime) -> None:
    partitioned = session.execute(
        "SELECT 1 FROM pg_partitioned_table WHERE partrelid = %s::regclass", (table,)
    ).fetchone()
    month = Month.of(since.astimezone(UTC))
    while partitioned is not None and month.low < until:
        session.execute(
            "SELECT ensure_month_partitions(%s::regclass, %s, 1)", (table, month.first_day)
        )
        month = month.next


@contextmanager
def _without_indexes(session: Connection, table: str) -> Iterator[None]:
    rows = session.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisprimary AND NOT EXISTS"
        " (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
        (table,),
    ).fetchall()
    for name, _ in rows:
        session.execute(f"DROP INDEX {name}".encode())
    yield
    with cli.progress() as progress:
        task = progress.add_task(f"indexes of {table}", total=len(rows))
        for _, definition in rows:
            session.execute(definition.replace(" ON ONLY ", " ON ").encode())
            progress.advance(task)
