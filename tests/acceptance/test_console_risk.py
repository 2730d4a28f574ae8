"""A reviewer sees what a model says of an infraction, from what, and that it decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fixtures.console import Console, enter

FACTORS = (
    '{"infraction_count": {"value": 5, "importance": 0.35, "effect": "raises"},'
    ' "days_since_last": {"value": 7.25, "importance": 0.28, "effect": "raises"},'
    ' "experience_years": {"value": null, "importance": 0.22, "effect": "lowers"}}'
)


@pytest.fixture
def infraction(console_server: Console) -> Iterator[str]:
    """One in the queue, with risks that a model trained on simulated drivers said."""
    [at] = console_server.refill(1)
    console_server.query(
        "UPDATE infractions SET recidivism_risk = 0.62, accident_risk = 0.08,"
        " risk_factors = CAST(:factors AS JSONB) WHERE id = CAST(:at AS UUID)",
        factors=FACTORS,
        at=at,
    )
    console_server.query(
        "INSERT INTO ml_models (model_name, version, model_type, framework, model_path, metrics, metadata)"
        " VALUES ('recidivism_xgboost', '2026-11-27.101500', 'classification', 'xgboost', 'nowhere', '{}',"
        " CAST(:mark AS JSONB)) ON CONFLICT DO NOTHING",
        mark='{"simulated": true}',
    )
    console_server.query(
        "INSERT INTO ml_predictions (model_id, infraction_id, prediction_type, prediction_value, features)"
        " SELECT id, CAST(:at AS UUID), 'recidivism', 0.62, '{}' FROM ml_models",
        at=at,
    )
    yield at
    console_server.query("UPDATE infractions SET deleted_at = now() WHERE deleted_at IS NULL")


def test_a_risk_is_shown_with_what_it_comes_from_and_that_it_decides_no_fine(
    console_server: Console, infraction: str, page: Any
) -> None:
    enter(page, console_server)
    page.keyboard.press("Enter")
    page.wait_for_selector(f".page-review[data-usable='{infraction}']")
    section = page.locator("section", has=page.locator("table.factors"))
    text = section.inner_text()
    for words in (
        "Reincidencia", "62", "Accidente", "Infracciones en tres años", "Días desde la última", "7.3",
        "Años de licencia", "simulad", "nadie ha identificado al conductor",
        "recidivism_xgboost, versión 2026-11-27.101500", "El riesgo no decide la multa.",
    ):  # fmt: skip
        assert words.lower() in text.lower(), words
    assert page.locator("table.factors").count() == 1
    rows = section.locator("tbody tr")
    assert rows.count() == 3
    assert "sube" in rows.nth(0).inner_text()
    assert "baja" in rows.nth(2).inner_text()
