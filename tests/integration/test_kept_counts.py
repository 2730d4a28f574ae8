"""Counts kept of infractions are what the rows say, whatever was done to them and by how many at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import psycopg
import pytest

from jobs.benches.queries import equal
from schema.queries import Query
from schema.sql_files import read_sql

OURS = Query.ZONE_HOUR_STATISTICS.sql
DOCUMENTS = read_sql("bench/document/zone_hour_statistics")
# Few of each, so that rows meet in one hour of one zone. Days ago: inside the window, at its edge, before it,
# and by a clock that is ahead. Z1 and Z3 share a name.
CHANGES: dict[str, tuple[Any, ...]] = {
    "status": ("validated", "validated", "validated", "pending", "paid"),
    "type": (*["SPEED_VIOLATION"] * 5, "RED_LIGHT"),
    "zone_id": ("Z1", "Z1", "Z2", "Z3", None),
    "plate": ("P1", "P1", "P2", "P3", None),
    "detected_speed": (61.0, 75.5, 120.0, None),
    "confidence_score": (0.5, 0.75, 1.0),
}
DAYS = (-1, 0, 1, 3, 6, 7, 8, 30)
HOURS = (8, 8, 0, 23)
INSERT = """INSERT INTO infractions (infraction_code, type, status, zone_id, plate, detected_speed,
    detected_at, confidence_score, video_url, snapshot_url)"""
# One of the rows in the order of their codes, or every other one.
ONE, HALF = "number = %s", "number %% 2 = %s %% 2"
NUMBERED = "SELECT id, row_number() OVER (ORDER BY infraction_code) AS number FROM infractions"
COLUMNS = (
    "type", "status", "zone_id", "plate", "detected_speed", "days", "hour", "confidence_score"
)  # fmt: skip
STEPS = (
    "insert", "insert", "insert", "change", "change", "change_many", "move", "move", "delete", "delete_many",
    "hide", "show", "forget_vehicle", "forget_zone", "restore", "restore", "roll_back",
)  # fmt: skip


def arguments(step: str, chance: random.Random) -> list[Any]:
    """Drawn for one of STEPS."""
    if step in {"insert", "roll_back"}:
        return [[new_row(chance) for _ in range(chance.randint(1, 6))]]
    if step == "restore":
        return []
    if step in {"forget_vehicle", "forget_zone"}:
        return [chance.choice(CHANGES["plate" if step == "forget_vehicle" else "zone_id"])]
    number = chance.randint(1, 20)
    if step in {"change", "change_many"}:
        name = chance.choice(list(CHANGES))
        return [number, (name, chance.choice(CHANGES[name]))]
    return [number, chance.choice(DAYS), chance.choice(HOURS)] if step == "move" else [number]


def new_row(chance: random.Random) -> dict[str, Any]:
    row = {name: chance.choice(values) for name, values in CHANGES.items()}
    return {**row, "days": chance.choice(DAYS), "hour": chance.choice(HOURS)}


class Road:
    """A database whose infractions change as told."""

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        self.session = session
        self.made = 0
        session.execute("TRUNCATE infractions CASCADE")
        session.execute("TRUNCATE zone_hours, zone_hour_turns")
        session.execute("CREATE TEMP TABLE IF NOT EXISTS gone (LIKE infractions)")
        session.execute("DELETE FROM gone")
        for plate in ("P1", "P2", "P3"):
            session.execute(
                "INSERT INTO vehicles (plate) VALUES (%s) ON CONFLICT DO NOTHING", (plate,)
            )
        for zone, name in (("Z1", "Uno"), ("Z2", "Dos"), ("Z3", "Uno")):
            session.execute(
                "INSERT INTO zones (id, name, speed_limit) VALUES (%s, %s, 60) ON CONFLICT DO NOTHING",
                (zone, name),
            )

    def insert(self, rows: list[dict[str, Any]]) -> None:
        # One statement: triggers of its first row see its last.
        first, self.made = self.made + 1, self.made + len(rows)
        cells = [
            (number, *(row[name] for name in COLUMNS)) for number, row in enumerate(rows, first)
        ]
        values = ", ".join(
            ["(%s::int, %s, %s, %s, %s, %s::float, %s::int, %s::int, %s::float)"] * len(cells)
        )
        self.session.execute(
            f"{INSERT} SELECT 'I' || n, type, status, zone_id, plate, speed, (CURRENT_DATE - days"  # noqa: S608
            " + make_interval(hours => hour, mins => mod(n, 60))) AT TIME ZONE 'America/Lima', confidence,"
            f" 'v', 's' FROM (VALUES {values}) AS new"
            " (n, type, status, zone_id, plate, speed, days, hour, confidence)".encode(),
            [cell for row in cells for cell in row],
        )

    def change(self, number: int, to: tuple[str, Any]) -> None:
        self._update(f"{to[0]} = %s", ONE, to[1], number)

    def change_many(self, number: int, to: tuple[str, Any]) -> None:
        self._update(f"{to[0]} = %s", HALF, to[1], number)

    def move(self, number: int, days: int, hour: int) -> None:
        self._update(
            "detected_at = (CURRENT_DATE - %s + make_interval(hours => %s)) AT TIME ZONE 'America/Lima'",
            ONE, days, hour, number,
        )  # fmt: skip

    def hide(self, number: int) -> None:
        self._update("deleted_at = CURRENT_TIMESTAMP", ONE, number)

    def show(self, number: int) -> None:
        self._update("deleted_at = NULL", ONE, number)

    def delete(self, number: int) -> None:
        self._delete(ONE, number)

    def delete_many(self, number: int) -> None:
        self._delete(HALF, number)

    def forget_vehicle(self, plate: str | None) -> None:
        self.session.execute("DELETE FROM vehicles WHERE plate = %s", (plate,))
        self.session.execute(
            "INSERT INTO vehicles (plate) SELECT %s WHERE %s::text IS NOT NULL", (plate, plate)
        )

    def forget_zone(self, zone: str | None) -> None:
        self.session.execute("DELETE FROM zones WHERE id = %s", (zone,))
        if zone is not None:
            name = "Dos" if zone == "Z2" else "Uno"
            self.session.execute(
                "INSERT INTO zones (id, name, speed_limit) VALUES (%s, %s, 60)", (zone, name)
            )

    def restore(self) -> None:
        names = self.session.execute(
            "SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = 'infractions'::regclass"
            " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        ).fetchone()
        assert names is not None
        self.session.execute(
            f"INSERT INTO infractions ({names[0]}) SELECT {names[0]} FROM gone"  # noqa: S608
            " WHERE (zone_id IS NULL OR zone_id IN (SELECT id FROM zones)) ON CONFLICT DO NOTHING".encode()
        )
        self.session.execute("DELETE FROM gone")

    def roll_back(self, rows: list[dict[str, Any]]) -> None:
        with self.session.transaction(force_rollback=True):
            self.insert(rows)

    def answers(self, statement: str) -> list[tuple[Any, ...]]:
        # The document's statement does not know of rows that are only marked deleted.
        hidden = "i.status = 'validated' AND i.deleted_at IS NULL"
        statement = statement.replace("i.status = 'validated'\nGROUP", f"{hidden}\nGROUP")
        return self.session.execute(statement.encode()).fetchall()

    def _update(self, to: str, where: str, *values: Any) -> None:
        self.session.execute(
            f"UPDATE infractions SET {to} WHERE id IN"  # noqa: S608
            f" (SELECT id FROM ({NUMBERED}) AS n WHERE {where})".encode(),
            values,
        )

    def _delete(self, where: str, number: int) -> None:
        self.session.execute(
            "WITH going AS (DELETE FROM infractions WHERE id IN"  # noqa: S608
            f" (SELECT id FROM ({NUMBERED}) AS n WHERE {where}) RETURNING *)"
            " INSERT INTO gone SELECT * FROM going".encode(),
            (number,),
        )


@pytest.fixture(scope="module")
def lima(shared_database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(shared_database_url, autocommit=True) as session:
        session.execute("SET timezone = 'America/Lima'")
        yield session


@pytest.mark.parametrize("seed", range(8))
def test_speeding_by_zone_and_hour_is_what_the_document_counts_after_any_sequence_of_changes(
    lima: psycopg.Connection[Any], seed: int
) -> None:
    chance, road, seen = random.Random(seed), Road(lima), 0
    road.insert([new_row(chance) for _ in range(20)])
    done = []
    for _ in range(40):
        step = chance.choice(STEPS)
        done.append((step, arguments(step, chance)))
        getattr(road, step)(*done[-1][1])
        ours, documents = road.answers(OURS), road.answers(DOCUMENTS)
        assert equal(ours, documents, None, ()), done
        seen += sum(row[2] for row in ours)
    assert seen > 100
    kept = lima.execute("SELECT * FROM zone_hours ORDER BY 1, 2, 3").fetchall()
    lima.execute("SELECT count_all_zone_hours()")
    again = lima.execute("SELECT * FROM zone_hours ORDER BY 1, 2, 3").fetchall()
    assert equal(kept, again, None, ())


def write(session: psycopg.Connection[Any], code: str, plate: str, days: int) -> None:
    session.execute(
        f"{INSERT} VALUES (%s, 'SPEED_VIOLATION', 'validated', 'Z1', %s, 70,"
        " (CURRENT_DATE - %s) + INTERVAL '8 hours', 1, 'v', 's')".encode(),
        (code, plate, days),
    )


@pytest.fixture
def two_writers(database_url: str) -> Iterator[list[psycopg.Connection[Any]]]:
    with psycopg.connect(database_url) as one, psycopg.connect(database_url) as other:
        for session in (one, other):
            session.execute("SET timezone = 'America/Lima'")
        Road(one)
        write(one, "before", "P1", 6)
        one.commit()
        other.commit()
        yield [one, other]


# Those of one vehicle also wait for its counter.
@pytest.mark.parametrize(
    ("plate", "days", "vehicles"),
    [("P2", 2, 2), ("P2", 4, 2), ("P1", 2, 1), ("P1", 4, 1), ("P1", 1, 1)],
)
def test_two_writers_of_one_hour_take_turns_and_no_count_is_lost(
    two_writers: list[psycopg.Connection[Any]], plate: str, days: int, vehicles: int
) -> None:
    one, other = two_writers
    write(one, "one", "P1", 2)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(write, other, "other", plate, days)
        assert not wait([waiting], timeout=0.5).done
        one.commit()
        waiting.result(10)
        other.commit()
    ours = one.execute(OURS.encode()).fetchall()
    assert [row[:4] for row in ours] == [("Uno", 8, 3, vehicles)]
    assert equal(ours, one.execute(DOCUMENTS.encode()).fetchall(), None, ())


def test_a_writer_that_reads_an_older_snapshot_is_refused(
    two_writers: list[psycopg.Connection[Any]],
) -> None:
    one, other = two_writers
    other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    other.execute("SELECT count(*) FROM infractions")
    write(one, "one", "P1", 2)
    one.commit()
    with pytest.raises(psycopg.errors.SerializationFailure):
        write(other, "other", "P2", 2)


def test_an_hour_that_the_clocks_gave_twice_is_counted_whole(
    lima: psycopg.Connection[Any],
) -> None:
    Road(lima)
    # On 31 March 1994 Lima's clocks went from 24:00 back to 23:00.
    for number, at in enumerate(("1994-04-01 03:30+00", "1994-04-01 04:30+00")):
        lima.execute(
            f"{INSERT} VALUES (%s, 'SPEED_VIOLATION', 'validated', 'Z1', 'P1', 70, %s, 1, 'v', 's')".encode(),
            (f"D{number}", at),
        )
    rows = lima.execute(
        "SELECT day::text, hour, infractions, last_vehicles FROM zone_hours"
    ).fetchall()
    assert rows == [("1994-03-31", 23, 2, 1)]


def test_who_may_change_infractions_may_not_write_counts(lima: psycopg.Connection[Any]) -> None:
    road = Road(lima)
    row = {"status": "pending", "type": "SPEED_VIOLATION", "zone_id": "Z1", "plate": "P1",
           "detected_speed": 70.0, "days": 1, "hour": 8, "confidence_score": 1.0}  # fmt: skip
    road.insert([row])
    lima.execute("SET ROLE vigia_api")
    try:
        lima.execute("UPDATE infractions SET status = 'validated'")
        assert lima.execute(OURS.encode()).fetchall()[0][:4] == ("Uno", 8, 1, 1)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            lima.execute("UPDATE zone_hours SET infractions = 7")
    finally:
        lima.execute("RESET ROLE")
