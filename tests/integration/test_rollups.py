"""Kept roll-ups answer as the raw rows do: late rows, open transactions, dropped months, both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs import cli, roll_up
from schema import bench_rows, job_runs, rollups
from schema.job_runs import Connection
from tests.fixtures.history import History, months_ago
from tests.fixtures.rollups import EXACT

EVENTS, METRICS = rollups.ROLLUPS["events_hourly"], rollups.ROLLUPS["inference_metrics_5min"]
NOW = datetime.now(UTC)


def settled(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(round(v, 9) if isinstance(v, float) else v for v in row) for row in rows]


def exact(session: Connection, name: str) -> list[tuple[Any, ...]]:
    return settled(session.execute(EXACT[name].encode()).fetchall())


def kept(session: Connection, name: str) -> list[tuple[Any, ...]]:
    return settled(session.execute(f"SELECT * FROM {name} ORDER BY 1, 2".encode()).fetchall())  # noqa: S608


def table_rows(session: Connection, name: str) -> int:
    row = session.execute(f"SELECT count(*) FROM {name}_rollup".encode()).fetchone()  # noqa: S608
    return 0 if row is None else int(row[0])


@pytest.fixture
def session(history: History) -> Connection:
    bench_rows.add_places(history.session, cameras=10, people=50)
    return history.session


def add(session: Connection, since: datetime, rows: int = 400, *, first: int = 0) -> None:
    step = timedelta(seconds=30)
    for table in ("events", "inference_metrics"):
        bench_rows.add_rows(
            session, table, rows, since=since - first * step, step=step, first=first, cameras=10
        )


@pytest.mark.parametrize("name", EXACT)
def test_the_views_answer_the_same_before_and_after_and_as_rows_come_late(
    session: Connection, name: str
) -> None:
    rollup = rollups.ROLLUPS[name]
    add(session, NOW - timedelta(hours=6))
    before = exact(session, name)
    assert kept(session, name) == before
    assert rollups.roll_up(session, rollup) > 0
    assert table_rows(session, name) > 0
    assert kept(session, name) == before
    # Late by hours, some in buckets that exist and some in new ones; and some of just now.
    add(session, NOW - timedelta(hours=9), first=1000)
    add(session, NOW - timedelta(minutes=2), rows=5, first=2000)
    rollups.roll_up(session, rollup)
    rollups.roll_up(session, rollup)
    assert kept(session, name) == exact(session, name)
    assert rollups.roll_up(session, rollup) == 0 or kept(session, name) == exact(session, name)


def test_a_row_of_a_transaction_that_was_open_meanwhile_is_counted(
    session: Connection, history: History
) -> None:
    add(session, NOW - timedelta(hours=6))
    rollups.roll_up(session, METRICS)
    with job_runs.open_session(history.url, application="slow") as slow:
        slow.execute("BEGIN")
        add(slow, NOW - timedelta(hours=5), rows=20, first=1000)
        for turn in range(3):  # others go on meanwhile, with ids above those not yet committed
            add(session, NOW - timedelta(hours=4), rows=20, first=2000 + 100 * turn)
            rollups.roll_up(session, METRICS)
        slow.execute("COMMIT")
    rollups.roll_up(session, METRICS)
    assert kept(session, "inference_metrics_5min") == exact(session, "inference_metrics_5min")


def test_only_what_changed_is_computed_again(session: Connection) -> None:
    add(session, NOW - timedelta(hours=20), rows=2000)
    everything = rollups.roll_up(session, METRICS)
    for _ in range(3):
        rollups.roll_up(session, METRICS)
    add(session, NOW - timedelta(hours=10), rows=1, first=5000)
    assert 1 <= rollups.roll_up(session, METRICS) < everything / 10


def test_buckets_stay_when_their_raw_rows_are_dropped(history: History) -> None:
    old = months_ago(4)
    history.fill("inference_metrics", old)
    history.fill("events", old, first=1000)
    before = {name: exact(history.session, name) for name in EXACT}
    code, figures, _ = history.run("enforce_retention", "--no-evidence")
    assert code == cli.DONE
    assert len(figures["dropped"]) == 2
    for name in EXACT:
        assert kept(history.session, name) == before[name]
        rollups.roll_up(history.session, rollups.ROLLUPS[name])
        assert kept(history.session, name) == before[name]
    # A row of a dropped month that comes after all does not empty its bucket of what it counted.
    history.fill("inference_metrics", old, rows=1, first=5000)
    rollups.roll_up(history.session, METRICS)
    assert kept(history.session, "inference_metrics_5min") == before["inference_metrics_5min"]


def test_buckets_older_than_their_policy_are_forgotten(history: History) -> None:
    history.fill("inference_metrics", months_ago(14))
    code, figures, _ = history.run("enforce_retention", "--no-evidence")
    assert (code, figures["buckets_forgotten"]) == (cli.DONE, 300)
    assert kept(history.session, "inference_metrics_5min") == []


def test_the_command_says_how_much_it_computed(
    session: Connection, history: History, capsys: pytest.CaptureFixture[str]
) -> None:
    add(session, NOW - timedelta(hours=6))
    url = ["--database-url", history.url, "--quiet"]
    assert cli.run(roll_up.main, "roll_up", url) == cli.DONE
    assert '"events_hourly": ' in capsys.readouterr().out
    assert table_rows(session, "events_hourly") > 0
