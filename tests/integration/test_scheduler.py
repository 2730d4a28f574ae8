"""Two schedulers, one run; a scheduler that died, and its run taken up by another."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs import cli, scheduler
from schema import job_runs, job_schedule

DUE = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)


@pytest.fixture
def sessions(database_url: str) -> Iterator[tuple[job_runs.Connection, job_runs.Connection]]:
    with (
        job_runs.open_session(database_url, application="one") as one,
        job_runs.open_session(database_url, application="two") as two,
    ):
        yield one, two


def test_two_schedulers_take_a_due_time_once_and_the_next_one_once(database_url: str) -> None:
    def take(number: int) -> list[bool]:
        with job_runs.open_session(database_url, application="test") as session:
            taken = []
            for step in range(5):
                due = DUE + step * timedelta(minutes=5)
                mine = job_schedule.take(session, "roll_up", due, by=str(number))
                if mine:
                    time.sleep(0.01)
                    job_schedule.ended(session, "roll_up", due, 0)
                taken.append(mine)
                time.sleep(0.02)
            return taken

    with ThreadPoolExecutor(6) as pool:
        by_due = list(zip(*pool.map(take, range(6)), strict=True))
    assert all(sum(takers) <= 1 for takers in by_due)
    assert sum(map(sum, by_due)) >= 1


def test_a_due_time_is_not_taken_while_another_scheduler_runs_an_earlier_one(
    sessions: tuple[job_runs.Connection, job_runs.Connection],
) -> None:
    one, two = sessions
    assert job_schedule.take(one, "archive", DUE, by="one")
    assert not job_schedule.take(two, "archive", DUE, by="two")
    assert not job_schedule.take(two, "archive", DUE + timedelta(days=7), by="two")
    job_schedule.ended(one, "archive", DUE, 0)
    assert not job_schedule.take(two, "archive", DUE, by="two")
    assert job_schedule.take(two, "archive", DUE + timedelta(days=7), by="two")


class _Meanwhile:
    """A session that lets something happen once, after its first look at the schedule."""

    def __init__(self, session: job_runs.Connection, happens: Callable[[], None]) -> None:
        self._session = session
        self._happens: Callable[[], None] | None = happens

    def transaction(self) -> Any:
        return self._session.transaction()

    def execute(self, statement: str, values: Any) -> Any:
        made = self._session.execute(statement, values)
        if self._happens and "job_schedule" in statement:
            happens, self._happens = self._happens, None
            happens()
        return made


def test_a_due_time_that_ends_while_another_scheduler_looks_is_not_run_again(
    sessions: tuple[job_runs.Connection, job_runs.Connection],
) -> None:
    one, two = sessions
    assert job_schedule.take(one, "archive", DUE, by="one")
    looks: Any = _Meanwhile(two, lambda: job_schedule.ended(one, "archive", DUE, 0))
    assert not job_schedule.take(looks, "archive", DUE, by="two")
    job_schedule.ended(one, "archive", DUE, 0)
    assert not job_schedule.take(two, "archive", DUE, by="two")
    assert job_schedule.take(one, "archive", DUE + timedelta(days=7), by="one"), "lock kept"


def test_what_a_dead_scheduler_was_running_is_taken_up(database_url: str) -> None:
    one = job_runs.open_session(database_url, application="one")
    assert job_schedule.take(one, "archive", DUE, by="one")
    one.close()
    with job_runs.open_session(database_url, application="two") as two:
        assert job_schedule.take(two, "archive", DUE, by="two")
        row = two.execute("SELECT claimed_by, finished_at FROM job_schedule").fetchone()
        assert row == ("two", None)


def test_the_command_runs_what_is_due_once(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VIGIA_LOCAL_DIR", str(tmp_path / "local"))
    monkeypatch.setenv("VIGIA_DATABASE_URL", database_url)
    plan = tmp_path / "schedule.yaml"
    plan.write_text(
        "jobs:\n  roll_up: {every: 1 day}\n"
        "  wrong: {job: roll_up, arguments: [--rollup, nothing], every: 1 day}\n"
    )
    arguments = ["--database-url", database_url, "--schedule", str(plan), "--once"]
    assert cli.run(scheduler.main, "scheduler", arguments) == cli.NO
    assert json.loads(capsys.readouterr().out) == {"roll_up": 0, "wrong": 2}
    logs = tmp_path / "local" / "logs" / "jobs"
    assert "events_hourly" in (logs / "roll_up.log").read_text()
    assert "invalid choice" in (logs / "wrong.log").read_text()
    assert cli.run(scheduler.main, "scheduler", arguments) == cli.DONE
    assert json.loads(capsys.readouterr().out) == {}
