"""The infraction row, its code, its counters and its one transaction, on a real PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from enforcement.errors import Unavailable
from schema.records import event_id
from schema.session import sessions
from schema.unit_of_work import UnitOfWork
from tests.fixtures.rows import CAPTURED, add_camera, new_evidence, new_infraction


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def row(engine: Engine, sql: str, **values: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(sql), values).one()


def change(engine: Engine, sql: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(sql), values)


INSERT = """INSERT INTO infractions (type, plate, driver_dni, device_id, video_url, snapshot_url,
    confidence_score, detected_at, status)
    VALUES (:type, :plate, :driver, 'CAM001', 'v', 's', 0.9, :at, :status) RETURNING id"""


def insert(engine: Engine, **changes: Any) -> Any:
    values = {
        "type": "SPEED_VIOLATION",
        "plate": "ABC-123",
        "driver": None,
        "at": datetime(2026, 3, 4, 2, 30, tzinfo=UTC),
        "status": "pending",
        **changes,
    }
    with engine.begin() as connection:
        return connection.execute(text(INSERT), values).scalar_one()


def counters(engine: Engine, plate: str = "ABC-123") -> int:
    sql = "SELECT total_infractions FROM vehicles WHERE plate = :plate"
    return int(row(engine, sql, plate=plate)[0])


HANG_UP = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@pytest.fixture
def people(database: Engine) -> Engine:
    """One camera, two vehicles, one driver."""
    add_camera(database)
    change(database, "INSERT INTO vehicles (plate) VALUES ('ABC-123'), ('B2C-456')")
    change(
        database, "INSERT INTO drivers (dni, full_name) VALUES ('00000001', 'Persona de prueba')"
    )
    return database


def test_an_infraction_its_vehicle_evidence_and_event_are_one_transaction(database: Engine) -> None:
    add_camera(database)
    with UnitOfWork(sessions(database)) as work:
        saved = work.infractions.save(new_infraction(), new_evidence())
        work.commit()
    assert saved.created
    assert saved.code.startswith("INF-20260303-")
    assert saved.event_id == event_id(new_infraction().key)
    assert [count(database, t) for t in ("vehicles", "infractions", "evidence", "outbox")] == [
        1
    ] * 4
    kept = row(database, "SELECT * FROM infractions")
    assert (kept.hour_of_day, kept.day_of_week, kept.is_weekend) == (21, 2, False)
    assert kept.speed_excess == pytest.approx(18.5)
    assert kept.severity == "muy_grave"
    assert kept.status == "pending"
    assert row(database, "SELECT metadata IS NULL FROM infractions")[0]  # not a JSON null
    assert row(database, "SELECT total_infractions FROM devices")[0] == 1


def test_nothing_stays_of_a_unit_that_was_not_committed(database: Engine) -> None:
    add_camera(database)
    with UnitOfWork(sessions(database)) as work:
        work.infractions.save(new_infraction(), new_evidence())
    assert [count(database, t) for t in ("vehicles", "infractions", "evidence", "outbox")] == [
        0
    ] * 4


def test_a_second_save_of_the_same_accusation_gets_the_first_and_changes_nothing(
    database: Engine,
) -> None:
    add_camera(database)
    ids = set()
    for plate, digest in (("ABC-123", "a" * 64), ("XYZ-999", "b" * 64)):
        with UnitOfWork(sessions(database)) as work:
            saved = work.infractions.save(
                new_infraction(plate=plate), new_evidence(manifest_digest=digest)
            )
            work.commit()
        ids.add(saved.id)
    assert len(ids) == 1
    assert not saved.created
    assert [count(database, t) for t in ("vehicles", "infractions", "evidence", "outbox")] == [
        1
    ] * 4
    assert row(database, "SELECT plate FROM infractions")[0] == "ABC-123"


def test_eight_writers_of_one_accusation_make_one_row_and_one_event(database: Engine) -> None:
    add_camera(database)

    def save(_: int) -> tuple[Any, bool]:
        with UnitOfWork(sessions(database)) as work:
            saved = work.infractions.save(new_infraction(), new_evidence())
            work.commit()
            return saved.id, saved.created

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(save, range(24)))
    assert len({identity for identity, _ in results}) == 1
    assert sum(created for _, created in results) == 1
    assert [count(database, t) for t in ("infractions", "evidence", "outbox")] == [1] * 3


def test_codes_stay_unique_under_eight_threads_and_past_five_digits(people: Engine) -> None:
    change(people, "SELECT setval('infraction_code_seq', 99990)")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: insert(people), range(40)))
    with people.connect() as connection:
        codes = connection.execute(text("SELECT infraction_code FROM infractions")).scalars().all()
    assert len(set(codes)) == 40
    assert {"INF-20260303-99999", "INF-20260303-100000"} <= set(codes)


def test_validating_counts_once_and_cancelling_takes_it_back(people: Engine) -> None:
    infraction = insert(people)
    steps = [
        ("validated", 1),
        ("validated", 1),  # saved again
        ("appealed", 1),  # still stands while under appeal
        ("validated", 1),
        ("paid", 1),
        ("cancelled", 0),
        ("cancelled", 0),
        ("validated", 1),
        ("rejected", 0),
    ]
    for status, expected in steps:
        change(people, "UPDATE infractions SET status = :s WHERE id = :i", s=status, i=infraction)
        assert counters(people) == expected, status
    last = row(people, "SELECT last_infraction_date FROM vehicles WHERE plate = 'ABC-123'")[0]
    assert last is None


def test_eight_reviewers_at_once_lose_no_count(people: Engine) -> None:
    infractions = [insert(people, driver="00000001") for _ in range(24)]

    def review(identity: Any) -> None:
        for status in ("validated", "cancelled", "validated"):
            change(people, "UPDATE infractions SET status = :s WHERE id = :i", s=status, i=identity)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(review, infractions))
    assert counters(people) == 24
    assert row(people, "SELECT total_infractions FROM drivers")[0] == 24


def test_an_infraction_inserted_as_validated_counts(people: Engine) -> None:
    insert(people, status="validated")
    assert counters(people) == 1


def test_a_corrected_plate_moves_the_count_to_the_right_vehicle(people: Engine) -> None:
    infraction = insert(people, status="validated")
    change(people, "UPDATE infractions SET plate = 'B2C-456' WHERE id = :i", i=infraction)
    assert (counters(people), counters(people, "B2C-456")) == (0, 1)


def test_a_withdrawn_row_counts_no_more(people: Engine) -> None:
    infraction = insert(people, status="validated")
    change(people, "UPDATE infractions SET deleted_at = now() WHERE id = :i", i=infraction)
    assert counters(people) == 0


def test_drivers_count_both_ways_and_know_the_serious_ones(people: Engine) -> None:
    sql = "SELECT total_infractions, serious_infractions FROM drivers"
    infraction = insert(people, status="validated")
    assert tuple(row(people, sql)) == (0, 0)  # a camera identifies a vehicle, not a driver
    change(people, "UPDATE infractions SET driver_dni = '00000001' WHERE id = :i", i=infraction)
    assert tuple(row(people, sql)) == (1, 1)
    insert(people, status="validated", driver="00000001", type="OTHER")
    assert tuple(row(people, sql)) == (2, 1)
    change(people, "UPDATE infractions SET fine_code = 'NONE' WHERE id = :i", i=infraction)
    assert tuple(row(people, sql)) == (2, 0)
    change(people, "UPDATE infractions SET status = 'cancelled'")
    assert tuple(row(people, sql)) == (0, 0)


def test_the_last_date_falls_back_to_the_latest_that_still_stands(people: Engine) -> None:
    insert(people, status="validated", at=datetime(2026, 1, 1, tzinfo=UTC))
    late = insert(people, status="validated", at=datetime(2026, 2, 1, tzinfo=UTC))
    change(people, "UPDATE infractions SET status = 'cancelled' WHERE id = :i", i=late)
    last = row(people, "SELECT last_infraction_date FROM vehicles WHERE plate = 'ABC-123'")[0]
    assert last == datetime(2026, 1, 1, tzinfo=UTC)


def test_an_unread_plate_is_stored_as_none(database: Engine) -> None:
    add_camera(database)
    with UnitOfWork(sessions(database)) as work:
        work.infractions.save(new_infraction(plate=None), new_evidence())
        work.commit()
    assert row(database, "SELECT plate FROM infractions")[0] is None
    assert count(database, "vehicles") == 0


def test_history_cannot_be_cascaded_away(people: Engine) -> None:
    infraction = insert(people)
    change(
        people,
        "INSERT INTO events (event_type, device_id, infraction_id, data)"
        " VALUES ('infraction', 'CAM001', :i, '{}')",
        i=infraction,
    )
    with pytest.raises(IntegrityError):
        change(people, "DELETE FROM infractions")
    with pytest.raises(IntegrityError):
        change(people, "DELETE FROM devices")


def test_a_camera_url_with_a_password_is_refused(database: Engine) -> None:
    with pytest.raises(IntegrityError, match="devices_urls_without_credentials"):
        change(
            database,
            "INSERT INTO devices (id, name, rtsp_url)"
            " VALUES ('C', 'C', 'rtsp://admin:secret@192.0.2.1/h264')",
        )


def test_an_infraction_of_a_camera_without_a_row_leaves_nothing(database: Engine) -> None:
    def save() -> None:
        with UnitOfWork(sessions(database)) as work:
            work.infractions.save(new_infraction(), new_evidence())

    with pytest.raises(IntegrityError, match="infractions_device_id_fkey"):
        save()
    assert [count(database, t) for t in ("vehicles", "infractions", "outbox")] == [0] * 3


def test_the_next_bundle_of_a_camera_names_the_one_before(database: Engine) -> None:
    add_camera(database)
    for track, digest in ((1, "a" * 64), (2, "b" * 64)):
        with UnitOfWork(sessions(database)) as work:
            sealed = CAPTURED + timedelta(minutes=track)
            evidence = new_evidence(bundle_id=f"B{track}", manifest_digest=digest, sealed_at=sealed)
            work.infractions.save(new_infraction(track_id=track), evidence)
            work.commit()
    with UnitOfWork(sessions(database)) as work:
        assert work.infractions.last_manifest_digest("CAM001") == "b" * 64
        assert work.infractions.last_manifest_digest("CAM002") is None


def test_a_database_that_went_away_is_unavailable_not_a_crash(database: Engine) -> None:
    add_camera(database)

    def save_while_the_server_hangs_up() -> None:
        with UnitOfWork(sessions(database)) as work:
            work.infractions.recent("CAM001")
            with database.connect() as other:
                other.execute(text(HANG_UP))
            work.infractions.save(new_infraction(), new_evidence())

    with pytest.raises(Unavailable, match="database"):
        save_while_the_server_hangs_up()
    with UnitOfWork(sessions(database)) as work:
        assert work.infractions.save(new_infraction(), new_evidence()).created
