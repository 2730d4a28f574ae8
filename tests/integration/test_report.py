"""A month's report: from database and archive alike, whole on disk and in the store, or one clear line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jobs import cli, report
from schema.archive_tables import Month
from tests.fixtures.history import History, months_ago

# Ray reads settings of its own that it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.*")
MONTHS = [months_ago(n) for n in (27, 26, 25)]
MONTH = MONTHS[1]


@pytest.fixture
def filled(history: History) -> History:
    for number, month in enumerate(MONTHS):
        history.fill("infractions", month, rows=400, first=1000 * number)
    return history


def run(history: History, out: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    history.capsys.readouterr()
    code = cli.run(
        report.main,
        "report",
        ["--database-url", history.url, "--quiet", "--out", str(out), *arguments],
    )
    said = history.capsys.readouterr()
    return code, json.loads(said.out) if said.out else {}, said.err


def data(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "report.json").read_text())
    del found["made_at"]
    return found


def test_the_report_is_the_same_from_the_database_and_from_the_archive(
    filled: History, tmp_path: Path
) -> None:
    code, figures, _ = run(filled, tmp_path / "live", "--month", str(MONTH))
    assert code == cli.DONE
    assert (figures["rows_of_archive"], figures["rows_of_database"]) == (0, 1200)
    counted = filled.session.execute(
        "SELECT count(*) FROM infractions WHERE detected_at >= %s AND detected_at < %s",
        (f"{MONTH.first_day}T00:00-05:00", f"{MONTH.next.first_day}T00:00-05:00"),
    ).fetchone()
    assert counted == (figures["summary"]["infractions"],)
    filled.run("archive")
    code, figures, _ = run(filled, tmp_path / "archived", "--month", str(MONTH))
    assert code == cli.DONE
    assert (figures["rows_of_archive"], figures["rows_of_database"]) == (1200, 0)
    assert data(tmp_path / "archived") == data(tmp_path / "live")
    files = {path.name for path in (tmp_path / "live").iterdir()}
    assert files >= {"report.html", "report.json", "by_type.parquet", "cameras.parquet"}
    assert pq.read_table(tmp_path / "live" / "by_type.parquet").num_rows > 2
    stored = filled.local / "store" / "reports" / str(MONTH)
    assert {path.name for path in stored.iterdir()} == files
    assert not list((filled.local / "store" / "scratch").rglob("*.parquet"))
    text = (tmp_path / "live" / "report.html").read_text()
    assert not re.search(r"(src|href)=|<script|https?://", text)
    assert text.count("<svg viewBox") >= 4
    assert "Simulado" not in text


def test_a_change_at_a_camera_is_compared_and_what_simulated_ones_saw_is_said_to_be_simulated(
    filled: History, tmp_path: Path
) -> None:
    filled.session.execute(
        """UPDATE devices SET detection_config = COALESCE(detection_config, '{}') || '{"simulated": true}'"""
        " WHERE id IN (SELECT device_id FROM infractions LIMIT 1)"
    )
    change = f"BC3={MONTH.first_day.replace(day=15)}"
    code, figures, _ = run(filled, tmp_path / "out", "--month", str(MONTH), "--change", change)
    assert code == cli.DONE
    row = next(one for one in data(tmp_path / "out")["before_after"] if one["device_id"] == "BC3")
    assert (row["before_days"], row["after_days"]) == (28, 28)
    text = (tmp_path / "out" / "report.html").read_text()
    assert "cuatro semanas antes" in text
    made_up, whole = figures["summary"]["simulated"], figures["summary"]["infractions"]
    assert 0 < made_up < whole
    assert f"Simulado</strong>: {made_up} de las {whole}" in text


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--month", "2019-05"], "2019-05 has no infractions"),
        (["--month", "2099-05"], "2099-05 has not begun"),
        (["--month", "mayo"], "mayo: not a month"),
        (["--month", str(MONTH), "--change", "BC3=pronto"], "expected CAMERA=YYYY-MM-DD"),
        (["--month", str(MONTH), "--change", "NADA=2026-01-01"], "NADA: no such camera"),
    ],
)
def test_what_cannot_be_reported_is_one_line_and_leaves_nothing(
    history: History, tmp_path: Path, arguments: list[str], line: str
) -> None:
    history.fill("infractions", MONTH)
    code, _, said = run(history, tmp_path / "out", *arguments)
    assert code == cli.BAD_INPUT
    assert line in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_damaged_archive_is_named_and_nothing_is_written(filled: History, tmp_path: Path) -> None:
    filled.run("archive")
    file = next(one for one in filled.files() if str(MONTH) in str(one))
    file.write_bytes(file.read_bytes()[:200])
    code, _, said = run(filled, tmp_path / "out", "--month", str(MONTH))
    assert code == cli.BAD_INPUT
    assert "damaged" in said
    assert not (tmp_path / "out").exists()


def test_the_last_month_is_the_one_before_this_in_lima(history: History) -> None:
    last = report._month("last", months_ago(0).low)
    # The first instant of a UTC month is still the month before in Lima.
    assert last == months_ago(2)
    assert isinstance(last, Month)
