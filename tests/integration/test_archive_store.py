"""The archive and its store: one that takes nothing, two jobs at once, what a killed run left, S3."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from adapters.settings import Settings
from jobs import batch_job, cli
from tests.fixtures.history import History, months_ago

pytest_plugins = ["tests.fixtures.object_store"]
OLD = months_ago(26)


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


def test_what_a_killed_run_left_in_the_store_is_swept(history: History) -> None:
    history.fill("ml_predictions", OLD)
    assert history.run("archive")[2] == ""
    kept = history.files()
    left = kept[0].with_name("0123.parquet")
    left.write_bytes(b"half")
    assert history.run("archive")[1]["swept"] == 1
    assert history.files() == kept


def test_the_archive_works_on_s3_as_in_a_folder(
    history: History, bucket: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_STORE_URL", bucket)
    monkeypatch.setenv("VIGIA_S3_ENDPOINT", s3_endpoint)
    history.fill("ml_predictions", OLD)
    before = history.rows("ml_predictions", OLD)
    assert history.run("archive")[1]["rows"] == 300
    assert history.run("enforce_retention")[1]["dropped"]
    assert (
        history.run("restore_archive", "--table", "ml_predictions", "--month", str(OLD))[0]
        == cli.DONE
    )
    assert history.rows("ml_predictions", OLD) == before
