"""Reports, reviewers' precision, places, people and the law, read from a real PostgreSQL."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text

from enforcement.errors import BadInput, NotFound
from schema import api_queries, api_reading
from schema.api_pool import Connection
from schema.api_transitions import transition
from schema.migrate import revisions
from schema.queries import Query
from tests.fixtures.api_rows import add_infractions, add_user, ids, with_connection


def test_reports_have_the_columns_and_rows_of_the_data_models_queries(
    database_url: str, database: Engine
) -> None:
    add_infractions(database, 60)

    async def work(connection: Connection) -> None:
        assert set(api_queries.REPORTS.values()) == set(Query)
        pending = await api_queries.run_report(connection, "pending")
        assert pending
        assert all(row["confidence_score"] >= 0.8 for row in pending)
        cameras = await api_queries.run_report(connection, "camera-performance")
        assert [row["id"] for row in cameras] == ["CAM001"]
        with pytest.raises(BadInput, match="report"):
            await api_queries.run_report(connection, "users")

    with_connection(database_url, work)


def test_reviewers_verdicts_give_a_cameras_precision_with_its_interval(
    database_url: str, database: Engine
) -> None:
    add_infractions(database, 9)

    async def work(connection: Connection) -> None:
        actor = await add_user(connection, "op")
        for n, identity in enumerate(await ids(connection, "type = 'SPEED_VIOLATION'")):
            to = "validated" if n < 5 else "rejected"
            await transition(
                connection, identity, to, actor=actor, expected_version=1, reason="borrosa"
            )
        taken_back = (await ids(connection, "status = 'validated'"))[0]
        await transition(connection, taken_back, "pending", actor=actor, expected_version=2)
        (row,) = await api_queries.review_accuracy(connection)
        assert (row["device_id"], row["upheld"], row["reviewed"]) == ("CAM001", 4, 5)
        assert row["precision"] == pytest.approx(0.8)
        assert row["low"] == pytest.approx(0.3755, abs=1e-3)
        fines, following = await api_queries.list_fines(connection, limit=3)
        assert len(fines) == 3
        rest, end = await api_queries.list_fines(connection, limit=3, cursor=following)
        assert (len(rest), end) == (1, None)

    with_connection(database_url, work)


def test_places_people_and_the_law_are_read(database_url: str, database: Engine) -> None:
    add_infractions(database, 3)
    with database.begin() as connection:
        connection.execute(
            text(
                "UPDATE zones SET geometry = 'POLYGON((-77.03 -12.08, -77.02 -12.08, -77.02 -12.09,"
                " -77.03 -12.08))'; UPDATE devices SET location = 'POINT(-77.03 -12.08)'"
            )
        )

    async def work(connection: Connection) -> None:
        zones = await api_reading.zone_collection(connection)
        assert zones["features"][0]["geometry"]["type"] == "Polygon"
        assert zones["features"][0]["properties"]["speed_limit"] == 60
        (device,) = await api_reading.list_devices(connection, zone_id="ZN001")
        assert (device["longitude"], device["latitude"]) == (-77.03, -12.08)
        health = await api_reading.device_health(connection, "CAM001")
        assert (health["reports"], health["metrics"]) == ([], [])
        assert "owner_dni" not in await api_reading.get_vehicle(connection, "abc-100")
        assert (await api_reading.get_vehicle(connection, "ABC-100", pii=True))["owner_dni"]
        articles = await api_reading.law_articles(connection, on=date(2025, 1, 1))
        assert [row["code"] for row in articles].count("M20") == 3
        assert (await api_reading.uit_values(connection))[2]["amount_soles"] == 5350
        assert await api_reading.list_models(connection) == []
        assert await api_reading.list_predictions(connection) == ([], None)
        assert await api_reading.database_revision(connection) == revisions()[-1].revision
        for missing in (
            api_reading.zone_collection(connection, zone_id="nada"),
            api_reading.get_device(connection, "nada\x00"),
            api_reading.get_vehicle(connection, "nada"),
            api_reading.get_driver(connection, "nada"),
        ):
            with pytest.raises(NotFound):
                await missing

    with_connection(database_url, work)
