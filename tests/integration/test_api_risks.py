"""A risk asked for over the API: of whom, and what is said when there is none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from serve.risk_asking import RiskAsking
from serve.risk_questions import Question
from tests.fixtures.api import add_infractions, engine_of, served

DNI = "00000001"
ANSWER = {"category": "low", "risk_factors": [], "probability": 0.25, "simulated": True}


class _Handle:
    """Called as a deployment's handle is; keeps what it was asked."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.asked: list[Question] = []
        self._answer = answer
        self.remote = self._remote

    async def _remote(self, questions: list[Question]) -> list[dict[str, Any]]:
        self.asked += questions
        if isinstance(self._answer, Exception):
            raise self._answer
        return [self._answer for _ in questions]


async def _asked(
    database_url: str, folder: Path, handle: _Handle | None, *, driver: str | None = DNI
) -> tuple[int, dict[str, Any]]:
    [infraction] = add_infractions(database_url, 1)
    if driver is not None:
        engine = engine_of(database_url)
        with engine.begin() as connection:
            add = "INSERT INTO drivers (dni, full_name) VALUES (%s, 'Rosa Quispe')"
            connection.exec_driver_sql(add, (driver,))
            connection.exec_driver_sql("UPDATE infractions SET driver_dni = %s", (driver,))
        engine.dispose()
    async with served(database_url, folder) as api:
        api.app.state.api.risks = RiskAsking(lambda kind: handle)
        headers = await api.sign_in("admin")
        told = await api.get(f"/infractions/{infraction}/risks/recidivism", headers)
        return told.status_code, told.json()


def test_the_model_is_asked_of_the_driver_and_who_asked_is_not_told_who_it_is(
    database_url: str, tmp_path: Path
) -> None:
    handle = _Handle(ANSWER)
    status, told = asyncio.run(_asked(database_url, tmp_path, handle))
    assert (status, told) == (200, ANSWER)
    [question] = handle.asked
    assert (question.driver_dni, question.plate is not None) == (DNI, True)
    assert question.at is not None
    assert question.infraction_id is not None


def test_where_nobody_was_identified_it_is_asked_of_the_vehicle(
    database_url: str, tmp_path: Path
) -> None:
    handle = _Handle(ANSWER)
    status, _ = asyncio.run(_asked(database_url, tmp_path, handle, driver=None))
    assert status == 200
    assert (handle.asked[0].driver_dni, handle.asked[0].plate is not None) == (None, True)


@pytest.mark.parametrize(
    ("handle", "status", "code"),
    [
        (_Handle({"error": "not on record"}), 404, "not_found"),
        (_Handle(RuntimeError("the replica died")), 503, "unavailable"),
        (None, 503, "no_risk_models"),
    ],
)
def test_what_cannot_be_said_is_a_problem_that_names_it(
    database_url: str, tmp_path: Path, handle: _Handle | None, status: int, code: str
) -> None:
    found, told = asyncio.run(_asked(database_url, tmp_path, handle))
    assert (found, told["type"]) == (status, f"urn:vigia:problem:{code}")
