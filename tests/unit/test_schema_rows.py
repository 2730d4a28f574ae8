"""What the schema decides without a database: keys, digests, addresses, migrations' phases, its SQL."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime

from enforcement.errors import BadInput
from schema import migrate, timeseries
from schema.credentials import split_credentials
from schema.queries import Query
from schema.records import event_id, idempotency_key
from schema.session import database_url
from schema.site_rows import digest_of, lane_row, lane_section, point_text
from schema.sql_files import FOLDER, read_folder
from schema.tables import metadata

AT = datetime(2026, 3, 4, 2, 30, 15, 250_000, tzinfo=UTC)


def key(at: datetime = AT, track: int = 7) -> str:
    return idempotency_key(
        camera_id="CAM001", track_id=track, rule="SPEED_VIOLATION", captured_at=at
    )


def test_one_accusation_has_one_key_in_every_time_zone() -> None:
    lima = AT.astimezone(timezone(timedelta(hours=-5)))
    assert key(AT) == key(lima) == "CAM001|7|SPEED_VIOLATION|2026-03-04T02:30:15.250000+00:00"


def test_a_key_of_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        key(AT.replace(tzinfo=None))


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_event_ids_are_the_same_for_the_same_accusation_and_differ_otherwise(
    one: int, other: int
) -> None:
    assert (event_id(key(track=one)) == event_id(key(track=other))) == (one == other)


def test_event_ids_never_change_between_releases() -> None:
    assert event_id(key()) == uuid.UUID("2ac6b5db-22fc-5ad2-a4d3-0546c1382e5e")


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest_of({"a": 1, "b": [1.5, "ñ"]}) == digest_of({"b": [1.5, "ñ"], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})


def test_a_lane_comes_back_as_it_was() -> None:
    lane = {
        "id": "2",
        "type": "exclusive_bus",
        "polygon": [[0, 0], [9, 9], [9, 0]],
        "heading_deg": 90,
    }
    assert lane_section(lane_row(lane)) == lane
    assert lane_row(lane)["points"] == lane["polygon"]


@pytest.mark.parametrize("where", [[-12.087, -77.03175], {"lat": -12.087, "lon": -77.03175}])
def test_a_place_is_written_longitude_first_as_postgis_reads_it(where: object) -> None:
    assert point_text(where) == "SRID=4326;POINT(-77.03175 -12.087)"


@pytest.mark.parametrize(
    ("pasted", "parts"),
    [
        ("rtsp://192.0.2.1:554/h264", ("rtsp://192.0.2.1:554/h264", None, None)),
        ("rtsp://admin:Abc@192.0.2.1/x?y=1", ("rtsp://192.0.2.1/x?y=1", "admin", "Abc")),
        ("rtsp://admin:p%40ss@h/x", ("rtsp://h/x", "admin", "p@ss")),  # percent signs are undone
        ("rtsp://admin@[2001:db8::1]:554/x", ("rtsp://[2001:db8::1]:554/x", "admin", None)),
    ],
)
def test_credentials_come_apart_from_an_address(
    pasted: str, parts: tuple[str, str | None, str | None]
) -> None:
    assert split_credentials(pasted) == parts


@pytest.mark.parametrize(
    "plain", ["postgresql://u:p@h:5432/db", "postgres://u:p@h/db?sslmode=require"]
)
@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_a_plain_url_serves_both_drivers(plain: str, driver: str) -> None:
    url = database_url(plain, driver=driver)
    assert url.drivername == f"postgresql+{driver}"
    assert url.database == "db"


@pytest.mark.parametrize(
    "bad", ["", "nonsense", "mysql://u:hidden@h/db", "postgresql://u:hidden@h"]
)
def test_a_wrong_url_names_its_variable_and_hides_the_password(bad: str) -> None:
    with pytest.raises(BadInput, match="VIGIA_DATABASE_URL") as raised:
        database_url(bad)
    assert "hidden" not in str(raised.value)


def test_revisions_are_one_line_and_each_says_its_phase() -> None:
    revisions = migrate.revisions()
    assert [revision.down_revision for revision in revisions] == [
        None,
        *(revision.revision for revision in revisions[:-1]),
    ]
    assert {migrate.phase_of(revision) for revision in revisions} <= {"pre", "post"}


def test_a_pre_revision_takes_nothing_away_from_the_release_that_still_runs() -> None:
    for name, sql in [
        *read_folder("0001_initial"),
        ("0002", (FOLDER / "0002_law_rows.sql").read_text()),
        *read_folder("0003_operators"),
    ]:
        assert not re.search(r"^\s*(DROP|TRUNCATE|DELETE)\b", sql, re.MULTILINE), name


def test_sql_files_say_what_they_do_before_they_do_it() -> None:
    files = sorted(FOLDER.rglob("*.sql"))
    assert len(files) > 20
    for path in files:
        assert path.read_text(encoding="utf-8").startswith("-- "), path.name
    assert {query.value for query in Query} == {
        path.stem for path in (FOLDER / "queries").iterdir()
    }


def test_partition_clauses_are_kept_on_plain_postgresql_and_dropped_for_timescaledb() -> None:
    sql = dict(read_folder("0001_initial"))["29_timeseries.sql"]
    plain = timeseries.for_engine("29_timeseries.sql", sql, hypertables=False) or ""
    hyper = timeseries.for_engine("29_timeseries.sql", sql, hypertables=True) or ""
    assert plain.count("PARTITION BY RANGE (timestamp);") == 3
    assert "PARTITION" not in hyper.split("CREATE TABLE", 1)[1]
    assert timeseries.for_engine("40_views.native.sql", "x", hypertables=True) is None
    assert timeseries.for_engine("40_views.timescaledb.sql", "x", hypertables=False) is None


def test_each_time_series_key_holds_its_time() -> None:
    for name, column in timeseries.TABLES.items():
        assert [key.name for key in metadata.tables[name].primary_key] == ["id", column]


def test_every_instant_has_a_zone() -> None:
    naive = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, DateTime) and not column.type.timezone
    ]
    assert naive == []
