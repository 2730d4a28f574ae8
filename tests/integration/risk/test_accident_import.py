"""Accidents of a register come in whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from jobs import (
    cli,
    import_accidents,
)
from tests.fixtures.risk import fetched

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
    content: str,
    words: str,
    tmp_path: Path,
    risk_command: Callable[..., int],
    risk_engine: Engine,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "accidents.csv"
    file.write_text(content, encoding="utf-8")
    before = fetched(risk_engine, "SELECT COUNT(*) FROM accidents")
    assert risk_command(import_accidents, str(file), "--source", "pnp") == cli.BAD_INPUT
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert words in last
    assert fetched(risk_engine, "SELECT COUNT(*) FROM accidents") == before


def test_a_register_is_imported_once(
    tmp_path: Path, risk_command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "accidents.csv"
    file.write_text(GOOD + "1,2026-01-01T10:00:00-05:00,SIM3-0000001,injury\n", encoding="utf-8")
    for new in (1, 0):
        assert risk_command(import_accidents, str(file), "--source", "pnp") == cli.DONE
        said = json.loads(capsys.readouterr().out)
        assert (said["read"], said["new"]) == (1, new)
