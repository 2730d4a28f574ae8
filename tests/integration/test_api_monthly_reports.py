"""Monthly reports through the API: who may, what is there, and what is written down."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.fixtures.api import served


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    for month in ("2026-09", "2026-10"):
        folder = tmp_path / "store" / "reports" / month
        folder.mkdir(parents=True)
        (folder / "report.html").write_text(f"<h1>{month}</h1>")
        (folder / "report.json").write_text('{"month": "2026"}')
        (folder / "by_type.parquet").write_bytes(b"PAR1")
    (tmp_path / "store" / "reports" / "draft").mkdir()
    return tmp_path


def test_reports_are_listed_and_given_to_those_who_may_and_written_down(
    database_url: str, stored: Path
) -> None:
    async def path() -> None:
        async with served(database_url, stored) as api:
            auditor, chief = await api.sign_in("auditor"), await api.sign_in("supervisor")
            listed = (await api.get("/monthly-reports", auditor)).json()["items"]
            assert [row["month"] for row in listed] == ["2026-10", "2026-09"]
            assert listed[0]["files"] == ["by_type.parquet", "report.html", "report.json"]
            page = await api.get("/monthly-reports/2026-10/report.html", auditor)
            assert page.text == "<h1>2026-10</h1>"
            assert page.headers["content-disposition"].startswith("attachment")
            refused = await api.get("/monthly-reports/2026-10/by_type.parquet", auditor)
            assert refused.status_code == 403
            table = await api.get("/monthly-reports/2026-10/by_type.parquet", chief)
            assert table.content == b"PAR1"
            operator = await api.sign_in("operator")
            assert (await api.get("/monthly-reports", operator)).status_code == 403
            async with api.pool.acquire() as connection:
                rows = await connection.fetch(
                    "SELECT username, action, resource_id FROM audit_logs"
                    " WHERE resource_type = 'report' ORDER BY id"
                )
            assert [tuple(row) for row in rows] == [
                ("auditor", "view", "2026-10/report.html"),
                ("supervisor", "export", "2026-10/by_type.parquet"),
            ]

    asyncio.run(path())


def test_what_is_no_report_is_refused(database_url: str, stored: Path) -> None:
    wrong = {
        "2026-11/report.html": 404,
        "2026-13/report.html": 422,
        "2026-10/..%2F..%2Fkeys.json": 404,
        "2026-10/.report.html": 422,
        "draft/report.html": 422,
        "2026-10/report.exe": 422,
    }

    async def path() -> None:
        async with served(database_url, stored) as api:
            admin = await api.sign_in("admin")
            found = {
                one: (await api.get(f"/monthly-reports/{one}", admin)).status_code for one in wrong
            }
            assert found == wrong

    asyncio.run(path())


def test_a_store_without_reports_has_none(database_url: str, tmp_path: Path) -> None:
    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            admin = await api.sign_in("admin")
            assert (await api.get("/monthly-reports", admin)).json()["items"] == []

    asyncio.run(path())
