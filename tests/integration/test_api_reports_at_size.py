"""The data model's five questions as endpoints: at size, their rows are those of the document's own SQL."""

from __future__ import annotations

import asyncio
import random
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from schema.api_queries import REPORTS
from tests.fixtures.api import served
from tests.fixtures.data_model import statements

# The document leaves ties in any order: what is sorted by must agree, and every row must be one of its rows.
SORTED_BY = {
    "pending": ("detected_at",),
    "top-offenders": ("infraction_count",),
    "zone-hours": ("zone", "hour"),
    "camera-performance": ("name",),
    "recidivism": ("total_infractions", "risk_score"),
}
PLACES = """
INSERT INTO zones (id, name, speed_limit) SELECT 'Z' || n, 'Zona ' || n, 60 FROM generate_series(1, 20) AS n;
INSERT INTO devices (id, zone_id, name, rtsp_url, total_detections, total_infractions)
    SELECT 'C' || n, 'Z' || 1 + n % 20, 'Cámara ' || n, 'rtsp://192.0.2.1/', n * 100, n
    FROM generate_series(0, 59) AS n;
INSERT INTO vehicles (plate, brand, owner_name)
    SELECT 'P' || n, 'Marca ' || n % 9, 'Dueña ' || n FROM generate_series(0, 4999) AS n;
INSERT INTO drivers (dni, full_name, license_number, risk_score)
    SELECT 'D' || n, 'Persona ' || n, 'Q' || n, n / 3000.0 FROM generate_series(0, 2999) AS n;
"""
INFRACTIONS = """COPY infractions (infraction_code, type, severity, device_id, zone_id, plate, driver_dni,
    detected_speed, speed_limit, video_url, snapshot_url, confidence_score, detected_at, status,
    recidivism_risk, idempotency_key) FROM STDIN"""
METRICS = (
    "COPY inference_metrics (device_id, timestamp, fps, latency_ms, gpu_utilization) FROM STDIN"
)


def fill(url: str, count: int) -> None:
    """Two months of made-up traffic, the same each time but for the clock; no trigger runs."""
    chance, now = random.Random(11), datetime.now(UTC)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(PLACES.encode())
        cursor.execute("SET session_replication_role = replica")
        with cursor.copy(INFRACTIONS) as copy:
            for number in range(count):
                copy.write_row(infraction(number, chance, now))
        cursor.execute("SELECT count_all_zone_hours()")
        with cursor.copy(METRICS) as copy:
            for number in range(min(count // 5, 50_000)):
                # None near the edge of the last hour, which moves while the two are asked.
                minutes = chance.choice((chance.uniform(1, 50), chance.uniform(70, 180)))
                at = now - timedelta(minutes=minutes)
                camera = f"C{number % 50}"
                copy.write_row((camera, at, 25, chance.uniform(5, 90), chance.random()))
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")


def infraction(number: int, chance: random.Random, now: datetime) -> tuple[Any, ...]:
    camera = chance.randrange(60)
    return (
        f"INF-{number}",
        chance.choice(("SPEED_VIOLATION", "RED_LIGHT")),
        "grave",
        f"C{camera}",
        f"Z{1 + camera % 20}",
        f"P{int(chance.random() ** 2 * 5000)}" if chance.random() < 0.95 else None,
        f"D{int(chance.random() ** 2 * 3000)}" if chance.random() < 0.5 else None,
        round(chance.uniform(61, 140), 2),
        60,
        "v",
        f"s{number}",
        round(chance.random(), 6),
        now - timedelta(seconds=chance.uniform(60, 60 * 86_400)),
        chance.choice(("pending", "validated", "validated", "rejected")),
        chance.random(),
        f"size|{number}",
    )


def documents_queries(repository: Path) -> list[str]:
    """§4.1 to §4.5, as they stand in the document."""
    path = repository.parent / "shared" / "mission" / "modelo-de-datos.md"
    if not path.is_file():
        pytest.skip("no ../shared/mission/modelo-de-datos.md beside the repository")
    text = path.read_text(encoding="utf-8")
    chapter = text[text.index("## 4. Queries Comunes") : text.index("## 5. ")]
    found = statements(chapter)
    assert len(found) == len(REPORTS)
    return found


def ask_documents(url: str, sql: str) -> tuple[list[dict[str, Any]], int]:
    """All rows without the document's limit, and that limit (0: none)."""
    limit = re.search(r"LIMIT (\d+)", sql)
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.execute("SET TIME ZONE 'America/Lima'")
        rows = connection.execute(re.sub(r"LIMIT \d+", "", sql).encode()).fetchall()
    return rows, int(limit[1]) if limit else 0


def plain(value: Any, as_written: Any) -> Any:
    """Comparable, whichever side it comes from; as_written: the document's value in that column."""
    if value is None:
        return None
    if isinstance(as_written, int | float | Decimal):
        return round(float(value), 6)
    if isinstance(as_written, datetime):
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        return at.astimezone(UTC)
    return str(value) if isinstance(value, UUID) else value


def same(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    """Whether two rows say the same, numbers to two millionths."""
    return all(
        abs(mine - other) <= 2e-6
        if isinstance(mine, float) and isinstance(other, float)
        else mine == other
        for mine, other in zip(ours, theirs, strict=True)
    )


def compare(
    name: str, ours: list[dict[str, Any]], theirs: list[dict[str, Any]], limit: int
) -> None:
    columns = list(theirs[0])
    assert list(ours[0]) == columns, name
    example = {
        column: next((row[column] for row in theirs if row[column] is not None), None)
        for column in columns
    }

    def row(one: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(plain(one[column], example[column]) for column in columns)

    def key(one: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(one[columns.index(column)] for column in SORTED_BY[name])

    all_theirs, all_ours = [row(one) for one in theirs], [row(one) for one in ours]
    expected = all_theirs[:limit] if limit else all_theirs
    assert [key(one) for one in all_ours] == [key(one) for one in expected], name
    # A sum in another order differs in a float's last digits: rows are matched one to one, nearly.
    left = list(all_theirs)
    for one in all_ours:
        alike = next((other for other in left if same(one, other)), None)
        assert alike is not None, f"{name}: {one}"
        left.remove(alike)
    assert limit or not left, name


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "count", [50_000, pytest.param(1_000_000, marks=pytest.mark.soak)], ids=["50k", "1M"]
)
def test_the_endpoints_rows_are_those_of_the_documents_own_queries(
    database_url: str, tmp_path: Path, repository: Path, count: int
) -> None:
    queries = documents_queries(repository)
    fill(database_url, count)

    async def asked() -> dict[str, list[dict[str, Any]]]:
        async with served(database_url, tmp_path) as api:
            headers = await api.sign_in("admin")
            found = {}
            for name in REPORTS:
                answer = await api.get(f"/reports/{name}", headers)
                assert answer.status_code == 200, answer.text
                found[name] = answer.json()["items"]
            return found

    ours = asyncio.run(asked())
    for name, sql in zip(REPORTS, queries, strict=True):
        theirs, limit = ask_documents(database_url, sql)
        assert theirs, name
        compare(name, ours[name], theirs, limit)
