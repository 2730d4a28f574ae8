"""What a risk deployment reads and writes in one round trip each, beside what jobs read and write whole."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text

from adapters.settings import Settings
from jobs.training.risk_publish import Published
from schema.risk_keeping import keep_answers
from schema.risk_reading import Seen, SubjectKind, read_record
from schema.risk_seen import read_seen
from schema.risk_writing import Predictions, write_predictions
from serve.risk import Question, RiskOptions, RiskReplica
from tests.fixtures.risk import SEED, fetched


@pytest.fixture(name="driver")
def driver_connection(risk_engine: Engine) -> Iterator[Any]:
    held = risk_engine.raw_connection()
    held.driver_connection.autocommit = True  # type: ignore[union-attr]
    yield held.driver_connection
    held.driver_connection.autocommit = False  # type: ignore[union-attr]
    held.close()


@pytest.fixture(scope="module", name="replica")
def one_replica(risk_settings: Settings, first: Published) -> Iterator[RiskReplica]:
    with closing(RiskReplica("recidivism", RiskOptions(), risk_settings)) as made:
        yield made


@pytest.mark.parametrize("kind", list(SubjectKind))
def test_what_a_deployment_sees_is_what_training_and_scoring_read(
    kind: SubjectKind, risk_engine: Engine, driver: Any
) -> None:
    found = fetched(
        risk_engine,
        "SELECT driver_dni, plate FROM infractions WHERE driver_dni IS NOT NULL ORDER BY id LIMIT 300",
    )
    place = 0 if kind is SubjectKind.DRIVER else 1
    keys = ["nobody", *(row[place] for row in found)]
    # Some without any infraction, and verdicts of every kind.
    keys += [
        key for (key,) in fetched(risk_engine, "SELECT dni FROM drivers ORDER BY dni LIMIT 50")
    ]
    keys = sorted(set(keys))
    with risk_engine.connect() as connection:
        record = read_record(connection, kind, keys)
    # More often than it takes for the server to settle on a plan.
    for _ in range(8):
        seen = read_seen(driver, kind, keys)
    # The rows asked for, and the rest of the last one's where the limit cuts it short.
    assert len(seen.history) >= 300
    for field in fields(Seen):
        ours, theirs = getattr(seen, field.name), getattr(record, field.name)
        if field.name == "history":
            for name in ours.__slots__:
                np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), name)
        else:
            np.testing.assert_array_equal(ours, theirs, field.name)


def test_who_has_no_record_at_all_is_seen_as_nothing(driver: Any) -> None:
    for kind in SubjectKind:
        seen = read_seen(driver, kind, ["nobody"])
        assert (len(seen), len(seen.history)) == (0, 0)
        assert np.isfinite(seen.observed_since_s)


def test_answers_kept_at_once_are_the_rows_that_a_table_of_them_becomes(
    risk_engine: Engine, driver: Any, first: Published
) -> None:
    [(infraction, dni)] = fetched(
        risk_engine,
        "SELECT id::TEXT, driver_dni FROM infractions WHERE driver_dni IS NOT NULL LIMIT 1",
    )
    counted = "SELECT prediction_count FROM ml_models WHERE id = :m"
    [(before,)] = fetched(risk_engine, counted, m=first.model_id)
    kept = []
    for write in ("table", "at once"):
        made = Predictions(
            model_id=uuid.UUID(str(first.model_id)), prediction_type="recidivism",
            probability=np.array([0.1, 1.0 / 3.0]), category=["low", "high"],
            features=['{"x": 1.5, "y": null}', "{}"],
            factors=['{"x": {"value": null, "importance": 0.5, "effect": "raises"}}', "{}"],
            drivers=[dni, None], infractions=[None, infraction], at=datetime.now(UTC), mean_ms=0.25,
        )  # fmt: skip
        if write == "table":
            with risk_engine.begin() as connection:
                write_predictions(connection, made)
        else:
            keep_answers(driver, made)
        kept.append(
            fetched(
                risk_engine,
                "SELECT model_id, infraction_id::TEXT, driver_dni, prediction_type, prediction_value,"
                " prediction_class, features, prediction_time_ms, metadata FROM ml_predictions"
                " WHERE predicted_at = :at ORDER BY id",
                at=made.at,
            )
        )
    assert len(kept[0]) == 2
    assert kept[0] == kept[1]
    assert fetched(risk_engine, counted, m=first.model_id) == [(before + 4,)]


def test_one_question_that_no_row_can_hold_fails_no_other(
    replica: RiskReplica, risk_engine: Engine
) -> None:
    begun = datetime.now(UTC)
    found = replica.answer(
        [
            Question(driver_dni=f"SIM{SEED}-0000001"),
            Question(driver_dni="\x00"),
            Question(driver_dni=f"SIM{SEED}-0000002", infraction_id="no UUID"),
            Question(driver_dni=f"SIM{SEED}-0000002", infraction_id=str(uuid.uuid4())),
            Question(driver_dni=f"SIM{SEED}-0000003"),
        ]
    )
    assert [one.get("error") for one in found] == [None, *["not on record"] * 3, None]
    rows = fetched(
        risk_engine,
        "SELECT driver_dni, prediction_value FROM ml_predictions WHERE predicted_at >= :b ORDER BY id",
        b=begun,
    )
    # A row for every answer given, and none for one that was not.
    assert [row.prediction_value for row in rows] == [
        found[0]["probability"],
        found[4]["probability"],
    ]


def test_a_database_that_closed_its_connections_is_asked_again(
    replica: RiskReplica, risk_engine: Engine
) -> None:
    question = Question(driver_dni=f"SIM{SEED}-0000001")
    [before] = replica.answer([question])
    with risk_engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    [after] = replica.answer([question])
    assert after["probability"] == pytest.approx(before["probability"], abs=1e-3)
