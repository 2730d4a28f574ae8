"""The frame of batch jobs: one at a time, written down, also when killed or failed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from adapters.settings import Settings
from enforcement.errors import BadInput
from jobs import batch_job, cli
from schema import job_runs


def options(url: str) -> argparse.Namespace:
    return argparse.Namespace(database_url=url, quiet=True)


def rows(database: Engine, sql: str) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(local_dir=tmp_path)


def test_a_run_leaves_its_row_its_line_in_the_audit_and_its_figures(
    database: Engine,
    database_url: str,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with batch_job.run(
        "dust", options(database_url), parameters={"month": "2026-10"}, settings=settings
    ) as job:
        job.figures["rows"] = 3
    assert job.finish() == cli.DONE
    assert json.loads(capsys.readouterr().out)["rows"] == 3
    found = rows(database, "SELECT job, status, parameters, figures->>'rows' FROM job_runs")
    assert found == [("dust", "done", {"month": "2026-10"}, "3")]
    audited = rows(database, "SELECT action, success, chain_index FROM audit_logs")
    assert audited == [("run_dust", True, 1)]
    exported = (settings.local_dir / "metrics" / "vigia-dust.prom").read_text()
    assert 'vigia_job_figure{figure="rows",job_name="dust"} 3.0' in exported
    assert 'vigia_job_success{job_name="dust"} 1.0' in exported


def test_a_second_run_at_the_same_time_is_refused(database_url: str, settings: Settings) -> None:
    with batch_job.run("dust", options(database_url), settings=settings):
        with (
            pytest.raises(BadInput, match="runs already"),
            batch_job.run("dust", options(database_url), settings=settings),
        ):
            pass
        with batch_job.run("rust", options(database_url), settings=settings):
            pass
    with batch_job.run("dust", options(database_url), settings=settings):
        pass


def test_a_failure_is_written_down_and_raised_on(
    database: Engine, database_url: str, settings: Settings
) -> None:
    def failing() -> None:
        with (
            batch_job.run("dust", options(database_url), settings=settings) as job,
            job.session.transaction(),
        ):
            job.session.execute("INSERT INTO vehicles (plate) VALUES ('ABC-123')")
            raise BadInput("no such month")

    with pytest.raises(BadInput, match="no such month"):
        failing()
    assert rows(database, "SELECT status, error FROM job_runs") == [("failed", "no such month")]
    assert rows(database, "SELECT success, error_message FROM audit_logs") == [
        (False, "no such month")
    ]
    assert rows(database, "SELECT * FROM vehicles") == []


def test_a_run_that_was_killed_shows_as_interrupted(
    database: Engine, database_url: str, settings: Settings
) -> None:
    session = job_runs.open_session(database_url, application="killed")
    job_runs.begin(session, "dust", {}, lock="dust")
    session.close()
    with batch_job.run("dust", options(database_url), settings=settings):
        pass
    found = rows(database, "SELECT status FROM job_runs ORDER BY id")
    assert found == [("interrupted",), ("done",)]


def test_upkeep_goes_to_the_audit_only_when_it_fails_and_is_forgotten_after_a_month(
    database: Engine, database_url: str, settings: Settings
) -> None:
    def run(*, failing: bool) -> None:
        with batch_job.run("dust", options(database_url), upkeep=True, settings=settings):
            if failing:
                raise BadInput("no such month")

    run(failing=False)
    assert rows(database, "SELECT * FROM audit_logs") == []
    with pytest.raises(BadInput):
        run(failing=True)
    assert rows(database, "SELECT success FROM audit_logs") == [(False,)]
    with database.begin() as connection:
        connection.execute(
            text("UPDATE job_runs SET started_at = started_at - INTERVAL '2 months'")
        )
    run(failing=False)
    assert rows(database, "SELECT status FROM job_runs") == [("done",)]


def test_a_database_of_an_older_release_is_refused(
    empty_database_url: str, settings: Settings
) -> None:
    with (
        pytest.raises(BadInput, match=r"jobs\.migrate"),
        batch_job.run("dust", options(empty_database_url), settings=settings),
    ):
        pass
