"""Everything of the data model's document is in the live database, or named with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Cursor

from schema.queries import Query
from schema.timeseries import TABLES
from tests.fixtures.data_model import (
    Document,
    build_document,
    calls,
    differences,
    read_catalogue,
    read_deviations,
    statements,
)

OBJECTS = {"table", "column", "constraint", "index", "trigger", "function", "sequence", "view"}
IMPOSSIBLE_COLUMNS = {"drivers.age"}


@pytest.fixture(scope="session")
def document(repository: Path) -> str:
    path = repository.parent / "shared" / "mission" / "modelo-de-datos.md"
    if not path.is_file():
        pytest.skip("no ../shared/mission/modelo-de-datos.md beside the repository")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def cursor(shared_database_url: str) -> Iterator[Cursor[Any]]:
    with psycopg.connect(shared_database_url) as connection, connection.cursor() as cursor:
        yield cursor
        connection.rollback()


def compared(cursor: Cursor[Any], document: str) -> dict[tuple[str, str], str]:
    ours = read_catalogue(cursor, "public")
    asked = build_document(cursor, document, IMPOSSIBLE_COLUMNS)
    for name in IMPOSSIBLE_COLUMNS:
        asked.failed["column", name] = "not immutable"
    return differences(asked, ours)


def named(repository: Path) -> set[tuple[str, str]]:
    rows = read_deviations(repository / "docs" / "seed-deviations.md")
    return {(row.kind, row.name) for row in rows if row.kind in OBJECTS}


def test_each_object_of_the_document_exists_or_is_named_with_its_reason(
    cursor: Cursor[Any], document: str, repository: Path
) -> None:
    found = compared(cursor, document)
    # The two views differ in what computes them, not in a column.
    expected = named(repository) - {("view", "events_hourly"), ("view", "inference_metrics_5min")}
    assert set(found) == expected, {key: found[key] for key in set(found) ^ expected & set(found)}


def test_the_document_is_read_whole(cursor: Cursor[Any], document: str) -> None:
    asked = build_document(cursor, document, IMPOSSIBLE_COLUMNS)
    tables = set(re.findall(r"CREATE TABLE (\w+)", document))
    indexes = set(re.findall(r"CREATE (?:UNIQUE )?INDEX (\w+)", document))
    triggers = set(re.findall(r"CREATE TRIGGER (\w+)", document))
    seen = {
        kind: {n for k, n in [*asked.catalogue, *asked.failed] if k == kind} for kind in OBJECTS
    }
    assert len(tables) == 14
    assert seen["table"] == tables
    assert seen["index"] == indexes
    assert seen["trigger"] == triggers
    assert {"infraction_code_seq", "users"} <= seen["sequence"] | seen["table"]
    assert len(seen["column"]) > 250


REMOVALS = [
    ("DROP TABLE notifications CASCADE", ("table", "notifications")),
    ("ALTER TABLE devices DROP COLUMN tilt", ("column", "devices.tilt")),
    ("ALTER TABLE users ALTER username TYPE TEXT", ("column", "users.username")),
    ("ALTER TABLE users ALTER role DROP NOT NULL", ("column", "users.role")),
    ("ALTER TABLE zones ALTER lane_count DROP DEFAULT", ("column", "zones.lane_count")),
    (
        "ALTER TABLE zones DROP CONSTRAINT zones_geometry_valid",
        ("constraint", "zones.zones_geometry_valid"),
    ),
    ("DROP INDEX idx_events_data", ("index", "idx_events_data")),
    ("DROP INDEX idx_ml_models_one_active", ("index", "idx_ml_models_one_active")),
    ("DROP TRIGGER set_infraction_code ON infractions", ("trigger", "set_infraction_code")),
    ("DROP VIEW events_hourly", ("view", "events_hourly")),
    (
        "DROP FUNCTION update_updated_at_column() CASCADE",
        ("function", "update_updated_at_column"),
    ),
    ("DROP SEQUENCE infraction_code_seq", ("sequence", "infraction_code_seq")),
]


@pytest.mark.parametrize(("removal", "lost"), REMOVALS, ids=[key[1] for _, key in REMOVALS])
def test_the_comparison_sees_what_is_removed(
    cursor: Cursor[Any], document: str, repository: Path, removal: str, lost: tuple[str, str]
) -> None:
    cursor.execute(removal.encode())
    assert lost in set(compared(cursor, document)) - (named(repository) - {lost})


def test_every_hypertable_of_the_document_is_partitioned_by_its_time(
    cursor: Cursor[Any], document: str
) -> None:
    asked = {tuple(arguments[:2]) for arguments in calls(document, "create_hypertable")}
    assert asked == set(TABLES.items())
    cursor.execute(
        "SELECT p.partrelid::regclass::text, a.attname FROM pg_partitioned_table AS p"
        " JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]"
    )
    assert set(cursor.fetchall()) == asked


def test_every_retention_of_the_document_is_a_row(cursor: Cursor[Any], document: str) -> None:
    asked = dict(calls(document, "add_retention_policy"))
    units = {"días": "days", "año": "year", "años": "years"}
    for table, number, unit in re.findall(
        r"\| `(\w+)` \| (\d+) (días|años?)\b", document[document.index("### 5.1") :]
    ):
        asked.setdefault(table, f"{number} {units[unit]}")
    assert len(asked) == 6
    for table, keep in asked.items():
        cursor.execute(
            "SELECT keep = %s::interval FROM retention_policies WHERE table_name = %s",
            (keep, table),
        )
        assert cursor.fetchone() == (True,), table


def test_policies_that_are_not_rows_are_named(document: str, repository: Path) -> None:
    rows = read_deviations(repository / "docs" / "seed-deviations.md")
    policies = {row.name for row in rows if row.kind == "policy"}
    functions = re.findall(r"^SELECT ((?:cron\.)?\w+)\(", document, re.MULTILINE)
    assert set(functions) == policies
    assert all(row.reason for row in rows)


@pytest.fixture
def busy(cursor: Cursor[Any]) -> Cursor[Any]:
    """Made-up traffic of the last weeks: zones, cameras, vehicles, drivers, infractions, metrics."""
    cursor.execute("SELECT setseed(0.5)")
    cursor.execute("SET TIME ZONE 'America/Lima'")
    for statement in BUSY:
        cursor.execute(statement.encode())
    return cursor


BUSY = [
    """INSERT INTO zones (id, name, speed_limit)
    SELECT 'Z' || n, 'Zona ' || n, 60 FROM generate_series(1, 4) n""",
    """INSERT INTO devices (id, zone_id, name, rtsp_url, total_detections, total_infractions)
    SELECT 'C' || n, 'Z' || 1 + n % 4, 'Cámara ' || n, 'rtsp://192.0.2.1/', n * 100, n
    FROM generate_series(0, 7) n""",
    "INSERT INTO vehicles (plate) SELECT 'P' || n FROM generate_series(1, 60) n",
    """INSERT INTO drivers (dni, full_name, risk_score)
    SELECT 'D' || n, 'Persona ' || n, n / 100.0 FROM generate_series(1, 40) n""",
    """INSERT INTO infractions (type, device_id, zone_id, plate, driver_dni, detected_speed,
        speed_limit, video_url, snapshot_url, confidence_score, detected_at, status, recidivism_risk)
    SELECT (ARRAY['SPEED_VIOLATION', 'RED_LIGHT'])[1 + n % 2], 'C' || n % 8, 'Z' || 1 + n % 4,
        CASE WHEN n % 17 > 0 THEN 'P' || 1 + (n * n) % 60 END,
        CASE WHEN n % 3 > 0 THEN 'D' || 1 + (n * n) % 40 END,
        60 + random() * 60, 60, 'v', 's', random(),
        CURRENT_TIMESTAMP - random() * INTERVAL '40 days',
        (ARRAY['pending', 'validated', 'validated', 'rejected'])[1 + n % 4], random()
    FROM generate_series(1, 1500) n""",
    """INSERT INTO inference_metrics (device_id, timestamp, fps, latency_ms, gpu_utilization)
    SELECT 'C' || n % 7, CURRENT_TIMESTAMP - random() * INTERVAL '2 hours', 25, random() * 80, random()
    FROM generate_series(1, 500) n""",
]


@pytest.mark.parametrize(
    ("query", "number"), [(query, number) for number, query in enumerate(Query)]
)
def test_our_queries_answer_as_the_documents_do(
    busy: Cursor[Any], document: str, query: Query, number: int
) -> None:
    theirs = [s for s in statements(document) if re.match(r"(SELECT\s+\w+\.|WITH driver)", s)]
    answers = []
    for sql in (theirs[number], query.sql):
        # Without the limit, so that ties, which the document leaves in any order, are all there.
        busy.execute(re.sub(r"LIMIT \d+", "", sql).encode())
        columns = [column.name for column in busy.description or ()]
        answers.append((columns, sorted(repr(_rounded(row)) for row in busy.fetchall())))
    assert len(answers[1][1]) > 0
    assert answers[0] == answers[1]


def _rounded(row: tuple[Any, ...]) -> list[Any]:
    numbers = (int, float, Decimal)
    return [round(float(value), 9) if isinstance(value, numbers) else value for value in row]


def test_our_queries_do_not_depend_on_the_sessions_time_zone(busy: Cursor[Any]) -> None:
    for query in Query:
        answers = []
        for zone in ("America/Lima", "Asia/Tokyo"):
            busy.execute(f"SET TIME ZONE '{zone}'".encode())
            busy.execute(query.sql.encode())
            answers.append(busy.fetchall())
        assert answers[0] == answers[1], query


def test_an_age_is_that_of_today_not_a_subtraction_of_years(cursor: Cursor[Any]) -> None:
    cursor.execute(
        "INSERT INTO drivers (dni, full_name, birth_date)"
        " VALUES ('1', 'Persona', CURRENT_DATE - INTERVAL '30 years' + INTERVAL '2 days')"
    )
    cursor.execute("SELECT age FROM drivers_with_age")
    assert cursor.fetchone() == (29,)


def test_nobody_under_eighteen_is_a_driver(cursor: Cursor[Any]) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="drivers_min_age"):
        cursor.execute(
            "INSERT INTO drivers (dni, full_name, birth_date)"
            " VALUES ('1', 'Persona', CURRENT_DATE - INTERVAL '17 years')"
        )


def test_the_hourly_view_sees_confidence_nested_in_detections(cursor: Cursor[Any]) -> None:
    cursor.execute("INSERT INTO devices (id, name, rtsp_url) VALUES ('C', 'C', 'rtsp://x/')")
    cursor.execute(
        """INSERT INTO events (event_type, device_id, timestamp, data) VALUES
        ('detection', 'C', '2026-03-01 10:05+00',
         '{"detections": [{"confidence": 0.9}, {"confidence": 0.7}]}'),
        ('detection', 'C', '2026-03-01 10:50+00', '{"confidence": 0.6}'),
        ('detection', 'C', '2026-03-01 11:00+00', '{"detections": []}')"""
    )
    cursor.execute("SELECT hour, event_count, avg_confidence FROM events_hourly ORDER BY hour")
    rows = [(row[0].hour, row[1], row[2]) for row in cursor.fetchall()]
    assert [row[:2] for row in rows] == [(10, 2), (11, 1)]
    assert rows[0][2] == pytest.approx(0.7)
    assert rows[1][2] is None


def test_five_minute_metrics_have_their_percentile(cursor: Cursor[Any]) -> None:
    cursor.execute("INSERT INTO devices (id, name, rtsp_url) VALUES ('C', 'C', 'rtsp://x/')")
    cursor.execute(
        """INSERT INTO inference_metrics (device_id, timestamp, fps, latency_ms, detections_count)
        SELECT 'C', '2026-03-01 10:00+00'::timestamptz + n * INTERVAL '3 seconds', 25, n, 2
        FROM generate_series(0, 199) n"""
    )
    cursor.execute(
        "SELECT bucket, p95_latency, total_detections FROM inference_metrics_5min ORDER BY 1"
    )
    rows = cursor.fetchall()
    assert rows[1][0] - rows[0][0] == timedelta(minutes=5)
    assert [(row[1], row[2]) for row in rows] == [
        (pytest.approx(94.05), 200),
        (pytest.approx(194.05), 200),
    ]


def test_the_document_still_fails_where_we_say_it_does(cursor: Cursor[Any], document: str) -> None:
    asked: Document = build_document(cursor, document, set())
    failed = {name for _, name in asked.failed}
    assert {
        "drivers",
        "idx_vehicles_sunarp_cache",
        "archive_old_infractions",
    } <= failed
