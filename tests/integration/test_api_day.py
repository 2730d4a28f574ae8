"""The rest of an office's day: fines, papeleta, export, live queue."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from PIL import Image

from tests.fixtures.api import Served, add_infractions, make_bundle, served


async def going(api: Served, path: str, token: dict[str, str], version: int, body: object) -> Any:
    answer = await api.post(path, token, body, If_Match=f'"v{version}"')
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_fine_is_appealed_stands_and_is_paid_and_its_papeleta_is_a_pdf(
    database_url: str, tmp_path: Path
) -> None:
    bundle = make_bundle(tmp_path)
    Image.new("RGB", (64, 36)).save(bundle / "snapshot.jpg")
    one, *_ = add_infractions(database_url, 1, store_url=bundle.as_uri())

    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            operator, chief = await api.sign_in("operator"), await api.sign_in("supervisor")
            none_yet = await api.get(f"/fines/{one}/papeleta", chief)
            assert (none_yet.status_code, none_yet.json()["code"]) == (409, "transition_refused")
            await going(api, f"/infractions/{one}/transitions", operator, 1, {"to": "validated"})
            papeleta = await api.get(f"/fines/{one}/papeleta", chief)
            assert papeleta.headers["content-type"] == "application/pdf"
            assert papeleta.content.startswith(b"%PDF-")
            issued = await api.post(f"/fines/{one}/issue", chief)
            version = issued.json()["version"]
            back = await api.post(
                f"/infractions/{one}/transitions",
                operator,
                {"to": "pending"},
                If_Match=f'"v{version}"',
            )
            assert (back.status_code, back.json()["code"]) == (409, "transition_refused")
            early = await api.post(
                f"/appeals/{one}/resolution",
                chief,
                {"outcome": "upheld", "reason": "a"},
                If_Match=f'"v{version}"',
            )
            assert (early.status_code, early.json()["code"]) == (409, "transition_refused")
            made = await going(api, f"/appeals/{one}", operator, version, {"reason": "No era yo"})
            made = await going(
                api,
                f"/appeals/{one}/resolution",
                chief,
                made["version"],
                {"outcome": "rejected", "reason": "La placa se lee"},
            )
            assert made["status"] == "validated"
            made = await going(
                api, f"/fines/{one}/payment", chief, made["version"], {"reference": "REC-1"}
            )
            assert made["status"] == "paid"
            rows = (await api.get("/fines?status=paid", operator)).json()["items"]
            assert [row["id"] for row in rows] == [str(one)]

    asyncio.run(path())


def test_an_export_is_whole_in_both_forms_and_a_formula_in_it_is_text(
    database_url: str, tmp_path: Path
) -> None:
    add_infractions(database_url, 30)

    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            chief = await api.sign_in("supervisor")
            async with api.pool.acquire() as connection:
                await connection.execute("UPDATE zones SET name = '=HYPERLINK(1)'")
                await connection.execute("UPDATE infractions SET rejection_reason = 'año, \"x\"'")
            text = (await api.get("/infractions/export?format=csv", chief)).text
            rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
            assert len(rows) == 30
            assert {row["zone_name"] for row in rows} == {"'=HYPERLINK(1)"}
            assert {row["rejection_reason"] for row in rows} == {'año, "x"'}
            answer = await api.get("/infractions/export?format=parquet&status=pending", chief)
            table = pq.read_table(io.BytesIO(answer.content))
            assert table.num_rows == 30
            assert set(table["id"].to_pylist()) == {row["id"] for row in rows}
            audit = (await api.get("/audit?action=export", await api.sign_in("admin"))).json()
            assert len(audit["items"]) == 2

    asyncio.run(path())


def test_whoever_listens_hears_of_a_decision(database_url: str, tmp_path: Path) -> None:
    one, *_ = add_infractions(database_url, 1)

    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            operator = await api.sign_in()
            events = api.app.state.api.live.listen(api.pool)
            first = await asyncio.wait_for(anext(events), 10)
            assert first == ("reset", {})
            await going(api, f"/infractions/{one}/transitions", operator, 1, {"to": "validated"})
            heard = await asyncio.wait_for(anext(events), 10)
            assert heard == ("transition", {"id": str(one), "status": "validated"})
            await events.aclose()

    asyncio.run(path())


def test_reports_zones_and_law_answer_and_names_are_for_those_who_may_see_them(
    database_url: str, tmp_path: Path
) -> None:
    one, *_ = add_infractions(database_url, 1)

    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            chief, auditor = await api.sign_in("supervisor"), await api.sign_in("auditor")
            async with api.pool.acquire() as connection:
                await connection.execute("UPDATE vehicles SET owner_name = 'Ana Huamán'")
            assert "Ana" in (await api.get("/vehicles/abc-123", chief)).text
            assert "Ana" not in (await api.get("/vehicles/abc-123", auditor)).text
            assert "Ana" in (await api.get(f"/infractions/{one}", chief)).text
            assert "Ana" not in (await api.get(f"/infractions/{one}", auditor)).text
            for name in (
                "pending", "top-offenders", "zone-hours", "camera-performance", "recidivism",
                "review-accuracy", "review-agreement",
            ):  # fmt: skip
                assert (await api.get(f"/reports/{name}", auditor)).status_code == 200, name
            pending = (await api.get("/reports/pending", auditor)).json()["items"]
            assert pending[0]["camera_name"] == "Entrada"
            zones = await api.get("/zones", auditor)
            assert json.loads(zones.content)["type"] == "FeatureCollection"
            assert (await api.get("/devices/CAM001/health", auditor)).json()["reports"] == []
            uit = (await api.get("/law/uit", auditor)).json()["items"]
            assert {row["year"] for row in uit} >= {2025, 2026}

    asyncio.run(path())
