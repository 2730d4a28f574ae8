"""Lists that page by key, exports that stream, filters and their indexes, on a real PostgreSQL."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from enforcement.errors import BadInput, NotFound
from schema.api_infractions import (
    Filters,
    Sort,
    export_infractions,
    get_infraction,
    list_infractions,
)
from schema.api_law import load_law
from schema.api_pool import Connection
from schema.session import sessions
from schema.unit_of_work import UnitOfWork
from tests.fixtures.api_rows import add_infractions, with_connection
from tests.fixtures.rows import add_camera, new_evidence, new_infraction


async def walk(connection: Connection, filters: Filters, sort: Sort, limit: int) -> list[Any]:
    seen: list[Any] = []
    cursor = None
    while True:
        rows, cursor = await list_infractions(
            connection, filters, sort=sort, limit=limit, cursor=cursor
        )
        assert len(rows) <= limit
        seen += rows
        if cursor is None:
            return seen


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_hold_every_row_once_in_order_though_sort_values_repeat(
    database_url: str, database: Engine, sort: Sort
) -> None:
    add_infractions(database, 90)

    async def work(connection: Connection) -> None:
        rows = await walk(connection, Filters(status=("pending",)), sort, 7)
        assert len({row["id"] for row in rows}) == len(rows) == 90
        column = sort.lstrip("-")
        keys = [(row[column], row["id"]) for row in rows]
        assert keys == sorted(keys, reverse=sort.startswith("-"))
        assert rows[0]["zone_name"] == "Av. Javier Prado Este"
        assert rows[0]["speed_sigma_kmh"] == 0.8

    with_connection(database_url, work)


def test_rows_that_arrive_between_pages_neither_repeat_nor_hide_one(
    database_url: str, database: Engine
) -> None:
    add_infractions(database, 10)

    async def work(connection: Connection) -> None:
        first, cursor = await list_infractions(connection, Filters(), limit=5)
        with UnitOfWork(sessions(database)) as work_:
            work_.infractions.save(new_infraction(), new_evidence())
            work_.commit()
        rest, _ = await list_infractions(connection, Filters(), limit=50, cursor=cursor)
        assert len({row["id"] for row in [*first, *rest]}) == 10

    with_connection(database_url, work)


def test_each_filter_narrows_the_list(database_url: str, database: Engine) -> None:
    add_infractions(database, 84)
    start = datetime(2025, 11, 3, 17, 0, tzinfo=UTC)
    cases: list[tuple[Filters, int]] = [
        (Filters(), 84),
        (Filters(status=("validated",)), 0),
        (Filters(status=("pending", "validated")), 84),
        (Filters(type=("RED_LIGHT",)), 28),
        (Filters(plate=" abc-103 "), 12),
        (Filters(device_id="CAM001", zone_id="ZN001"), 84),
        (Filters(device_id="CAM002"), 0),
        (Filters(device_id="CAM\x00001"), 0),
        (Filters(plate="'; DROP TABLE infractions; --"), 0),
        (Filters(since=start, until=start + timedelta(seconds=1)), 3),
        (Filters(since=start + timedelta(seconds=21)), 1),
    ]

    async def work(connection: Connection) -> None:
        for filters, expected in cases:
            assert len(await walk(connection, filters, Sort.NEWEST, 200)) == expected, filters

    with_connection(database_url, work)


def forged(of: str, *values: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([of, *values]).encode()).decode().rstrip("=")


def test_a_cursor_that_is_foreign_damaged_or_forged_is_bad_input(
    database_url: str, database: Engine
) -> None:
    add_infractions(database, 10)

    async def work(connection: Connection) -> None:
        _, cursor = await list_infractions(connection, Filters(), limit=3)
        assert cursor is not None
        of = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0]
        now, one = "2025-11-03T12:00:00+00:00", str(uuid4())
        bad = [
            "",
            "x",
            "ñ",
            cursor[:-4],
            cursor + "A" * 600,
            forged("", now, one),
            forged(of, now),
            forged(of, "2025-11-03T12:00:00", one),
            forged(of, "99999-01-01T00:00:00+00:00", one),
            forged(of, now, "no-uuid"),
            forged(of, now, one, one),
        ]
        for each in bad:
            with pytest.raises(BadInput, match="cursor"):
                await list_infractions(connection, Filters(), limit=3, cursor=each)
        for other in (Filters(type=("OTHER",)), Filters(plate="ABC-101")):
            with pytest.raises(BadInput, match="other filters"):
                await list_infractions(connection, other, limit=3, cursor=cursor)
        for limit in (0, -1, 201):
            with pytest.raises(BadInput, match="limit"):
                await list_infractions(connection, Filters(), limit=limit)
        with pytest.raises(BadInput, match="zone"):
            await list_infractions(connection, Filters(since=datetime(2025, 1, 1)))  # noqa: DTZ001

    with_connection(database_url, work)


PLANS = [
    (Filters(status=("pending",)), Sort.NEWEST, "idx_infractions_queue"),
    (Filters(status=("pending",)), Sort.SUREST, "idx_infractions_queue_surest"),
    (Filters(), Sort.NEWEST, "infractions"),
    (Filters(), Sort.OLDEST, "infractions"),
    (Filters(plate="ABC-103"), Sort.NEWEST, "idx_infractions_plate"),
    (Filters(device_id="CAM001"), Sort.NEWEST, "infractions"),
]


class Recording:
    """Stands where a connection does and keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def fetch(self, *query: Any) -> list[Any]:
        self.asked = list(query)
        return []


