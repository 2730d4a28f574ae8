"""Risks on a real database: scored, labelled, watched; the history they come from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, create_engine, text

from adapters.settings import Settings
from enforcement.errors import BadInput
from jobs import (
    batch_job,
    cli,
    label_outcomes,
)
from jobs.check_drift import look
from jobs.risk.score_by_data import champions
from jobs.risk.scoring import score_drivers, score_infractions
from jobs.training.risk_data import training_set
from jobs.training.risk_publish import Published
from schema.risk_reading import SubjectKind, read_record
from tests.fixtures.risk import fetched


def test_scores_are_written_to_drivers_infractions_and_predictions(
    risk_engine: Engine, risk_url: str, risk_settings: Settings, first: Published
) -> None:
    served = champions(risk_url, risk_settings)
    keys = [
        one
        for (one,) in fetched(
            risk_engine, 'SELECT dni FROM drivers ORDER BY dni COLLATE "C" LIMIT 200'
        )
    ]
    now = datetime.now(UTC)
    with risk_engine.begin() as connection:
        assert score_drivers(connection, served, keys, now) == 200
    [(count, low, high)] = fetched(
        risk_engine,
        "SELECT COUNT(*), MIN(risk_score), MAX(risk_score) FROM drivers WHERE risk_updated_at = :n",
        n=now,
    )
    assert count == 200
    assert 0 < low < high < 1
    some = fetched(
        risk_engine,
        "SELECT id::TEXT, driver_dni, plate, EXTRACT(EPOCH FROM detected_at)::FLOAT, version FROM infractions"
        " ORDER BY detected_at DESC LIMIT 20",
    )
    at_s = np.array([one[3] for one in some])
    with risk_engine.begin() as connection:
        for kind, place in ((SubjectKind.DRIVER, 1), (SubjectKind.PLATE, 2)):
            named = [one[place] for one in some]
            ids = [one[0] for one in some]
            assert score_infractions(connection, served, kind, ids, named, at_s) == 20
    shown = fetched(
        risk_engine,
        "SELECT recidivism_risk, risk_factors, version FROM infractions WHERE id = ANY(:ids ::UUID[])",
        ids=[one[0] for one in some],
    )
    assert all(0 < risk < 1 for risk, _, _ in shown)
    for _, factors, _ in shown:
        assert 1 <= len(factors) <= 5
        assert all({"value", "importance"} <= set(one) for one in factors.values())
    # A person who is looking at one must not find it changed.
    assert {one[4] for one in some} == {version for _, _, version in shown}
    [(kept,)] = fetched(
        risk_engine,
        "SELECT COUNT(*) FROM ml_predictions WHERE features ? 'infraction_count' AND model_id = :m",
        m=first.model_id,
    )
    assert kept == 240
    [(counted,)] = fetched(
        risk_engine, "SELECT prediction_count FROM ml_models WHERE id = :m", m=first.model_id
    )
    assert counted == 240


def test_outcomes_are_labelled_when_known_and_a_shift_is_told_once(
    risk_engine: Engine,
    risk_url: str,
    risk_settings: Settings,
    first: Published,
    risk_command: Callable[..., int],
) -> None:
    served = champions(risk_url, risk_settings)
    past = datetime.now(UTC) - timedelta(days=500)
    some = fetched(
        risk_engine,
        "SELECT id::TEXT, driver_dni, EXTRACT(EPOCH FROM detected_at)::FLOAT FROM infractions"
        " WHERE detected_at BETWEEN :a AND :b ORDER BY id LIMIT 400",
        a=past - timedelta(days=400),
        b=past,
    )
    at_s = np.array([one[2] for one in some])
    with risk_engine.begin() as connection:
        score_infractions(
            connection,
            served,
            SubjectKind.DRIVER,
            [one[0] for one in some],
            [one[1] for one in some],
            at_s,
        )
    assert risk_command(label_outcomes) == cli.DONE
    labelled = fetched(
        risk_engine,
        "SELECT actual_value, prediction_value FROM ml_predictions WHERE infraction_id = ANY(:ids ::UUID[])",
        ids=[one[0] for one in some],
    )
    came = np.array([one for one, _ in labelled])
    said = np.array([one for _, one in labelled])
    assert np.isfinite(came).all()
    assert said[came == 1].mean() > said[came == 0].mean() + 0.1
    with batch_job.run("check_drift", None, settings=risk_settings) as job:
        assert not look(job, days=30)["recidivism"].concept
        with risk_engine.begin() as connection:
            connection.execute(text("UPDATE ml_predictions SET actual_value = 1 - actual_value"))
        assert look(job, days=30)["recidivism"].concept
        look(job, days=30)
    [row] = fetched(risk_engine, "SELECT * FROM ml_models WHERE id = :m", m=first.model_id)
    assert row.concept_drift_detected
    assert row.drift_check_at is not None
    assert fetched(risk_engine, "SELECT COUNT(*) FROM outbox WHERE topic = 'model.drifted'") == [
        (1,)
    ]


def test_an_empty_history_cannot_be_learnt_from(database_url: str, tmp_path: Path) -> None:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        record = read_record(connection)
    engine.dispose()
    nothing = np.array([], dtype=np.int64), np.array([])
    with pytest.raises(BadInput, match="the history is empty"):
        training_set(record, *nothing, as_of_s=0.0, seed=1, what="anything")
