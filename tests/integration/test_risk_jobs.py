"""Risk on a real database: history in, model registered, weighed, served, scored, labelled, watched."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from sqlalchemy import Engine, create_engine, text

from adapters.model_registry import ModelRegistry
from adapters.risk_card import ModelKind
from adapters.risk_trees import TreesModel
from adapters.settings import Settings
from enforcement.errors import BadInput
from enforcement.risk_features import NAMES, features
from jobs import (
    cli,
    import_accidents,
    label_outcomes,
    promote_model,
    rollback_model,
    simulate_history,
)
from jobs.check_drift import look
from jobs.risk.one_job import one_job
from jobs.risk.score_by_data import champions
from jobs.risk.scoring import score_drivers, score_infractions
from jobs.training.risk_data import training_set
from jobs.training.risk_judging import figures
from jobs.training.risk_publish import Candidate, Published, card_of, publish
from jobs.training.risk_simpler import Fitted, calibrated, simpler
from schema.risk_reading import SubjectKind, read_record
from schema.session import open_engine

SEED = 3
NAME = "recidivism_xgboost"


@pytest.fixture(scope="module")
def url(shared_database_url: str) -> str:
    """A database with 5000 simulated drivers in it."""
    arguments = ["--drivers", "5000", "--months", "60", "--seed", str(SEED)]
    code = cli.run(
        simulate_history.main,
        "simulate_history",
        [*arguments, "--database-url", shared_database_url],
    )
    assert code == cli.DONE
    return shared_database_url


@pytest.fixture(scope="module")
def settings(url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(local_dir=tmp_path_factory.mktemp("risk"), database_url=url)


@pytest.fixture(scope="module")
def engine(url: str) -> Any:
    made = open_engine(url)
    yield made
    made.dispose()


@pytest.fixture
def command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs a command as a user would, on this database and store."""
    monkeypatch.setenv("VIGIA_LOCAL_DIR", str(settings.local_dir))
    monkeypatch.setenv("VIGIA_DATABASE_URL", str(settings.database_url))

    def run(module: Any, *arguments: str) -> int:
        name = module.__name__.rpartition(".")[2]
        return cli.run(module.main, name, list(arguments))

    return run


def trained(settings: Settings, rounds: int, seed: int = 1) -> Published:
    """Trees fitted here, without Ray, and published as a training would."""
    with one_job(f"test {rounds}", settings.database_url, settings) as job:
        with job.engine.connect() as connection:
            record = read_record(connection)
        history = record.history
        events = history.subject[history.stands], history.detected_s[history.stands]
        made = training_set(
            record, *events, as_of_s=datetime.now(UTC).timestamp(), seed=seed, what="one more"
        )
        matrix = features(history, made.instants)
        data = xgboost.DMatrix(matrix[made.train], label=made.outcome[made.train])
        shape = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.1, "nthread": 1}
        content = bytes(xgboost.train(shape, data, rounds).save_raw("ubj"))
        trees = TreesModel(content, list(NAMES))
        curve, said = calibrated(made, trees.probability(matrix))
        plain = simpler(made, matrix)
        fitted = Fitted(
            kind=ModelKind.TREES, names=list(NAMES), content=content, calibration=curve,
            probability=said, simpler=plain.probability, parameters=shape,
            importance=trees.gain(list(NAMES)), columns=matrix, note="for a test",
        )  # fmt: skip
        found = {**figures(made, said, plain.probability), "importance": fitted.importance}
        card = card_of(NAME, "recidivism", made, fitted, found)
        return publish(
            job,
            made,
            Candidate(
                card=card, files={fitted.file: content}, framework="xgboost",
                framework_version=xgboost.__version__, parameters=shape, figures=found, note="test",
            ),
            seed=seed,
        )  # fmt: skip


@pytest.fixture(scope="module")
def first(settings: Settings) -> Published:
    return trained(settings, 60)