def test_a_page_is_read_from_an_index_and_never_by_sorting_the_table(
    database_url: str, database: Engine
) -> None:
    add_infractions(database, 20_000, plates=1000)
    with database.begin() as connection:
        # One in twenty still waits; triggers would count each of the others.
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(
            text("UPDATE infractions SET status = 'rejected' WHERE hashtext(id::TEXT) % 20 <> 0")
        )
    with database.begin() as connection:
        connection.execute(text("ANALYZE infractions"))

    async def work(connection: Connection) -> None:
        for filters, sort, index in PLANS:
            recording = Recording()
            await list_infractions(recording, filters, sort=sort)
            plan = await connection.fetch("EXPLAIN " + recording.asked[0], *recording.asked[1:])
            lines = "\n".join(row[0] for row in plan)
            assert f"using {index}" in lines or f"on {index}" in lines, lines
            assert "Seq Scan on infractions" not in lines, lines
            # A plate has few rows and may be sorted; rows of one instant are put in order of their ids.
            assert filters.plate or "Sort" not in lines.replace("Incremental Sort", "").replace(
                "Sort Key", ""
            ), lines

    with_connection(database_url, work)


def test_one_infraction_comes_with_evidence_vehicle_history_and_the_fine_it_would_cost(
    database_url: str, database: Engine
) -> None:
    add_camera(database)
    with UnitOfWork(sessions(database)) as saving:
        saved = saving.infractions.save(new_infraction(), new_evidence())
        saving.commit()
    with database.begin() as connection:
        connection.execute(text("UPDATE vehicles SET owner_name = 'Rosa', owner_dni = '00000001'"))

    async def work(connection: Connection) -> None:
        law = await load_law(connection)
        shown = await get_infraction(connection, saved.id, law=law)
        assert shown["evidence"]["bundle_id"] == "CAM001-7"
        assert shown["evidence"]["sizes"] == {"clip.mp4": 1000, "snapshot.jpg": 200}
        assert shown["history"] == []
        assert (shown["fine"]["amount_soles"], shown["fine"]["preview"]) == (1320, True)
        assert not {"owner_name", "owner_dni"} & set(shown["vehicle"])
        assert "driver_dni" not in shown
        whole = await get_infraction(connection, saved.id, pii=True)
        assert whole["vehicle"]["owner_name"] == "Rosa"
        with pytest.raises(NotFound):
            await get_infraction(connection, uuid4())

    with_connection(database_url, work)


def test_an_export_streams_all_rows_in_batches(database_url: str, database: Engine) -> None:
    add_infractions(database, 2500)

    async def work(connection: Connection) -> None:
        sizes, seen = [], set()
        async for rows in export_infractions(
            connection, Filters(type=("SPEED_VIOLATION",)), batch=500
        ):
            sizes.append(len(rows))
            seen |= {row["id"] for row in rows}
        assert sizes == [500, 500, 500, 167]
        assert len(seen) == 1667

    with_connection(database_url, work)
