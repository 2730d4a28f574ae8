"""What is refused: damaged files, older schemas, months without data, stores that take nothing, two runs."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from adapters.settings import Settings
from jobs import batch_job, cli
from tests.fixtures.history import History, months_ago

OLD = months_ago(26)


def test_a_damaged_or_missing_file_drops_nothing_and_restores_nothing(history: History) -> None:
    history.fill("ml_predictions", OLD)
    history.run("archive")
    file = history.files()[0]
    whole = file.read_bytes()
    for content in (whole[:-100], whole[:500] + bytes(9) + whole[509:]):
        file.write_bytes(content)
        code, figures, said = history.run("enforce_retention")
        assert (code, figures["dropped"]) == (cli.NO, [])
        assert "missing or damaged" in said
        code, _, said = history.run(
            "restore_archive", "--table", "ml_predictions", "--month", str(OLD)
        )
        assert code == cli.BAD_INPUT
        assert said.count("\n") == 1
        assert "damaged" in said
    file.unlink()
    assert history.run("enforce_retention")[0] == cli.NO
    assert len(history.rows("ml_predictions", OLD)) == 300
    # What is damaged is made again while the rows are there.
    assert history.run("archive", "--table", "ml_predictions", "--month", str(OLD))[0] == cli.DONE
    assert history.run("enforce_retention")[1]["dropped"]


def test_an_archive_of_an_older_schema_comes_back_or_is_refused_with_the_column(
    history: History,
) -> None:
    history.fill("ml_predictions", OLD)
    before = history.rows("ml_predictions", OLD)
    history.run("archive")
    history.run("enforce_retention")
    history.session.execute("ALTER TABLE ml_predictions ADD COLUMN explained_by TEXT")
    assert (
        history.run("restore_archive", "--table", "ml_predictions", "--month", str(OLD))[0]
        == cli.DONE
    )
    assert history.rows("ml_predictions", OLD) == [{**row, "explained_by": None} for row in before]
    history.session.execute("ALTER TABLE ml_predictions RENAME COLUMN prediction_class TO band")
    code, _, said = history.run("restore_archive", "--table", "ml_predictions", "--month", str(OLD))
    assert code == cli.BAD_INPUT
    assert "prediction_class" in said
    assert said.count("\n") == 1


def test_a_month_without_rows_or_archive_is_named(history: History) -> None:
    code, figures, _ = history.run("archive", "--table", "events", "--month", "2019-02")
    assert (code, figures["archived"]) == (cli.DONE, [])
    code, _, said = history.run("restore_archive", "--table", "events", "--month", "2019-02")
    assert (code, said) == (
        cli.BAD_INPUT,
        "restore_archive: events 2019-02: the archive has no such month\n",
    )
    code, _, said = history.run("archive", "--month", "2019-2")
    assert (code, said.count("\n")) == (cli.BAD_INPUT, 1)


def test_a_store_that_takes_no_files_is_one_line_and_nothing_is_lost(
    history: History, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    history.fill("ml_predictions", OLD)
    (tmp_path / "file").write_text("in the way")
    for store in (tmp_path / "file", Path("/proc/nowhere"), Path("/dev/full/x")):
        monkeypatch.setenv("VIGIA_STORE_URL", str(store))
        code, _, said = history.run("archive")
        assert code == cli.BAD_INPUT
        assert said.count("\n") == 1
        assert str(store) in said
    found = history.session.execute("SELECT count(*) FROM archives").fetchone()
    assert found == (0,)
    assert len(history.rows("ml_predictions", OLD)) == 300
    assert not list(history.local.rglob("*.parquet"))


def test_archive_retention_and_restore_do_not_run_at_once(history: History) -> None:
    history.fill("ml_predictions", OLD)
    options = argparse.Namespace(database_url=history.url, quiet=True)
    settings = Settings(local_dir=history.local)
    with batch_job.run("archive", options, lock="archive", settings=settings):
        for command in (
            ["archive"],
            ["enforce_retention"],
            ["restore_archive", "--table", "events", "--month", "2019-02"],
        ):
            code, _, said = history.run(*command)
            assert code == cli.BAD_INPUT
            assert "runs already" in said