@pytest.fixture(scope="module")
def second(settings: Settings, first: Published) -> Published:
    return trained(settings, 61)


def rows(engine: Engine, query: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query), values))


def test_the_history_is_marked_and_a_second_run_changes_nothing(
    command: Callable[..., int], engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(engine, "SELECT COUNT(*) FROM infractions")
    arguments = ["--drivers", "9", "--months", "60", "--seed", str(SEED)]
    assert command(simulate_history, *arguments) == cli.DONE
    assert json.loads(capsys.readouterr().out)["written"] == {}
    assert rows(engine, "SELECT COUNT(*) FROM infractions") == before
    unmarked = (
        "SELECT COUNT(*) FROM infractions WHERE metadata->>'simulated' IS DISTINCT FROM 'true'"
    )
    assert rows(engine, unmarked) == [(0,)]


def test_counters_are_what_the_triggers_would_have_counted(engine: Engine, url: str) -> None:
    wrong = """
        SELECT COUNT(*) FROM drivers AS d WHERE (d.total_infractions, d.serious_infractions) <> (
            SELECT COUNT(*), COUNT(*) FILTER (WHERE i.severity IN ('grave', 'muy_grave'))
            FROM infractions AS i
            WHERE i.driver_dni = d.dni AND infraction_counts(i.status, i.deleted_at))"""
    assert rows(engine, wrong) == [(0,)]
    asleep = "SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = 'infractions'::REGCLASS AND tgenabled = 'D'"
    assert rows(engine, asleep) == [(0,)]


def test_a_model_is_registered_whole_and_the_first_good_one_is_served(
    engine: Engine, first: Published, settings: Settings
) -> None:
    assert first.verdict.promote, first.verdict.reason
    [row] = rows(engine, "SELECT * FROM ml_models WHERE version = :v", v=first.version)
    assert row.is_active
    assert row.deployed_at is not None
    whole = row._mapping
    optional = {"deployed_by", "trained_by", "deleted_at", "last_prediction_at", "drift_check_at",
                "avg_prediction_time_ms"}  # fmt: skip
    assert not {name for name, value in whole.items() if value is None} - optional
    assert {"auc_pr", "ece", "brier", "confusion_matrix", "fairness"} <= set(row.metrics)
    assert row.feature_names == list(NAMES)
    aliases = ModelRegistry(settings).aliases(NAME)
    assert aliases["champion"] == row.metadata["mlflow_version"]


def test_one_that_is_no_better_stays_challenger_and_its_reason_is_stored(
    engine: Engine, first: Published, second: Published, command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert not second.verdict.promote
    [row] = rows(engine, "SELECT * FROM ml_models WHERE version = :v", v=second.version)
    assert row.metadata["gate"]["reason"] == second.verdict.reason
    assert not row.is_active
    assert command(promote_model, NAME, "--version", second.version) == cli.NO
    assert second.verdict.reason in capsys.readouterr().err


def test_promotion_and_rollback_change_one_row_each_and_are_audited(
    engine: Engine, first: Published, second: Published, command: Callable[..., int]
) -> None:
    served = "SELECT version FROM ml_models WHERE model_name = :n AND is_active"
    given = ["--version", second.version, "--despite", "new cameras"]
    assert command(promote_model, NAME, *given) == cli.DONE
    assert rows(engine, served, n=NAME) == [(second.version,)]
    assert command(rollback_model, NAME, "--because", "complaints") == cli.DONE
    assert rows(engine, served, n=NAME) == [(first.version,)]
    acts = rows(
        engine,
        "SELECT action, new_values->>'why' FROM audit_logs WHERE resource_type = 'ml_model' ORDER BY id",
    )
    assert acts == [("promote", "new cameras"), ("rollback", "complaints")]


def test_an_altered_file_is_refused_and_what_is_served_stays(
    engine: Engine, first: Published, second: Published, command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    file = Path(second.path) / "model.ubj"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"\x00")
    try:
        given = ["--version", second.version, "--despite", "hurry"]
        assert command(promote_model, NAME, *given) == cli.BAD_INPUT
    finally:
        file.write_bytes(content)
    said = capsys.readouterr().err
    assert "model.ubj: altered since it was registered" in said
    assert said.count("\n") == 1
    served = rows(engine, "SELECT version FROM ml_models WHERE is_active")
    assert served == [(first.version,)]


def test_mlflow_down_is_one_line_and_what_is_served_stays(
    engine: Engine, first: Published, second: Published, command: Callable[..., int],
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    given = ["--version", second.version, "--despite", "hurry"]
    assert command(promote_model, NAME, *given) == cli.BAD_INPUT
    assert "MLFLOW_TRACKING_URI: MLflow does not answer" in capsys.readouterr().err
    assert rows(engine, "SELECT version FROM ml_models WHERE is_active") == [(first.version,)]


def test_a_job_that_runs_already_is_not_started_twice(
    settings: Settings, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    with one_job("label_outcomes", settings.database_url, settings):
        assert command(label_outcomes) == cli.BAD_INPUT
    assert "label_outcomes runs already" in capsys.readouterr().err


def test_scores_are_written_to_drivers_infractions_and_predictions(
    engine: Engine, url: str, settings: Settings, first: Published
) -> None:
    served = champions(url, settings)
    keys = [
        one for (one,) in rows(engine, 'SELECT dni FROM drivers ORDER BY dni COLLATE "C" LIMIT 200')
    ]
    now = datetime.now(UTC)
    with engine.begin() as connection:
        assert score_drivers(connection, served, keys, now) == 200
    [(count, low, high)] = rows(
        engine,
        "SELECT COUNT(*), MIN(risk_score), MAX(risk_score) FROM drivers WHERE risk_updated_at = :n",
        n=now,
    )
    assert count == 200
    assert 0 < low < high < 1
    some = rows(
        engine,
        "SELECT id::TEXT, driver_dni, plate, EXTRACT(EPOCH FROM detected_at)::FLOAT, version FROM infractions"
        " ORDER BY detected_at DESC LIMIT 20",
    )
    at_s = np.array([one[3] for one in some])
    with engine.begin() as connection:
        for kind, place in ((SubjectKind.DRIVER, 1), (SubjectKind.PLATE, 2)):
            named = [one[place] for one in some]
            ids = [one[0] for one in some]
            assert score_infractions(connection, served, kind, ids, named, at_s) == 20
    shown = rows(
        engine,
        "SELECT recidivism_risk, risk_factors, version FROM infractions WHERE id = ANY(:ids ::UUID[])",
        ids=[one[0] for one in some],
    )
    assert all(0 < risk < 1 for risk, _, _ in shown)
    for _, factors, _ in shown:
        assert 1 <= len(factors) <= 5
        assert all({"value", "importance"} <= set(one) for one in factors.values())
    # A person who is looking at one must not find it changed.
    assert {one[4] for one in some} == {version for _, _, version in shown}
    [(kept,)] = rows(
        engine,
        "SELECT COUNT(*) FROM ml_predictions WHERE features ? 'infraction_count' AND model_id = :m",
        m=first.model_id,
    )
    assert kept == 240
    [(counted,)] = rows(
        engine, "SELECT prediction_count FROM ml_models WHERE id = :m", m=first.model_id
    )
    assert counted == 240


def test_outcomes_are_labelled_when_known_and_a_shift_is_told_once(
    engine: Engine, url: str, settings: Settings, first: Published, command: Callable[..., int]
) -> None:
    served = champions(url, settings)
    past = datetime.now(UTC) - timedelta(days=500)
    some = rows(
        engine,
        "SELECT id::TEXT, driver_dni, EXTRACT(EPOCH FROM detected_at)::FLOAT FROM infractions"
        " WHERE detected_at BETWEEN :a AND :b ORDER BY id LIMIT 400",
        a=past - timedelta(days=400), b=past,
    )  # fmt: skip
    at_s = np.array([one[2] for one in some])
    with engine.begin() as connection:
        score_infractions(
            connection, served, SubjectKind.DRIVER, [one[0] for one in some], [one[1] for one in some], at_s
        )  # fmt: skip
    assert command(label_outcomes) == cli.DONE
    labelled = rows(
        engine,
        "SELECT actual_value, prediction_value FROM ml_predictions WHERE infraction_id = ANY(:ids ::UUID[])",
        ids=[one[0] for one in some],
    )
    came = np.array([one for one, _ in labelled])
    said = np.array([one for _, one in labelled])
    assert np.isfinite(came).all()
    assert said[came == 1].mean() > said[came == 0].mean() + 0.1
    with one_job("check_drift", url, settings) as job:
        assert not look(job, days=30)["recidivism"].concept
        with engine.begin() as connection:
            connection.execute(text("UPDATE ml_predictions SET actual_value = 1 - actual_value"))
        assert look(job, days=30)["recidivism"].concept
        look(job, days=30)
    [row] = rows(engine, "SELECT * FROM ml_models WHERE id = :m", m=first.model_id)
    assert row.concept_drift_detected
    assert row.drift_check_at is not None
    assert rows(engine, "SELECT COUNT(*) FROM outbox WHERE topic = 'model.drifted'") == [(1,)]


GOOD = "external_id,occurred_at,driver_dni,severity\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty"),
        (GOOD, "no accident in it"),
        ("external_id,driver_dni\n1,x\n", "header: lacks occurred_at"),
        (GOOD.replace("severity", "blame"), "header: does not know blame"),
        (GOOD + "1,2026-01-01T10:00:00-05:00\n", "line 2: not as many values"),
        (GOOD + "1,2026-01-01T10:00:00,SIM3-0000001,\n", "line 2: occurred_at"),
        (GOOD + "1,2999-01-01T10:00:00-05:00,SIM3-0000001,\n", "has not come yet"),
        (GOOD + "1,2026-01-01T10:00:00-05:00,,\n", "neither driver_dni nor plate"),
        (
            GOOD + "1,2026-01-01T10:00:00-05:00,nobody,\n",
            "line 2: driver_dni: nobody is not on record",
        ),
        (GOOD + "1,2026-01-01T10:00:00-05:00,SIM3-0000001,dented\n", "severity: dented is none of"),
        (GOOD + 2 * "1,2026-01-01T10:00:00-05:00,SIM3-0000001,\n", "stands on line 2 already"),
    ],
)
def test_a_faulty_register_is_one_line_and_nothing_is_imported(
    content: str, words: str, tmp_path: Path, command: Callable[..., int], engine: Engine,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    file = tmp_path / "accidents.csv"
    file.write_text(content, encoding="utf-8")
    before = rows(engine, "SELECT COUNT(*) FROM accidents")
    assert command(import_accidents, str(file), "--source", "pnp") == cli.BAD_INPUT
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert words in last
    assert rows(engine, "SELECT COUNT(*) FROM accidents") == before


def test_a_register_is_imported_once(
    tmp_path: Path, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "accidents.csv"
    file.write_text(GOOD + "1,2026-01-01T10:00:00-05:00,SIM3-0000001,injury\n", encoding="utf-8")
    for new in (1, 0):
        assert command(import_accidents, str(file), "--source", "pnp") == cli.DONE
        assert json.loads(capsys.readouterr().out) == {"read": 1, "new": new}


def test_an_empty_history_cannot_be_learnt_from(database_url: str, tmp_path: Path) -> None:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        record = read_record(connection)
    engine.dispose()
    nothing = np.array([], dtype=np.int64), np.array([])
    with pytest.raises(BadInput, match="the history is empty"):
        training_set(record, *nothing, as_of_s=0.0, seed=1, what="anything")
