"""Time series: partitions that are made, filled and healed, and batches that go in whole or not at all."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text

from schema import timeseries
from schema.batches import NewEvent, NewHealthLog, NewInferenceMetric, Row, write_batch
from tests.fixtures.rows import add_camera

NOW = datetime(2031, 5, 15, 12, 0, tzinfo=UTC)


def event(at: datetime = NOW, device: str | None = "CAM001") -> NewEvent:
    return NewEvent(
        event_type="detection",
        timestamp=at,
        device_id=device,
        data={"detections": [{"class": "car", "confidence": 0.9}], "note": 'a "b" \\ ñ\n'},
    )


def where(engine: Engine, table: str = "events") -> list[str]:
    with engine.connect() as connection:
        return list(
            connection.execute(
                text(f"SELECT tableoid::regclass::text FROM {table} ORDER BY timestamp")  # noqa: S608
            ).scalars()
        )


@pytest.fixture
def camera(database: Engine) -> Engine:
    add_camera(database)
    return database


def test_rows_of_all_three_kinds_go_in_and_come_back(camera: Engine) -> None:
    rows: list[Row] = [
        event(),
        NewInferenceMetric(device_id="CAM001", timestamp=NOW, fps=24.5, latency_ms=31.0),
        NewHealthLog(
            device_id="CAM001", timestamp=NOW, status="active", error_messages=["a,b", 'c"d']
        ),
    ]
    with camera.begin() as connection:
        assert write_batch(connection, rows) == 3
    with camera.connect() as connection:
        data = connection.execute(text("SELECT data FROM events")).scalar_one()
        errors = connection.execute(text("SELECT error_messages FROM device_health_logs"))
        assert data == event().data
        assert errors.scalar_one() == ["a,b", 'c"d']
        assert connection.execute(text("SELECT fps FROM inference_metrics")).scalar_one() == 24.5


def test_a_batch_with_an_unknown_camera_leaves_nothing(camera: Engine) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation), camera.begin() as connection:
        write_batch(connection, [event(), event(device="NOBODY")])
    assert where(camera) == []


def test_a_batch_is_part_of_the_callers_transaction(camera: Engine) -> None:
    with camera.connect() as connection:
        write_batch(connection, [event()])
        connection.rollback()
    assert where(camera) == []


def test_a_naive_instant_is_refused(camera: Engine) -> None:
    with pytest.raises(ValueError, match="aware"), camera.begin() as connection:
        write_batch(connection, [event(NOW.replace(tzinfo=None))])


def test_a_row_of_any_date_is_kept(camera: Engine) -> None:
    with camera.begin() as connection:
        write_batch(connection, [event(NOW), event(datetime(1999, 1, 1, tzinfo=UTC))])
    assert where(camera) == ["events_default"] * 2


def test_a_new_partition_takes_its_rows_out_of_the_default_one(camera: Engine) -> None:
    may_ends = datetime(2031, 6, 1, tzinfo=UTC)
    with camera.begin() as connection:
        write_batch(
            connection, [event(NOW), event(may_ends - timedelta(microseconds=1)), event(may_ends)]
        )
    with camera.begin() as connection:
        assert timeseries.ensure_partitions(connection, date(2031, 5, 20), 1) == 5
    assert where(camera) == ["events_y2031m05", "events_y2031m05", "events_default"]
    with camera.begin() as connection:
        assert timeseries.ensure_partitions(connection, date(2031, 5, 1), 1) == 0


def test_partitions_carry_the_indexes_and_checks_of_their_table(camera: Engine) -> None:
    with camera.begin() as connection:
        timeseries.ensure_partitions(connection, date(2031, 5, 1), 1)
        indexes = connection.execute(
            text("SELECT count(*) FROM pg_indexes WHERE tablename = 'events_y2031m05'")
        ).scalar_one()
        assert indexes == 5
    with pytest.raises(Exception, match="severity"), camera.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO events (event_type, timestamp, data, severity)"
                " VALUES ('x', '2031-05-02', '{}', 'loud')"
            )
        )


def test_eight_callers_at_once_make_each_partition_once(camera: Engine) -> None:
    def make(_: int) -> int:
        with camera.begin() as connection:
            return timeseries.ensure_partitions(connection, date(2032, 1, 1), 2)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(make, range(8))) == 10


def test_the_planner_reads_only_the_month_it_needs(camera: Engine) -> None:
    with camera.begin() as connection:
        timeseries.ensure_partitions(connection, date(2031, 1, 1), 6)
        plan = connection.execute(
            text(
                "EXPLAIN SELECT * FROM events"
                " WHERE timestamp >= '2031-05-02+00' AND timestamp < '2031-05-03+00'"
            )
        ).scalars()
        read = "\n".join(plan)
    assert "events_y2031m05" in read
    assert "events_y2031m04" not in read
    assert "events_default" not in read


def test_this_month_and_the_next_have_their_partition_from_the_start(camera: Engine) -> None:
    with camera.connect() as connection:
        names = set(
            connection.execute(
                text(
                    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass"
                )
            ).scalars()
        )
        this, following = connection.execute(
            text(
                'SELECT to_char(d, \'"events_y"YYYY"m"MM\'),'
                " to_char(d + interval '1 month', '\"events_y\"YYYY\"m\"MM')"
                " FROM date_trunc('month', now() AT TIME ZONE 'UTC') AS d"
            )
        ).one()
    assert {this, following, "events_default"} <= names


VALUES: dict[str, list[object]] = {
    "float": [None, 0.0, -1.5, 1e300, float("inf"), 7],
    "int": [None, 0, -3, 2**31 - 1],
    "str": [None, "", "a\tb\\N", "ñandú 🚗", 'c"d'],
    "json": [{}, {"a": [1, 2.5, None, True, {"ñ": '"\\\n'}]}, {"nested": {"x": -0.0}}],
    "list": [None, [], ["a,b", 'c"d', "", "{x}"]],
}


@pytest.mark.parametrize("seed", range(5))
def test_every_pattern_of_absent_values_comes_back_as_it_went(camera: Engine, seed: int) -> None:
    chance = random.Random(seed)
    rows: list[Row] = []
    for n in range(700):
        at = NOW + timedelta(microseconds=chance.randrange(10**9))
        at = at.astimezone(timezone(timedelta(hours=chance.randint(-12, 14))))
        pick = {kind: iter(chance.choices(values, k=20)) for kind, values in VALUES.items()}
        if n % 3 == 0:
            metric: dict[str, Any] = {
                one.name: next(pick["int" if one.type.startswith("int") else "float"])
                for one in fields(NewInferenceMetric)[4:]
            }
            metric |= {name: n for name in metric if name.endswith("_count")}
            rows.append(
                NewInferenceMetric(
                    device_id="CAM001", timestamp=at, fps=n, latency_ms=0.5, **metric
                )
            )
        elif n % 3 == 1:
            rows.append(
                NewEvent(
                    event_type="ocr",
                    timestamp=at,
                    data=next(pick["json"]),  # type: ignore[arg-type]
                    event_category=next(pick["str"]),  # type: ignore[arg-type]
                    device_id=chance.choice((None, "CAM001")),
                    severity=chance.choice((None, "info", "error")),
                )
            )
        else:
            rows.append(
                NewHealthLog(
                    device_id="CAM001",
                    timestamp=at,
                    status=str(n),
                    cpu_usage=next(pick["float"]),  # type: ignore[arg-type]
                    dropped_frames=next(pick["int"]),  # type: ignore[arg-type]
                    error_messages=next(pick["list"]),  # type: ignore[arg-type]
                    metadata=next(pick["json"]),  # type: ignore[arg-type]
                )
            )
    with camera.begin() as connection:
        assert write_batch(connection, rows) == 700
    tables = {
        NewEvent: "events",
        NewInferenceMetric: "inference_metrics",
        NewHealthLog: "device_health_logs",
    }
    with camera.connect() as connection:
        for kind, table in tables.items():
            names = ", ".join(one.name for one in fields(kind))
            back = connection.execute(text(f"SELECT {names} FROM {table} ORDER BY id"))  # noqa: S608
            sent = [
                tuple(getattr(row, one.name) for one in fields(kind))
                for row in rows
                if type(row) is kind
            ]
            assert [tuple(row) for row in back] == sent


@pytest.mark.parametrize(
    ("change", "value"),
    [("fps", "fast"), ("gpu_id", 2**31), ("gpu_id", 1.5), ("device_id", 7), ("timestamp", None)],
)
def test_a_value_that_its_column_cannot_hold_leaves_nothing(
    camera: Engine, change: str, value: object
) -> None:
    good = NewInferenceMetric(device_id="CAM001", timestamp=NOW, fps=24.5, latency_ms=31.0)
    refused = (ValueError, psycopg.DataError, psycopg.IntegrityError)
    with pytest.raises(refused), camera.begin() as connection:
        write_batch(connection, [good, replace(good, **{change: value})])  # type: ignore[arg-type]
    assert where(camera, "inference_metrics") == []
