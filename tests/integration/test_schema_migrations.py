"""Migrations: an empty database comes up whole, once, and the models say what the catalogue says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg
import pytest
from alembic import command as alembic
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from enforcement.catalogue import DEFAULT_TOLERANCES, tolerance_on
from enforcement.errors import BadInput
from enforcement.plate_grammar import DEFAULT_GRAMMARS
from jobs import cli
from jobs import migrate as command
from schema import law_reading, migrate
from schema.session import check_server, open_engine, sessions
from schema.tables import metadata

EVERYTHING = [revision.revision for revision in migrate.revisions()]


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Engine]:
    engine = open_engine(empty_database_url)
    yield engine
    engine.dispose()


def test_two_migrators_of_an_empty_database_run_each_revision_once(empty: Engine) -> None:
    everything = [revision.revision for revision in migrate.revisions()]
    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda _: migrate.upgrade(empty), range(2)))
    assert sorted(ran) == [[], everything]
    assert migrate.pending(empty) == []
    with empty.connect() as connection:
        assert set(metadata.tables) <= set(inspect(connection).get_table_names())


def test_the_printed_sql_brings_an_empty_database_up_too(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(migrate.script().encode())
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert rows == [(migrate.revisions()[-1].revision,)]


def test_a_failing_revision_leaves_nothing_half_made(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE outbox (x INTEGER)"))  # in the way of ours
    with pytest.raises(BadInput, match="outbox"):
        migrate.upgrade(empty)
    with empty.connect() as connection:
        assert "users" not in inspect(connection).get_table_names()


def test_a_database_of_a_newer_release_is_refused(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadInput, match="9999"):
        migrate.upgrade(database)


def test_pre_stops_before_the_first_post_revision(
    empty: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        migrate, "phase_of", lambda revision: "post" if revision.revision == "0002" else "pre"
    )
    assert migrate.pending(empty, phase="pre") == ["0001"]
    assert migrate.upgrade(empty, phase="pre") == ["0001"]
    assert migrate.upgrade(empty) == EVERYTHING[1:]


def test_models_and_catalogue_say_the_same(database: Engine) -> None:
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        changes = compare_metadata(context, metadata)
    # Indexes live in SQL files, and PostGIS brings a table of its own.
    mattering = [
        change
        for change in changes
        if isinstance(change, list) or change[0] not in {"remove_index", "remove_table"}
    ]
    assert mattering == []
    removed = {change[1].name for change in changes if change[0] == "remove_table"}
    assert removed <= {"spatial_ref_sys"} | {n for n in removed if "_y20" in n or "_default" in n}


def test_models_and_catalogue_agree_on_what_may_be_null(database: Engine) -> None:
    inspector = inspect(database)
    for name, table in metadata.tables.items():
        live = {column["name"]: column for column in inspector.get_columns(name)}
        assert set(live) == set(table.columns.keys()), name
        for column in table.columns:
            assert column.nullable == live[column.name]["nullable"], f"{name}.{column.name}"


def test_every_table_with_updated_at_has_its_trigger(database: Engine) -> None:
    with database.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT event_object_table, trigger_name FROM information_schema.triggers"
                " WHERE action_statement LIKE '%update_updated_at_column%'"
            )
        ).all()
    triggers = {table: name for table, name in rows if table in metadata.tables}
    stamped = {name for name, table in metadata.tables.items() if "updated_at" in table.columns}
    assert set(triggers) == stamped
    assert all(name == f"update_{table}_updated_at" for table, name in triggers.items())


def test_updated_at_moves_when_a_row_changes(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(
            text("INSERT INTO vehicles (plate, updated_at) VALUES ('ABC-123', '2020-01-01')")
        )
        connection.execute(text("UPDATE vehicles SET color = 'rojo'"))
        at = connection.execute(text("SELECT updated_at FROM vehicles")).scalar_one()
    assert at.year > 2020


def test_the_law_in_the_database_is_the_law_a_site_without_one_falls_back_to(
    database: Engine,
) -> None:
    with sessions(database)() as session:
        assert law_reading.plate_grammars(session) == DEFAULT_GRAMMARS
        rows = law_reading.speed_tolerances(session)
    day = date(2026, 3, 1)
    assert tolerance_on(day, rows).kmh == tolerance_on(day, DEFAULT_TOLERANCES).kmh


def test_only_what_was_read_in_its_source_is_marked_verified(database: Engine) -> None:
    with database.connect() as connection:
        rows = connection.execute(
            text("SELECT code, excess_over_kmh, uit_percent, verified FROM law_catalogue")
        ).all()
        uit_rows = connection.execute(text("SELECT year, amount_soles FROM uit_values")).all()
    uit = {row.year: row.amount_soles for row in uit_rows}
    verified = {(row[0], row[1]) for row in rows if row.verified}
    assert verified == {("M20", 0), ("M20", 10)}
    # The data model's example, +18.5 km/h in 2025, costs 24 % of that year's UIT.
    percent = next(row.uit_percent for row in rows if row[0] == "M20" and row[1] == 10)
    assert percent * uit[2025] / 100 == 1284


def test_the_command_says_what_it_did(
    empty_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = ["--database-url", empty_database_url]
    for arguments, code, said in (
        (["--check"], cli.NO, {"pending": EVERYTHING}),
        ([], cli.DONE, {"ran": EVERYTHING}),
        ([], cli.DONE, {"ran": []}),
        (["--check"], cli.DONE, {"pending": []}),
    ):
        assert cli.run(command.main, "migrate", [*target, *arguments]) == code
        assert json.loads(capsys.readouterr().out) == said


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("mysql://root:hidden@127.0.0.1/x", "expected postgresql://"),
        ("postgresql://root:hidden@127.0.0.1:1/x", "cannot connect"),
        ("postgresql://root:hidden@127.0.0.1", "names no database"),
        ("nonsense", "not a database URL"),
    ],
)
def test_a_wrong_url_is_one_line_naming_the_variable_without_the_password(
    url: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(command.main, "migrate", ["--database-url", url]) == cli.BAD_INPUT
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "VIGIA_DATABASE_URL" in said
    assert line in said
    assert "hidden" not in said


def test_a_server_without_postgis_is_refused(database: Engine) -> None:
    # An empty list of what could be installed, before the server's own.
    with database.begin() as connection:
        connection.execute(text("CREATE SCHEMA bare"))
        connection.execute(text("CREATE TABLE bare.pg_available_extensions (name TEXT)"))
        name = database.url.database
        connection.execute(
            text(f"ALTER DATABASE {name} SET search_path = bare, pg_catalog, public")
        )
    database.dispose()
    with pytest.raises(BadInput, match="no PostGIS"):
        check_server(database)


def test_a_database_with_rows_gains_the_counts_and_can_go_back(database: Engine) -> None:
    with database.connect() as connection:
        alembic.downgrade(migrate._config(connection), "0006")
        connection.commit()
    with database.begin() as connection:
        connection.execute(text("INSERT INTO zones (id, name) VALUES ('Z', 'Zona')"))
        connection.execute(text("INSERT INTO vehicles (plate) VALUES ('P')"))
        connection.execute(
            text(
                "INSERT INTO infractions (infraction_code, type, status, zone_id, plate, detected_speed,"
                " detected_at, confidence_score, video_url, snapshot_url)"
                " SELECT n::TEXT, 'SPEED_VIOLATION', 'validated', 'Z', 'P', 70,"
                " CURRENT_TIMESTAMP - n * INTERVAL '1 day', 1, 'v', 's' FROM generate_series(1, 3) AS n"
            )
        )
    assert migrate.upgrade(database) == ["0007"]
    with database.connect() as connection:
        kept = connection.execute(
            text("SELECT infractions, last_vehicles FROM zone_hours ORDER BY day")
        )
        assert [tuple(row) for row in kept] == [(1, 0), (1, 0), (1, 1)]
