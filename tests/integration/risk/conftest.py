"""A database with simulated drivers, and models fitted on them without Ray."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import xgboost

from adapters.risk_card import ModelKind
from adapters.risk_trees import TreesModel
from adapters.settings import Settings
from enforcement.risk_features import NAMES, features
from jobs import (
    batch_job,
    cli,
    simulate_history,
)
from jobs.training.risk_data import training_set
from jobs.training.risk_judging import figures
from jobs.training.risk_publish import Candidate, Published, card_of, publish
from jobs.training.risk_simpler import Fitted, calibrated, simpler
from schema.risk_reading import read_record
from schema.session import open_engine
from tests.fixtures.risk import NAME, SEED


@pytest.fixture(scope="module", name="risk_url")
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


@pytest.fixture(scope="module", name="risk_settings")
def settings(risk_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(local_dir=tmp_path_factory.mktemp("risk"), database_url=risk_url)


@pytest.fixture(scope="module", name="risk_engine")
def engine(risk_url: str) -> Any:
    made = open_engine(risk_url)
    yield made
    made.dispose()


@pytest.fixture(name="risk_command")
def command(risk_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs a command as a user would, on this database and store."""
    monkeypatch.setenv("VIGIA_LOCAL_DIR", str(risk_settings.local_dir))
    monkeypatch.setenv("VIGIA_DATABASE_URL", str(risk_settings.database_url))

    def run(module: Any, *arguments: str) -> int:
        name = module.__name__.rpartition(".")[2]
        return cli.run(module.main, name, list(arguments))

    return run


def trained(settings: Settings, rounds: int, seed: int = 1) -> Published:
    """Trees fitted here, without Ray, and published as a training would."""
    with batch_job.run(f"test {rounds}", None, settings=settings) as job:
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
def first(risk_settings: Settings) -> Published:
    return trained(risk_settings, 60)


@pytest.fixture(scope="module")
def second(risk_settings: Settings, first: Published) -> Published:
    # A single tree: worse than sixty whatever day the drawn history ends on.
    return trained(risk_settings, 1)
