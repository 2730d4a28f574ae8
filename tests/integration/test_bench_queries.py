"""The five questions beside the data model's own statements, as the bench asks them, over few rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg

from jobs.benches.queries import compare
from schema import bench_rows

ROWS = 400
HOUR = timedelta(hours=1)


def test_all_answers_are_equal_and_what_rows_alone_can_say_has_a_bound(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as session:
        bench_rows.add_places(session)
        for table in ("infractions", "inference_metrics"):
            bench_rows.add_rows(
                session, table, ROWS, since=datetime.now(UTC) - HOUR / 2, step=HOUR / 2 / ROWS
            )
        found = {one["name"]: one for one in compare(session, 1)}
    assert [name for name, one in found.items() if not one["equal"]] == []
    assert found["camera_performance"]["rows"] == 50
    assert [name for name, one in found.items() if "most_possible" in one] == ["camera_performance"]
