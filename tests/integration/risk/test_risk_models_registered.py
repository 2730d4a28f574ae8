"""Models registered, weighed, promoted and put back on a real database; bad input leaves what is served."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest
from sqlalchemy import Engine

from adapters.model_registry import ModelRegistry
from adapters.settings import Settings
from enforcement.errors import Unavailable
from enforcement.risk_features import NAMES
from jobs import (
    batch_job,
    cli,
    label_outcomes,
    promote_model,
    rollback_model,
    simulate_history,
)
from jobs.training.risk_publish import Published
from schema import model_serving
from tests.fixtures.risk import NAME, SEED, fetched


def test_the_history_is_marked_and_a_second_run_changes_nothing(
    risk_command: Callable[..., int], risk_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = fetched(risk_engine, "SELECT COUNT(*) FROM infractions")
    arguments = ["--drivers", "9", "--months", "60", "--seed", str(SEED)]
    assert risk_command(simulate_history, *arguments) == cli.DONE
    assert json.loads(capsys.readouterr().out)["written"] == {}
    assert fetched(risk_engine, "SELECT COUNT(*) FROM infractions") == before
    unmarked = (
        "SELECT COUNT(*) FROM infractions WHERE metadata->>'simulated' IS DISTINCT FROM 'true'"
    )
    assert fetched(risk_engine, unmarked) == [(0,)]


def test_counters_are_what_the_triggers_would_have_counted(
    risk_engine: Engine, risk_url: str
) -> None:
    wrong = """
        SELECT COUNT(*) FROM drivers AS d WHERE (d.total_infractions, d.serious_infractions) <> (
            SELECT COUNT(*), COUNT(*) FILTER (WHERE i.severity IN ('grave', 'muy_grave'))
            FROM infractions AS i
            WHERE i.driver_dni = d.dni AND infraction_counts(i.status, i.deleted_at))"""
    assert fetched(risk_engine, wrong) == [(0,)]
    asleep = "SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = 'infractions'::REGCLASS AND tgenabled = 'D'"
    assert fetched(risk_engine, asleep) == [(0,)]


def test_a_model_is_registered_whole_and_the_first_good_one_is_served(
    risk_engine: Engine, first: Published, risk_settings: Settings
) -> None:
    assert first.verdict.promote, first.verdict.reason
    [row] = fetched(risk_engine, "SELECT * FROM ml_models WHERE version = :v", v=first.version)
    assert row.is_active
    assert row.deployed_at is not None
    whole = row._mapping
    optional = {
        "deployed_by",
        "trained_by",
        "deleted_at",
        "last_prediction_at",
        "drift_check_at",
        "avg_prediction_time_ms",
    }
    assert not {name for name, value in whole.items() if value is None} - optional
    assert {"auc_pr", "ece", "brier", "confusion_matrix", "fairness"} <= set(row.metrics)
    assert row.feature_names == list(NAMES)
    aliases = ModelRegistry(risk_settings).aliases(NAME)
    assert aliases["champion"] == row.metadata["mlflow_version"]


def test_a_run_in_mlflow_says_what_it_is_what_made_it_and_how_long_that_took(
    first: Published, risk_settings: Settings
) -> None:
    registry = ModelRegistry(risk_settings)
    client = mlflow.MlflowClient(registry.uri, registry.uri)
    run = client.get_run(first.run_id)
    version = client.get_model_version(NAME, registry.aliases(NAME)["champion"])
    assert first.verdict.reason in run.data.tags["mlflow.note.content"]
    assert version.description == run.data.tags["mlflow.note.content"]
    assert run.data.tags["mlflow.source.name"].startswith("jobs.")
    assert run.info.end_time - run.info.start_time > 1_000, "less than a second: not the training"


def test_one_that_is_no_better_stays_challenger_and_its_reason_is_stored(
    risk_engine: Engine,
    first: Published,
    second: Published,
    risk_command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert not second.verdict.promote
    [row] = fetched(risk_engine, "SELECT * FROM ml_models WHERE version = :v", v=second.version)
    assert row.metadata["gate"]["reason"] == second.verdict.reason
    assert not row.is_active
    assert risk_command(promote_model, NAME, "--version", second.version) == cli.NO
    assert second.verdict.reason in capsys.readouterr().err


def test_promotion_and_rollback_change_one_row_each_and_are_audited(
    risk_engine: Engine, first: Published, second: Published, risk_command: Callable[..., int]
) -> None:
    served = "SELECT version FROM ml_models WHERE model_name = :n AND is_active"
    given = ["--version", second.version, "--despite", "new cameras"]
    assert risk_command(promote_model, NAME, *given) == cli.DONE
    assert fetched(risk_engine, served, n=NAME) == [(second.version,)]
    assert risk_command(rollback_model, NAME, "--because", "complaints") == cli.DONE
    assert fetched(risk_engine, served, n=NAME) == [(first.version,)]
    acts = fetched(
        risk_engine,
        "SELECT action, new_values->>'why' FROM audit_logs WHERE resource_type = 'ml_model' ORDER BY id",
    )
    # The first came to be served by its own training.
    assert acts == [
        ("promote", first.verdict.reason),
        ("promote", "new cameras"),
        ("rollback", "complaints"),
    ]


def test_what_the_audit_cannot_keep_is_not_served(
    risk_engine: Engine,
    first: Published,
    second: Published,
    risk_command: Callable[..., int],
    risk_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*_: object) -> None:
        raise Unavailable("audit: no")

    monkeypatch.setattr(model_serving, "append", refuse)
    given = ["--version", second.version, "--despite", "hurry"]
    assert risk_command(promote_model, NAME, *given) != cli.DONE
    served = "SELECT version FROM ml_models WHERE model_name = :n AND is_active"
    assert fetched(risk_engine, served, n=NAME) == [(first.version,)]
    [row] = fetched(
        risk_engine, "SELECT metadata FROM ml_models WHERE version = :v", v=first.version
    )
    assert ModelRegistry(risk_settings).aliases(NAME)["champion"] == row.metadata["mlflow_version"]


def test_an_altered_file_is_refused_and_what_is_served_stays(
    risk_engine: Engine,
    first: Published,
    second: Published,
    risk_command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = Path(second.path) / "model.ubj"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"\x00")
    try:
        given = ["--version", second.version, "--despite", "hurry"]
        assert risk_command(promote_model, NAME, *given) == cli.BAD_INPUT
    finally:
        file.write_bytes(content)
    said = capsys.readouterr().err
    assert "model.ubj: altered since it was registered" in said
    assert said.count("\n") == 1
    served = fetched(risk_engine, "SELECT version FROM ml_models WHERE is_active")
    assert served == [(first.version,)]


def test_mlflow_down_is_one_line_and_what_is_served_stays(
    risk_engine: Engine,
    first: Published,
    second: Published,
    risk_command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    given = ["--version", second.version, "--despite", "hurry"]
    assert risk_command(promote_model, NAME, *given) == cli.BAD_INPUT
    assert "MLFLOW_TRACKING_URI: MLflow does not answer" in capsys.readouterr().err
    assert fetched(risk_engine, "SELECT version FROM ml_models WHERE is_active") == [
        (first.version,)
    ]


def test_a_job_that_runs_already_is_not_started_twice(
    risk_settings: Settings, risk_command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    with batch_job.run("label_outcomes", None, settings=risk_settings):
        assert risk_command(label_outcomes) == cli.BAD_INPUT
    assert "label_outcomes runs already" in capsys.readouterr().err


def test_a_risk_job_leaves_its_run_with_what_it_was_told_and_what_it_did(
    risk_command: Callable[..., int], risk_engine: Engine
) -> None:
    assert risk_command(label_outcomes, "--verdict-days", "45") == cli.DONE
    newest = "SELECT * FROM job_runs WHERE job = 'label_outcomes' ORDER BY id DESC LIMIT 1"
    [run] = fetched(risk_engine, newest)
    assert (run.status, run.parameters) == ("done", {"verdict_days": 45})
    assert {"recidivism", "accident_risk"} <= run.figures.keys()
