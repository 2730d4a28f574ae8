"""Risk on Ray: trained by Train and Tune, scored by Data, served and followed by Serve."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from ray import serve as ray_serve
from sqlalchemy import text

from actors.wiring import Cluster
from adapters.settings import Settings
from enforcement.errors import Unavailable
from jobs import (
    cli,
    promote_model,
    retrain_accident_risk,
    retrain_recidivism,
    rollback_model,
    score_drivers,
    simulate_history,
)
from schema.session import open_engine
from serve.problems import Problem
from serve.risk import APPLICATION, MODELS, Question, RiskOptions, application
from serve.risk_asking import RiskAsking

pytestmark = [
    # Train, Tune, Data and Serve in turn: two minutes on two idle cores.
    pytest.mark.timeout(900),
    # Ray's own classes use what Ray has deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
NAME = "recidivism_xgboost"


@pytest.fixture(scope="module")
def url(cluster: Cluster, shared_database_url: str) -> str:
    arguments = ["--drivers", "5000", "--months", "60", "--database-url", shared_database_url]
    assert cli.run(simulate_history.main, "simulate_history", arguments) == cli.DONE
    return shared_database_url


@pytest.fixture(scope="module")
def settings(url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(local_dir=tmp_path_factory.mktemp("risk"), database_url=url)


@pytest.fixture
def command(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    monkeypatch.setenv("VIGIA_LOCAL_DIR", str(settings.local_dir))
    monkeypatch.setenv("VIGIA_DATABASE_URL", str(settings.database_url))

    def run(module: Any, *arguments: str) -> Any:
        code = cli.run(module.main, module.__name__.rpartition(".")[2], list(arguments))
        shown = capsys.readouterr()
        assert code == cli.DONE, shown.err
        return json.loads(shown.out)

    return run


@pytest.fixture(scope="module")
def deployed(cluster: Cluster, settings: Settings) -> Iterator[Any]:
    """The handle of the recidivism deployment, once it runs."""
    ray_serve.run(application(RiskOptions(), settings), name=APPLICATION, route_prefix=None)
    yield ray_serve.get_deployment_handle("recidivism", APPLICATION)
    ray_serve.shutdown()


def test_a_training_by_train_and_tune_becomes_champion_and_scores_by_data(
    command: Callable[..., Any], url: str
) -> None:
    told = command(retrain_recidivism, "--trials", "2")
    assert told["champion"], told["gate"]
    assert told["scores"]["auc_pr"] > told["base_rate"] + 0.1
    scored = command(score_drivers, "--infractions", "60", "--slice", "1500")
    assert scored["drivers"] == 5000
    engine = open_engine(url)
    with engine.connect() as connection:
        [(drivers, infractions, kept)] = connection.execute(
            text(
                "SELECT (SELECT COUNT(*) FROM drivers WHERE risk_updated_at IS NOT NULL),"
                " (SELECT COUNT(*) FROM infractions WHERE risk_factors IS NOT NULL),"
                " (SELECT COUNT(*) FROM ml_predictions)"
            )
        )
    engine.dispose()
    assert drivers == 5000
    assert infractions == scored["infractions"] > 0
    assert kept == 5000 + infractions


async def _asked(change: Callable[[], Any]) -> list[dict[str, Any]]:
    """Questions all the while, of eight people as the API asks them, and the change in their midst."""
    asking = RiskAsking()
    answers: list[dict[str, Any]] = []
    over = asyncio.Event()

    async def client(number: int) -> None:
        while not over.is_set():
            question = Question(driver_dni=f"SIM1-{number:07d}")
            answers.extend(await asking.ask("recidivism", [question, question]))

    clients = [asyncio.create_task(client(number)) for number in range(8)]
    await asyncio.sleep(1)
    told = await asyncio.to_thread(change)
    for _ in range(200):
        if answers and answers[-1].get("model_version") == told["to"]:
            break
        await asyncio.sleep(0.1)
    over.set()
    await asyncio.gather(*clients)
    return answers


def _wait_for(deployed: Any, version: str) -> None:
    until = time.monotonic() + 30
    while deployed.version.remote().result() != version:
        assert time.monotonic() < until, "the deployment does not follow the champion"
        time.sleep(0.2)


def test_a_champion_changes_under_load_without_a_failed_question(
    command: Callable[..., Any], deployed: Any, url: str
) -> None:
    first = deployed.version.remote().result()
    told = command(retrain_recidivism, "--trials", "0", "--seed", "2")

    def change() -> Any:
        if told["champion"]:
            # The gate promoted it before the questions: the first one takes over again under them.
            return command(rollback_model, NAME, "--to", first, "--because", "for the test")
        return command(
            promote_model, NAME, "--version", told["version"], "--despite", "for the test"
        )

    if told["champion"]:
        _wait_for(deployed, told["version"])
    answers = asyncio.run(_asked(change))
    assert {one["model_version"] for one in answers} == {first, told["version"]}
    assert all(0 < one["probability"] < 1 and "error" not in one for one in answers)
    engine = open_engine(url)
    with engine.connect() as connection:
        query = text("SELECT COUNT(*) FROM ml_predictions WHERE infraction_id IS NULL AND driver_dni < 'SIM1-0000008' AND predicted_at > now() - INTERVAL '10 minutes'")  # fmt: skip  # noqa: E501
        kept = connection.execute(query).scalar_one()
    engine.dispose()
    assert kept >= len(answers)


def test_who_is_not_on_record_is_said_so_and_fails_no_other(deployed: Any) -> None:
    asked = [Question(driver_dni="nobody"), Question(driver_dni="SIM1-0000001"), Question()]
    found = deployed.remote(asked).result()
    assert deployed.remote([]).result() == []
    assert [one.get("error") for one in found] == ["not on record", None, "not on record"]


@pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="torch is not installed (make train-env)"
)
def test_the_accident_model_is_trained_by_torch_and_served_without_it(
    command: Callable[..., Any], settings: Settings
) -> None:
    told = command(retrain_accident_risk, "--trials", "0")
    assert told["scores"]["auc_pr"] > told["base_rate"]
    assert told["kind"] in ("lstm", "logistic")
    assert (Path(settings.local_dir) / "store" / "models" / "accident_lstm").is_dir()


def test_both_models_have_a_deployment(deployed: Any) -> None:
    names = ray_serve.status().applications[APPLICATION].deployments
    assert set(MODELS) < set(names)
    assert ray.is_initialized()


# The last: it takes away what the others ask.
def test_a_deployment_that_went_is_said_so_and_one_that_is_back_is_found(
    deployed: Any, settings: Settings
) -> None:
    asking = RiskAsking(patience_s=5.0)
    question = [Question(driver_dni="SIM1-0000001")]

    async def asked() -> None:
        assert "probability" in (await asking.ask("recidivism", question))[0]
        await asyncio.to_thread(ray_serve.delete, APPLICATION)
        for _ in range(2):
            with pytest.raises((Unavailable, Problem)):
                await asking.ask("recidivism", question)
        await asyncio.to_thread(
            ray_serve.run,
            application(RiskOptions(), settings),
            name=APPLICATION,
            route_prefix=None,
        )
        assert "probability" in (await asking.ask("recidivism", question))[0]

    asyncio.run(asked())
