"""The life of rows on hypertables: rolled up, archived, dropped, restored, held as on plain PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.postgres_programs import BINARIES
from jobs import cli, migrate
from schema import bench_rows, rollups, table_pieces
from schema.archive_tables import Month, table
from tests.fixtures.history import History, history_at, months_ago
from tests.fixtures.postgres import quick_folder
from tests.fixtures.rollups import EXACT

pytestmark = pytest.mark.skipif(
    not any(BINARIES.glob("*/lib/timescaledb.so")), reason="TimescaleDB is not installed"
)
NOW = datetime.now(UTC)
OLD = months_ago(26)


def load(server: EmbeddedPostgres) -> str:
    """Restart with the extension loaded."""
    server.stop()
    with (server.data_folder / "postgresql.conf").open("a") as conf:
        conf.write("shared_preload_libraries = 'timescaledb'\ntimescaledb.telemetry_level = off\n")
    return server.start()


@pytest.fixture(scope="module")
def hyper_server() -> Iterator[str]:
    folder = quick_folder()
    server = EmbeddedPostgres(folder / "pg", durable=False)
    try:
        server.start()
        url = load(server)
        migrate.prepare(url)
        yield url
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def hyper(
    hyper_server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[History]:
    with history_at(hyper_server, tmp_path, monkeypatch, capsys) as history:
        for name in ("events", "inference_metrics", "ml_predictions", "archives", "legal_holds"):
            history.session.execute(f"DELETE FROM {name}".encode())  # noqa: S608
        bench_rows.add_places(history.session, cameras=10, people=50)
        yield history


def fill(history: History, name: str, month: Month, rows: int = 300, first: int = 0) -> None:
    step = (month.high - month.low) / (rows + 1)
    since = month.low - first * step + timedelta(seconds=1)
    bench_rows.add_rows(
        history.session, name, rows, since=since, step=step, first=first, cameras=10, people=50
    )


def hold(history: History, month: Month) -> None:
    history.session.execute(
        "INSERT INTO legal_holds (table_name, since, until, reason, placed_by)"
        " SELECT name, %s, %s, 'court', 'x' FROM unnest(ARRAY['events', 'inference_metrics']) AS name",
        (month.low, month.high),
    )


def settled(history: History, query: str) -> list[tuple[Any, ...]]:
    rows = history.session.execute(query.encode()).fetchall()
    return [tuple(round(v, 9) if isinstance(v, float) else v for v in row) for row in rows]


@pytest.mark.parametrize("name", EXACT)
def test_the_job_refreshes_what_came_late(hyper: History, name: str) -> None:
    view = f"SELECT * FROM {name} ORDER BY 1, 2"  # noqa: S608
    for since, first in ((timedelta(hours=6), 0), (timedelta(hours=9), 1000)):
        for source in ("events", "inference_metrics"):
            step = timedelta(seconds=30)
            bench_rows.add_rows(
                hyper.session, source, 400, since=NOW - since - first * step, step=step,
                first=first, cameras=10,
            )  # fmt: skip
        rollups.roll_up(hyper.session, rollups.ROLLUPS[name])
        assert settled(hyper, view) == settled(hyper, EXACT[name])
    assert settled(hyper, view)


def test_a_month_leaves_a_hypertable_only_once_archived_and_comes_back(hyper: History) -> None:
    fill(hyper, "ml_predictions", OLD)
    fill(hyper, "ml_predictions", OLD.next, rows=50, first=1000)
    after = hyper.rows("ml_predictions", OLD.next)
    before = hyper.rows("ml_predictions", OLD)
    code, figures, said = hyper.run("enforce_retention", "--table", "ml_predictions")
    assert (code, figures["dropped"]) == (cli.NO, [])
    assert f"ml_predictions {OLD}: not archived" in said
    hyper.run("archive", "--table", "ml_predictions")
    code, figures, _ = hyper.run("enforce_retention", "--table", "ml_predictions")
    assert code == cli.DONE
    assert {"table": "ml_predictions", "month": str(OLD)} in figures["dropped"]
    assert hyper.rows("ml_predictions", OLD) == []
    for month, rows in ((OLD, before), (OLD.next, after)):
        hyper.run("restore_archive", "--table", "ml_predictions", "--month", str(month))
        assert hyper.rows("ml_predictions", month) == rows


@contextmanager
def weekly_chunks(history: History) -> Iterator[None]:
    """New chunks of predictions hold a week, so that some lie within a month and some over its edge."""
    change = "SELECT set_chunk_time_interval('ml_predictions', INTERVAL '{}')"
    history.session.execute(change.format("7 days").encode())
    try:
        yield
    finally:
        history.session.execute(change.format("1 month").encode())


def test_nobody_writes_to_a_month_while_it_is_compared(hyper: History) -> None:
    month = months_ago(30)
    with weekly_chunks(hyper):
        fill(hyper, "ml_predictions", month)
    instants = [row["predicted_at"] for row in hyper.rows("ml_predictions", month)]
    with hyper.session.transaction():
        table_pieces.lock(hyper.session, table("ml_predictions"), month)
        with psycopg.connect(hyper.url, autocommit=True) as other:
            other.execute("SET lock_timeout = '200ms'")
            for edge in (min(instants), max(instants)):
                # A row that comes late: it asks for its own chunk alone, a change asks for all.
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    bench_rows.add_rows(
                        other, "ml_predictions", 1, since=edge, step=timedelta(0), cameras=10,
                        people=50,
                    )  # fmt: skip


def test_a_row_in_a_chunk_made_since_the_lock_keeps_its_month(
    hyper: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = months_ago(34)
    remove = table_pieces.remove

    def remove_later(*given: Any) -> int | None:
        with psycopg.connect(hyper.url, autocommit=True) as other:
            bench_rows.add_rows(
                other, "ml_predictions", 1, since=month.low, step=timedelta(seconds=1),
                first=0, cameras=10, people=50,
            )  # fmt: skip
        return remove(*given)

    with weekly_chunks(hyper):
        # Its last days alone: no chunk holds the first of them yet.
        bench_rows.add_rows(
            hyper.session, "ml_predictions", 40, since=month.high - timedelta(days=5),
            step=timedelta(hours=2), first=10, cameras=10, people=50,
        )  # fmt: skip
        hyper.run("archive", "--table", "ml_predictions")
        monkeypatch.setattr(table_pieces, "remove", remove_later)
        _, figures, said = hyper.run("enforce_retention", "--table", "ml_predictions")
    assert figures["dropped"] == []
    assert f"ml_predictions {month}" in said
    assert len(hyper.rows("ml_predictions", month)) == 41
    monkeypatch.setattr(table_pieces, "remove", remove)
    hyper.run("archive", "--table", "ml_predictions")
    _, figures, _ = hyper.run("enforce_retention", "--table", "ml_predictions")
    assert figures["dropped"] == [{"table": "ml_predictions", "month": str(month)}]


def test_telemetry_goes_and_what_a_legal_hold_keeps_stays(hyper: History) -> None:
    kept, gone = months_ago(6), months_ago(7)
    for month, first in ((kept, 0), (gone, 1000)):
        fill(hyper, "events", month, first=first)
    hold(hyper, kept)
    code, figures, _ = hyper.run("enforce_retention", "--table", "events", "--no-evidence")
    assert code == cli.DONE
    assert figures["dropped"] == [{"table": "events", "month": str(gone)}]
    assert len(hyper.rows("events", kept)) == 300
    policies = hyper.session.execute(
        "SELECT config->>'drop_after' FROM timescaledb_information.jobs"
        " WHERE proc_name = 'policy_retention' AND hypertable_schema = 'public'"
    ).fetchall()
    # Of the buckets alone.
    assert policies == [("1 year",)]


def test_a_take_over_keeps_every_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = quick_folder()
    server = EmbeddedPostgres(folder / "pg", durable=False)
    views = [f"SELECT * FROM {name} ORDER BY 1, 2" for name in EXACT]  # noqa: S608
    try:
        url = server.start()
        migrate.prepare(url)
        with history_at(url, tmp_path, monkeypatch, capsys) as history:
            for name in ("events", "inference_metrics"):
                # Dropped by retention, older than what the extension refreshes, and of today.
                history.fill(name, months_ago(5))
                history.fill(name, months_ago(4), rows=100, first=1000)
            hold(history, months_ago(4))
            assert len(history.run("enforce_retention", "--no-evidence")[1]["dropped"]) == 2
            for name in ("events", "inference_metrics"):
                bench_rows.add_rows(
                    history.session, name, 400, since=NOW - timedelta(hours=4),
                    step=timedelta(seconds=30), cameras=10,
                )  # fmt: skip
            for rollup in rollups.ROLLUPS.values():
                rollups.roll_up(history.session, rollup)
            before = [settled(history, view) for view in views]
            assert all(len(rows) > 200 for rows in before)
        url = load(server)
        for said in ('"taken_over": true', '"taken_over": false'):
            arguments = ["--database-url", url, "--take-over"]
            assert cli.run(migrate.main, "migrate", arguments) == cli.DONE
            assert said in capsys.readouterr().out
        with history_at(url, tmp_path, monkeypatch, capsys) as history:
            assert [settled(history, view) for view in views] == before
            for rollup in rollups.ROLLUPS.values():
                rollups.roll_up(history.session, rollup)
            assert [settled(history, view) for view in views] == before
            history.session.execute("SET ROLE vigia_api")
            assert [settled(history, view) for view in views] == before
    finally:
        server.stop()
        shutil.rmtree(folder)
